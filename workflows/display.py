"""What an operator sees in Temporal without opening a payload: search attributes, current details, timer summaries."""

import re
from datetime import datetime
from typing import Any, Final

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate, TypedSearchAttributes

from workflows.messages.currency import money
from workflows.process.clock.deadlines import next_instant
from workflows.process.dispute import resolutions
from workflows.process.money.attention import needs_attention
from workflows.process.money.ledger import COLUMNS
from workflows.process.refusals import instant_text
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order
from workflows.process.state.payments import Refund, Release
from workflows.process.telling import view

STAGE: Final = SearchAttributeKey.for_keyword("OrderStage")
BUYER: Final = SearchAttributeKey.for_keyword("BuyerId")
SELLER: Final = SearchAttributeKey.for_keyword("SellerId")
WAITING_ON: Final = SearchAttributeKey.for_keyword("WaitingOn")
REFUND_STATE: Final = SearchAttributeKey.for_keyword("RefundState")
NEXT_DEADLINE: Final = SearchAttributeKey.for_datetime("NextDeadline")
MARKDOWN: Final = re.compile(r"[\\`*_{}\[\]()<>#+!|~&]")
"""What Markdown reads as more than a character."""


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
    """What the one timer is armed for: `respond_by (seller)`, or `reminder of ship_by 2026-… (seller)`."""
    at = next_instant(order)
    for deadline in order.deadlines:
        if deadline.at == at:
            return f"{_name(deadline)} ({deadline.party})"
        if deadline.remind_at == at:
            return f"reminder of {_name(deadline)} {instant_text(deadline.at)} ({deadline.party})"
    return "clock"


def details(order: Order, last_refusal: str | None) -> str:
    """The order in Markdown: what needs attention, stage, whose turn, deadlines, money, the last refused signal.

    A list, for the UI draws tables without any space between their cells.
    """
    rows = [("Needs attention", f"{found.kind} {found.subject}: {found.message}") for found in needs_attention(order)]
    rows.append(("Stage", view.order_label(order)))
    rows.append(("Waiting on", view.waiting_on(order)))
    first = view.next_deadline(order)
    rows.append(("Next deadline", _when(first) if first else "none"))
    rows.extend(("Also running", _when(other)) for other in order.deadlines if other != first)
    rows.append(("Money", _money(order)))
    rows.extend(("Refund", _transfer(refund.refund_id, refund, refund.currency)) for refund in order.refunds)
    rows.extend(("Release", _transfer(release.release_id, release, order.currency)) for release in order.releases)
    if order.dispute and order.phase:
        asked = resolutions.phrase(order, order.dispute.requested, order.dispute.amount)
        rows.append(("Dispute", f"{order.dispute.dispute_id}, {order.dispute.reason}, asks for {asked}"))
    rows.extend(
        (
            "Open offer",
            f"{offer.offer_id}, the {offer.by} offers {resolutions.phrase(order, offer.resolution, offer.amount)}",
        )
        for offer in order.offers
        if offer.state == "open"
    )
    if order.reason:
        rows.append(("Closed as", f"{order.stage}, {order.reason}"))
    if last_refusal:
        rows.append(("Last refused signal", last_refusal))
    return "\n".join(f"- **{name}**: {_plain(value)}" for name, value in rows)


def _name(deadline: Deadline) -> str:
    return f"{deadline.kind} {deadline.subject}".strip()


def _when(deadline: Deadline) -> str:
    return f"{_name(deadline)} {instant_text(deadline.at)} ({deadline.party})"


def _money(order: Order) -> str:
    """`total 22.99 USD, captured 22.99 USD, held 22.99 USD`: the ledger, without its zeros."""
    amounts = [("total", order.total), *((column, getattr(order.ledger, column)) for column in COLUMNS)]
    return ", ".join(f"{column} {money(amount, order.currency)}" for column, amount in amounts if amount)


def _transfer(record_id: str, record: Refund | Release, currency: str) -> str:
    """With its id, which `retry_refund` and the like must name."""
    return f"{record_id}, {money(record.amount, currency)}, {record.state}, attempt {len(record.attempts)}"


def _plain(text: str) -> str:
    """`text` on one line, as it stands: what others wrote must not become a link or a heading."""
    return MARKDOWN.sub(r"\\\g<0>", " ".join(text.split()))
