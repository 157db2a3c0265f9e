"""What the docs show is there: every command that they type or name, and in docs/process.md the tables of the code."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main

from starter.cli.fields import own_fields
from starter.cli.program import app
from tests.exploration.document import DOCUMENT, REGENERATE, REWRITE_TABLES, with_tables
from workflows.messages.commands import MESSAGES

DOCS = Path(__file__).parents[1] / "docs"
PAGES = (DOCS.parent / "README.md", *sorted(DOCS.glob("*.md")))
OPERATIONS = (DOCS / "operations.md").read_text(encoding="utf-8")
STANDS_FOR = {"ID": "1", "order.json": "-", "[--all]": "--all"}
"""What a reader puts in another word for, or need not type."""
MAX_PICTURE = 250 * 1024
"""Bytes: a page with pictures must still open on a telephone in the night."""


def commands(page: Path) -> list[str]:
    """Every command of the page, typed after a prompt or named in a sentence."""
    text = page.read_text(encoding="utf-8")
    typed = re.findall(r"^\$ (?:\.venv/bin/)?(countermand .*)$", text, re.MULTILINE)
    named = re.findall(r"`(countermand [^`]+)`", text)
    return [line.replace("\n", " ") for line in (*typed, *named)]


SHOWN = sorted({line for page in PAGES for line in commands(page)})


def parsed(line: str) -> dict[str, Any]:
    """What `countermand` itself reads in `line`, without doing it."""
    _, name, *words = [STANDS_FOR.get(word, word.strip("[]")) for word in shlex.split(line, comments=True)]
    words = [word for word in words if word != "…"]
    group = typer.main.get_group(app)
    assert name in group.commands, f"there is no command {name}"
    return group.commands[name].make_context(name, words).params


def test_there_are_commands_to_check() -> None:
    assert len(SHOWN) > 40


@pytest.mark.parametrize("line", [line for line in SHOWN if len(line.split()) == 2])
def test_every_command_that_is_named_exists(line: str) -> None:
    assert line.split()[1] in typer.main.get_group(app).commands


@pytest.mark.parametrize("line", [line for line in SHOWN if len(line.split()) > 2])
def test_every_command_can_be_typed(line: str) -> None:
    given = parsed(line)
    if (message := given.get("command")) is not None:
        assert message in MESSAGES
        fields = {field.partition("=")[0] for field in given.get("fields", ())}
        assert fields <= set(own_fields(MESSAGES[message]))


def test_a_wrong_option_would_be_found() -> None:
    with pytest.raises(Exception, match="--by-colour"):
        parsed("countermand list --by-colour")


def test_every_picture_is_there_and_light() -> None:
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", OPERATIONS)
    assert pictures
    assert [name for name in pictures if (DOCS / name).stat().st_size > MAX_PICTURE] == []


def test_the_tables_of_the_code_are_those_of_the_code() -> None:
    """What the exploration has seen is compared by `make proof`, which takes minutes; this takes none."""
    page = DOCUMENT.read_text(encoding="utf-8")
    assert with_tables(page) == page, f"{DOCUMENT.name} is stale: run {REWRITE_TABLES}"


@pytest.mark.parametrize("row", ["| captures | one attempt |", "| `pay_by` | buyer |", "| `pay_within` | `PT30M` |"])
def test_a_table_that_is_stale_would_be_found_and_written_as_it_was(row: str) -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    stale = page.replace(row, "| something else |")
    assert stale != page
    assert with_tables(stale) == page


def test_a_page_that_never_had_a_table_must_be_explored_anew() -> None:
    page = DOCUMENT.read_text(encoding="utf-8")
    with pytest.raises(AssertionError, match=f"lacks ## Deadlines: run {REGENERATE}"):
        with_tables(page.replace("## Deadlines", "## Something else"))
