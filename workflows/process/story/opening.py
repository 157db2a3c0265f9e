"""Chapter 0, opening: from the start input to an order that waits for its payment."""

from datetime import datetime

from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import say
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
        locale=start.locale,
        policies=start.policies,
        created_at=now,
        stage=Stage.PENDING_PAYMENT,
    )
    order = deadlines.start_deadline(blank, DeadlineKind.PAY_BY, start.terms.pay_within, now)
    pay_by = order.deadlines[0].at
    total = order.money(order.total)
    text = say("Order {order_id} waits for your payment of {total}.", order_id=order.order_id, total=total)
    word = Word(Role.BUYER, NoticeKind.PAYMENT_DUE, text, pay_by)
    return blank, Change(order, say("Ordered for {total}", total=total), (word,))
