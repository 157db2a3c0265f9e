"""What a command is told that comes after a deadline has passed, or after the order has ended (R2, R4)."""

from typing import Final

from workflows.frozen import replace
from workflows.messages.authorizations import SettleCaptureManually
from workflows.messages.base import Command, Message
from workflows.messages.commands import Acknowledge, MoveDeadline, SettleRefundManually, SettleReleaseManually
from workflows.messages.offers import AcceptOffer, DeclineOffer
from workflows.messages.refusal import Code, Refused
from workflows.messages.shared_payments import SettlePaymentConflict
from workflows.messages.values import Role
from workflows.process import refusals
from workflows.process.clock import deadlines
from workflows.process.money import attention
from workflows.process.state.order import Order
from workflows.process.story import offers

OF_SETTLED_MONEY: Final = (
    SettlePaymentConflict,
    SettleRefundManually,
    SettleReleaseManually,
    SettleCaptureManually,
)
"""What the platform may say of money also when the order is settled: it hears why not, and not that it has ended."""


def may_still_be_judged(order: Order, event: Command) -> bool:
    """Whether a command may still reach a settled order: what the platform says of its money, and an acknowledgement
    while something needs attention."""
    if isinstance(event, OF_SETTLED_MONEY):
        return event.by.role is Role.PLATFORM
    return isinstance(event, Acknowledge) and bool(attention.needs_attention(order))


def refusal_after_the_end(order: Order, event: Command) -> Refused:
    """Settled, the order has ended; but where that is so by the very deadline that the command has missed, it is told
    of that. Whom the command is not for is told of the end."""
    ended = refusals.order_closed(order)
    if order.closed_by is None or event.by.role not in event.roles:
        return ended
    return missed_deadline_refusal(replace(order, passed=(order.closed_by,)), event, ended) or ended


def missed_deadline_refusal(order: Order, event: Message, refused: Refused) -> Refused | None:
    """The refusal that names the deadline which the refused command has missed, where there was one for it."""
    if refused.code in (Code.INVALID, Code.WRONG_ROLE):
        return None
    if isinstance(event, AcceptOffer | DeclineOffer) and not offers.has_lapsed(order, event):
        return None
    missed = [
        passed
        for passed in order.passed
        if deadlines.bounded_actions(order, passed.kind, type(event))
        or (isinstance(event, MoveDeadline) and event.deadline is passed.kind)
    ]
    return refusals.deadline_passed(order, event.name, missed[-1]) if missed else None
