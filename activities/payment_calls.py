"""The rows of calls to the payment provider: each is written down before it is made, unless the guard refuses it (R37).

Who asks the provider does not live here, but in `payments.py`; what the guard adds up says `payments/intend.sql`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import asyncpg
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.crashes import Crashes, Deed
from activities.database import storable_text
from activities.due_records import tell_record_due
from activities.providers import KeyTaken, ProviderUnavailable
from activities.sql import query
from workflows.messages.values import MoneyState
from workflows.messages.work import (
    CallKind,
    CaptureCall,
    MoneyCall,
    ProviderAnswer,
    RefundCall,
    ReleaseCall,
    VoidCall,
)

ACQUIRE_SECONDS: Final = 5.0
"""For a free connection to Postgres; then the try fails, and no money has moved."""
FOR_EVER: Final = timedelta(days=36_500)
"""A look-up asks until it knows."""
UNDER_WAY_FOR: Final = timedelta(minutes=1)
"""After the last try of a call nothing of it can still be on its way: the time that a worker has from writing it down
to sending it, the provider's own time to take it, and room."""
MAX_TURNS: Final = 64
"""Times that a call gives way to others of its order or its payment in one try; each time another one goes first."""
REMIND_EVERY: Final = 10
"""Times that a call has asked in vain, until the run is told that its record is due, and then again."""
RECORDED_AGAIN: Final = timedelta(seconds=1)
"""Until a call asks again whether what asked for it is recorded: mostly it was, before the call was even made."""
GUARD: Final = "guard"
"""The reason of an attempt that was not sent, since it would have been too much."""
NEVER_SENT: Final = ProviderAnswer(
    state=MoneyState.FAILED,
    failure_reason="a later attempt took its place, or it was settled by hand, before it reached the provider",
)
"""What became of a call that was overtaken, and that the provider does not know."""
_FINAL: Final = (MoneyState.SUCCEEDED, MoneyState.FAILED, MoneyState.REVERSED)
_CALLS: Final[dict[CallKind, type[MoneyCall]]] = {
    kind.kind: kind for kind in (RefundCall, VoidCall, CaptureCall, ReleaseCall)
}

Find = Callable[[MoneyCall], Awaitable[ProviderAnswer | None]]


@dataclass(frozen=True)
class Written:
    """What stands of a call, once it is written down."""

    said: ProviderAnswer | None
    """The last that was said of it: by the provider, or by the guard."""
    final: bool
    """That was the last word: it is answered from the row, and never sent again."""
    look_first: bool
    """It may have been made: by us, or before this database was restored."""
    overtaken: bool
    """It may be looked up, and not sent."""
    under_way: bool
    """Somebody may be sending it at this moment."""


class CallRows:
    """The rows, and the guard before them."""

    def __init__(self, pool: asyncpg.Pool, crashes: Crashes) -> None:
        self._pool = pool
        self._crashes = crashes

    async def write_down(self, kind: str, call: MoneyCall, patience: timedelta | None, find: Find) -> Written:
        """Write down that the call is about to be made, or that it is not, since it would be too much.

        Before it is refused, what stands in its way is looked up by `find`: the provider may have said no to some.
        Raises `order_exists`, `not_recorded`, `key_reused` and, after `patience` without a word from the provider,
        `unanswered`.
        """
        row = await self._intend(kind, call, patience, refuse=False)
        if row["over"] and not row["first"] and row["same"] is None:
            await self._look_up_earlier(call, find)
            row = await self._intend(kind, call, patience, refuse=True)
        if row["first"]:
            said = _refusal(row) if row["refused"] else None
            look_first = row["restored"] or row["overtaken"]
            return Written(said, row["refused"], look_first, row["overtaken"], under_way=False)
        if not row["same"]:
            raise _our_key_collides(
                f"{call.key} stands in payment_calls for another call. This is a bug of ours; nothing was sent: "
                "compare that row with the order's refunds, capture and releases"
            )
        if row["unanswered"]:
            raise ApplicationError(
                f"{call.key} was not answered within {patience}; it is looked up from now on.",
                type="unanswered",
                non_retryable=True,
            )
        said = _said_before(row)
        final = said is not None and said.state in _FINAL
        return Written(said, final, look_first=True, overtaken=row["overtaken"], under_way=row["under_way"])

    async def answered(self, key: str, answer: ProviderAnswer, untried_for: timedelta | None = None) -> None:
        """Keep what the provider said of a call; of one that it does not know, only if nobody has tried it since."""
        said = (answer.provider_reference, answer.failure_reason)
        words = tuple(text and storable_text(text) for text in said)
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            with self._crashes.around(Deed.ANSWER):
                await connection.execute(query("payments/answered"), key, answer.state, *words, untried_for)

    async def check_owner(self, call: MoneyCall) -> None:
        """Raise unless the order is this run's, and what asked for the call is recorded."""
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            gate = await connection.fetchrow(query("payments/gate"), call.order_id, call.opened_by, call.entry)
        await _check_owner(call, gate)

    async def _intend(self, kind: str, call: MoneyCall, patience: timedelta | None, *, refuse: bool) -> asyncpg.Record:
        row = (*call_row(kind, call), call.opened_by, call.entry, patience or FOR_EVER, call.newest, refuse)
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            for _ in range(MAX_TURNS):
                with self._crashes.around(Deed.INTEND):
                    found = await connection.fetchrow(query("payments/intend"), *row, UNDER_WAY_FOR)
                await _check_owner(call, found)
                assert found is not None, "the statement always answers with one row"
                # Without its word: another try wrote it down in that moment, or another call took its turn.
                if found["first"] or found["same"] is not None or (found["over"] and not refuse):
                    return found
        raise ProviderUnavailable(f"{call.key} was not sent: too many others were written down before it; it is again")

    async def _look_up_earlier(self, call: MoneyCall, find: Find) -> None:
        """Ask the provider what became of everything that stands in the way of this call."""
        payment_id = None if isinstance(call, ReleaseCall) else call.payment_id
        before = (call.key, call.order_id, call.record_id, call.attempt, payment_id, UNDER_WAY_FOR)
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            rows = await connection.fetch(query("payments/earlier"), *before)
        for row in rows:
            try:
                answer = await find(call_of_row(row))
            except KeyTaken:
                continue  # of that one nobody will ever know: it counts
            if answer:
                await self.answered(row["key"], answer)
            elif row["overtaken"] and row["state"] == "calling":
                if row["under_way"]:
                    raise ProviderUnavailable(f"{call.key} waits until {row['key']} cannot be on its way any more")
                # Without the condition a try that began meanwhile would be sent, and not count.
                await self.answered(row["key"], NEVER_SENT, untried_for=UNDER_WAY_FOR)


def call_row(kind: str, call: MoneyCall) -> tuple[str | int | None, ...]:
    """The call as it is written down, in the order of the parameters of `payments/intend`."""
    payment_id, seller_id = (None, call.seller_id) if isinstance(call, ReleaseCall) else (call.payment_id, None)
    same = (call.key, call.order_id, kind, call.record_id, call.attempt, call.amount, call.currency)
    return *same, payment_id, seller_id


def call_of_row(row: asyncpg.Record) -> MoneyCall:
    """The call that a row was written down for."""
    kind = _CALLS[row["kind"]]
    record = "refund_id" if issubclass(kind, RefundCall) else f"{row['kind']}_id"
    names = ("key", "order_id", "attempt", "amount", "currency", "payment_id", "seller_id")
    return kind.model_validate({name: row[name] for name in names} | {record: row["record_id"]})


def _refusal(row: asyncpg.Record) -> ProviderAnswer:
    return ProviderAnswer(state=MoneyState.FAILED, failure_reason=GUARD, fits=row["fits"])


def _said_before(row: asyncpg.Record) -> ProviderAnswer | None:
    """What was said of this very call. A decline leaves no trace at the provider, which knows nothing of it now.

    Never asked again: an activity that a reset brings back would pay what a later attempt has paid meanwhile.
    """
    if row["refused"]:
        return _refusal(row)
    if row["state"] == "calling":
        return None
    said = {name: row[name] for name in ("state", "provider_reference", "failure_reason")}
    return ProviderAnswer.model_validate(said)


async def _check_owner(call: MoneyCall, gate: asyncpg.Record | None) -> None:
    """Money waits for its owner: until this run's order, and what asked for the call, are recorded, nothing moves.

    Asked again as often as it takes. It does not count as a try: the provider has not been called. Whoever waits for
    long tells the run that its record is due: the try that should have said so may have died with its worker.
    """
    if gate is not None and gate["ours"] is False:
        raise ApplicationError(
            f"There is already an order {call.order_id}, and it is not the one that asked for {call.key}.",
            type="order_exists",
            non_retryable=True,
        )
    if gate is None or not gate["recorded"]:
        if activity.info().attempt % REMIND_EVERY == 0:
            await tell_record_due(call.order_id)
        raise ApplicationError(
            f"{call.key} is not sent yet: what asked for it is not recorded. It is asked again.",
            type="not_recorded",
            next_retry_delay=RECORDED_AGAIN,
        )


def _our_key_collides(why: str) -> ApplicationError:
    """Final: trying again cannot make it our key, and what stands under it must never be taken for this call."""
    return ApplicationError(f"{why}.", type="key_reused", non_retryable=True)
