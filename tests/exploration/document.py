"""docs/process.md and its pictures, written from what the exploration has seen and from the tables of the code."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.exploration.bounds import bounds
from tests.exploration.chapters import (
    AFTER_SHIPMENT,
    BEFORE,
    CHAPTERS,
    FOLLOWING_A_DECISION,
    IN_DISPUTE,
    OVERVIEW,
    WITH_THE_PARCEL,
)
from tests.exploration.picture import Drawing, drawn
from tests.exploration.seen import Seen, merged
from workflows.messages.base import Command
from workflows.messages.commands import MESSAGES
from workflows.messages.terms import Terms
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.process.clock.deadlines import OF_MONEY, PARTY, REMINDED

DOCS: Final = Path(__file__).parents[2] / "docs"
DOCUMENT: Final = DOCS / "process.md"
PICTURES: Final = DOCS / "process"
REGENERATE: Final = "python -m tests.exploration --write"
REWRITE_TABLES: Final = "python -m tests.exploration --tables"
CLOSED: Final = (Stage.CANCELLED, *AFTER_SHIPMENT)
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "Payment and cancellation": BEFORE,
    "Shipment, delivery and the way back": WITH_THE_PARCEL,
    "Dispute": tuple(IN_DISPUTE.values()),
    "What follows": (*FOLLOWING_A_DECISION, *CLOSED),
}
"""The tables are cut by chapter, so that they can be read."""
PLACES: Final = tuple(place for places in COLUMNS.values() for place in places)
"""Where an order can be: every stage, and in a dispute its phases."""


def files(worlds: Mapping[str, Seen]) -> dict[Path, str]:
    """Every generated file with its content, of what was seen of each world."""
    seen = merged(worlds.values())
    found = {DOCUMENT: document(seen, worlds)}
    for drawing in (OVERVIEW, *CHAPTERS):
        found[PICTURES / f"{drawing.name}.svg"] = drawn(drawing, seen)
        found[PICTURES / f"{drawing.name}.mmd"] = mermaid(drawing, seen)
    return found


def document(seen: Seen, worlds: Mapping[str, Seen]) -> str:
    """docs/process.md."""
    return "\n".join(
        [
            "# The order process, as it was explored",
            "",
            f"<!-- Generated: change nothing here, run `{REGENERATE}`. -->",
            "",
            (
                "This page is drawn from a run, not from memory: a test starts with a new order, sends it every "
                "message that could arrive, lets every deadline pass before, with and after every other, lets the "
                "payment provider answer everything it can, and goes on with each order that comes of it until there "
                f"is none left that it has not seen. That run met **{seen.states:,} states** and took "
                f"**{seen.edges:,} steps** between them, and checked the invariants of the process after each. A test "
                "fails when this page is not what the last run saw."
            ),
            "",
            "![The stages of an order and what leads from one to the next](process/stages.svg)",
            "",
            *bounds(),
            *_counts(worlds),
            *_pictures(),
            *_steps(seen),
            *_commands(seen),
            *_facts(seen),
            *_deadlines(),
            *_terms(),
        ]
    )


def with_tables(page: str) -> str:
    """The page with what it shows of the tables of the code written anew, and what was explored left as it is."""
    fresh = {lines[0]: "\n".join(lines).rstrip("\n") for lines in (bounds(), _deadlines(), _terms())}
    chapters = re.split(r"^(?=## )", page, flags=re.MULTILINE)
    missing = fresh.keys() - {chapter.partition("\n")[0] for chapter in chapters}
    assert not missing, f"{DOCUMENT.name} lacks {', '.join(sorted(missing))}: run {REGENERATE}"
    return "".join(_rewritten(chapter, fresh) for chapter in chapters)


def _rewritten(chapter: str, fresh: dict[str, str]) -> str:
    text = chapter.rstrip("\n")
    return fresh.get(text.partition("\n")[0], text) + chapter[len(text) :]


def mermaid(drawing: Drawing, seen: Seen) -> str:
    """The edges of a picture for Mermaid, place by place."""
    own = {place for box in drawing.boxes.values() if box.look == "own" for place in box.members}
    edges: dict[tuple[str, str], list[str]] = {}
    for source, name, target in sorted(seen.transitions):
        if source in own:
            edges.setdefault((source, target), []).append(f"⏱ {name}" if name in set(DeadlineKind) else name)
    lines = ["stateDiagram-v2", "    direction LR"]
    if Stage.PENDING_PAYMENT in own:
        lines.append(f"    [*] --> {Stage.PENDING_PAYMENT}")
    lines += [f"    {_id(source)} --> {_id(target)}: {', '.join(names)}" for (source, target), names in edges.items()]
    closed = dict.fromkeys(target for _, target in edges if target in CLOSED)
    return "\n".join([*lines, *(f"    {place} --> [*]" for place in closed)]) + "\n"


def _id(place: str) -> str:
    return place.replace(".", "_")


def _counts(worlds: Mapping[str, Seen]) -> list[str]:
    rows = [f"| {name} | {seen.states:,} | {seen.edges:,} |" for name, seen in worlds.items()]
    return [
        "## How much of each world",
        "",
        "| world | states | steps between them |",
        "| --- | --- | --- |",
        *rows,
        "",
    ]


def _pictures() -> list[str]:
    lines = []
    for chapter in CHAPTERS:
        lines += [f"## {chapter.title}", "", f"![{chapter.title}](process/{chapter.name}.svg)", ""]
        lines += [f"The same for Mermaid: [{chapter.name}.mmd](process/{chapter.name}.mmd).", ""]
    return lines


def _steps(seen: Seen) -> list[str]:
    found: dict[tuple[str, str], list[str]] = {}
    for source, name, target in sorted(seen.transitions, key=_in_order):
        found.setdefault((source, name), []).append(f"`{target}`")
    rows = [
        f"| `{source}` | {'the clock: ' if name in set(DeadlineKind) else ''}`{name}` | {', '.join(targets)} |"
        for (source, name), targets in found.items()
    ]
    return ["## From stage to stage", "", "| from | by | to |", "| --- | --- | --- |", *rows, ""]


def _in_order(edge: tuple[str, str, str]) -> tuple[int, str, int]:
    return PLACES.index(edge[0]), edge[1], PLACES.index(edge[2])


def _commands(seen: Seen) -> list[str]:
    lines = [
        "## Commands",
        "",
        (
            "What each stage, and each phase of a dispute, answers. ✓: some order there accepts it; the codes are "
            "those of the refusals that were seen, but for those that say that the message itself is wrong (`invalid`, "
            "`not_your_order`). A world sends what its part of the story is about: an empty cell was not tried."
        ),
        "",
    ]
    for title, places in COLUMNS.items():
        lines += [f"### {title}", "", "| command | by | " + " | ".join(f"`{place}`" for place in places) + " |"]
        lines.append("| --- | --- |" + " --- |" * len(places))
        for name, kind in MESSAGES.items():
            for role in kind.roles if issubclass(kind, Command) else ():
                cells = [_cell(seen, place, role, name) for place in places]
                if any(cells):
                    lines.append(f"| `{name}` | {role} | " + " | ".join(cells) + " |")
        lines.append("")
    return lines


def _cell(seen: Seen, place: str, role: Role, name: str) -> str:
    answers = {answer for at, by, what, answer in seen.answers if (at, by, what) == (place, role, name)}
    codes = sorted(f"`{answer}`" for answer in answers - {"accepted", "invalid", "not_your_order"})
    return " ".join((["✓"] if "accepted" in answers else []) + codes)


def _facts(seen: Seen) -> list[str]:
    lines = ["## Facts", "", "A fact is never refused. It is taken, or recorded without effect.", ""]
    for title, places in COLUMNS.items():
        lines += [f"### {title}: facts", "", "| fact | " + " | ".join(f"`{place}`" for place in places) + " |"]
        lines.append("| --- |" + " --- |" * len(places))
        for name, kind in MESSAGES.items():
            cells = [_taken(seen, place, kind.roles[0], name) for place in places]
            if not issubclass(kind, Command) and any(cells):
                lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
        lines.append("")
    return lines


def _taken(seen: Seen, place: str, role: Role, name: str) -> str:
    answers = {answer for at, by, what, answer in seen.answers if (at, by, what) == (place, role, name)}
    said = {"accepted": "taken", "recorded": "recorded"}
    return ", ".join(word for answer, word in said.items() if answer in answers)


def _deadlines() -> list[str]:
    rows = []
    for kind in DeadlineKind:
        bounded = ", ".join(f"`{name}`" for name, message in MESSAGES.items() if kind in message.until) or "–"
        reminded, moved = "yes" if kind in REMINDED else "–", "–" if kind in OF_MONEY else "yes"
        rows.append(f"| `{kind}` | {PARTY.get(kind, 'the asked party')} | {bounded} | {reminded} | {moved} |")
    return [
        "## Deadlines",
        "",
        "In the order in which they are settled when they pass in the same instant.",
        "",
        "| kind | party | what it bounds | reminder | can be moved |",
        "| --- | --- | --- | --- | --- |",
        *rows,
        "",
    ]


def _terms() -> list[str]:
    defaults = Terms().model_dump(mode="json")
    rows = [f"| `{name}` | {_shown(value)} |" for name, value in defaults.items()]
    return ["## Terms and their defaults", "", "| term | default |", "| --- | --- |", *rows, ""]


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value)) or "none"
    return f"`{value}`"
