"""`python -m benchmarks.refunds`: refunds through a provider that misbehaves, and workers that are killed.

At the end the books of both sides are compared to the cent.

Every order is paid at the provider, cancelled by its seller, and must end refunded, once, whatever else happens to it:
refunds by hand, banks that take and give back, a payment before its order, a reset. Whom the provider's webhooks never
reach is told by comparing books, as reconciliation does; who is declined is tried again, as the platform does.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import asyncpg
import httpx
from rich.console import Console

from activities.providers import BookEntry
from activities.providers.sandbox import SandboxProvider
from activities.reconciliation.unheard import Unheard
from benchmarks.refunds_books import TOTAL, Books, Outcome
from benchmarks.refunds_world import Lot, World, lot_of
from starter.client.orders import OrderClient
from starter.connections import connect_temporal
from starter.embedded import EmbeddedStack, StackOptions, stoppable
from starter.errors import CommandRefused, EngineUnavailable, OutcomeUnknown, Unanswered
from workflows.messages.base import Fact
from workflows.messages.cancellation import CancelOrder
from workflows.messages.commands import MESSAGES, PaymentCaptured, RefundUpdated, RetryRefund
from workflows.messages.start import Line, StartOrder
from workflows.messages.values import CancellationReason, Party, Role

AT_ONCE: Final = 60
"""Orders under way at the same time, as far as the client drives them."""
WORKERS: Final = 2
SETTLE_AFTER: Final = 1.0
FORGET_KEYS_AFTER: Final = 3.0
"""Seconds. A real provider's day: shorter than it takes to notice that a worker was killed."""
LOOK_SECONDS: Final = 5.0
"""Between two comparisons of the books."""
OVERDUE: Final = timedelta(seconds=12)
"""After which what has not been heard of an entry is told: its webhook had time to come, late ones too."""
IN_TROUBLE: Final = ("failed", "reversed")
FINAL: Final = ("succeeded", *IN_TROUBLE)
WEBHOOK_SECONDS: Final = 1.0
"""For the webhook of a payment to find no order: then the order starts."""
TAKEN_WITHIN: Final = 8
"""Seconds for the engine to give an order what waited for it, 5 by its promise; a lost webhook it has not."""
PERSISTENCE: Final = 600.0
"""Seconds for which a message is tried again: on a busy machine workers are killed nearly as fast as they start."""
SELLER: Final = Party(role=Role.SELLER, id="s-3")
PLATFORM: Final = Party(role=Role.PLATFORM, id="benchmark")
PROVIDER: Final = Party(role=Role.PAYMENT_PROVIDER, id="sandbox")


@dataclass(frozen=True)
class Scale:
    """How much, and how badly."""

    orders: int
    rate: float = 0.2
    seed: int = 20_261_123
    kill_every: float = 5.0
    """Seconds between two kills of a worker; 0: none is killed."""
    give_up_after: float = 3_600.0


@dataclass(frozen=True)
class Run:
    """One run: who talks to whom."""

    scale: Scale
    stack: EmbeddedStack
    client: OrderClient
    books: Books
    world: World
    http: httpx.AsyncClient
    say: Console
    found: Outcome

    async def order(self, number: int) -> None:
        """Ordered, paid, cancelled by the seller; and what is its lot besides."""
        order_id, lot = f"R-{number:05d}", lot_of(number)
        payment = {"payment_id": f"pay-{order_id}", "amount": TOTAL, "currency": "USD", "method": "card"}
        (await self.http.post("/payments", json={"order_id": order_id, **payment})).raise_for_status()
        if lot is Lot.PAID_BEFORE_ITS_START:
            await asyncio.sleep(WEBHOOK_SECONDS)
        await _insist(lambda: self.client.start(_order(order_id)))
        if lot is not Lot.PAID_BEFORE_ITS_START or not await self.is_paid(order_id):
            captured = PaymentCaptured(by=PROVIDER, **payment)  # type: ignore[arg-type]  # checked by pydantic
            await _insist(lambda: self.client.report(order_id, captured))
        await self.world.before_the_cancellation(lot, order_id)
        cancel = CancelOrder(by=SELLER, reason=CancellationReason.OUT_OF_STOCK, request_id=f"{order_id}-cancel")
        await _insist(lambda: self.client.send(order_id, cancel))
        await self.world.after_the_cancellation(lot, order_id)
        self.found.lots[lot.value] = self.found.lots.get(lot.value, 0) + 1

    async def is_paid(self, order_id: str) -> bool:
        """Whether the payment that waited for the order has reached it, in the time that it has for that."""
        for _ in range(TAKEN_WITHIN):
            if (await self.books.captured(order_id)) == TOTAL:
                return True
            await asyncio.sleep(1)
        return False

    async def orders(self) -> None:
        await _few_at_once([partial(self.order, number) for number in range(self.scale.orders)])

    async def kill_workers(self) -> None:
        """One of the workers after the other, each replaced at once."""
        while self.scale.kill_every:
            await asyncio.sleep(self.scale.kill_every)
            worker = next(child for child in self.stack.crew.children if child.name == "Worker")
            self.stack.crew.dismiss(worker)
            worker.process.kill()
            await asyncio.to_thread(worker.process.wait)
            self.found.kills += 1
            await self.stack.start_worker()

    async def until_done(self) -> None:
        """Retry and tell, as platform and reconciliation do, until both sides have nothing left to do."""
        begun = time.monotonic()
        while True:
            changed = await self.compared(datetime.now(UTC) - OVERDUE)
            standing = await self.books.standing()
            pending = (await self.http.get("/pending")).raise_for_status().json()
            left = self.scale.orders - standing["orders"] + standing["open"]
            seconds = time.monotonic() - begun
            self.say.print(
                f"{seconds:5.0f} s  {left} orders open, {pending['transfers']} to settle, {pending['webhooks']} to "
                f"tell; {self.found.kills} kills, {self.found.retried} retried, {self.found.told} told"
            )
            if not (left or changed or pending["transfers"] or pending["webhooks"]):
                return
            assert seconds < self.scale.give_up_after, f"{left} orders are still open"
            await asyncio.sleep(LOOK_SECONDS)

    async def compared(self, until: datetime) -> int:
        """Tell the orders what the provider's book says and theirs do not, and let what failed be tried again."""
        ours = await self.books.ours()
        news = [
            partial(self.tell, ours[key], entries[-1])
            for key, entries in (await self.books.theirs(until)).items()
            if key in ours and ours[key]["state"] != entries[-1].state and entries[-1].state in FINAL
        ]
        failed = {(row["order_id"], row["refund_id"]) for row in ours.values() if row["refund_state"] in IN_TROUBLE}
        outside = [partial(self.tell_outside, missed) for missed in await self.books.unheard(until)]
        await _few_at_once([*news, *outside, *(partial(self.retry, *refund) for refund in failed)])
        return len(news) + len(outside) + len(failed)

    async def tell_outside(self, missed: Unheard) -> None:
        """A refund by hand, or a bank's word, that no webhook has brought."""
        name, fields = missed.words
        said = {field: value for field, value in fields.items() if value is not None and field != "request_id"}
        fact = MESSAGES[name].model_validate({**said, "by": PROVIDER})
        assert isinstance(fact, Fact), f"{name} is a fact"
        await _insist(lambda: self.client.report(missed.owners[0], fact))
        self.found.told += 1

    async def tell(self, ours: asyncpg.Record, theirs: BookEntry) -> None:
        """What no webhook has brought."""
        content = {"refund_id": ours["refund_id"], "attempt": ours["number"], "state": theirs.state}
        news = RefundUpdated(by=PROVIDER, provider_reference=theirs.reference, **content)
        await _insist(lambda: self.client.report(ours["order_id"], news))
        self.found.told += 1

    async def retry(self, order_id: str, refund_id: str) -> None:
        """Another attempt; refused where somebody was faster."""
        again = RetryRefund(by=PLATFORM, refund_id=refund_id)
        taken = await _insist(lambda: self.client.send(order_id, again))
        self.found.retried += taken is not None  # not in one line: others count while this one waits


async def run(scale: Scale, say: Console) -> Outcome:
    """The whole, in a folder that is removed at the end."""
    arguments = {"fault-rate": scale.rate, "seed": scale.seed, "forget-keys-after": FORGET_KEYS_AFTER}
    given = tuple(part for name, value in arguments.items() for part in (f"--{name}", str(value)))
    options = StackOptions(
        data=None, temporal_port=0, ui_port=0, gateway_port=0, settle_after=SETTLE_AFTER, sandbox_arguments=given
    )
    async with EmbeddedStack(options) as stack, OrderClient.connect(stack.settings) as client:
        for _ in range(WORKERS - 1):
            await stack.start_worker()
        provider = SandboxProvider(stack.payments_url)
        async with (
            asyncpg.create_pool(stack.settings.database_url, min_size=1, max_size=4) as pool,
            httpx.AsyncClient(base_url=stack.payments_url, timeout=60) as http,
        ):
            world = World(http, await connect_temporal(stack.settings))
            one = Run(scale, stack, client, Books(pool, provider), world, http, say, Outcome(scale.seed, scale.orders))
            begun = time.monotonic()
            await _carried(one)
            one.found.seconds = time.monotonic() - begun
            await one.books.compare(one.found)
            counts = (await http.get("/counts")).raise_for_status().json()
            one.found.calls, one.found.webhooks = counts["calls"], counts["webhooks"]
        await provider.close()
        return one.found


async def _carried(one: Run) -> None:
    """Orders, kills and comparisons side by side, until the last is done."""
    killing = asyncio.create_task(one.kill_workers())
    both = asyncio.gather(one.orders(), one.until_done())
    try:
        await asyncio.wait((killing, asyncio.ensure_future(both)), return_when=asyncio.FIRST_COMPLETED)
        if one.scale.kill_every and killing.done():
            killing.result()
        await both
    finally:
        killing.cancel()
        await asyncio.wait((killing,))


async def _few_at_once(what: Sequence[Callable[[], Awaitable[None]]]) -> None:
    """All of it, so many at a time."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(each: Callable[[], Awaitable[None]]) -> None:
        async with places:
            await each()

    async with asyncio.TaskGroup() as group:
        for each in what:
            group.create_task(one(each))


async def _insist(send: Any) -> Any:
    """What `send` gives, tried again while nobody answers. Refused means that somebody was faster: None."""
    async with asyncio.timeout(PERSISTENCE):
        while True:
            try:
                return await send()
            except (EngineUnavailable, OutcomeUnknown, Unanswered):
                await asyncio.sleep(0.2)
            except CommandRefused:
                return None


def _order(order_id: str) -> StartOrder:
    line = Line(line_id="1", sku="LAMP-1", title="Desk lamp", quantity=1, unit_price=TOTAL)
    return StartOrder(order_id=order_id, buyer_id="b-7", seller_id=SELLER.id, currency="USD", lines=(line,))


def main() -> int:
    """Run it; 0 when the books agree."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.refunds", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000)
    parser.add_argument("--rate", type=float, default=Scale.rate, help="of calls and webhooks that go wrong, 0 to 1")
    parser.add_argument("--seed", type=int, default=Scale.seed)
    parser.add_argument("--kill-every", type=float, default=Scale.kill_every, help="seconds; 0: no kills")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    scale = Scale(given.orders, given.rate, given.seed, given.kill_every)
    outcome = asyncio.run(_stoppable(scale, Console(stderr=True, highlight=False, soft_wrap=True)))
    if outcome is None:
        return 1
    found = asdict(outcome) | {"agree": outcome.agree}
    if given.json:
        sys.stdout.write(json.dumps(found, indent=1) + "\n")
    else:
        for name, value in found.items():
            sys.stdout.write(f"{name:<15}{value}\n")
    return 0 if outcome.agree else 1


async def _stoppable(scale: Scale, say: Console) -> Outcome | None:
    async with stoppable():
        return await run(scale, say)
    return None


if __name__ == "__main__":
    sys.exit(main())
