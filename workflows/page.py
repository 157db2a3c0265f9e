"""What an order's own page in Temporal's UI says: the order in words, for whom nothing has to be opened.

What its lists and timelines show lives in `display.py`.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from workflows.messages.answers import AllowedAction
from workflows.messages.currency import money
from workflows.messages.goods import goods_in_words, order_in_words
from workflows.messages.markdown import as_it_stands
from workflows.messages.values import Role
from workflows.process.allowed import allowed_actions
from workflows.process.dispute import resolutions
from workflows.process.money.attempts import reason_of_failure
from workflows.process.money.attention import needs_attention
from workflows.process.money.ledger import COLUMNS
from workflows.process.refusals import instant_text
from workflows.process.state.deadline import Deadline
from workflows.process.state.dispute import Dispute
from workflows.process.state.order import Order
from workflows.process.state.payments import IN_TROUBLE, Refund, Release
from workflows.process.telling import view

Row = tuple[str, str]
WHO_CAN: Final = (Role.BUYER, Role.SELLER, Role.PLATFORM)


def details(order: Order, last_refusal: str | None, now: datetime) -> str:
    """The order in Markdown: what needs attention, what was sold to whom, where it is, its money, who can do what now.

    A list, for the UI draws tables without any space between their cells. Made when somebody looks, and not with every
    event: what is possible is found by trying it.
    """
    rows = [
        *(("Needs attention", f"{found.kind} {found.subject}: {found.message}") for found in needs_attention(order)),
        ("Order", order_in_words(order)),
        *(("Goods", line) for line in goods_in_words(order)),
        *_standing(order),
        *_money(order),
        *_conflict(order),
        *_possible(order, now),
    ]
    if order.reason:
        rows.append(("Closed as", f"{order.stage}, {order.reason}"))
    if last_refusal:
        rows.append(("Last refused signal", last_refusal))
    return "\n".join(f"- **{name}**: {as_it_stands(value)}" for name, value in rows)


def _standing(order: Order) -> Iterator[Row]:
    yield "Stage", view.order_label(order)
    yield "Waiting on", view.waiting_on(order)
    first = view.next_deadline(order)
    yield "Next deadline", _when(first) if first else "none"
    for other in order.deadlines:
        if other != first:
            yield "Also running", _when(other)


def _when(deadline: Deadline) -> str:
    return f"{deadline.kind} {deadline.subject}".strip() + f" {instant_text(deadline.at)} ({deadline.party})"


def _money(order: Order) -> Iterator[Row]:
    """`total 22.99 USD, captured 22.99 USD, held 22.99 USD`: the ledger, without its zeros; and what moves it."""
    amounts = [("total", order.total), *((column, getattr(order.ledger, column)) for column in COLUMNS)]
    yield "Money", ", ".join(f"{column} {money(amount, order.currency)}" for column, amount in amounts if amount)
    for refund in order.refunds:
        yield "Refund", _transfer(refund.refund_id, refund, refund.currency)
    for release in order.releases:
        yield "Release", _transfer(release.release_id, release, order.currency)


def _transfer(record_id: str, record: Refund | Release, currency: str) -> str:
    """With its id, which `retry_refund` and the like must name."""
    told = f"{record_id}, {money(record.amount, currency)}, {record.state}, attempt {len(record.attempts)}"
    reason = reason_of_failure(record.attempts) if record.state in IN_TROUBLE else None
    return f"{told}: {reason}" if reason else told


def _conflict(order: Order) -> Iterator[Row]:
    """The dispute as either side tells it, and the offers that are open. The words themselves are not in the order."""
    if order.dispute and order.phase:
        dispute = order.dispute
        asked = resolutions.phrase(order, dispute.requested, dispute.amount)
        opened = f"opened by the {dispute.opened_by} {instant_text(dispute.opened_at)}"
        yield "Dispute", f"{dispute.dispute_id}, {dispute.reason}, {opened}, asks for {asked}"
        yield "The buyer", _evidence(dispute, Role.BUYER)
        answer = "contests it" if dispute.contested else "has not contested it"
        yield "The seller", f"{answer}, {_evidence(dispute, Role.SELLER)}"
        if dispute.decision:
            outcome = resolutions.phrase(order, dispute.decision.outcome, dispute.decision.amount)
            yield "Decided", f"{outcome}, {dispute.decision.reason_code}, by {dispute.decision.by}"
        yield "Their words", f"countermand timeline {order.order_id}"
    for offer in order.offers:
        if offer.state == "open":
            offered = resolutions.phrase(order, offer.resolution, offer.amount)
            yield "Open offer", f"{offer.offer_id}, the {offer.by} offers {offered}"


def _evidence(dispute: Dispute, side: Role) -> str:
    """`evidence: photo × 2, video`."""
    counts = Counter(item.kind for item in dispute.evidence if item.by is side)
    kinds = (f"{kind} × {count}" if count > 1 else str(kind) for kind, count in counts.items())
    return f"evidence: {', '.join(kinds) or 'none'}"


def _possible(order: Order, now: datetime) -> Iterator[Row]:
    """Who can do what now, by the words on the buttons, and until when."""
    for role in WHO_CAN:
        if options := allowed_actions(order, role, now):
            yield f"The {role} can", ", ".join(map(_option, options))


def _option(option: AllowedAction) -> str:
    return option.label + (f" (until {instant_text(option.until)})" if option.until else "")
