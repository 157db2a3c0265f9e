"""Refunds, voids, captures and releases at the payment provider: each call is written down before it is made, and
looked up before it is made again, since every answer can be lost after the deed was done.

The provider's idempotency key is only the second line: providers forget keys. What it alone guards is the instant
between the last look at our own clock and the call, in a worker that is frozen there; keys live longer than that.

What a provider's answer means for the order does not live here, but in `process/`.
"""

import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final, Literal

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.crashes import NEVER, Crashes, Deed
from activities.database import storable_text
from activities.due_records import tell_record_due
from activities.heartbeats import heartbeats
from activities.providers import KeyTaken, PaymentProvider, ProviderUnavailable
from activities.sql import query
from workflows.messages.work import CaptureCall, MoneyCall, ProviderAnswer, RefundCall, ReleaseCall, VoidCall

HEARTBEAT_EVERY: Final = 1.0
"""Seconds; a fifth of the workflow's heartbeat timeout, so that four may be lost before a worker counts as dead."""
SEND_WITHIN: Final = 4.0
"""Seconds from writing down to sending; less than the heartbeat timeout. A worker that was frozen for longer counts as
dead, and another one may have looked, found nothing, and sent: the next try looks again."""
RETRY_AFTER_AT_MOST: Final = timedelta(minutes=5)
"""However long a provider asks us to wait; it may be mistaken, and somebody waits for the money."""
ACQUIRE_SECONDS: Final = 5.0
"""For a free connection to Postgres; then the try fails, and no money has moved."""
ANSWER_WITHIN: Final = timedelta(minutes=2)
"""All tries of one call together, from the moment it was written down. After that its answer counts as lost: the order
shows `unknown`, and looks it up. While it waits for its order's record nothing is written down, and nothing counts."""
FOR_EVER: Final = timedelta(days=36_500)
"""A look-up asks until it knows."""
REMIND_EVERY: Final = 10
"""Times that a call has asked in vain, until the run is told that its record is due, and then again."""
RECORDED_AGAIN: Final = timedelta(seconds=1)
"""Until a call asks again whether what asked for it is recorded: mostly it was, before the call was even made."""

Ask = Callable[[], Awaitable[ProviderAnswer]]
Find = Callable[[], Awaitable[ProviderAnswer | None]]


class Payments:
    """The activities that move money. Sending and looking up are one: both look first where we may have been before."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        provider: PaymentProvider,
        crashes: Crashes = NEVER,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._provider = provider
        self._crashes = crashes
        self._clock = clock

    @property
    def activities(self) -> tuple[Callable[..., Awaitable[ProviderAnswer | None]], ...]:
        """All of them, for a worker."""
        return (
            *(self.send_refund, self.look_up_refund, self.send_void, self.look_up_void),
            *(self.send_capture, self.look_up_capture, self.send_release, self.look_up_release),
            *(self.check_refund, self.check_void, self.check_release),
        )

    @activity.defn(name="send_refund")
    async def send_refund(self, call: RefundCall) -> ProviderAnswer:
        """Send a refund, once, and say what the provider said."""
        return await self._refund(call, ANSWER_WITHIN)

    @activity.defn(name="look_up_refund")
    async def look_up_refund(self, call: RefundCall) -> ProviderAnswer:
        """Find out what became of a refund whose answer was lost; one that never arrived is sent now."""
        return await self._refund(call)

    @activity.defn(name="send_void")
    async def send_void(self, call: VoidCall) -> ProviderAnswer:
        """Give an authorisation back, and say what the provider said."""
        return await self._void(call, ANSWER_WITHIN)

    @activity.defn(name="look_up_void")
    async def look_up_void(self, call: VoidCall) -> ProviderAnswer:
        """Find out whether an authorisation was given back whose answer was lost; if not, it is now."""
        return await self._void(call)

    @activity.defn(name="send_capture")
    async def send_capture(self, call: CaptureCall) -> ProviderAnswer:
        """Take what was authorised, once, and say what the provider said."""
        return await self._capture(call, ANSWER_WITHIN)

    @activity.defn(name="look_up_capture")
    async def look_up_capture(self, call: CaptureCall) -> ProviderAnswer:
        """Find out what became of a capture whose answer was lost; one that never arrived is sent now."""
        return await self._capture(call)

    @activity.defn(name="send_release")
    async def send_release(self, call: ReleaseCall) -> ProviderAnswer:
        """Pay the seller, once, and say what the provider said."""
        return await self._release(call, ANSWER_WITHIN)

    @activity.defn(name="look_up_release")
    async def look_up_release(self, call: ReleaseCall) -> ProviderAnswer:
        """Find out what became of a release whose answer was lost; one that never arrived is sent now."""
        return await self._release(call)

    @activity.defn(name="check_refund")
    async def check_refund(self, call: RefundCall) -> ProviderAnswer | None:
        """What the provider says of a refund of which it has told two things. Sends nothing."""
        return await self._told(call, lambda: self._provider.find_refund(call))

    @activity.defn(name="check_void")
    async def check_void(self, call: VoidCall) -> ProviderAnswer | None:
        """The same of an authorisation that was given back."""
        return await self._told(call, lambda: self._provider.find_void(call))

    @activity.defn(name="check_release")
    async def check_release(self, call: ReleaseCall) -> ProviderAnswer | None:
        """The same of a payout."""
        return await self._told(call, lambda: self._provider.find_release(call))

    async def _refund(self, call: RefundCall, patience: timedelta | None = None) -> ProviderAnswer:
        return await self._once(
            Deed.REFUND, call, lambda: self._provider.find_refund(call), lambda: self._provider.refund(call), patience
        )

    async def _void(self, call: VoidCall, patience: timedelta | None = None) -> ProviderAnswer:
        return await self._once(
            Deed.VOID, call, lambda: self._provider.find_void(call), lambda: self._provider.void(call), patience
        )

    async def _capture(self, call: CaptureCall, patience: timedelta | None = None) -> ProviderAnswer:
        return await self._once(
            Deed.CAPTURE,
            call,
            lambda: self._provider.find_capture(call),
            lambda: self._provider.capture(call),
            patience,
        )

    async def _release(self, call: ReleaseCall, patience: timedelta | None = None) -> ProviderAnswer:
        return await self._once(
            Deed.RELEASE,
            call,
            lambda: self._provider.find_release(call),
            lambda: self._provider.release(call),
            patience,
        )

    async def _once(
        self,
        deed: Literal[Deed.REFUND, Deed.VOID, Deed.CAPTURE, Deed.RELEASE],
        call: MoneyCall,
        find: Find,
        ask: Ask,
        patience: timedelta | None,
    ) -> ProviderAnswer:
        """The deed and its answer. The order of these lines is what makes it one deed: write, look, ask, write."""
        async with heartbeats(HEARTBEAT_EVERY):
            begun = self._clock()
            written = await self._written_down(deed, call, patience)
            with _understood():
                answer = await find() or _said_before(written) if written else None
                if answer is None:
                    self._check_in_time(call, begun)
                    with self._crashes.around(deed):
                        answer = await ask()
            await self._answered(call, answer)
        return answer

    async def _told(self, call: MoneyCall, find: Find) -> ProviderAnswer | None:
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            gate = await connection.fetchrow(query("payments/gate"), call.order_id, call.opened_by, call.entry)
        await _check_owner(call, gate)
        with _understood():
            return await find()

    def _check_in_time(self, call: MoneyCall, begun: float) -> None:
        if self._clock() - begun > SEND_WITHIN:
            raise ProviderUnavailable(f"{call.key} was not sent in time; it is looked up before it is tried again")

    async def _written_down(self, kind: str, call: MoneyCall, patience: timedelta | None) -> asyncpg.Record | None:
        """Write down that the call is about to be made. If it was written down before, and perhaps made: what stands.

        Raises `order_exists`, `key_reused` and, after `patience` without a word from the provider, `unanswered`.
        """
        row = (*call_row(kind, call), call.opened_by, call.entry, patience or FOR_EVER)
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            found = await self._intend(connection, call, *row)
            if not found["first"] and found["same"] is None:
                # Another try wrote it down in that moment: a statement waits for that, and only the next one sees it.
                found = await self._intend(connection, call, *row)
        assert found["first"] or found["same"] is not None, f"{call.key} was neither written down nor found"
        if found["first"]:
            return None
        if not found["same"]:
            raise _our_key_collides(
                f"{call.key} stands in payment_calls for another call. This is a bug of ours; nothing was sent: "
                "compare that row with the order's refunds, capture and releases"
            )
        if found["unanswered"]:
            raise ApplicationError(
                f"{call.key} was not answered within {patience}; it is looked up from now on.",
                type="unanswered",
                non_retryable=True,
            )
        return found

    async def _intend(self, connection: PoolConnectionProxy, call: MoneyCall, *row: object) -> asyncpg.Record:
        with self._crashes.around(Deed.INTEND):
            found = await connection.fetchrow(query("payments/intend"), *row)
        await _check_owner(call, found)
        assert found is not None, "the statement always answers with one row"
        return found

    async def _answered(self, call: MoneyCall, answer: ProviderAnswer) -> None:
        said = (answer.provider_reference, answer.failure_reason)
        words = tuple(text and storable_text(text) for text in said)
        async with self._pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
            with self._crashes.around(Deed.ANSWER):
                await connection.execute(query("payments/answered"), call.key, answer.state, *words)


def _said_before(written: asyncpg.Record) -> ProviderAnswer | None:
    """What the provider answered to this very call, of which it knows nothing now: a decline leaves no trace there.

    Never asked again: an activity that a reset brings back would pay what a later attempt has paid meanwhile.
    """
    if written["state"] == "calling":
        return None
    said = {name: written[name] for name in ("state", "provider_reference", "failure_reason")}
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


@contextmanager
def _understood() -> Iterator[None]:
    """A provider's trouble as the workflow understands it: when to try again, and that some of it is final."""
    try:
        yield
    except KeyTaken as error:
        raise _provider_knows_another_call(f"{error}; find out who else uses this account of ours") from error
    except ProviderUnavailable as error:
        if error.retry_after is None:
            raise
        raise _later(error, error.retry_after) from None


def call_row(kind: str, call: MoneyCall) -> tuple[str | int | None, ...]:
    """The call as it is written down, in the order of the parameters of `payments/intend`."""
    payment_id, seller_id = (None, call.seller_id) if isinstance(call, ReleaseCall) else (call.payment_id, None)
    same = (call.key, call.order_id, kind, call.record_id, call.attempt, call.amount, call.currency)
    return *same, payment_id, seller_id


def _later(error: ProviderUnavailable, retry_after: timedelta) -> ApplicationError:
    """Another try when the provider wants it, and not when the workflow's own retries come to it."""
    wait = min(retry_after, RETRY_AFTER_AT_MOST)
    return ApplicationError(f"{error}", type="provider_unavailable", next_retry_delay=wait)


def _our_key_collides(why: str) -> ApplicationError:
    """Final: trying again cannot make it our key, and what stands under it must never be taken for this call."""
    return ApplicationError(f"{why}.", type="key_reused", non_retryable=True)


def _provider_knows_another_call(why: str) -> ApplicationError:
    """Final too, but nobody knows whether our money moved: the provider speaks of another call under our key."""
    return ApplicationError(f"{why}.", type="key_taken", non_retryable=True)
