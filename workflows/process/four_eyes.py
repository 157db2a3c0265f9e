"""Which commands of the platform move money, and how much each moves: above a limit they need a second person.

Who that second person is, and where the limit lies, is not for the process to know: it binds callers of the gateway.
"""

from collections.abc import Mapping
from typing import Final

from workflows.messages.base import Message
from workflows.messages.commands import RefundUpdated, ReleaseUpdated, RetryRefund, RetryRelease, SettleRefundManually
from workflows.messages.disputes import DecideDispute
from workflows.messages.shared_payments import SettlePaymentConflict
from workflows.messages.values import Role
from workflows.process.money.ledger import SOURCES
from workflows.process.money.refunds import REFUND
from workflows.process.money.transfers import find_transfer
from workflows.process.state.order import Ledger, Order
from workflows.process.telling.timeline import movements

MOVES_MONEY: Final = frozenset(
    """
    decide_dispute grant_refund record_payment chargeback_opened chargeback_closed refund_reported
    refund_updated retry_refund release_updated retry_release
    """.split()
)
"""By name, so that one which this version does not have yet is among them from its first day."""
SETTLES: Final = "settle_"
"""How every other one begins: the platform says that money went another way, or whose it is."""


def moves_money(event: Message) -> bool:
    """Whether this is a command of the platform that moves money. The same from a provider is a fact, and stands."""
    return event.by.role is Role.PLATFORM and names_money(event.name)


def names_money(name: str) -> bool:
    """Whether messages of this name move money when the platform sends them."""
    return name in MOVES_MONEY or name.startswith(SETTLES)


def money_at_stake(before: Order, after: Order, event: Message) -> Mapping[str, int]:
    """What `event` moves by leading from `before` to `after`, in minor units by currency: the most that can be said of
    it. Nothing, where it was taken before and only gets its answer again.

    It is the larger of what the ledger shows, what the command itself names, and what it decides about: a decision that
    may be appealed moves nothing yet, and one that refunds a part releases the rest.
    """
    if after is before:
        return {}
    amounts = {before.currency: _largest_movement(before.ledger, after.ledger)}
    for currency, amount in (_amount_named(before, event), _amount_decided_about(before, event)):
        amounts[currency] = max(amounts.get(currency, 0), amount)
    return {currency: amount for currency, amount in amounts.items() if amount}


def _largest_movement(before: Ledger, after: Ledger) -> int:
    """The most that came to, or left, the columns of either side of the ledger. Added up over both sides, money that
    comes in would count twice."""
    moved = movements(before, after)
    sides = (
        [amount for column, amount in moved.items() if column in SOURCES],
        [amount for column, amount in moved.items() if column not in SOURCES],
    )
    return max(
        max(sum(amount for amount in side if amount > 0), -sum(amount for amount in side if amount < 0))
        for side in sides
    )


def _amount_named(order: Order, event: Message) -> tuple[str, int]:
    """The command's own amount, in the currency that it names, or else that of the payment which it names."""
    payment_id = getattr(event, "payment_id", None)
    of_payment = next((one.currency for one in order.payments if one.payment_id == payment_id), order.currency)
    return getattr(event, "currency", None) or of_payment, getattr(event, "amount", None) or 0


def _amount_decided_about(order: Order, event: Message) -> tuple[str, int]:
    """All about which the command decides, also where it does not move yet, or is in no ledger."""
    match event:
        case DecideDispute():
            return order.currency, order.ledger.held
        case SettlePaymentConflict():
            for payment in order.payments:
                if payment.payment_id == event.payment_id:
                    return payment.currency, payment.amount
        case SettleRefundManually() | RetryRefund():
            # What came in another currency stands in no column.
            if refund := find_transfer(REFUND, order, event.refund_id):
                return refund.currency, refund.owed
        case RefundUpdated():
            # One that is said to have failed is owed anew, and can be sent a second time.
            if refund := find_transfer(REFUND, order, event.refund_id):
                return refund.currency, refund.amount
        case ReleaseUpdated() | RetryRelease():
            return order.currency, order.ledger.held
    return order.currency, 0
