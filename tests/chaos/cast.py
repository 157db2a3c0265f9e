"""Orders in different positions while something breaks, carried on by people who try again; and the whole check."""

import asyncio
import json
import random
from collections import Counter
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import asyncpg
import httpx

from activities.crashes import Deed
from starter.client.orders import OrderClient
from starter.errors import CommandRefused, EngineUnavailable, OrderNotFound
from tests.acceptance.orders import BUYER, PROVIDER, SELLER, TOTAL, Bank, payment, reaches, started
from tests.acceptance.programs import LOOK_EVERY, PATIENCE
from tests.onlooker import Onlooker
from workflows.messages.answers import OrderView
from workflows.messages.base import Fact, Message
from workflows.messages.decoding import decode
from workflows.messages.start import StartOrder
from workflows.process.money.ledger import COLUMNS

STORIES: Final[dict[str, tuple[tuple[str, dict[str, Any]], ...]]] = {
    "unpaid": (("request_cancellation", {"by": BUYER}),),
    "approved": (
        ("payment_captured", {"by": PROVIDER}),
        ("request_cancellation", {"by": BUYER, "reason": "changed_mind"}),
        ("decide_cancellation", {"by": SELLER, "approve": True}),
    ),
    "cancelled": (
        ("payment_captured", {"by": PROVIDER}),
        ("cancel_order", {"by": SELLER, "reason": "out_of_stock"}),
    ),
    "completed": (
        ("payment_captured", {"by": PROVIDER}),
        ("ship", {"by": SELLER, "carrier": "UPS", "tracking": "1Z"}),
        ("confirm_receipt", {"by": BUYER}),
    ),
    "voided": (
        ("payment_authorized", {"by": PROVIDER}),
        ("cancel_order", {"by": SELLER, "reason": "out_of_stock"}),
    ),
    "charged": (
        ("payment_authorized", {"by": PROVIDER}),
        ("ship", {"by": SELLER, "carrier": "UPS", "tracking": "1Z"}),
        ("confirm_receipt", {"by": BUYER}),
    ),
}
MOVED: Final = {
    "unpaid": (),
    "approved": ("refunds",),
    "cancelled": ("refunds",),
    "completed": ("releases",),
    "voided": ("voids",),
    "charged": ("captures", "releases"),
}
"""What the provider does in each story, once, over the total."""
TROUBLE: Final = (
    EngineUnavailable,
    OSError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    TimeoutError,
    httpx.HTTPError,
)
"""How it looks from outside when something is broken."""
PERSISTENCE: Final = 150.0
"""Seconds for which people try again: longer than any outage here, and than it takes to notice that a worker died."""


@dataclass(frozen=True)
class Cast:
    """Some orders, one for each story, and who carries them."""

    client: OrderClient
    bank: Bank
    pool: asyncpg.Pool
    seed: int

    def chance(self, whose: str) -> random.Random:
        """Whose moments they are: with one for all, whoever came first would take the other's, and no seed repeat."""
        return random.Random(f"{self.seed} {whose}")

    def order_ids(self) -> dict[str, str]:
        """An order id for each story."""
        return {story: f"C-{story}-{uuid4().hex[:12]}" for story in STORIES}

    async def carry(self, order_id: str, story: str, pause: float = 0.0) -> None:
        """From start to end, whatever breaks meanwhile; between two steps a random part of `pause` seconds."""
        chance = self.chance(story)
        await _insist(lambda: self.paid_there(order_id, story))
        await _insist(lambda: self.client.start(beginning(order_id, story)))
        with self.onlooker(order_id) as onlooker:
            for message in messages(order_id, story):
                await asyncio.sleep(chance.random() * pause)
                onlooker.glance()
                if isinstance(message, Fact):
                    await _insist(lambda message=message: self.client.report(order_id, message))
                else:
                    await _insist(lambda message=message: self._sent(order_id, message))
            await self.is_settled(order_id)

    def onlooker(self, order_id: str) -> Onlooker:
        """Somebody who has the order's page open, whatever breaks."""
        return Onlooker(lambda: self.client.order(order_id), OrderNotFound, *TROUBLE)

    async def is_settled(self, order_id: str) -> None:
        """Wait until the read model says so."""
        await _insist(lambda: reaches(self.client, order_id, lambda row: row.closed_at is not None))

    async def carry_paid_by_webhook(self, order_id: str) -> None:
        """The buyer pays at the provider, whose webhook brings it, perhaps more than once; the rest as ever."""
        await self.client.start(started(order_id))
        await self.bank.pay(order_id)
        await reaches(self.client, order_id, lambda row: row.captured == TOTAL)
        await self.carry(order_id, "approved")

    async def kept_unplaced(self, order_id: str) -> None:
        """Wait until a webhook about an order that nobody has started lies in Postgres."""
        async with asyncio.timeout(PATIENCE):
            while order_id not in [one.waits_for for one in await self.client.desk.unplaced()]:
                await asyncio.sleep(LOOK_EVERY)

    async def carry_paid_before(self, order_id: str) -> None:
        """The order is started after its payment, which the engine brings; the rest as ever."""
        await _insist(lambda: self.client.start(started(order_id)))
        await _insist(lambda: reaches(self.client, order_id, lambda row: row.captured == TOTAL))
        await self.carry(order_id, "approved")

    async def paid_there(self, order_id: str, story: str) -> None:
        """What people will tell of a payment was made at the provider before."""
        for name, _ in STORIES[story]:
            if name.startswith("payment_"):
                await self.bank.pay_quietly(order_id, authorize=name == "payment_authorized")

    async def _sent(self, order_id: str, message: Any) -> None:
        try:
            await self.client.send(order_id, message)
        except CommandRefused as error:
            # A payment is reported, not sent: it may still be on its way when the next step is taken.
            if error.refusal.code != "not_allowed_now":
                raise
            raise EngineUnavailable(str(error)) from error

    async def check(self, order_id: str, story: str) -> None:
        """One effect at the provider's book, ledger and book agree, timeline whole, read model as the workflow says."""
        # First: an order that a webhook has settled still waits for what its own calls will say, and records that too.
        result = (await self.client.result(order_id)).model_dump()
        row = await self.client.row(order_id)
        view = await self.client.order(order_id)
        assert {name: getattr(row, name) for name in result} == result, "the read model is what the workflow ended with"
        refunded = TOTAL if {"refunds", "voids"} & set(MOVED[story]) else 0
        released = TOTAL if "releases" in MOVED[story] else 0
        assert (view.refunded, view.released, view.refunding, view.held) == (refunded, released, 0, 0), view
        book = await self.bank.book(order_id)
        told = {kind: [(t["amount"], t["state"]) for t in book[kind]] for kind in KINDS}
        once = {kind: [(TOTAL, "succeeded")] if kind in MOVED[story] else [] for kind in KINDS}
        assert told == once, f"{order_id}: exactly one effect"
        assert not [call for call in book["calls"] if call["outcome"] == "key reused"], f"{order_id}: one key, one call"
        assert (row.needs_attention, row.deadline_kind, row.next_deadline_at) == (False, None, None), row
        assert (view.needs_attention, view.deadline, view.deadlines) == ((), None, ()), view
        assert row.refund_state == ("final" if refunded or released else "none"), row
        shared = row.model_dump(exclude={"entry", "needs_attention", "refund_state", "next_deadline_at"})
        shared = {name: value for name, value in shared.items() if name in type(view).model_fields}
        assert {name: getattr(view, name) for name in shared} == shared, "the read model is what the workflow says"
        await self._timeline_is_whole(order_id, view, row.entry)
        await self._calls_are_written(order_id, view)

    async def _timeline_is_whole(self, order_id: str, view: OrderView, entries: int) -> None:
        timeline = await self.client.timeline(order_id)
        shown = [(entry.entry, entry.name, entry.outcome, entry.why) for entry in timeline]
        assert [entry.entry for entry in timeline] == list(range(1, entries + 1)), (
            f"{order_id}: a gap, or double: {shown}"
        )
        moved, told_once = Counter[str](), Counter[str]()
        for entry in timeline:
            moved.update(entry.money)
            told_once.update(name for name, amount in entry.money.items() if amount > 0)
        assert {name: moved[name] for name in COLUMNS} == {name: getattr(view, name) for name in COLUMNS}
        for name in ("captured", "refunded", "released"):
            assert told_once[name] == bool(getattr(view, name)), f"{order_id}: {name} is told once"
        taken = [entry for entry in timeline if entry.outcome == "accepted" and entry.request_id]
        told = [(entry.name, entry.request_id) for entry in taken]
        assert len(set(told)) == len(told), f"{order_id}: a message was taken twice"
        inbox = await self.pool.fetch("SELECT entry, role, kind, text FROM inbox WHERE order_id = $1", order_id)
        assert len(set(map(tuple, inbox))) == len(inbox), f"{order_id}: somebody was told twice"

    async def _calls_are_written(self, order_id: str, view: OrderView) -> None:
        rows = await self.pool.fetch("SELECT key, kind, amount, state FROM payment_calls WHERE order_id = $1", order_id)
        captures = (view.capture,) if view.capture else ()
        calls = {
            (attempt["key"], "void" if attempt["void"] else kind, transfer["amount"])
            for kind, transfers in (("refund", view.refunds), ("release", view.releases), ("capture", captures))
            for transfer in transfers
            for attempt in transfer["attempts"]
        }
        written = sorted((row["key"], row["kind"], row["amount"]) for row in rows)
        assert "calling" not in {row["state"] for row in rows}, f"{order_id}: an answer was not written down"
        assert written == sorted(calls), f"{order_id}: every call was written down once, and no other"


def beginning(order_id: str, story: str) -> StartOrder:
    """How an order of that story starts: whoever is to be charged at shipment says so."""
    promised = any(name == "payment_authorized" for name, _ in STORIES[story])
    return started(order_id, terms={"capture": "at_shipment"} if promised else {})


def messages(order_id: str, story: str) -> tuple[Message, ...]:
    """What people send in that story, each with a request id of its own: the same when it is sent again."""
    return tuple(
        decode(
            name,
            json.dumps(
                {
                    **content,
                    **(payment(order_id) if name.startswith("payment_") else {}),
                    "request_id": f"{order_id}-{name}"[-64:],
                }
            ).encode(),
        )
        for name, content in STORIES[story]
    )


async def _insist(deed: Any) -> None:
    """Try again until the engine has taken it: what people and services do."""
    async with asyncio.timeout(PERSISTENCE):
        while True:
            try:
                await deed()
            except TROUBLE:
                await asyncio.sleep(LOOK_EVERY)
            else:
                return


KINDS: Final = ("refunds", "voids", "captures", "releases")
MONEY: Final = (Deed.INTEND, Deed.REFUND, Deed.VOID, Deed.CAPTURE, Deed.RELEASE, Deed.ANSWER)
"""The side effects beside which a worker may freeze, and come back when somebody else has done its work."""
assert PATIENCE < PERSISTENCE, "whoever waits for an order waits for its people"
