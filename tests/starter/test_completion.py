"""What a shell completes, asked as each shell asks."""

import pytest
from typer.testing import CliRunner

from starter.cli.program import app
from workflows.messages.commands import OFFERED


def completed(line: str, shell: str = "zsh") -> str:
    """What the program answers to the shell's question about `line`, the cursor at its end."""
    asked = {"_COUNTERMAND_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": line}
    asked["_TYPER_COMPLETE_FISH_ACTION"] = "get-args"
    if shell == "bash":  # which divides at the equals sign
        words = line.replace("=", " = ").split()
        asked |= {"COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - (not line.endswith(" ")))}
    return CliRunner().invoke(app, [], prog_name="countermand", env=asked).stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_be_taught(shell: str) -> None:
    shown = CliRunner().invoke(app, [], prog_name="countermand", env={"_COUNTERMAND_COMPLETE": f"source_{shell}"})
    assert "_COUNTERMAND_COMPLETE" in shown.stdout
    assert "--install-completion" in CliRunner().invoke(app, ["--help"]).stdout


def test_commands_of_the_program_and_of_orders_are_completed() -> None:
    assert '"timeline"' in completed("countermand tim")
    shown = completed("countermand send A-1 request_c")
    assert '"request_cancellation"' in shown
    assert "ship" not in shown
    assert '"request_cancellation"' in completed("countermand help request_c")
    assert all(f'"{name}"' in completed("countermand send A-1 ") for name in OFFERED)


def test_the_fields_of_the_command_are_completed_and_none_twice() -> None:
    shown = completed("countermand send A-1 ship carrier=DHL ")
    assert "tracking=" in shown
    assert "carrier=" not in shown


@pytest.mark.parametrize(
    ("line", "shell", "word"),
    [
        ("countermand send A-1 request_cancellation reason=ch", "zsh", '"reason=changed_mind"'),
        ("countermand send A-1 request_cancellation reason=ch", "fish", "reason=changed_mind"),
        ("countermand send A-1 request_cancellation reason=ch", "bash", "changed_mind"),
        ("countermand send A-1 request_cancellation reason=", "bash", "changed_mind"),
        ("countermand send A-1 decide_cancellation approve=t", "bash", "true"),
        ("countermand send A-1 send_message --as b", "bash", "buyer"),
        ("countermand list --status cance", "bash", "cancellation_approved"),
        ("countermand list --waiting-on pl", "bash", "platform"),
        ("countermand listen --kind order_p", "bash", "order_paid"),
    ],
)
def test_the_words_that_a_field_or_an_option_takes_are_completed(line: str, shell: str, word: str) -> None:
    shown = completed(line, shell)
    assert word in (shown if shell == "zsh" else shown.splitlines())


def test_of_what_is_not_known_nothing_is_completed() -> None:
    assert "reason" not in completed("countermand send A-1 gossip rea")
    assert completed("countermand list --status zz", "bash").strip() == ""
