"""Bugs planted in what is promised at payment and charged at shipment, and in whom to believe of two words."""

from typing import Final

from tests.planted.bug import Bug

AUTHORIZATIONS: Final = (
    Bug(
        "money/refund_news",
        "max(under_way, owed)",
        "owed",
        "a charge that is being refunded goes back a second time, with its void",
    ),
    Bug(
        "money/releases",
        "return order if is_retried or not order.stage.closed else release_held(order, now)",
        "return order",
        "what comes back to a closed order stays in it for ever",
    ),
    Bug(
        "arrivals/shipped",
        "    order = captures.request_capture(order, now)\n",
        "",
        "the goods leave, and nobody is charged",
    ),
    Bug("money/releases", " or is_only_promised(order)", "", "the seller is paid out of money that nobody has"),
    Bug(
        "money/ledger",
        "isinstance(record, Refund) and payment_of(order, record).captured_at is None",
        "False",
        "a refund is asked for of what was never charged",
    ),
    Bug(
        "money/ledger",
        "    return payment.captured_at is not None or (\n"
        "        goes_back_whole(order, payment) and not capture_not_given_up(order, payment)\n"
        "    )\n",
        "    return payment.captured_at is not None or goes_back_whole(order, payment)\n",
        "a promise is given back while it is being taken",
    ),
    Bug(
        "money/ledger",
        "    return payment.captured_at is not None or (\n"
        "        goes_back_whole(order, payment) and not capture_not_given_up(order, payment)\n"
        "    )\n",
        "    return payment.captured_at is not None or not capture_not_given_up(order, payment)\n",
        "a part is voided, and with it the whole promise",
    ),
    Bug(
        "money/captures",
        "capture.state not in IN_TROUBLE or not goes_back_whole(order, payment_of(order, capture))",
        "capture.state not in IN_TROUBLE",
        "a failed capture is forgotten, with the goods out",
    ),
    Bug(
        "money/captures",
        "if was_voided(order, payment):\n            return hear_late_charge",
        "if False:\n            return hear_late_charge",
        "a buyer is charged after a void, and the books say that the money went back",
    ),
    Bug(
        "money/captures",
        "if capture and capture.state is MoneyState.SETTLED_MANUALLY:",
        "if False:",
        "a buyer pays twice, and nobody looks",
    ),
    Bug(
        "money/captures",
        "if capture is None or not (capture.alerted and is_open(capture)):",
        "if True:",
        "a capture of which nobody ever says anything is ended by nobody",
    ),
    Bug(
        "money/captures",
        'refunds.request_refund(change.order, charged, surplus, "surplus", now)',
        "change.order",
        "what was captured beyond the total is paid out to the seller",
    ),
    Bug(
        "money/captures",
        "if news.state is MoneyState.SUCCEEDED or is_open(capture):",
        "if is_open(capture):",
        "a capture that had worked after all is not believed",
    ),
    Bug(
        "story/authorizations",
        '_take_authorization(order, event, order.total, "order")',
        '_take_authorization(order, event, event.amount, "order")',
        "a buyer is charged more than the order costs",
    ),
    Bug(
        "story/authorizations",
        'if known.role != "order" or order.stage not in NOT_SHIPPED:',
        'if known.role != "order" or order.stage not in NOT_SHIPPED[1:]:',
        "the seller is to ship what nobody pays any more",
    ),
    Bug(
        "story/payment",
        'if isinstance(event, PaymentAuthorized) and order.terms.capture == "at_payment":',
        "if False:",
        "an authorisation that pays nothing spares an order its deadline",
    ),
    Bug(
        "money/captures",
        "order = deadlines.end_deadlines(order, *CAPTURE.watches, subject=capture.capture_id)\n",
        "pass\n",
        "the platform is alarmed about a charge that has long succeeded",
    ),
    Bug(
        "repeats",
        "DIGEST_CHARACTERS: Final = 32",
        "DIGEST_CHARACTERS: Final = 4",
        "a command gets the answer of another one whose digest is the same, and is not carried out",
    ),
)
