"""`countermand help`, `commands`, `terms`: what can be said, where one types it; and a word that is nearly right."""

import json
import shlex
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from starter.cli.fields import build, message_class, read_body, read_fields
from starter.cli.program import app
from starter.cli.wrong_usage import WrongUsage
from starter.reference.examples import EXAMPLES
from workflows.messages.commands import OFFERED
from workflows.messages.terms import Terms


def printed(*words: str) -> str:
    """What a command prints that needs no engine."""
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("name", OFFERED)
def test_help_tells_who_and_which_fields_and_its_example_is_a_message(name: str) -> None:
    text, kind = printed("help", name), OFFERED[name]
    assert f"Sent by {' or '.join(kind.roles)}." in text
    for field in kind.model_fields.keys() - {"by", "request_id"}:
        assert f"  {field}" in text
    words = shlex.split(text.rpartition("For example: ")[2])
    assert words[:4] == ["countermand", "send", "A-1001", name]
    fields = read_body(kind, words[words.index("--json-body") + 1])
    by = {"role": kind.roles[0].value, "id": "x-1"}
    example = EXAMPLES[name]
    assert build(kind, fields | {"by": by | {"role": example.by.value} if example.by else by}).name == name


def test_help_shows_the_words_that_a_field_takes_and_no_others() -> None:
    text = printed("help", "request_cancellation")
    assert "changed_mind" in text
    assert "out_of_stock" not in text, "a reason of the seller's"


def test_help_tells_the_shape_of_evidence() -> None:
    text = printed("help", "open_dispute")
    assert "evidence: One item" in text
    assert "  sha256?" in text


def test_commands_lists_every_one() -> None:
    assert [line.split()[0] for line in printed("commands").splitlines()] == list(OFFERED)
    assert [each["name"] for each in json.loads(printed("commands", "--json"))["commands"]] == list(OFFERED)


def test_terms_lists_every_one_with_its_default() -> None:
    told = {line.split()[0].rstrip("?"): line for line in printed("terms").splitlines()}
    assert told.keys() == Terms.model_fields.keys()
    assert '"PT72H" unless' in told["respond_within"]
    assert json.loads(printed("terms", "--json"))["terms"][0]["term"] == "pay_within"


def test_a_word_that_is_nearly_right_is_named() -> None:
    with pytest.raises(WrongUsage, match=r"no command 'shp'\. Did you mean ship"):
        message_class("shp")
    with pytest.raises(WrongUsage, match=r"no field 'traking'\. Did you mean tracking\?"):
        read_fields(OFFERED["ship"], ["traking=1"])
    result = CliRunner().invoke(app, ["help", "canel_order"])
    assert result.exit_code == 2
    assert "cancel_order" in result.output


def test_a_field_may_be_json_or_what_stands_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "said.txt").write_text("It left us\nin one piece.")
    (tmp_path / "seen.json").write_text('[{"kind": "text", "text": "dented"}]')
    words = ["accept:=false", f"statement=@{tmp_path / 'said.txt'}", f"evidence=@{tmp_path / 'seen.json'}"]
    assert read_fields(OFFERED["respond_to_dispute"], words) == {
        "accept": False,
        "statement": "It left us\nin one piece.",
        "evidence": [{"kind": "text", "text": "dented"}],
    }
    assert read_fields(OFFERED["ship"], ['tracking:="T-1"']) == {"tracking": "T-1"}
    with pytest.raises(WrongUsage, match="this is none"):
        read_fields(OFFERED["ship"], ["tracking:=T-1"])
    with pytest.raises(WrongUsage, match=r"missing\.txt cannot be read"):
        read_fields(OFFERED["add_note"], ["text=@missing.txt"])


def test_it_says_which_version_it_is() -> None:
    assert printed("--version") == f"countermand {version('countermand')}\n"
