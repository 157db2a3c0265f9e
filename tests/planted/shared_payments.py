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
        'order = move_money(order, "refunded", source, amount)',
        "pass",
        "another order's money counts as given back",
    ),
    Bug(
        "money/disclaimed",
        "cut = replace(refund, amount=refund.amount - part.amount, charged_back=refund.charged_back - part.amount)",
        "cut = replace(refund, charged_back=refund.charged_back - part.amount)",
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
