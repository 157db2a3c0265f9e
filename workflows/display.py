"""What an operator sees of orders in Temporal's lists and timelines: search attributes, summaries of timers.

What an order's own page says lives in `page.py`.
"""

from datetime import datetime
from typing import Any, Final

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate, TypedSearchAttributes

from workflows.messages.values import Role
from workflows.process.clock.deadlines import next_instant
from workflows.process.refusals import instant_text
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order
from workflows.process.telling import view

STAGE: Final = SearchAttributeKey.for_keyword("OrderStage")
STATUS: Final = SearchAttributeKey.for_keyword("OrderStatus")
BUYER: Final = SearchAttributeKey.for_keyword("BuyerId")
SELLER: Final = SearchAttributeKey.for_keyword("SellerId")
WAITING_ON: Final = SearchAttributeKey.for_keyword("WaitingOn")
REFUND_STATE: Final = SearchAttributeKey.for_keyword("RefundState")
NEXT_DEADLINE: Final = SearchAttributeKey.for_datetime("NextDeadline")
MONEYS_TURN: Final = {Role.PAYMENT_PROVIDER, Role.PLATFORM}
"""Who moves on what is left of an order that has ended."""


def attribute_changes(order: Order, shown: TypedSearchAttributes) -> list[SearchAttributeUpdate[Any]]:
    """The search attributes that differ from those that are shown: an upsert costs an event, so only these."""
    turn = view.waiting_on(order)
    keywords = (
        (STAGE, order.stage.value),
        (BUYER, order.buyer_id),
        (SELLER, order.seller_id),
        (REFUND_STATE, view.refund_state(order)),
        (WAITING_ON, str(turn)),
        (STATUS, view.order_status(order)),
    )
    changes: list[SearchAttributeUpdate[Any]] = [
        key.value_set(value) for key, value in keywords if shown.get(key) != value
    ]
    deadline = _next_deadline(order)
    if shown.get(NEXT_DEADLINE) != deadline:
        changes.append(NEXT_DEADLINE.value_set(deadline) if deadline else NEXT_DEADLINE.value_unset())
    # Runs of before have no event where nothing but these differs: upserted alone, they would not replay.
    along = {STATUS.name}
    if order.stage.closed and {shown.get(WAITING_ON), turn} == MONEYS_TURN:
        along.add(WAITING_ON.name)
    return changes if any(change.key.name not in along for change in changes) else []


def _next_deadline(order: Order) -> datetime | None:
    """In whole milliseconds: Temporal keeps no more, and what differs by less would be upserted again and again."""
    deadline = view.next_deadline(order)
    return deadline.at.replace(microsecond=deadline.at.microsecond // 1000 * 1000) if deadline else None


def timer_summary(order: Order) -> str:
    """What the one timer is armed for: `respond_by (seller)`, or `reminder of ship_by 2026-… (seller)`."""
    at = next_instant(order)
    for deadline in order.deadlines:
        if deadline.at == at:
            return f"{_name(deadline)} ({deadline.party})"
        if deadline.remind_at == at:
            return f"reminder of {_name(deadline)} {instant_text(deadline.at)} ({deadline.party})"
    return "clock"


def _name(deadline: Deadline) -> str:
    return f"{deadline.kind} {deadline.subject}".strip()
