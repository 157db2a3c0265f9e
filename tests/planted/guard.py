"""Bugs of the guard before money leaves, and of two words about one attempt (R37, R40)."""

from tests.planted.bug import Bug

GUARD = (
    Bug(
        "money/questions",
        "(arrived or state in attempt.seen)",
        "(arrived and False)",
        "a refund that came back counts as arrived, because its webhooks overtook each other",
    ),
    Bug(
        "money/questions",
        "(arrived or state in attempt.seen)",
        "arrived",
        "a word that was said before is not asked about, and what stands may be the wrong one",
    ),
    Bug(
        "money/attempts",
        "if was_asked_for(news):\n        if attempt.questions",
        "if False:\n        if attempt.questions",
        "the provider is asked, and not believed",
    ),
    Bug(
        "money/attempts",
        "if attempt.questions > 1:",
        "if False:",
        "an answer from before the last word is taken for the last one",
    ),
    Bug(
        "money/provider",
        "if questions.arrival_in_question(order):",
        "if False:",
        "a refund is sent beside one that may have arrived",
    ),
    Bug(
        "money/transfers",
        "    questions.check_not_in_question(order, record, command)\n",
        "",
        "a refund that has arrived is retried before the provider can say so",
    ),
    Bug(
        "money/attempts",
        'return not (last and last.unsent and (last.unsent == "key_reused" or not last.fits))',
        "return True",
        "what nobody could send is tried again and again",
    ),
    Bug(
        "money/transfers",
        'return min(amount, last.fits) if last and last.unsent == "guard" else amount',
        "return amount",
        "a retry asks for what the guard has refused already",
    ),
    Bug(
        "money/refunds",
        "cut = min(refund.owed, max(0, -left_of_payment(order, payment)))",
        "cut = 0",
        "beside an overpaid refund more goes back than was paid",
    ),
    Bug(
        "money/refund_news",
        "            and refund.attempts[-1].void\n",
        "            and False\n",
        "a void that found nothing to let go of is in trouble for ever",
    ),
    Bug(
        "money/refund_news",
        "    if payment.voided and news.state is not MoneyState.SUCCEEDED:",
        "    if False:",
        "a void that failed after the late charge gives it back twice",
    ),
    Bug(
        "money/refund_news",
        "    return _charged_and_voided(change, payment, now)\n",
        "    return change\n",
        "what is charged before it is voided stays with us",
    ),
    Bug(
        "money/releases",
        "if not order.ledger.held or (paid_by(release) and amount_claimed(release) >= release.amount):",
        "if not order.ledger.held or paid_by(release):",
        "a seller who was paid in part is never paid the rest",
    ),
    Bug(
        "telling/register",
        "if isinstance(event, RefundUpdated | ReleaseUpdated) and event.by.role is not Role.PAYMENT_PROVIDER:",
        "if False:",
        "the platform's word that a refund has failed frees the money to be sent twice",
    ),
)
