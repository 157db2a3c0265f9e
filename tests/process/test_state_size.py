"""The largest state that an order can have: it is written with every record, so it must stay small."""

from typing import Final

from tests.process.later_orders import (
    CONTEST,
    INFORM,
    WITHDRAW_DISPUTE,
    add,
    ask,
    decline,
    item,
    offer,
    open_dispute,
    reviewed,
)
from tests.process.orders import BUYER, SELLER, after, captured, days, delivered
from workflows.messages.commands import SendMessage
from workflows.messages.evidence import MAX_EVIDENCE
from workflows.messages.values import Role
from workflows.messages.vocabulary import Resolution
from workflows.process.repeats import KEPT
from workflows.process.state.order import Order
from workflows.process.story.conversation import MAX_MESSAGES
from workflows.process.story.offers import MAX_OFFERS
from workflows.start_input import order_from, state_of

MAX_STATE: Final = 64 * 1024
"""Bytes: a quarter of what Temporal warns about."""


def everything() -> Order:
    """Every limit reached: disputes, offers, messages, evidence of both sides, remembered commands, late payments."""
    order = delivered(protect_for="P300D")
    for _ in range(2):
        order = after(order, open_dispute(), WITHDRAW_DISPUTE, at=days(2))
    order = after(order, open_dispute(evidence=(item(),)), CONTEST, at=days(3))
    for number in range(1, MAX_OFFERS + 1):
        order = after(order, offer(Resolution.PARTIAL_REFUND, 1_000), decline(number), at=days(3))
    order = after(order, add(*(item(number=n) for n in range(2, MAX_EVIDENCE + 1))), at=days(3))
    order = after(order, add(*(item(number=n) for n in range(MAX_EVIDENCE)), by=SELLER), at=days(3))
    order = after(order, ask(), INFORM, at=days(3))
    for number in range(MAX_MESSAGES):
        sent = SendMessage(by=BUYER, to=Role.SELLER, text="x" * 4_000, request_id=f"{number:064}")
        order = after(order, sent, at=days(3))
    for number in range(2, 22):
        order = after(order, captured(payment_id=f"{number:0128}"), at=days(3))
    return order


def test_the_state_of_an_order_with_everything_stays_under_64_kib() -> None:
    order = everything()
    assert (order.messages, len(order.offers), len(order.remembered)) == (MAX_MESSAGES, MAX_OFFERS, KEPT)
    assert order.dispute
    assert len(order.dispute.evidence) == 2 * MAX_EVIDENCE
    written = state_of(order)
    assert len(written.encode()) < MAX_STATE, len(written.encode())
    assert order_from(written) == order
    assert len(state_of(reviewed()).encode()) < MAX_STATE / 8, "and an ordinary one is small"
