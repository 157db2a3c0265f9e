"""What docs/process.md says that each stage answers to a message: the exploration has seen it, and keeps it true."""

import re
from dataclasses import dataclass, field
from functools import cache

from tests.exploration.document import DOCUMENT
from workflows.messages.refusal import Code


@dataclass
class Answers:
    """Where some order takes a message, and with which codes others refuse it."""

    takes: list[str] = field(default_factory=list)
    codes: set[Code] = field(default_factory=set)


@cache
def answers() -> dict[str, Answers]:
    """Message → what the tables of commands and facts say of it, over all stages."""
    found: dict[str, Answers] = {}
    places: list[str] = []
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if cells[0] in ("command", "fact"):
            places = [cell.strip("`") for cell in cells if cell.startswith("`")]
        elif places and line.startswith("| `"):
            _read(found.setdefault(cells[0].strip("`"), Answers()), places, cells[-len(places) :])
        elif not line.startswith("|"):
            places = []
    return found


def _read(told: Answers, places: list[str], cells: list[str]) -> None:
    for place, cell in zip(places, cells, strict=True):
        if ("✓" in cell or "taken" in cell) and place not in told.takes:
            told.takes.append(place)
        told.codes |= {Code(code) for code in re.findall(r"`(\w+)`", cell)}
