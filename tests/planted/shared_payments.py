"""Bugs planted in what becomes of a payment that several orders claim."""

from typing import Final

from tests.planted.bug import Bug

SHARED_PAYMENTS: Final = (
    Bug(
        "money/ledger",
        "if any(payment.payment_id == payment_id and payment.claimed_by for payment in order.payments):",
        "if any(payment.payment_id == payment_id and payment.not_ours for payment in order.payments):",
        "money leaves while nobody knows whose it is",
    ),
    Bug(
        "money/disclaimed",
        "left, released, held = amount - refunding, 0, 0",
        "left, released, held = amount, 0, 0",
        "what refunds gave up is taken from the seller once more",
    ),
    Bug(
        "money/disclaimed",
        "(is_waiting(refund) or refund.state in IN_TROUBLE)",
        "is_waiting(refund)",
        "a failed refund of another order's money is tried again",
    ),
    Bug(
        "money/disclaimed",
        "new = replace(refund, amount=refund.amount - cut, owed=refund.owed - cut)",
        "new = replace(refund, owed=refund.owed - cut)",
        "a refund that comes back owes another order's money again",
    ),
    Bug(
        "ownership/payment_conflicts",
        "not lost or _is_still_paid(order) or order.stage not in NOT_SHIPPED",
        "not lost or order.stage not in NOT_SHIPPED",
        "an order that has its total is cancelled",
    ),
    Bug(
        "ownership/payment_conflicts",
        "if event.amount > known.amount:",
        "if event.amount > known.taken:",
        "what the platform has given away comes back out of nothing",
    ),
    Bug(
        "story/payment",
        "as_taken = event.amount == payment.taken and",
        "as_taken = event.amount == payment.amount and",
        "a payment that was settled is a contradiction when its webhook comes again",
    ),
)
