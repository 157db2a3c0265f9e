"""docs/process.md and its picture, written from what the exploration has seen and from the tables of the code."""

from pathlib import Path
from typing import Final

from tests.exploration.picture import drawn
from tests.exploration.seen import Seen
from workflows.messages.commands import MESSAGES, Command
from workflows.messages.terms import Terms
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.process.deadlines import BOUNDS, OF_MONEY, PARTY, REMINDED

DOCS: Final = Path(__file__).parents[2] / "docs"
DOCUMENT: Final = DOCS / "process.md"
PICTURE: Final = DOCS / "process" / "stages.svg"
DIAGRAM: Final = DOCS / "process" / "stages.mmd"
REGENERATE: Final = "python -m tests.exploration --write"

STAGES: Final = tuple(stage for stage in Stage if stage is not Stage.PARTIALLY_REFUNDED)
"""The stages that an order can reach in this version."""


def files(seen: Seen) -> dict[Path, str]:
    """Every generated file with its content."""
    return {DOCUMENT: document(seen), PICTURE: drawn(seen), DIAGRAM: mermaid(seen)}


def document(seen: Seen) -> str:
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
            "## Stages",
            "",
            "```mermaid",
            mermaid(seen).rstrip(),
            "```",
            "",
            *_steps(seen),
            *_commands(seen),
            *_facts(seen),
            *_deadlines(),
            *_terms(),
        ]
    )


def mermaid(seen: Seen) -> str:
    """The same edges for Mermaid."""
    edges: dict[tuple[str, str], list[str]] = {}
    for source, name, target in sorted(seen.transitions):
        edges.setdefault((source, target), []).append(f"⏱ {name}" if name in set(DeadlineKind) else name)
    lines = ["stateDiagram-v2", "    direction LR", f"    [*] --> {Stage.PENDING_PAYMENT}"]
    lines += [f"    {source} --> {target}: {', '.join(names)}" for (source, target), names in edges.items()]
    closed = dict.fromkeys(target for _, target in edges if Stage(target).closed)
    return "\n".join([*lines, *(f"    {stage} --> [*]" for stage in closed)]) + "\n"


def _steps(seen: Seen) -> list[str]:
    rows = [
        f"| `{source}` | {'the clock: ' if name in set(DeadlineKind) else ''}`{name}` | `{target}` |"
        for source, name, target in sorted(seen.transitions, key=_in_order)
    ]
    return ["## From stage to stage", "", "| from | by | to |", "| --- | --- | --- |", *rows, ""]


def _in_order(edge: tuple[str, str, str]) -> tuple[int, str, int]:
    stages = list(Stage)
    return stages.index(Stage(edge[0])), edge[1], stages.index(Stage(edge[2]))


def _commands(seen: Seen) -> list[str]:
    head = "| command | by | " + " | ".join(f"`{stage}`" for stage in STAGES) + " |"
    lines = [
        "## Commands",
        "",
        (
            "What each stage answers. ✓: some order in this stage accepts it; the codes are those of the refusals that "
            "were seen, but for those that say that the message itself is wrong (`invalid`, `not_your_order`)."
        ),
        "",
        head,
        "| --- | --- |" + " --- |" * len(STAGES),
    ]
    for name, kind in MESSAGES.items():
        if issubclass(kind, Command):
            for role in kind.roles:
                cells = [_cell(seen, stage, role, name) for stage in STAGES]
                if any(cells):
                    lines.append(f"| `{name}` | {role} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def _cell(seen: Seen, stage: Stage, role: Role, name: str) -> str:
    answers = {answer for at, by, what, answer in seen.answers if (at, by, what) == (stage, role, name)}
    codes = sorted(f"`{answer}`" for answer in answers - {"accepted", "invalid", "not_your_order"})
    return " ".join((["✓"] if "accepted" in answers else []) + codes)


def _facts(seen: Seen) -> list[str]:
    lines = [
        "## Facts",
        "",
        "A fact is never refused. It is taken, or recorded without effect.",
        "",
        "| fact | " + " | ".join(f"`{stage}`" for stage in STAGES) + " |",
        "| --- |" + " --- |" * len(STAGES),
    ]
    for name, kind in MESSAGES.items():
        if not issubclass(kind, Command):
            cells = []
            for stage in STAGES:
                answers = {a for at, by, what, a in seen.answers if (at, by, what) == (stage, kind.roles[0], name)}
                said = {"accepted": "taken", "recorded": "recorded"}
                cells.append(", ".join(word for answer, word in said.items() if answer in answers))
            lines.append(f"| `{name}` | " + " | ".join(cells) + " |")
    return [*lines, ""]


def _deadlines() -> list[str]:
    rows = []
    for kind in DeadlineKind:
        bounded = ", ".join(f"`{action}`" for action in BOUNDS.get(kind, ())) or "–"
        reminded, moved = "yes" if kind in REMINDED else "–", "–" if kind in OF_MONEY else "yes"
        rows.append(f"| `{kind}` | {PARTY[kind]} | {bounded} | {reminded} | {moved} |")
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
