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
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.crashes import NEVER, Crashes, Deed
from activities.heartbeats import heartbeats
from activities.payment_calls import NEVER_SENT, CallRows, Written
from activities.providers import KeyTaken, PaymentProvider, ProviderUnavailable, find_call
from workflows.messages.work import CaptureCall, MoneyCall, ProviderAnswer, RefundCall, ReleaseCall, VoidCall

HEARTBEAT_EVERY: Final = 1.0
"""Seconds; a fifth of the workflow's heartbeat timeout, so that four may be lost before a worker counts as dead."""
SEND_WITHIN: Final = 4.0
"""Seconds from writing down to sending; less than the heartbeat timeout. A worker that was frozen for longer counts as
dead, and another one may have looked, found nothing, and sent: the next try looks again."""
RETRY_AFTER_AT_MOST: Final = timedelta(minutes=5)
"""However long a provider asks us to wait; it may be mistaken, and somebody waits for the money."""
ANSWER_WITHIN: Final = timedelta(minutes=2)
"""All tries of one call together, from the moment it was written down. After that its answer counts as lost: the order
shows `unknown`, and looks it up. While it waits for its order's record nothing is written down, and nothing counts."""

Ask = Callable[[], Awaitable[ProviderAnswer]]
MoneyDeed = Literal[Deed.REFUND, Deed.VOID, Deed.CAPTURE, Deed.RELEASE]


class Payments:
    """The activities that move money. Sending and looking up are one: both look first where we may have been before."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        provider: PaymentProvider,
        crashes: Crashes = NEVER,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rows = CallRows(pool, crashes)
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
        return await self._told(call)

    @activity.defn(name="check_void")
    async def check_void(self, call: VoidCall) -> ProviderAnswer | None:
        """The same of an authorisation that was given back."""
        return await self._told(call)

    @activity.defn(name="check_release")
    async def check_release(self, call: ReleaseCall) -> ProviderAnswer | None:
        """The same of a payout."""
        return await self._told(call)

    async def _refund(self, call: RefundCall, patience: timedelta | None = None) -> ProviderAnswer:
        return await self._once(Deed.REFUND, call, lambda: self._provider.refund(call), patience)

    async def _void(self, call: VoidCall, patience: timedelta | None = None) -> ProviderAnswer:
        return await self._once(Deed.VOID, call, lambda: self._provider.void(call), patience)

    async def _capture(self, call: CaptureCall, patience: timedelta | None = None) -> ProviderAnswer:
        return await self._once(Deed.CAPTURE, call, lambda: self._provider.capture(call), patience)

    async def _release(self, call: ReleaseCall, patience: timedelta | None = None) -> ProviderAnswer:
        return await self._once(Deed.RELEASE, call, lambda: self._provider.release(call), patience)

    async def _once(self, deed: MoneyDeed, call: MoneyCall, ask: Ask, patience: timedelta | None) -> ProviderAnswer:
        """The deed and its answer. The order of these lines is what makes it one deed: write, look, ask, write."""
        async with heartbeats(HEARTBEAT_EVERY):
            begun = self._clock()
            with _understood():
                written = await self._rows.write_down(deed, call, patience, self._find)
                if written.said and written.final:
                    return written.said
                answer = await self._find(call) or written.said if written.look_first else None
                if answer is None and written.overtaken:
                    answer = _never_sent(call, written)
                if answer is None:
                    self._check_in_time(call, begun)
                    with self._crashes.around(deed):
                        answer = await ask()
            await self._rows.answered(call.key, answer)
        return answer

    async def _told(self, call: MoneyCall) -> ProviderAnswer | None:
        await self._rows.check_owner(call)
        with _understood():
            answer = await self._find(call)
        if answer:
            # Or the guard goes on counting by the word that was not true.
            await self._rows.answered(call.key, answer)
        return answer

    async def _find(self, call: MoneyCall) -> ProviderAnswer | None:
        return await find_call(self._provider, call)

    def _check_in_time(self, call: MoneyCall, begun: float) -> None:
        if self._clock() - begun > SEND_WITHIN:
            raise ProviderUnavailable(f"{call.key} was not sent in time; it is looked up before it is tried again")


def _never_sent(call: MoneyCall, written: Written) -> ProviderAnswer:
    """What became of an overtaken call that the provider does not know, once it cannot come there any more."""
    if written.under_way:
        raise ProviderUnavailable(f"{call.key} was overtaken, and may be on its way; it is looked up again")
    return NEVER_SENT


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


def _later(error: ProviderUnavailable, retry_after: timedelta) -> ApplicationError:
    """Another try when the provider wants it, and not when the workflow's own retries come to it."""
    wait = min(retry_after, RETRY_AFTER_AT_MOST)
    return ApplicationError(f"{error}", type="provider_unavailable", next_retry_delay=wait)


def _provider_knows_another_call(why: str) -> ApplicationError:
    """Final too, but nobody knows whether our money moved: the provider speaks of another call under our key."""
    return ApplicationError(f"{why}.", type="key_taken", non_retryable=True)
