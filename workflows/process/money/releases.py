"""Releases: paying the seller what was not refunded. The mirror of `refunds.py`, with held where that has refunding."""

from datetime import datetime

from workflows.messages.commands import ReleaseUpdated, RetryRelease
from workflows.messages.currency import money
from workflows.messages.values import DeadlineKind, MoneyState, Role
from workflows.messages.work import ReleaseCall
from workflows.process import refusals
from workflows.process.clock import deadlines
from workflows.process.money import attempts
from workflows.process.money.attempts import News
from workflows.process.money.ledger import (
    claimed,
    in_flight,
    is_only_promised,
    is_waiting,
    lost_by_refunds,
    move_money,
    overdrawn,
    paid_by,
    payout_disputed_by_bank,
)
from workflows.process.state.changes import AttemptAnswered, Change, Effect, LookUp, Send, Word
from workflows.process.state.deadline import Deadline
from workflows.process.state.order import Order, replace
from workflows.process.state.payments import IN_TROUBLE, Attempt, Release


def releasing_held(order: Order, at: datetime) -> Order:
    """`order` with a release of all that is held requested."""
    held = order.ledger.held
    if not held:
        return order
    release = Release(f"{order.order_id}-release-{len(order.releases) + 1}", held, at)
    return move_money(replace(order, releases=(*order.releases, release)), "held", "released", held)


def sent(order: Order) -> tuple[Order, tuple[Effect, ...]]:
    """`order` with the first attempt begun of every release that waits for one, and the calls to make."""
    if payout_disputed_by_bank(order) or is_only_promised(order):
        return order, ()
    effects: list[Effect] = []
    for release in order.releases:
        if is_waiting(release):
            order, call = _attempting(order, release, release.amount)
            effects.append(call)
    return order, tuple(effects)


def _attempting(order: Order, release: Release, amount: int) -> tuple[Order, Send]:
    begun = attempts.begun(release.release_id, release.attempts, amount)
    release = replace(release, attempts=begun, state=MoneyState.REQUESTED, alerted=False)
    return _with(order, release), Send(_call(order, release, begun[-1]))


def _call(order: Order, release: Release, attempt: Attempt) -> ReleaseCall:
    return ReleaseCall(
        order_id=order.order_id,
        release_id=release.release_id,
        attempt=attempt.number,
        key=attempt.key,
        seller_id=order.seller_id,
        amount=attempt.amount,
        currency=order.currency,
    )


def unanswered(order: Order) -> tuple[Effect, ...]:
    """A look-up for every attempt that was sent, or was to be, and never answered."""
    return tuple(
        LookUp(_call(order, release, attempt))
        for release in order.releases
        for attempt in release.attempts
        if attempt.state in (MoneyState.REQUESTED, MoneyState.UNKNOWN)
    )


def find(order: Order, release_id: str) -> Release | None:
    return next((release for release in order.releases if release.release_id == release_id), None)


def updated(order: Order, news: ReleaseUpdated | AttemptAnswered, now: datetime) -> Change:
    """What news of a release leads to. News that is old, double or of nothing we know is only recorded."""
    release_id = news.record_id if isinstance(news, AttemptAnswered) else news.release_id
    release = find(order, release_id)
    if release is None:
        return Change(order, f"News of a release {release_id}", why="the order has no such release")
    attempt = attempts.meant(release.attempts, news)
    if isinstance(attempt, str):
        return Change(_unattributed(order, release, news), f"News of release {release_id}", why=attempt)
    call = _call(order, release, attempt)
    if why := attempts.unheard(attempt, news):
        doubts = attempts.doubts(call, attempt, attempt.state, news)
        return Change(order, f"News of release {release_id}: {news.state}", why=why, asks=doubts)
    summary = attempts.told("Release", release, attempt, order.currency, news)
    after = _heard(order, release, attempt, news)
    change = _watched(order, after, release_id, summary, now)
    return replace(change, asks=attempts.questions(call, attempt, news))


def _unattributed(order: Order, release: Release, news: ReleaseUpdated | AttemptAnswered) -> Order:
    if news.attempt is not None or release.release_id in order.unattributed:
        return order
    return replace(order, unattributed=(*order.unattributed, release.release_id))


def _heard(order: Order, release: Release, attempt: Attempt, news: News) -> Order:
    """`order` with the news taken and the ledger moved by what it means (R21).

    An attempt claims its amount until it fails. What comes back then fills the platform's loss first, but for what
    refunds have lost: that was not the seller's money. A claim that comes back to life takes what is held first.
    """
    new = replace(release, attempts=attempts.heard(release.attempts, attempt, news))
    change = claimed(new) - claimed(release)
    if change < 0:
        order = move_money(order, "released", "held", -change)
        filled = max(0, order.ledger.shortfall - max(overdrawn(order), lost_by_refunds(order)))
        order = move_money(order, "held", "shortfall", filled)
    elif change > 0:
        from_held = min(change, order.ledger.held)
        order = move_money(order, "held", "released", from_held)
        order = move_money(order, "shortfall", "released", change - from_held)
    return _with(order, replace(new, state=_state(order, new, news.state)))


def given_up(order: Order) -> Order:
    """`order` without failed releases for which nothing is held any more: there is nothing to try again."""
    if order.ledger.held:
        return order
    return replace(order, releases=tuple(map(_given_up, order.releases)))


def _given_up(release: Release) -> Release:
    if release.state not in IN_TROUBLE:
        return release
    return replace(release, state=MoneyState.SUCCEEDED if paid_by(release) else MoneyState.CANCELLED, alerted=False)


def _state(order: Order, release: Release, news: MoneyState) -> MoneyState:
    """The release's own state, read off its attempts."""
    if underway := in_flight(release):
        return underway.state
    if paid_by(release):
        return MoneyState.SUCCEEDED
    return news if order.ledger.held else MoneyState.CANCELLED


def _watched(before: Order, order: Order, release_id: str, summary: str, now: datetime) -> Change:
    """Who waits for what after the news: the provider while it is under way, the platform when it failed."""
    release, was = find(order, release_id), find(before, release_id)
    assert release and was, f"{order.order_id}: the release {release_id} is gone"
    if not in_flight(release):
        order = deadlines.ended(order, DeadlineKind.REFUND_ALERT_AT, subject=release_id)
    elif attempts.newly_sent(was.attempts, release.attempts):
        window = order.terms.refund_alert_after
        order = deadlines.started(order, DeadlineKind.REFUND_ALERT_AT, window, now, release_id)
    if release.state in IN_TROUBLE:
        return Change(order, summary, (Word(Role.PLATFORM, "release_needs_attention", f"{summary}. Retry it."),))
    if release.state is MoneyState.SUCCEEDED and was.state is not MoneyState.SUCCEEDED:
        paid = f"{money(paid_by(release), order.currency)} were paid out to you."
        return Change(order, summary, (Word(Role.SELLER, "release_arrived", paid),))
    return Change(order, summary)


def overdue(order: Order, deadline: Deadline) -> Change:
    """The provider has not paid the seller in time: the platform is told."""
    release = find(order, deadline.subject)
    assert release, f"{order.order_id}: {deadline} watches no release"
    amount = money(release.amount, order.currency)
    text = f"Release {release.release_id} of {amount} is overdue: ask the provider."
    order = _with(order, replace(release, alerted=True))
    return Change(order, f"Release {release.release_id} is overdue", (Word(Role.PLATFORM, "release_overdue", text),))


def retried(order: Order, event: RetryRelease) -> Change:
    """A failed or reversed release is tried again, over all that is held by then."""
    release = find(order, event.release_id)
    if release is None:
        known = ", ".join(release.release_id for release in order.releases) or "none"
        raise refusals.invalid("release_id", f"{event.release_id!r} is no release of this order, which has: {known}")
    if release.state not in IN_TROUBLE:
        raise refusals.money_not_in_trouble(event.name, release.release_id, release.state)
    if payout_disputed_by_bank(order):
        raise refusals.chargeback_open(event.name, release.release_id)
    held = order.ledger.held
    release = replace(release, amount=claimed(release) + held)
    order, call = _attempting(move_money(order, "held", "released", held), release, held)
    again = f"Release {release.release_id} is tried again: {money(held, order.currency)}"
    return Change(order, again + attempts.referring(event.provider_reference), asks=(call,))


def _with(order: Order, new: Release) -> Order:
    return replace(order, releases=tuple(new if old.release_id == new.release_id else old for old in order.releases))
