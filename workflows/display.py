"""What an operator sees in Temporal without opening a payload: search attributes, current details, timer summaries."""

from datetime import datetime
from typing import Any, Final

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate, TypedSearchAttributes

from workflows.messages.currency import money
from workflows.process import view
from workflows.process.deadlines import next_instant
from workflows.process.money import COLUMNS
from workflows.process.refusals import instant
from workflows.process.state import Order

STAGE: Final = SearchAttributeKey.for_keyword("OrderStage")
BUYER: Final = SearchAttributeKey.for_keyword("BuyerId")
SELLER: Final = SearchAttributeKey.for_keyword("SellerId")
WAITING_ON: Final = SearchAttributeKey.for_keyword("WaitingOn")
REFUND_STATE: Final = SearchAttributeKey.for_keyword("RefundState")
NEXT_DEADLINE: Final = SearchAttributeKey.for_datetime("NextDeadline")


def attribute_changes(order: Order, shown: TypedSearchAttributes) -> list[SearchAttributeUpdate[Any]]:
    """The search attributes that differ from those that are shown: an upsert costs an event, so only these."""
    keywords = (
        (STAGE, order.stage.value),
        (BUYER, order.buyer_id),
        (SELLER, order.seller_id),
        (WAITING_ON, str(view.waiting_on(order))),
        (REFUND_STATE, view.refund_state(order)),
    )
    changes: list[SearchAttributeUpdate[Any]] = [
        key.value_set(value) for key, value in keywords if shown.get(key) != value
    ]
    deadline = _next_deadline(order)
    if shown.get(NEXT_DEADLINE) != deadline:
        changes.append(NEXT_DEADLINE.value_set(deadline) if deadline else NEXT_DEADLINE.value_unset())
    return changes


def _next_deadline(order: Order) -> datetime | None:
    """In whole milliseconds: Temporal keeps no more, and what differs by less would be upserted again and again."""
    deadline = view.next_deadline(order)
    return deadline.at.replace(microsecond=deadline.at.microsecond // 1000 * 1000) if deadline else None


def timer_summary(order: Order) -> str:
    """What the one timer is armed for: `respond_by`, or `reminder of ship_by`."""
    at = next_instant(order)
    for deadline in order.deadlines:
        if deadline.at == at:
            return f"{deadline.kind} {deadline.subject}".strip()
        if deadline.remind_at == at:
            return f"reminder of {deadline.kind}"
    return "clock"


def details(order: Order, last_refusal: str | None) -> str:
    """The order in Markdown: stage, whose turn, next deadline, money, what needs attention, the last refused signal."""
    deadline = view.next_deadline(order)
    rows = [
        ("Stage", view.label(order)),
        ("Waiting on", view.waiting_on(order)),
        ("Next deadline", f"{deadline.kind} {instant(deadline.at)}" if deadline else "none"),
        ("Total", money(order.total, order.currency)),
    ]
    columns = [(column, getattr(order.ledger, column)) for column in COLUMNS]
    rows.extend((column.capitalize(), money(amount, order.currency)) for column, amount in columns if amount)
    rows.extend(("Needs attention", f"{found.kind} {found.subject}") for found in view.needs_attention(order))
    if order.reason:
        rows.append(("Closed as", f"{order.stage}, {order.reason}"))
    if last_refusal:
        rows.append(("Last refused signal", last_refusal))
    return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {_cell(value)} |" for name, value in rows)])


def _cell(text: str) -> str:
    """`text` as one cell: a pipe or a line break in a foreign name would break the table."""
    return " ".join(text.replace("|", "\\|").split())
