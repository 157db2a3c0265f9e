"""How orders, timelines and lists look to a person: colours and columns on a terminal, plain lines through a pipe.

JSON for programs does not come from here; it is the models' own.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from starter.cli.safe_text import safe
from workflows.messages.answers import Answer, OrderView
from workflows.messages.currency import money
from workflows.messages.evidence import Evidence
from workflows.messages.refusal import Instead
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
LEDGER: Final = ("total", "authorized", "captured", "refunding", "refunded", "released", "held", "shortfall")
SINGLES: Final = (
    "cancellation",
    "capture",
    "shipment",
    "interception",
    "dispute",
    "decision",
    "decision on appeal",
    "return",
)
PLURALS: Final = ("offers", "payments", "chargebacks", "refunds", "releases")
AMOUNTS: Final = frozenset((*LEDGER, "amount", "owed", "settled_by_hand", "charged_back", "short"))
"""The fields of a record that are minor units."""
STYLES: Final = {"refused": "red", "deadline": "yellow", "reminder": "yellow", "recorded": "dim"}
"""How a timeline's line looks by its outcome; what was accepted needs no colour."""
UNITS: Final = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def console(*, to_errors: bool = False) -> Console:
    """Where to print. Made at every use: a test may have put another stream in the place."""
    stream = sys.stderr if to_errors else sys.stdout
    return Console(
        file=stream, width=None if stream.isatty() else PIPE_WIDTH, highlight=False, markup=False, emoji=False
    )


def order_card(order: OrderView, now: datetime) -> Iterable[Text | Table]:
    """The order for a person: where it is, whose turn, until when, its money, its records, what everybody can do."""
    yield Text.assemble(("Order ", "bold"), (order.order_id, "bold"), "  ", (safe(order.label), "bold cyan"))
    yield Text(f"buyer {safe(order.buyer_id)}, seller {safe(order.seller_id)}, since {instant(order.created_at)}")
    yield _turn(order, now)
    for attention in order.needs_attention:
        yield Text(
            f"Needs attention: {attention.kind} {safe(attention.subject)}. {safe(attention.message)}", "bold red"
        )
    yield Text()
    yield _lines(order)
    yield Text()
    yield _money(order)
    yield Text()
    if order.deadlines:
        yield _deadlines(order, now)
        yield Text()
    yield from _records(order)
    yield from _possible(order, now)


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
    moved = ", ".join(f"{column} {_signed(amount, currency)}" for column, amount in entry.money.items() if amount)
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
    table = _table()
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
    yield _turn(answer, now)
    if answer.refund_id:
        yield Text(f"Refund {safe(answer.refund_id)}")


def instead_line(instead: Instead) -> str:
    """One thing that is possible instead, and until when."""
    return f"Instead: {instead.action}" + (f" until {instant(instead.until)}" if instead.until else "")


def instant(at: datetime) -> str:
    """`2026-01-02 10:00:05Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"


def relative(at: datetime, now: datetime, units: int = 2) -> str:
    """`in 2 days 3 hours`, `5 minutes ago`."""
    left = int(abs(at - now) / timedelta(seconds=1))
    counts = []
    for unit, seconds in UNITS:
        count, left = divmod(left, seconds)
        counts.append((count, f"{count} {unit}{'s' if count > 1 else ''}"))
    first = next((place for place, (count, _) in enumerate(counts) if count), len(counts))
    # The largest unit and its neighbour: "2 days 4 minutes" would pretend to a precision that nobody needs.
    told = " ".join(words for count, words in counts[first : first + units] if count) or "less than a minute"
    return f"in {told}" if at > now else f"{told} ago"


def _turn(order: Answer, now: datetime) -> Text:
    turn = Text("Nobody's turn." if order.waiting_on == NOBODY else f"Waiting on {order.waiting_on}")
    if order.deadline:
        turn.append(f"{'' if order.waiting_on == NOBODY else ','} {order.deadline.kind} ")
        turn.append(f"{instant(order.deadline.at)} ({relative(order.deadline.at, now)})", "yellow")
    return turn


def _lines(order: OrderView) -> Table:
    table = _table("Quantity", "Title", "Sku", "Unit price", title="Lines")
    for line in order.lines:
        price = money(int(line["unit_price"]), order.currency)
        table.add_row(str(line["quantity"]), Text(safe(str(line["title"]))), Text(safe(str(line["sku"]))), price)
    return table


def _money(order: OrderView) -> Table:
    # Most orders know no authorisation; those that do show it until it is charged.
    columns = [column for column in LEDGER if column != "authorized" or order.authorized]
    table = _table(*columns, title="Money")
    table.add_row(*(money(getattr(order, column), order.currency) for column in columns))
    return table


def _deadlines(order: OrderView, now: datetime) -> Table:
    table = _table("Deadline", "At", "", "For", "Rule", title="Deadlines")
    for deadline in order.deadlines:
        kind = f"{deadline.kind} {safe(deadline.subject or '')}".strip()
        table.add_row(
            kind,
            Text(instant(deadline.at), "yellow"),
            relative(deadline.at, now),
            deadline.party,
            Text(safe(deadline.rule or "")),
        )
    return table


def _records(order: OrderView) -> Iterable[Text]:
    """The records beside the stage, one line each, whatever they are: the view names their fields."""
    known = order.model_dump()
    dispute = known["dispute"] or {}
    known["chargebacks"] = [payment["chargeback"] for payment in known["payments"] if "chargeback" in payment]
    known |= {"decision": dispute.get("decision"), "decision on appeal": dispute.get("appeal_decision")}
    for name in (*SINGLES, *PLURALS):
        for record in known[name] if name in PLURALS else filter(None, (known[name],)):
            label = name.removesuffix("s") if name in PLURALS else name
            yield Text.assemble((f"{label.capitalize()}: ", "bold"), _record(record, order.currency))
    shown = Counter((str(item["by"]), str(item["kind"])) for item in dispute.get("evidence", ()))
    if shown:
        told = ", ".join(f"{count} {kind} of the {by}" for (by, kind), count in shown.items())
        yield Text.assemble(("Evidence: ", "bold"), f"{told}; in full: countermand timeline {order.order_id} --json")


def _record(record: Mapping[str, Any], currency: str) -> str:
    currency = record.get("currency") or currency
    shown = []
    for field, value in record.items():
        if value in (None, "", (), [], 0, False) or isinstance(value, list | tuple | dict):
            continue
        shown.append(f"{field} {_value(field, value, currency)}")
    return ", ".join(shown)


def _value(field: str, value: object, currency: str) -> str:
    """Amounts as money, instants as everywhere, by the names that all records use."""
    if field in AMOUNTS and isinstance(value, int):
        return money(value, currency)
    if field.endswith(("_at", "_by")):
        try:
            return instant(datetime.fromisoformat(str(value)))
        except ValueError:
            return safe(str(value))  # such as `decided_by`, which is a role
    return safe(str(value))


def _possible(order: OrderView, now: datetime) -> Iterable[Text]:
    for role, actions in order.allowed.items():
        if actions:
            yield Text.assemble((f"{role} can", "bold"), ":")
        for action in actions:
            until = f" until {instant(action.until)} ({relative(action.until, now)})" if action.until else ""
            yield Text.assemble("  ", (action.action, "green"), f"  {safe(action.label)}", (until, "yellow"))
    # Of a settled order nothing is possible, and every action would say so in the same words.
    for role, refused in () if order.closed_at else order.refused.items():
        for refusal in refused:
            yield Text(f"{role} cannot {refusal.action}: {safe(refusal.message)}", "dim")


def _table(*columns: str, title: str | None = None) -> Table:
    table = Table(*columns, box=None, pad_edge=False, title=title, title_justify="left", header_style="dim")
    table.title_style = "bold"
    return table


def _signed(amount: int, currency: str) -> str:
    return f"{'+' if amount > 0 else ''}{money(amount, currency)}"


def _shortened(text: str) -> str:
    return text if len(text) <= MAX_QUOTE else f"{text[: MAX_QUOTE - 1]}…"
