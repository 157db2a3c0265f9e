"""What a payment has left to give back, and what of it the provider can move (R37)."""

from workflows.process.money.ledger import is_void, paid_by, payment_of, taken_elsewhere
from workflows.process.state.order import Order
from workflows.process.state.payments import Payment, Refund


def left_of_payment(order: Order, payment: Payment) -> int:
    """What of a payment is neither gone back nor on its way, nor taken by the bank; below 0 by what is too much."""
    of_it = [refund for refund in order.refunds if refund.payment_id == payment.payment_id]
    gone = sum(paid_by(refund) + refund.owed for refund in of_it)
    return payment.brought - gone - taken_elsewhere(order, payment.payment_id)


def left_beside(order: Order, refund: Refund) -> int:
    """What of the refund's payment neither refunds nor the bank have given back; the refund itself as it now stands."""
    payment = payment_of(order, refund)
    others = (o for o in order.refunds if o.payment_id == payment.payment_id and o.refund_id != refund.refund_id)
    return payment.brought - paid_by(refund) - sum(map(paid_by, others)) - taken_elsewhere(order, payment.payment_id)


def spare_of_payment(order: Order, payment: Payment) -> int:
    """What of a payment is neither gone nor going, to the buyer or the seller, nor held. The loss that the platform has
    with another payment does not hide it."""
    kept = order.ledger.released + order.ledger.held if payment.role == "order" else 0
    return left_of_payment(order, payment) - kept


def amount_in_steps(order: Order, refund: Refund, amount: int) -> int:
    """So much of an amount as the provider can move: where it moves only multiples of something, the greatest of them.
    What is only promised goes back whole, and foreign money by whatever its own currency asks."""
    if is_void(order, refund) or refund.currency != order.currency:
        return amount
    return amount - amount % order.terms.smallest_amount
