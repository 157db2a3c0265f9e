"""`countermand help`, `commands`, `terms`: what can be said, where one types it; and a word that is nearly right."""

import json
import shlex

import pytest
from typer.testing import CliRunner

from starter.cli.fields import WrongUsage, build, message_class, read_body, read_fields
from starter.cli.program import app
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
