"""docs/notices.md: who is told what of every event, and why somebody is told nothing; and every kind of notice."""

from collections.abc import Iterator

from tests.process.told import LEFT_BEHIND, OF_THE_ENGINE, TOLD, UNHEARD, WHEN_ASKED, Cell, Row
from workflows.messages.notices import NoticeKind
from workflows.messages.values import DeadlineKind


def page(generated: str) -> str:
    """The page."""
    return "\n".join(
        (
            "# Who is told what",
            "",
            generated,
            "",
            (
                "Every event of an order, by the name that it has in the timeline, and what each role may be told of "
                "it: which of the kinds, what comes of the event says. Where somebody is told nothing, whatever comes, "
                "the reason stands there instead. A test sends every event to an order in every situation, and fails "
                "for a notice that is not in this table, and for one that nobody gets."
            ),
            "",
            (
                f"Besides, any event may leave an offer behind: whoever made it is told {_kinds(LEFT_BEHIND)}. Carrier "
                "and payment provider are told nothing; they are called. How notices leave by mail and webhook stands "
                "in [notifications](notifications.md)."
            ),
            "",
            *_rows("From the start to the last word about money", [row for row in TOLD if not _of_the_clock(row)]),
            *_rows("The clock", [row for row in TOLD if _of_the_clock(row)]),
            "## Stages that one side enters unheard",
            "",
            "Whenever an order goes to another stage, buyer and seller are told, unless it is their own act. But for:",
            "",
            *(f"- `{event}`, the {role}: {why}" for (event, role), why in UNHEARD.items()),
            "",
            "## Every kind",
            "",
            "| kind | subject of its mail | told to | of |",
            "| --- | --- | --- | --- |",
            *(f"| `{kind}` | {kind.subject} | {_to(kind)} | {_of(kind)} |" for kind in NoticeKind),
            "",
        )
    )


def _of_the_clock(row: Row) -> bool:
    return row.event.startswith("reminder of ") or row.event in set(DeadlineKind)


def _rows(title: str, rows: list[Row]) -> Iterator[str]:
    yield from (f"## {title}", "", "| event | buyer | seller | platform |", "| --- | --- | --- | --- |")
    for row in rows:
        yield f"| `{row.event}` | {_cell(row.buyer)} | {_cell(row.seller)} | {_cell(row.platform)} |"
    yield ""


def _cell(cell: Cell) -> str:
    return f"– {cell}" if isinstance(cell, str) else _kinds(cell)


def _kinds(kinds: tuple[NoticeKind, ...]) -> str:
    return ", ".join(f"`{kind}`" for kind in kinds)


def _to(kind: NoticeKind) -> str:
    if kind in OF_THE_ENGINE:
        return "platform"
    if kind in WHEN_ASKED:
        return "whoever asks"
    if kind in LEFT_BEHIND:
        return "buyer, seller"
    return ", ".join(
        role for role in ("buyer", "seller", "platform") if any(kind in getattr(row, role) for row in TOLD)
    )


def _of(kind: NoticeKind) -> str:
    if kind in OF_THE_ENGINE:
        return "the engine itself"
    if kind in WHEN_ASKED:
        return "no event"
    if kind in LEFT_BEHIND:
        return "any event"
    return ", ".join(f"`{row.event}`" for row in TOLD if any(kind in cell for cell in row[1:]))
