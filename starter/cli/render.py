"""How answers, timelines and lists look to a person: colours and columns on a terminal, plain lines through a pipe.

How one order looks lives in `card.py`. JSON for programs does not come from here; it is the models' own.
"""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from starter.cli.safe_text import safe
from workflows.messages.answers import Answer, RefusedAction
from workflows.messages.currency import money
from workflows.messages.evidence import Evidence
from workflows.messages.refusal import Instead, Refusal
from workflows.messages.values import NOBODY
from workflows.messages.work import OrderRow, TimelineEntry

PIPE_WIDTH: Final = 1_000
"""Columns when nobody looks: a line of a pipe is one fact, and is never wrapped."""
MEDIUM: Final = 130
"""Columns of a terminal from which a list has instants, money and parties."""
WIDE: Final = 170
"""Columns of a terminal from which a list has everything."""
MAX_QUOTE: Final = 120
"""Characters of a text that a timeline's line quotes; the whole stands in its JSON."""
MADE: Final = ("refund_id", "offer_id", "dispute_id")
"""The fields of an answer that name what the command made: the next command needs the name."""
STYLES: Final = {"refused": "red", "deadline": "yellow", "reminder": "yellow", "recorded": "dim"}
"""How a timeline's line looks by its outcome; what was accepted needs no colour."""
UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def console(*, to_errors: bool = False) -> Console:
    """Where to print. Made at every use: a test may have put another stream in the place."""
    stream = sys.stderr if to_errors else sys.stdout
    return Console(
        file=stream, width=None if stream.isatty() else PIPE_WIDTH, highlight=False, markup=False, emoji=False
    )


def timeline_line(entry: TimelineEntry, currency: str) -> Text:
    """One entry: when, who, what happened and why, and the money it moved."""
    who = f"{entry.role} {safe(entry.party_id)}".strip()
    told = safe(entry.summary)
    if entry.why:
        told += f" ({safe(entry.why)})"
    if entry.text:
        told += f" “{_shortened(safe(entry.text))}”"
    if entry.evidence:
        told += f" (evidence: {', '.join(_item(item) for item in entry.evidence)})"
    moved = ", ".join(f"{column} {signed(amount, currency)}" for column, amount in entry.money.items() if amount)
    line = Text(f"{instant(entry.at)}  {who:<24}  ")
    line.append(told, STYLES.get(entry.outcome, ""))
    if moved:
        line.append(f"  [{moved}]", "green")
    return line


def _item(item: Evidence) -> str:
    """`photo “the broken foot” https://…`: what it is, and where to look at it."""
    words = item.caption or item.text
    told = f"{item.kind} “{_shortened(safe(words))}”" if words else str(item.kind)
    return f"{told} {safe(item.uri)}" if item.uri else told


def order_table(rows: Iterable[OrderRow], now: datetime, width: int) -> Table:
    """Orders as lists show them, one line each; on a narrow terminal whose turn it is and until when come first."""
    table = plain_table()
    lines = [dict(_cells(row, now, width)) for row in rows]
    for name in lines[0] if lines else ():
        # An id is copied from here, and may be long: it is broken, never cut. What tells most stays whole.
        table.add_column(name, no_wrap=name != "Order", overflow="fold")
    for line in lines:
        table.add_row(*line.values())
    return table


def list_footnote(rows: Iterable[OrderRow]) -> Text | None:
    """What a mark in the list means, if it is there."""
    first = next((row.order_id for row in rows if row.needs_attention), None)
    return Text(f"! needs attention; of what: countermand show {first}", "red") if first else None


def waiting_line(row: OrderRow, now: datetime) -> Text | None:
    """What an order waits for now, while one watches; None once nobody's turn is left."""
    if row.waiting_on == NOBODY:
        return None
    line = Text(f"{'':<20}  … waiting on {row.waiting_on}", "dim")
    if row.deadline_at:
        line.append_text(Text.assemble(", ", _until(row, now, PIPE_WIDTH)))
    if row.needs_attention:
        line.append(f"; needs attention: countermand show {row.order_id}", "red")
    return line


def _until(row: OrderRow, now: datetime, width: int) -> Text:
    """`respond_by 2026-01-02 10:00:05Z (in 2 days 3 hours)`, on a narrow terminal `respond_by in 2 days`."""
    if row.deadline_at is None:
        return Text("")
    overdue = row.deadline_at <= now
    distance = relative(row.deadline_at, now, units=2 if width >= WIDE else 1)
    told = f"overdue, {distance}" if overdue else distance
    if width >= MEDIUM:
        told = f"{instant(row.deadline_at)} ({told})"
    return Text(f"{row.deadline_kind} {told}", "bold red" if overdue else "yellow")


def _cells(row: OrderRow, now: datetime, width: int) -> Iterable[tuple[str, Text]]:
    """The columns of a list, by name: those that fit."""
    yield "Order", Text(row.order_id, "bold")
    yield "Status", Text(safe(row.status) + " !" * row.needs_attention, "red" if row.needs_attention else "cyan")
    yield "Waiting on", Text(row.waiting_on)
    yield "Until", _until(row, now, width)
    if width >= MEDIUM:
        yield "Total", Text(money(row.total, row.currency))
        yield "Buyer", Text(safe(row.buyer_id))
        yield "Seller", Text(safe(row.seller_id))
    if width >= WIDE:
        yield "Started", Text(instant(row.created_at))


def answer_lines(answer: Answer, now: datetime) -> Iterable[Text]:
    """What a command came to."""
    if not answer.applied:
        yield Text(f"Recorded, without effect: {safe(answer.why or '')}", "yellow")
    yield Text.assemble(("Order ", "bold"), (answer.order_id, "bold"), "  ", (safe(answer.status), "bold cyan"))
    yield turn(answer, now)
    for field, made in answer.model_dump(include=set(MADE)).items():
        if made:
            yield Text(f"{field.removesuffix('_id').capitalize()} {safe(made)}")


def without_alternatives(refusal: Refusal | RefusedAction) -> str:
    """The sentence alone, where what is possible instead is shown beside it."""
    return refusal.message.partition(" Possible instead:")[0]


def instead_line(instead: Instead) -> str:
    """One thing that is possible instead, and until when."""
    return f"Instead: {instead.action}" + (f" until {instant(instead.until)}" if instead.until else "")


def instant(at: datetime) -> str:
    """`2026-01-02 10:00:05Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def relative(at: datetime, now: datetime, units: int = 2) -> str:
    """`in 2 days 3 hours`, `5 minutes ago`."""
    told = span(abs(at - now), units)
    return f"in {told}" if at > now else f"{told} ago"


def span(length: timedelta, units: int = 2) -> str:
    """`2 days 3 hours`."""
    left = int(length / timedelta(seconds=1))
    counts = []
    for unit, seconds in UNITS:
        count, left = divmod(left, seconds)
        counts.append((count, f"{count} {unit}{'s' if count > 1 else ''}"))
    first = next((place for place, (count, _) in enumerate(counts) if count), len(counts))
    # The largest unit and its neighbour: "2 days 4 minutes" would pretend to a precision that nobody needs.
    return " ".join(words for count, words in counts[first : first + units] if count) or "less than a minute"


def turn(order: Answer, now: datetime) -> Text:
    """Whose turn it is, and until when."""
    told = Text("Nobody's turn." if order.waiting_on == NOBODY else f"Waiting on {order.waiting_on}")
    if order.deadline:
        told.append(f"{'' if order.waiting_on == NOBODY else ','} {order.deadline.kind} ")
        told.append(f"{instant(order.deadline.at)} ({relative(order.deadline.at, now)})", "yellow")
    return told


def plain_table(*columns: str, title: str | None = None) -> Table:
    table = Table(*columns, box=None, pad_edge=False, title=title, title_justify="left", header_style="dim")
    table.title_style = "bold"
    return table


def signed(amount: int, currency: str) -> str:
    return f"{'+' if amount > 0 else ''}{money(amount, currency)}"


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_QUOTE else f"{text[: MAX_QUOTE - 1]}…"
