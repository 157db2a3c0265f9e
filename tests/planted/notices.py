"""Bugs of what people are told: the order does what it should, and somebody hears nothing, or what is untrue."""

from typing import Final

from tests.planted.bug import Bug

NOTICES: Final = (
    Bug(
        "story/payment",
        "(please_ship(order), received)",
        "(please_ship(order),)",
        "a buyer who has paid hears nothing",
    ),
    Bug(
        "money/going_back",
        "if payment.captured_at is None or hold_on_payment(order, payment.payment_id):",
        "if payment.captured_at is None:",
        "a day is promised for money that the bank holds up",
    ),
    Bug(
        "money/going_back",
        "if hold := hold_on_payment(order, payment.payment_id):",
        "if hold := None:",
        "money that the bank holds up is said to go back now",
    ),
    Bug(
        "money/refunds",
        ", *map(going_back.word_of_failure, newly))",
        ",)",
        "a buyer waits for a refund that has failed",
    ),
    Bug(
        "money/refunds",
        ", *map(going_back.word_of_failure, newly))",
        ", *map(going_back.word_of_failure, troubled))",
        "a buyer is told of one failure again and again",
    ),
    Bug(
        "story/cancellation",
        "(*words, _may_cancel(order))",
        "words",
        "nobody tells the buyer of a late order that they may cancel at once",
    ),
    Bug(
        "arrivals/whereabouts",
        "    if order.return_agreed:\n        then =",
        "    if False:\n        then =",
        "an agreed return is told as one that refunds nothing",
    ),
    Bug(
        "arrivals/whereabouts",
        "NoticeKind.PARCEL_INSPECTED if inspected else NoticeKind.WAY_BACK_ENDED",
        "NoticeKind.PARCEL_INSPECTED",
        "a lost parcel reaches the seller as inspected",
    ),
    Bug(
        "story/carrier",
        ", _words_in_a_dispute(order, event, before, told))",
        ")",
        "a delivery that decides a dispute is told to nobody",
    ),
    Bug(
        "story/carrier",
        "if order.stage is not Stage.DISPUTED or not has_moved:",
        "if order.stage is not Stage.DISPUTED:",
        "what the buyer has in hand is told as lost",
    ),
    Bug(
        "dispute/disputes",
        "    words = () if known else change.words\n",
        "    words = change.words\n",
        "a withdrawn dispute delivers the parcel once more",
    ),
    Bug(
        "dispute/disputes",
        "    words = () if known else change.words\n",
        "    words = ()\n",
        "a seller is to inspect a parcel that nobody told them of",
    ),
    Bug(
        "story/offers",
        'if offer.state == "lapsed" and offer.offer_id in open_before]',
        'if offer.state == "lapsed"]',
        "an offer lapses anew with every step",
    ),
    Bug(
        "step",
        "replace(change, words=(*change.words, *left_behind))",
        "change",
        "whoever offered waits for an answer to what has lapsed",
    ),
    Bug(
        "telling/view",
        "return first == DeliveryFailed.name",
        "return False",
        "a parcel that never came is said to have been refused",
    ),
    Bug(
        "allowed",
        "order.stage is Stage.PENDING_PAYMENT or is_processing_time_over(order)",
        "order.stage is Stage.PENDING_PAYMENT",
        "the button asks for what happens at once",
    ),
)
