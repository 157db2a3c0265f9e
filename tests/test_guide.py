"""Every sentence of the guide, and every rule, has somebody who would notice."""

import re
from pathlib import Path

from starter.demo.scenarios import SCENARIOS
from tests.guide import DOCUMENT, GUIDE, document

TESTS = Path(__file__).parent
RULES = range(1, 32)


def names() -> set[str]:
    """The names of all tests."""
    return {
        name
        for file in TESTS.rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", file.read_text(encoding="utf-8"), re.MULTILINE)
    }


def test_every_sentence_of_the_guide_is_noticed_by_tests_or_scenarios_that_exist() -> None:
    known = names() | {f"demo {scenario.name}" for scenario in SCENARIOS}
    assert len(GUIDE) == 20
    for row in GUIDE:
        assert row.noticed_by, row.says
        assert [name for name in row.noticed_by if name not in known] == [], row.says


def test_the_page_of_the_guide_is_that_of_the_table() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run `python -m tests.guide`"


def test_every_rule_has_a_test_named_after_it() -> None:
    named = {int(number) for name in names() for number in re.findall(r"_R(\d+)(?=_)", name)}
    assert sorted(set(RULES) - named) == []
