"""Everything that a test needs which the exploration has printed."""

from datetime import datetime, timedelta

from tests.exploration.abstract import BASE, NOON, STEP, abstracted, under
from tests.exploration.invariants import of_state
from tests.exploration.later import (
    ACCEPT,
    CONTEST,
    CORRECTED,
    INTERCEPT,
    NOT_TRYING,
    PART,
    REPLACEMENT,
    SEND_BACK,
    TAKE_BACK,
    TRYING,
    decide,
    decline,
    dispute,
    fact,
    offer,
    photo,
    receive,
    take,
)
from tests.exploration.withdrawn import charged, charged_back, inquired
from tests.process.orders import (
    APPROVE,
    BUYER,
    CAPTURE_1,
    CONFIRM,
    DELIVERED,
    PLATFORM,
    REJECT,
    REJECT_AS_SHIPPED,
    SELLER,
    SHIP,
    TOTAL,
    WITHDRAW,
    acknowledge,
    answered,
    authorized,
    by_hand,
    cancel,
    captured,
    captured_by_hand,
    checked,
    claimed_too,
    clock,
    given_elsewhere,
    let_go,
    move,
    paid_by_hand,
    refund_news,
    release_news,
    request,
    retry,
    retry_capture,
    retry_release,
    settle_conflict,
    start,
)
from workflows.messages.chargebacks import ChargebackOutcome
from workflows.messages.commands import AddNote, SendMessage
from workflows.messages.disputes import AddEvidence, Appeal, ProvideInformation, RequestInformation, RespondToDispute
from workflows.messages.parcels import ExtendDelivery
from workflows.messages.terms import AutoApproval
from workflows.messages.values import CancellationReason, DeadlineKind, MoneyState, Role
from workflows.messages.vocabulary import DisputeReason, Inspection, Resolution
from workflows.process.resets import order_reset
from workflows.process.state.order import Order
from workflows.process.step import Event, open_order, step

__all__ = [
    "ACCEPT",
    "APPROVE",
    "BUYER",
    "CAPTURE_1",
    "CONFIRM",
    "CONTEST",
    "CORRECTED",
    "DELIVERED",
    "INTERCEPT",
    "NOON",
    "NOT_TRYING",
    "PART",
    "PLATFORM",
    "REJECT",
    "REJECT_AS_SHIPPED",
    "REPLACEMENT",
    "SELLER",
    "SEND_BACK",
    "SHIP",
    "STEP",
    "TAKE_BACK",
    "TOTAL",
    "TRYING",
    "WITHDRAW",
    "AddEvidence",
    "AddNote",
    "Appeal",
    "AutoApproval",
    "CancellationReason",
    "ChargebackOutcome",
    "DeadlineKind",
    "DisputeReason",
    "ExtendDelivery",
    "Inspection",
    "MoneyState",
    "ProvideInformation",
    "RequestInformation",
    "Resolution",
    "RespondToDispute",
    "Role",
    "SendMessage",
    "abstracted",
    "acknowledge",
    "after",
    "answered",
    "authorized",
    "by_hand",
    "cancel",
    "captured",
    "captured_by_hand",
    "charged",
    "charged_back",
    "checked",
    "claimed_too",
    "clock",
    "decide",
    "decline",
    "dispute",
    "fact",
    "first",
    "given_elsewhere",
    "inquired",
    "let_go",
    "move",
    "of_state",
    "offer",
    "order_reset",
    "paid_by_hand",
    "photo",
    "receive",
    "refund_news",
    "release_news",
    "request",
    "retry",
    "retry_capture",
    "retry_release",
    "settle_conflict",
    "take",
    "timedelta",
    "under",
]


def first() -> Order:
    """The state in which every exploration begins."""
    return abstracted(open_order(start(terms=BASE), NOON).order)


def after(order: Order, event: Event, at: datetime) -> Order:
    """The next order, as the exploration keeps it."""
    return step(order, event, at).order
