"""OrderClient: start an order, send it messages, read it. It joins what Temporal and Postgres know of it.

How one call to Temporal is made lives in `temporal.py`, the typed methods in `commands.py`, the questions to Postgres
in `reads.py`. Whether a message is accepted is decided by the order, never here.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final, Self, TypeVar
from uuid import uuid4

import asyncpg
from temporalio.client import Client

from activities.languages import DEFAULT
from activities.register.claims import Payment
from activities.run_status import FAILED, PAUSED, RunStatus
from starter.client.claims import claim_payment
from starter.client.commands import OrderMessages
from starter.client.previews import preview_order
from starter.client.reads import MAX_ENTRIES, OrderFilters, Page, get_order_row, get_timeline, list_orders
from starter.client.retrying import insistently, reading
from starter.client.silence import paused
from starter.client.start_content import StartedOrder, given_content, stored_content
from starter.client.start_terms import as_begun, under_policies
from starter.client.temporal import NotRunning, OrderRuns
from starter.connections import connect_database, connect_temporal
from starter.errors import EngineUnavailable, OrderExists, OrderNotFound, OrderStuck, OutcomeUnknown, Unanswered
from starter.settings.environment import Settings, SettingsError
from starter.unplaced import Desk
from workflows.messages.answers import AllowedAction, Answer, OrderView, Preview, Result
from workflows.messages.base import Fact, Message
from workflows.messages.ids import workflow_id
from workflows.messages.start import StartOrder
from workflows.messages.values import Party, Role
from workflows.messages.work import OrderRow, TimelineEntry

RESULT_WITHIN: Final = timedelta(minutes=1)
"""For an order to be settled, when the caller does not say how long: as long as a person waits."""
WATCH_EVERY: Final = timedelta(seconds=0.5)
"""Between two looks at the timeline while watching: live for a person, nothing for Postgres."""
READY_WITHIN: Final = timedelta(seconds=1)
"""For Temporal to say that it serves: it takes a millisecond, and whoever asks whether we are ready does not wait."""
CLOSE_WITHIN: Final = timedelta(seconds=5)
"""For the connections to Postgres to be given back; then they are cut."""
EVERY_ORDER: Final = OrderFilters()

T = TypeVar("T")
M = TypeVar("M", bound=Message)


class OrderClient(OrderMessages):
    """All that a caller does with orders. Tasks may share it; without `pool` it sends and asks, no more."""

    def __init__(self, temporal: Client, pool: asyncpg.Pool | None, task_queue: str) -> None:
        self._runs = OrderRuns(temporal, task_queue)
        self._pool = pool

    @classmethod
    @asynccontextmanager
    async def connect(cls, settings: Settings) -> AsyncIterator[Self]:
        """A client for what `settings` name, closed at the end of the block. Without `DATABASE_URL` it has no pool."""
        temporal = await connect_temporal(settings)
        pool = None if settings.given_database_url is None else await connect_database(settings)
        try:
            yield cls(temporal, pool, settings.task_queue)
        finally:
            if pool is not None:
                await _closed(pool)

    async def ready(self) -> bool:
        """Whether Temporal answers now. Without Postgres facts are taken all the same, so it is not asked."""
        return await self._runs.answers(READY_WITHIN)

    @property
    def pool(self) -> asyncpg.Pool:
        """The connections to Postgres with which it reads. Raises `SettingsError` where it has none."""
        return self._needs_pool()

    @property
    def desk(self) -> Desk:
        """Where what providers told us lies, as far as nobody could place it."""
        return Desk(self._needs_pool())

    async def start(self, order: StartOrder) -> StartedOrder:
        """Start the order under its policies. The same again is not started twice; `OrderExists` for other content.

        Content is the whole start input, defaults filled in. Postgres's word counts: the id's last run may be one that
        only tried to take it. Before the first record, that run's start input does. `Refused` for an unknown policy.
        """
        pool = self._needs_pool()
        if await self._row(order.order_id) is None:
            under = await under_policies(pool, order)
            try:
                run_id = await self._runs.start(under)
            except Unanswered as error:
                raise EngineUnavailable(
                    f"Whether order {order.order_id} was started is unknown. {error} Start it again: an order with the "
                    "same content is never started twice."
                ) from error
            if run_id is not None:
                return _started(order, run_id, already_started=False)
        return await self._started_before(order)

    async def send(self, order_id: str, message: Message) -> Answer:
        """Send any command or fact as an update, and give its answer. A settled order is woken to judge it (R28).

        Raises `CommandRefused`, `OrderNotFound`, `OrderPaused`, or `OutcomeUnknown` with the request id to send it
        again with: within 5 s where Temporal shows that the order is stuck. `PaymentElsewhere`: as `report`.
        """
        message = _identified(message)
        if isinstance(message, Payment) and await self._is_known(order_id):
            await self._claim(order_id, message)
        try:
            return await insistently(lambda: self._send_once(order_id, message), self._runs.look(order_id))
        except (Unanswered, OrderStuck) as error:
            reason = error.reason if isinstance(error, OrderStuck) else str(error)
            raise OutcomeUnknown(order_id, message.name, message.request_id or "", reason) from error

    async def report(self, order_id: str, fact: Fact, *, claimed: bool = False) -> None:
        """Report a fact, durably, also to an order that is settled. What came of it, the timeline tells.

        Raises `OrderNotFound`: a fact about an order that nobody started is the caller's to look into; and
        `PaymentElsewhere` for a payment that is another order's. `claimed`: that was asked already.
        """
        fact = _identified(fact)
        if not await self._is_known(order_id):
            raise OrderNotFound(order_id)
        if not claimed:
            await self._claim(order_id, fact)
        try:
            await self._runs.wake_with_signal(order_id, fact)
        except Unanswered as error:
            raise OutcomeUnknown(order_id, fact.name, fact.request_id or "", str(error)) from error

    async def signal(self, order_id: str, name: str, payload: object) -> None:
        """Leave any JSON with a running order, unanswered. An order that is settled takes none: `OrderNotFound`."""
        try:
            await self._runs.signal(order_id, name, payload)
        except NotRunning:
            raise OrderNotFound(order_id) from None

    async def order(self, order_id: str) -> OrderView:
        """The whole order. One that Temporal has forgotten is woken for it: a run that loads it, and ends."""
        return await self._ask(order_id, "order", OrderView)

    async def allowed(self, order_id: str, role: Role) -> tuple[AllowedAction, ...]:
        """What `role` can do now, and until when."""
        return await self._ask(order_id, "allowed", tuple[AllowedAction, ...], role)

    async def preview(self, order_id: str, message: Message, at: datetime) -> Preview:
        """What sending it would do at `at`: asked of the order's last run, as `preview_order` says."""
        return await preview_order(self._runs, order_id, message, at)

    async def row(self, order_id: str) -> OrderRow:
        """The order as lists show it, from Postgres alone: it needs no worker, and may be milliseconds old."""
        self._needs_pool()
        row = await self._row(order_id)
        if row is None:
            raise OrderNotFound(order_id)
        return row

    async def party(self, order_id: str, role: Role) -> Party:
        """The order's own buyer or seller."""
        order = await self._row(order_id) or await self.order(order_id)
        return Party(role=role, id=order.buyer_id if role is Role.BUYER else order.seller_id)

    async def timeline(
        self, order_id: str, after_entry: int = 0, limit: int = MAX_ENTRIES, language: str = DEFAULT
    ) -> tuple[TimelineEntry, ...]:
        """What happened after `after_entry`, oldest first, at most `limit` entries: fewer are the last."""
        entries = await reading(get_timeline(self._needs_pool(), order_id, after_entry, limit, language))
        if not entries and not await self._is_known(order_id):
            raise OrderNotFound(order_id)
        return entries

    async def list_orders(
        self, filters: OrderFilters = EVERY_ORDER, cursor: str | None = None, limit: int = 50
    ) -> Page[OrderRow]:
        """One page of orders, newest first. Raises `WrongPage`."""
        return await reading(list_orders(self._needs_pool(), filters, cursor, limit))

    async def watch(self, order_id: str, after_entry: int = 0) -> AsyncIterator[TimelineEntry]:
        """Every timeline entry after `after_entry` as it comes, until the order is settled."""
        while True:
            # The row first: what it says of the end, the timeline that is read after it holds.
            row = await self._row(order_id)
            for entry in await self.timeline(order_id, after_entry):
                after_entry = entry.entry
                yield entry
            if row is not None and row.closed_at is not None and row.entry <= after_entry:
                return
            await asyncio.sleep(WATCH_EVERY.total_seconds())

    async def result(self, order_id: str, within: timedelta = RESULT_WITHIN) -> Result:
        """What the order ended with, waiting for it at most `within`.

        Raises `TimeoutError` when it goes on, `OrderStuck` when somebody terminated it before it was settled.
        """
        try:
            async with asyncio.timeout(within.total_seconds()):
                result = await self._runs.result(order_id)
        except NotRunning:
            result = None
        except TimeoutError:
            raise TimeoutError(f"Order {order_id} is not settled after {within}; ask later.") from None
        if result is not None:
            return result
        row = await self._row(order_id)
        if row is None:
            raise OrderNotFound(order_id)
        if row.closed_at is None:
            # Its last run has ended and settled nothing.
            stuck = await self._runs.look(order_id, asked=True)(None)
            raise stuck or Unanswered(
                f"Order {order_id} is not settled, and no run of it is open; any message wakes it."
            )
        return Result.model_validate(row.model_dump())

    async def _send_once(self, order_id: str, message: Message) -> Answer:
        try:
            return await self._runs.update(order_id, message)
        except NotRunning:
            if not await self._is_known(order_id):
                raise OrderNotFound(order_id) from None
        return await self._runs.wake_with_update(order_id, message)

    async def _claim(self, order_id: str, message: Message) -> None:
        if self._pool is not None and isinstance(message, Payment):
            await claim_payment(self.desk, order_id, message)

    async def _ask(self, order_id: str, name: str, result_type: type[T], *given: object) -> T:
        async def once() -> T:
            status = await self._runs.status(order_id)
            if status and status.status == PAUSED:
                raise OrderStuck(order_id, paused(order_id, status))
            if not _carries(status):
                if await self._row(order_id) is None:
                    raise OrderNotFound(order_id)
                await self._runs.wake(order_id)
            return await self._runs.query(order_id, name, result_type, *given)

        return await insistently(once, self._runs.look(order_id, asked=True))

    async def _is_known(self, order_id: str) -> bool:
        return _carries(await self._runs.status(order_id)) or await self._row(order_id) is not None

    async def _row(self, order_id: str) -> OrderRow | None:
        return None if self._pool is None else await reading(get_order_row(self._pool, order_id))

    async def _started_before(self, order: StartOrder) -> StartedOrder:
        run_id, content = None, None
        try:
            run_id, start_input = await self._runs.start_input(order.order_id)
            content = given_content(start_input)
        except NotRunning:
            run_id = None  # Temporal has forgotten the settled order
        pool = self._needs_pool()
        content = await stored_content(pool, order.order_id) or content
        if content is None or content != await as_begun(pool, order, content.policies):
            raise OrderExists(order.order_id)
        return _started(order, run_id, already_started=True)

    def _needs_pool(self) -> asyncpg.Pool:
        if self._pool is None:
            raise SettingsError("DATABASE_URL is not set, and Postgres has the lists, timelines and policies; set it.")
        return self._pool


async def _closed(pool: asyncpg.Pool) -> None:
    try:
        async with asyncio.timeout(CLOSE_WITHIN.total_seconds()):
            await pool.close()
    except TimeoutError:
        pool.terminate()


def _identified(message: M) -> M:
    """`message` with a request id, made up when it has none: without one, a second try could count twice."""
    return message if message.request_id else message.model_copy(update={"request_id": str(uuid4())})


def _carries(last_run: RunStatus | None) -> bool:
    """Whether that run is, or was, the order's. One that failed may never have been it: so ends a start that is not
    valid, or that tries to take a known id."""
    return last_run is not None and last_run.status != FAILED


def _started(order: StartOrder, run_id: str | None, *, already_started: bool) -> StartedOrder:
    return StartedOrder(
        order_id=order.order_id,
        workflow_id=workflow_id(order.order_id),
        run_id=run_id,
        already_started=already_started,
    )
