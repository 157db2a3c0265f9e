"""Releases: paying the seller what was not refunded (R21).

Their lifecycle is that of every transfer (`transfers.py`: sent, reported, overdue …); here is what only releases do.
"""

from datetime import datetime
from operator import attrgetter
from typing import Final

from workflows.frozen import replace
from workflows.messages.commands import ReleaseUpdated, RetryRelease, SettleReleaseManually
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Sentence, in_a_row, say
from workflows.messages.values import DeadlineKind, MoneyState, Role
from workflows.messages.work import ReleaseCall
from workflows.process.money import attempts, transfers
from workflows.process.money.attempts import News
from workflows.process.money.ledger import (
    amount_claimed,
    hold_on_payout,
    in_flight,
    is_only_promised,
    loss_to_fill,
    move_money,
    paid_by,
    with_transfer,
)
from workflows.process.money.transfers import TransferKind
from workflows.process.state.changes import AttemptAnswered, Change, Word
from workflows.process.state.order import Order
from workflows.process.state.payments import IN_TROUBLE, Attempt, Release


def release_held(order: Order, at: datetime) -> Order:
    """`order` with a release of all that is held requested."""
    return release_part(order, order.ledger.held, at) if order.ledger.held else order


def release_part(order: Order, amount: int, at: datetime) -> Order:
    """`order` with a release of so much of what is held requested."""
    release = Release(f"{order.order_id}-release-{len(order.releases) + 1}", amount, at)
    return move_money(replace(order, releases=(*order.releases, release)), "held", "released", amount)


def hear_release(order: Order, news: ReleaseUpdated | AttemptAnswered, now: datetime) -> Change:
    """What news of a release leads to. Who may report it, its roles and `transfers.check_platform_may_report` say."""
    change = transfers.hear_news(RELEASE, _book_news, order, news, now)
    return replace(change, order=_rest_released(change.order, now))


def _rest_released(order: Order, now: datetime) -> Order:
    """`order` with what it holds once it is closed on its way to the seller, where no failed release would take it.

    The platform's loss was filled from elsewhere, say by a chargeback that was won; then the payout that had made it
    comes back: it is more than the loss by now.
    """
    is_retried = any(release.state in IN_TROUBLE for release in order.releases)
    return order if is_retried or not order.stage.closed else release_held(order, now)


def retry_release(order: Order, event: RetryRelease) -> Change:
    """A failed or reversed release is tried again, over all that is held by then."""
    release = transfers.retriable_transfer(RELEASE, order, event.release_id, event.name)
    held = order.ledger.held
    again = transfers.amount_that_fits(release, held)
    release = replace(release, amount=amount_claimed(release) + held)
    order = move_money(order, "held", "released", again)
    change = transfers.try_again(RELEASE, order, release, again, event.provider_reference)
    # Another one that has failed has nothing left to try again: kept, it would be retried over nothing.
    return replace(change, order=give_up_releases(change.order))


def settle_release(order: Order, event: SettleReleaseManually) -> Change:
    """The platform has paid by another way what a failed or reversed release still owed: all that is held by then."""
    release = transfers.troubled_transfer(RELEASE, order, event.release_id, event.name)
    owed = order.ledger.held
    new = replace(
        release,
        amount=amount_claimed(release) + owed,
        settled_by_hand=release.settled_by_hand + owed,
        settled_reference=event.provider_reference,
        state=MoneyState.SETTLED_MANUALLY,
        alerted=False,
    )
    order = give_up_releases(with_transfer(move_money(order, "held", "released", owed), new))
    text = say("{amount} were paid out to you another way.", amount=order.money(owed))
    summary = transfers.settled_sentence(order, release, owed, event.provider_reference)
    return Change(order, summary, (Word(Role.SELLER, NoticeKind.RELEASE_ARRIVED, text),))


def give_up_releases(order: Order) -> Order:
    """`order` without failed releases for which nothing is held any more: there is nothing to try again."""
    if order.ledger.held:
        return order
    return replace(order, releases=tuple(map(_given_up, order.releases)))


def _given_up(release: Release) -> Release:
    if release.state not in IN_TROUBLE:
        return release
    return replace(release, state=_ended(release), alerted=False)


def _may_go(order: Order, release: Release) -> bool:
    """Nobody is paid out of money that the bank disputes or has only promised, or that other orders claim."""
    del release
    return not (hold_on_payout(order) or is_only_promised(order))


def _release_call(order: Order, release: Release, attempt: Attempt) -> ReleaseCall:
    return ReleaseCall(
        order_id=order.order_id,
        release_id=release.release_id,
        attempt=attempt.number,
        key=attempt.key,
        seller_id=order.seller_id,
        amount=attempt.amount,
        currency=order.currency,
    )


def _book_news(order: Order, release: Release, attempt: Attempt, news: News) -> Order:
    """`order` with the news taken and the ledger moved by what it means (R21).

    An attempt claims its amount until it fails. What comes back then fills the platform's loss first, but for what
    refunds have lost: that was not the seller's money. A claim that comes back to life takes what is held first.
    """
    new = replace(release, attempts=attempts.take_news(release.attempts, attempt, news))
    change = amount_claimed(new) - amount_claimed(release)
    if change < 0:
        order = move_money(order, "released", "held", -change)
        # While it still counts as released, the order looks overdrawn by it, and the loss is not filled.
        order = move_money(order, "held", "shortfall", loss_to_fill(order))
    elif change > 0:
        from_held = min(change, order.ledger.held)
        order = move_money(order, "held", "released", from_held)
        order = move_money(order, "shortfall", "released", change - from_held)
    # Before the money is back in held, there seems to be nothing to retry, and it would be cancelled.
    return with_transfer(order, replace(new, state=_state_of(order, new, news.state)))


def _state_of(order: Order, release: Release, news: MoneyState) -> MoneyState:
    """The release's own state, read off its attempts."""
    if underway := in_flight(release):
        return underway.state
    # What did not fit is still to pay: of one that was paid in part and counts as done, nobody would ever see it.
    if not order.ledger.held or (paid_by(release) and amount_claimed(release) >= release.amount):
        return _ended(release)
    return news if news in IN_TROUBLE else MoneyState.FAILED


def _ended(release: Release) -> MoneyState:
    """The state of a release for which nothing is left to pay."""
    if release.settled_by_hand:
        return MoneyState.SETTLED_MANUALLY
    return MoneyState.SUCCEEDED if paid_by(release) else MoneyState.CANCELLED


def _words_after(before: Order, order: Order, release: Release, summary: Sentence) -> tuple[Word, ...]:
    """The platform retries what is in trouble; the seller hears of it once it is paid out."""
    if release.state in IN_TROUBLE:
        parts = [say("{news}.", news=summary)]
        if paid := paid_by(release):
            parts.append(attempts.partly_paid(order.money(paid), order.money(order.ledger.held)))
        text = in_a_row(*parts, say("Retry it, or settle it by hand."))
        return (Word(Role.PLATFORM, NoticeKind.RELEASE_NEEDS_ATTENTION, text),)
    was = transfers.known_transfer(RELEASE, before, release.release_id)
    if release.state is MoneyState.SUCCEEDED and was.state is not MoneyState.SUCCEEDED:
        arrived = say("{amount} were paid out to you.", amount=order.money(paid_by(release)))
        return (Word(Role.SELLER, NoticeKind.RELEASE_ARRIVED, arrived),)
    return ()


RELEASE: Final[TransferKind[Release]] = TransferKind(
    noun="release",
    must_be=say("must be a payout of this order"),
    records=attrgetter("releases"),
    call=_release_call,
    first_amount=lambda _, release: release.amount,
    may_go=_may_go,
    held_up_by=lambda order, _: hold_on_payout(order),
    watches=(DeadlineKind.REFUND_ALERT_AT,),
    words=_words_after,
    overdue_notice=NoticeKind.RELEASE_OVERDUE,
)
"""What releases have of their own in the lifecycle of a transfer."""
