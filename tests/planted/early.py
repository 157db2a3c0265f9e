"""Bugs planted in what an order keeps of facts that come early."""

from typing import Final

from tests.planted.bug import Bug

EARLY: Final = (
    Bug(
        "step",
        "order, begun = (order, ()) if early.next_due(order) else provider.send_waiting(order)",
        "order, begun = provider.send_waiting(order)",
        "what the bank disputes goes back in the step in which it hears of the dispute",
    ),
    Bug(
        "step",
        "rest = early.without_kept(order, kept)",
        "rest = early.without_kept(order, order.kept[-1])",
        "a fact is taken again and again, and another one is lost",
    ),
    Bug(
        "early",
        "return any(payment.payment_id == payment_id and payment.captured_at for payment in order.payments)",
        "return any(payment.payment_id == payment_id for payment in order.payments)",
        "a chargeback is taken of what nobody was charged",
    ),
    Bug(
        "early",
        "return bool(of_it) and _content_of(of_it[-1]) == _content_of(event)",
        "return any(_content_of(old) == _content_of(event) for old in of_it)",
        "lost, won and lost again is taken for a chargeback that was won",
    ),
    Bug(
        "early",
        "if sum(_is_of_carrier(old) == of_carriers for old in order.kept) >= limit:",
        "if len(order.kept) >= limit:",
        "carriers use up what is kept about money",
    ),
    Bug(
        "early",
        "return json.dumps(fact | digests, ensure_ascii=False)",
        "return json.dumps(fact, ensure_ascii=False)",
        "the state carries what a carrier wrote",
    ),
    Bug(
        "money/captures",
        "late = replace(payment, amount=amount, captured_at=now, voided=payment.amount)",
        "late = replace(payment, amount=amount, captured_at=now)",
        "a charge after a void freezes the order",
    ),
    Bug(
        "story/authorizations",
        """if void := early.kept_void(order, event.payment_id):
        return""",
        """if void := None:
        return""",
        "the seller ships for a promise that is gone",
    ),
    Bug(
        "story/payment",
        "or not is_room_for_payment(order) or early.kept_void(order, event.payment_id):",
        "or not is_room_for_payment(order):",
        "a promise that is gone holds up the end of an order that nobody pays",
    ),
)
