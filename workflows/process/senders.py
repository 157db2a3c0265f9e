"""Who may send what: to their own order, in their own role, when they were asked, and when the platform may report.

What their message then means is the story's.
"""

from workflows.messages.authorizations import PaymentVoided
from workflows.messages.base import Message
from workflows.messages.cancellation import DecideCancellation
from workflows.messages.commands import RefundUpdated, ReleaseUpdated
from workflows.messages.disputes import ProvideInformation
from workflows.messages.sentences import say
from workflows.messages.values import Role
from workflows.process import refusals
from workflows.process.money import transfers
from workflows.process.money.refunds import REFUND
from workflows.process.money.releases import RELEASE
from workflows.process.state.order import Order
from workflows.process.story import authorizations, cancellation


def check_own_order(order: Order, event: Message) -> None:
    """Refuses a buyer or seller of another order."""
    theirs = {Role.BUYER: order.buyer_id, Role.SELLER: order.seller_id}.get(event.by.role, event.by.id)
    if event.by.id != theirs:
        raise refusals.not_your_order(order, event.by.role)


def check_sender_role(order: Order, event: Message) -> None:
    """Refuses a role that this message is not for."""
    # Asked after who was asked, a role that may never answer would only be told that somebody else was.
    if event.by.role not in event.roles:
        raise refusals.wrong_role(event.name, event.by.role, refusals.roles(event.roles))
    if isinstance(event, ProvideInformation):
        _check_was_asked(order, event)
    # What follows bounds the platform: asked before this, no seller could answer a request until the platform is asked.
    if event.by.role is not Role.PLATFORM:
        return
    if isinstance(event, DecideCancellation) and not cancellation.may_platform_decide(order):
        raise refusals.wrong_role(
            event.name, Role.PLATFORM, say("the seller, and the platform only after it was asked")
        )
    if isinstance(event, RefundUpdated):
        transfers.check_platform_may_report(REFUND, order, event)
    if isinstance(event, ReleaseUpdated):
        transfers.check_platform_may_report(RELEASE, order, event)
    if isinstance(event, PaymentVoided):
        authorizations.check_may_report_void(order, event)


def _check_was_asked(order: Order, event: ProvideInformation) -> None:
    """Refuses an answer of the side that was not asked."""
    asked = order.dispute.asked if order.dispute else None
    if asked and event.by.role is not asked:
        raise refusals.wrong_role(event.name, event.by.role, say("the {role}, who was asked", role=asked))
