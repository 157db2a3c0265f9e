"""Everything that a test needs which the exploration has printed."""

from datetime import datetime, timedelta

from tests.exploration.abstract import BASE, NOON, STEP, abstracted, under
from tests.exploration.invariants import of_state
from tests.process.orders import (
    APPROVE,
    BUYER,
    CONFIRM,
    DELIVERED,
    PLATFORM,
    REJECT,
    REJECT_AS_SHIPPED,
    SELLER,
    SHIP,
    WITHDRAW,
    answered,
    by_hand,
    cancel,
    captured,
    clock,
    move,
    refund_news,
    release_news,
    request,
    retry,
    retry_release,
    start,
)
from workflows.messages.commands import AddNote, ExtendDelivery, SendMessage
from workflows.messages.terms import AutoApproval
from workflows.messages.values import CancellationReason, DeadlineKind, MoneyState, Role
from workflows.process.state import Order
from workflows.process.step import Event, opened, step

__all__ = [
    "APPROVE",
    "BUYER",
    "CONFIRM",
    "DELIVERED",
    "NOON",
    "PLATFORM",
    "REJECT",
    "REJECT_AS_SHIPPED",
    "SELLER",
    "SHIP",
    "STEP",
    "WITHDRAW",
    "AddNote",
    "AutoApproval",
    "CancellationReason",
    "DeadlineKind",
    "ExtendDelivery",
    "MoneyState",
    "Role",
    "SendMessage",
    "abstracted",
    "after",
    "answered",
    "by_hand",
    "cancel",
    "captured",
    "clock",
    "first",
    "move",
    "of_state",
    "refund_news",
    "release_news",
    "request",
    "retry",
    "retry_release",
    "timedelta",
    "under",
]


def first() -> Order:
    """The state in which every exploration begins."""
    return abstracted(opened(start(terms=BASE), NOON).order)


def after(order: Order, event: Event, at: datetime) -> Order:
    """The next order, as the exploration keeps it."""
    return step(order, event, at).order
