"""Chapter 0, opening: from the start input to an order that waits for its payment."""

from datetime import datetime

from workflows.messages.currency import money
from workflows.messages.notices import NoticeKind
from workflows.messages.start import StartOrder
from workflows.messages.values import DeadlineKind, Role, Stage
from workflows.process.clock import deadlines
from workflows.process.state.changes import Change, Word
from workflows.process.state.order import Order


def order_opened(start: StartOrder, now: datetime) -> tuple[Order, Change]:
    """The empty order, and the change that opens it: pending payment until `pay_by`, terms frozen (R24)."""
    blank = Order(
        order_id=start.order_id,
        buyer_id=start.buyer_id,
        seller_id=start.seller_id,
        currency=start.currency,
        lines=start.lines,
        shipping_fee=start.shipping_fee,
        tax=start.tax,
        discount=start.discount,
        total=start.total,
        terms=start.terms,
        created_at=now,
        stage=Stage.PENDING_PAYMENT,
    )
    order = deadlines.start_deadline(blank, DeadlineKind.PAY_BY, start.terms.pay_within, now)
    pay_by = order.deadlines[0].at
    text = f"Order {order.order_id} waits for your payment of {money(order.total, order.currency)}."
    word = Word(Role.BUYER, NoticeKind.PAYMENT_DUE, text, pay_by)
    return blank, Change(order, f"Ordered for {money(order.total, order.currency)}", (word,))
