"""The activities of reconciliation about money that moved without our asking, and about what moved in all (R34 to R36).

What an order should hear of lives in `unheard.py`, our own calls and the two books in `money.py`.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import asyncpg
from temporalio import activity

from activities.order_signals import Facts
from activities.paging import Page, covered
from activities.providers import BookChargeback, BookEntry, PaymentProvider, ProviderUnavailable
from activities.read_model import storable
from activities.reconciliation.day import AROUND, bounds, next_place, written
from activities.reconciliation.disagreements import counted, keep
from activities.reconciliation.statements import Statements
from activities.reconciliation.telling import Teller
from activities.reconciliation.unheard import (
    Known,
    Unheard,
    chargeback_missed,
    chargeback_words,
    refund_missed,
    refund_words,
)
from workflows.messages.reconciling import FED, Covered, Disagreement, Kind, Stretch, summed

WATCHED: Final = timedelta(days=30)
"""How long a refund that we did not ask for is asked about again: banks send money back after weeks."""
DECIDED_WITHIN: Final = timedelta(days=180)
"""How long ago a chargeback may have begun whose last word is compared: banks decide within months, and decide anew."""
TRIES: Final = 3
"""Of a page with a payment that the provider has no answer for; then that one is reported, and the others go on."""

T = TypeVar("T", BookEntry, BookChargeback)


class OutsideMoney:
    """Asks the provider what happened without us, and tells the orders that missed it."""

    def __init__(self, pool: asyncpg.Pool, facts: Facts, provider: PaymentProvider) -> None:
        self._pool = pool
        self._statements = Statements(pool)
        self._teller = Teller(pool, facts, provider.name)
        self._provider = provider

    @property
    def activities(self) -> Sequence[Callable[[Stretch], Awaitable[Covered]]]:
        """All of them, for a worker."""
        return (
            self.reconcile_unasked,
            self.reconcile_chargebacks,
            self.reconcile_our_chargebacks,
            self.reconcile_sums,
        )

    @activity.defn(name="reconcile_unasked")
    async def reconcile_unasked(self, stretch: Stretch) -> Covered:
        """Ask again about every refund of the last weeks that is none of ours, and tell its order what it missed."""
        return await covered(stretch, lambda cursor: self._unasked(stretch, cursor))

    @activity.defn(name="reconcile_chargebacks")
    async def reconcile_chargebacks(self, stretch: Stretch) -> Covered:
        """Compare every chargeback that may still change with what its order knows, and tell it what it missed."""
        return await covered(stretch, lambda cursor: self._chargebacks(stretch, cursor))

    @activity.defn(name="reconcile_our_chargebacks")
    async def reconcile_our_chargebacks(self, stretch: Stretch) -> Covered:
        """Find the chargebacks that orders heard of that day, and the provider has not."""
        return await covered(stretch, lambda cursor: self._our_chargebacks(stretch, cursor))

    @activity.defn(name="reconcile_sums")
    async def reconcile_sums(self, stretch: Stretch) -> Covered:
        """Add up what went out for each order for which money moved that day."""
        return await covered(stretch, lambda cursor: self._sums(stretch, cursor))

    async def _unasked(self, stretch: Stretch, cursor: str | None) -> Page:
        since, until = bounds(stretch.day)
        rows = await self._statements.rows(
            "unasked", self._provider.name, since - WATCHED, until, cursor, stretch.page_size
        )
        wanted = {row["reference"] for row in rows}
        refunds, found = (
            list[BookEntry](),
            [_paymentless(row) for row in rows if not (row["payment_id"] or row["is_ours"])],
        )
        for payment_id in dict.fromkeys(row["payment_id"] for row in rows if row["payment_id"]):
            try:
                told = (await self._provider.went_back(payment_id)).refunds
            except ProviderUnavailable as error:
                found.append(_unanswered(f"payment {payment_id}", error))
            else:
                refunds += [refund for refund in told if refund.reference in wanted]
        await self._statements.execute(
            "keep_book", self._provider.name, storable(json.dumps([written(one) for one in refunds]))
        )
        known = await self._known("known_refunds", "reference", [(one, refund_words(one)) for one in refunds])
        missed = [refund_missed(one, known[one.reference]) for one in refunds]
        return await self._done(stretch, [*found, *missed], next_place(rows, stretch.page_size))

    async def _chargebacks(self, stretch: Stretch, cursor: str | None) -> Page:
        _, until = bounds(stretch.day)
        page = await self._provider.chargebacks(until - DECIDED_WITHIN, _not_before_now(until), cursor)
        told = [(one, chargeback_words(one)) for one in page.chargebacks]
        known = await self._known("known_chargebacks", "chargeback_id", told)
        missed = [chargeback_missed(one, known[one.chargeback_id]) for one in page.chargebacks]
        return await self._done(stretch, missed, page.cursor)

    async def _our_chargebacks(self, stretch: Stretch, cursor: str | None) -> Page:
        rows = await self._statements.rows("our_chargebacks", *bounds(stretch.day), cursor, stretch.page_size)
        found = list[Disagreement]()
        for row in rows:
            key = f"chargeback {row['chargeback_id']}"
            try:
                theirs = (await self._provider.went_back(row["payment_id"])).chargebacks
            except ProviderUnavailable as error:
                found.append(_unanswered(key, error, row["order_id"]))
                continue
            if row["chargeback_id"] not in {one.chargeback_id for one in theirs}:
                ours = {name: row[name] for name in ("payment_id", "outcome", "amount")}
                found.append(Disagreement(kind=Kind.ONLY_HERE, key=key, order_id=row["order_id"], ours=ours))
        return await self._done(stretch, found, next_place(rows, stretch.page_size))

    async def _sums(self, stretch: Stretch, cursor: str | None) -> Page:
        given = (self._provider.name, *bounds(stretch.day), cursor, stretch.page_size)
        rows = await self._statements.rows("overpaid", *given)
        found = [_overpaid(row) for row in rows if row["sent"] > row["brought"]]
        return await self._done(stretch, found, next_place(rows, stretch.page_size))

    async def _known(
        self, name: str, key: str, words: Sequence[tuple[T, tuple[str, Mapping[str, Any]]]]
    ) -> Mapping[str, Known]:
        """What we know of each, by its key."""
        asked = [
            {
                key: getattr(one, key),
                "payment_id": one.payment_id,
                "order_id": one.order_id,
                "request_id": fields["request_id"],
            }
            for one, (_, fields) in words
        ]
        rows = await self._statements.rows(name, storable(json.dumps(asked)))
        return {row[key]: Known(row["owners"], row["standing"], row["amount"], row["told"]) for row in rows}

    async def _done(
        self, stretch: Stretch, missed: Sequence[Unheard | Disagreement | None], cursor: str | None
    ) -> Page:
        """Everybody told, and what disagrees kept."""
        found, fed = [one for one in missed if isinstance(one, Disagreement)], 0
        for one in missed:
            if not isinstance(one, Unheard):
                continue
            why = await self._teller.tell_words(one)
            fed += why is None
            if why is not None:
                found.append(_not_told(one, why))
        await keep(self._pool, stretch.day, found)
        return Page(cursor, summed(counted(found), {FED: fed} if fed else {}))


def _not_before_now(until: datetime) -> datetime:
    """What began since the day has ended is compared too: its order should not wait another night."""
    return max(until, datetime.now(UTC)) + AROUND


def _unanswered(key: str, error: ProviderUnavailable, order_id: str | None = None) -> Disagreement:
    """Reported once the page was tried often enough: raised before."""
    if activity.info().attempt < TRIES:
        raise error
    return Disagreement(kind=Kind.UNANSWERED, key=key, order_id=order_id, note=str(error))


def _paymentless(row: asyncpg.Record) -> Disagreement:
    theirs = {name: row[name] for name in ("reference", "order_id")}
    key = f"refund {row['reference']}"
    return Disagreement(kind=Kind.ONLY_AT_PROVIDER, key=key, order_id=row["order_id"], theirs=theirs)


def _not_told(one: Unheard, why: str) -> Disagreement:
    name, fields = one.words
    about = fields.get("reference") or fields.get("chargeback_id")
    theirs = {field: value for field, value in fields.items() if field != "request_id"}
    return Disagreement(
        kind=Kind.NOT_TOLD, key=f"{name} {about}", order_id=one.named or one.owners[0], theirs=theirs, note=why
    )


def _overpaid(row: asyncpg.Record) -> Disagreement:
    ours, theirs = ({"amount": row[name], "currency": row["currency"]} for name in ("brought", "sent"))
    return Disagreement(
        kind=Kind.ORDER_OVERPAID, key=row["order_id"], order_id=row["order_id"], ours=ours, theirs=theirs
    )
