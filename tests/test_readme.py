"""What the README says is true: its settings are the settings, its commands are commands, its files are there."""

import re
from pathlib import Path

from starter.cli.program import app
from starter.settings.environment import settings_table

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_of_settings_is_that_of_the_code() -> None:
    table = [line for line in README.splitlines() if re.match(r"\| `(DATABASE_URL|COUNTERMAND_)", line)]
    assert table == [
        f"| `{row.name}` | {f'`{row.default}`' if row.default else ''} | {row.description} |"
        for row in settings_table()
    ]


def test_every_command_that_it_shows_exists() -> None:
    known = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    shown = set(re.findall(r"countermand (\w+)", README)) - {"carries"}
    assert shown
    assert shown <= known


def test_every_file_that_it_links_is_there() -> None:
    linked = re.findall(r"\]\((?!http)([^)]+)\)", README)
    assert linked
    assert [link for link in linked if not (ROOT / link).exists()] == []


def test_the_two_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\$ make (\w+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
