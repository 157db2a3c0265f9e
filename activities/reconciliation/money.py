"""The activities of reconciliation about money: unfinished calls, and the provider's book against ours, page by page.

What counts as a disagreement lives in `comparison.py`, the read model's part in `orders.py`.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg
from temporalio import activity

from activities.order_signals import Facts, news
from activities.paging import Page, covered
from activities.payment_calls import call_of_row
from activities.providers import KeyTaken, PaymentProvider, ProviderUnavailable, find_call
from activities.read_model import storable
from activities.reconciliation.comparison import FINAL, Ours, Theirs, disagreements, is_missing, is_taken_back
from activities.reconciliation.day import AROUND, bounds, next_place, written
from activities.reconciliation.disagreements import counted, keep
from activities.reconciliation.statements import Statements
from activities.reconciliation.telling import Teller
from workflows.messages.reconciling import FED, Covered, Disagreement, Kind, Stretch, summed
from workflows.messages.values import MoneyState
from workflows.messages.work import ProviderAnswer

QUIET_FOR: Final = timedelta(days=1)
"""A call that was answered so long ago is asked about: webhooks take minutes. What was never answered at all the
order itself looks up every ten minutes."""
REMEMBERED: Final = timedelta(days=90)
"""How long the book is kept here; longer than any provider remembers an idempotency key."""
TRIES: Final = 3
"""Of a page with a call that the provider has no answer for; then that call is reported, and the others go on."""


Answers = Sequence[tuple[asyncpg.Record, ProviderAnswer | Disagreement]]
"""Of the provider to our calls, or what is wrong with one."""


class Reconciliations:
    """The activities that ask the provider, and compare what it says with what we have written down."""

    def __init__(self, pool: asyncpg.Pool, facts: Facts, provider: PaymentProvider) -> None:
        self._pool = pool
        self._statements = Statements(pool)
        self._teller = Teller(pool, facts, provider.name)
        self._provider = provider

    @activity.defn(name="reconcile_calls")
    async def reconcile_calls(self, stretch: Stretch) -> Covered:
        """Ask the provider about every call that has not been final for longer than expected."""
        return await covered(stretch, lambda cursor: self._calls(stretch, cursor))

    @activity.defn(name="read_book")
    async def read_book(self, stretch: Stretch) -> Covered:
        """Keep the provider's book of the day here, where it can be compared."""
        return await covered(stretch, lambda cursor: self._book(stretch, cursor))

    @activity.defn(name="reconcile_theirs")
    async def reconcile_theirs(self, stretch: Stretch) -> Covered:
        """Compare everything in the provider's book of the day with what we know of it."""
        return await covered(stretch, lambda cursor: self._theirs(stretch, cursor))

    @activity.defn(name="reconcile_ours")
    async def reconcile_ours(self, stretch: Stretch) -> Covered:
        """Find what we have done that day, as far as we know, and the provider has not."""
        return await covered(stretch, lambda cursor: self._ours(stretch, cursor))

    async def _calls(self, stretch: Stretch, cursor: str | None) -> Page:
        rows = await self._statements.rows("open_calls", datetime.now(UTC) - QUIET_FOR, cursor, stretch.page_size)
        answers = await self._answers(rows)
        told = [
            await self._told(row, answer.state, (answer.provider_reference, answer.failure_reason))
            for row, answer in answers
            if isinstance(answer, ProviderAnswer) and answer.state in FINAL
        ]
        return await self._kept(
            stretch, [*_wrong(answers), *told], next_place(rows[: len(answers)], stretch.page_size, len(rows))
        )

    async def _book(self, stretch: Stretch, cursor: str | None) -> Page:
        since, until = bounds(stretch.day)
        if cursor is None:
            await self._statements.execute("forget_book", self._provider.name, since - REMEMBERED)
        page = await self._provider.entries(since - AROUND, until + AROUND, cursor)
        entries = storable(json.dumps([written(entry) for entry in page.entries]))
        await self._statements.execute("keep_book", self._provider.name, entries)
        return Page(page.cursor)

    async def _theirs(self, stretch: Stretch, cursor: str | None) -> Page:
        rows = await self._statements.rows(
            "theirs", self._provider.name, *bounds(stretch.day), cursor, stretch.page_size
        )
        found: list[Disagreement | None] = []
        for row in rows:
            theirs = Theirs(row["kind"], row["key"], row["their_order_id"], json.loads(row["entries"]))
            ours = None if row["order_id"] is None else _ours(row)
            wrong = disagreements(theirs, ours, known=row["known"])
            found += wrong
            if ours and row["known"] and (is_taken_back(theirs, ours) or (not wrong and is_missing(theirs, ours))):
                said = (theirs.standing["reference"], None)
                found.append(await self._told(row, MoneyState(theirs.standing["state"]), said))
        return await self._kept(stretch, found, next_place(rows, stretch.page_size))

    async def _ours(self, stretch: Stretch, cursor: str | None) -> Page:
        rows = await self._statements.rows("ours", self._provider.name, *bounds(stretch.day), cursor, stretch.page_size)
        # A call that was sent late stands in another day's book, so we ask about it; a payment cannot be asked about.
        answers = await self._answers(rows)
        return await self._kept(
            stretch, _wrong(answers), next_place(rows[: len(answers)], stretch.page_size, len(rows))
        )

    async def _answers(self, rows: Sequence[asyncpg.Record]) -> Answers:
        """What the provider says of each, up to one that it has no answer for. That one is the next page's first,
        and fails it: nothing that was found before is asked for again."""
        answers: list[tuple[asyncpg.Record, ProviderAnswer | Disagreement]] = []
        for row in rows:
            try:
                answers.append((row, await self._asked(row)))
            except ProviderUnavailable:
                if not answers:
                    raise
                break
        return answers

    async def _asked(self, row: asyncpg.Record) -> ProviderAnswer | Disagreement:
        """What the provider says of one of our calls now, or what is wrong with it."""
        if row["kind"] == "payment":
            return _disagreement(Kind.ONLY_HERE, row)
        if not row["known"]:
            return _disagreement(Kind.UNKNOWN_ORDER, row)
        try:
            answer = await find_call(self._provider, call_of_row(row))
        except KeyTaken as error:
            return _disagreement(Kind.ANOTHER_CALL, row, str(error))
        except ProviderUnavailable as error:
            if activity.info().attempt < TRIES:
                raise
            return _disagreement(Kind.UNANSWERED, row, str(error))
        return _disagreement(Kind.ONLY_HERE, row) if answer is None else answer

    async def _told(
        self, row: asyncpg.Record, state: MoneyState, said: tuple[str | None, str | None]
    ) -> Disagreement | None:
        """What came of telling the order; None: it was told."""
        why = await self._teller.tell(row["order_id"], news(self._teller.by, dict(row), state, said))
        return None if why is None else _disagreement(Kind.NOT_TOLD, row, why)

    async def _kept(self, stretch: Stretch, outcomes: Sequence[Disagreement | None], cursor: str | None) -> Page:
        """What disagrees is kept; each None is an order that was told."""
        found = [one for one in outcomes if one is not None]
        fed = len(outcomes) - len(found)
        await keep(self._pool, stretch.day, found)
        return Page(cursor, summed(counted(found), {FED: fed} if fed else {}))


def _wrong(answers: Answers) -> list[Disagreement]:
    return [answer for _, answer in answers if isinstance(answer, Disagreement)]


def _ours(row: asyncpg.Record) -> Ours:
    return Ours(row["order_id"], row["amount"], row["currency"], row["state"])


def _disagreement(kind: Kind, row: asyncpg.Record, note: str | None = None) -> Disagreement:
    return Disagreement(
        kind=kind, key=f"{row['kind']} {row['key']}", order_id=row["order_id"], ours=vars(_ours(row)), note=note
    )
