"""How one order looks to a person: on one screen where it is, whose turn, until when, its money, and who can do what.

What cannot be done now, and the words on the buttons, are shown where somebody asks for all of it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from rich.table import Table
from rich.text import Text

from starter.cli.render import instant, plain_table, relative, span, turn, without_alternatives
from starter.cli.safe_text import safe
from workflows.messages.answers import AllowedAction, OrderView
from workflows.messages.currency import money

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
USUAL: Final[Mapping[str, object]] = {"number": 1, "role": "order", "paused": "PT0S"}
"""What nearly every record has, and so tells nobody anything."""
_SPAN: Final = TypeAdapter(timedelta)


def order_card(order: OrderView, now: datetime, *, everything: bool = False) -> Iterable[Text | Table]:
    """The order for a person, on one screen; with `everything` each button's words too, and what cannot be done."""
    yield Text.assemble(("Order ", "bold"), (order.order_id, "bold"), "  ", (safe(order.label), "bold cyan"))
    yield Text(f"buyer {safe(order.buyer_id)}, seller {safe(order.seller_id)}, since {instant(order.created_at)}")
    if order.policies:
        came = ", ".join(f"{policy['name']} version {policy['version']}" for policy in order.policies)
        yield Text(safe(f"started under {came}"))
    yield turn(order, now)
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
    if everything:
        yield from _everything(order, now)
        return
    yield from _possible(order)
    if not order.closed_at:
        yield Text(f"What cannot be done now, and why: countermand show {order.order_id} --all", "dim")


def _lines(order: OrderView) -> Table:
    table = plain_table("Quantity", "Title", "Sku", "Unit price", title="Lines")
    for line in order.lines:
        price = money(int(line["unit_price"]), order.currency)
        table.add_row(str(line["quantity"]), Text(safe(str(line["title"]))), Text(safe(str(line["sku"]))), price)
    return table


def _money(order: OrderView) -> Table:
    # Most orders know no authorisation; those that do show it until it is charged.
    columns = [column for column in LEDGER if column != "authorized" or order.authorized]
    table = plain_table(*columns, title="Money")
    table.add_row(*(money(getattr(order, column), order.currency) for column in columns))
    return table


def _deadlines(order: OrderView, now: datetime) -> Table:
    table = plain_table("Deadline", "At", "", "For", "Rule", title="Deadlines")
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
    for kept in order.kept:
        told = f"{kept['name']} of {kept['subject']}, since {_value('since', kept['since'], order.currency)}"
        yield Text.assemble(("Kept until its time comes: ", "bold"), safe(told))
    shown = Counter((str(item["by"]), str(item["kind"])) for item in dispute.get("evidence", ()))
    if shown:
        told = ", ".join(f"{count} {kind} of the {by}" for (by, kind), count in shown.items())
        yield Text.assemble(("Evidence: ", "bold"), f"{told}; in full: countermand timeline {order.order_id} --json")


def _record(record: Mapping[str, Any], currency: str) -> str:
    of_record = record.get("currency") or currency
    shown = []
    for field, value in record.items():
        if value in (None, "", (), [], 0, False) or isinstance(value, list | tuple | dict):
            continue
        # Every amount is shown with its currency.
        if field == "currency" or USUAL.get(field) == value:
            continue
        shown.append(f"{field} {_value(field, value, of_record)}")
    return ", ".join(shown)


def _value(field: str, value: object, currency: str) -> str:
    """Amounts as money, instants and spans as everywhere, by the names that all records use."""
    if field in AMOUNTS and isinstance(value, int):
        return money(value, currency)
    if field.endswith(("_at", "_by", "since")):
        try:
            return instant(datetime.fromisoformat(str(value)))
        except ValueError:
            return safe(str(value))  # such as `decided_by`, which is a role
    if isinstance(value, str) and value[:1] == "P":
        try:
            return span(_SPAN.validate_python(value))
        except ValidationError:
            return safe(value)  # a word that begins like a duration
    return safe(str(value))


def _possible(order: OrderView) -> Iterable[Text]:
    """A line for each role that can do something now."""
    for role, actions in order.allowed.items():
        if actions:
            yield Text.assemble((f"{role} can ", "bold"), (", ".join(map(_until, actions)), "green"))


def _until(action: AllowedAction) -> str:
    return f"{action.action} (until {instant(action.until)})" if action.until else action.action


def _everything(order: OrderView, now: datetime) -> Iterable[Text]:
    for role, actions in order.allowed.items():
        if actions:
            yield Text.assemble((f"{role} can", "bold"), ":")
        for action in actions:
            until = f" until {instant(action.until)} ({relative(action.until, now)})" if action.until else ""
            yield Text.assemble("  ", (action.action, "green"), f"  {safe(action.label)}", (until, "yellow"))
    # Of a settled order nothing is possible, and every action would say so in the same words.
    for role, refused in () if order.closed_at else order.refused.items():
        for refusal in refused:
            # What is possible instead stands right above, once.
            why = without_alternatives(refusal)
            yield Text(f"{role} cannot {refusal.action}: {safe(why)}", "dim")
