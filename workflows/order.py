"""OrderWorkflow, the shell: it decodes a message, asks the process, keeps the new state, and hands the effects over.

Rules of the process do not live here. Handlers are plain functions, so that two messages of one activation are decided
one after the other, each on what the other left.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from workflows import calls, display
    from workflows.lanes import Lanes
    from workflows.messages.answers import AllowedAction, Answer, OrderView, Result
    from workflows.messages.base import Message
    from workflows.messages.commands import MESSAGES, CancelOrder
    from workflows.messages.decoding import decode
    from workflows.messages.ids import request_id_of
    from workflows.messages.refusal import Refused
    from workflows.messages.start import ResumeOrder, StartOrder
    from workflows.messages.values import CancellationReason, Party, Role
    from workflows.messages.work import RecordBatch
    from workflows.payloads import NOTHING, body, failure, one_parameter, raw, role_of
    from workflows.process import allowed, view
    from workflows.process.deadlines import next_instant
    from workflows.process.effects import AttemptAnswered, Effect, Step
    from workflows.process.state import Order
    from workflows.process.step import opened, refused_signal, resumed, settle, step
    from workflows.starting import Carried, Unusable, beginning, order_from, state_of

MAX_EVENTS: Final = 800
"""Of one run's history: past it the order continues as new, so that no wake-up replays much more than this."""
MAX_NAME: Final = 64
"""Characters of an unknown signal's name that the timeline keeps."""
TEMPORAL: Final = Party(role=Role.PLATFORM, id="temporal")
"""Who presses "Request Cancellation" in Temporal's own UI (R27)."""


@workflow.defn(name="Order")
class OrderWorkflow:
    """One order, from payment to its end; and again, when a late fact wakes it (R28)."""

    @workflow.init
    @one_parameter
    def __init__(self, start: RawValue = NOTHING, *more: object) -> None:
        info = workflow.info()
        self._order: Order | None = None
        self._lanes = Lanes(self._loaded, self._heard)
        self._backlog: list[Callable[[Order], None]] = []
        self._early: list[Callable[[Order], None]] = []
        self._stale = True
        self._last_refusal: str | None = None
        self._begun = beginning(body(start, *more), info.workflow_id, continued=info.continued_run_id is not None)
        match self._begun:
            case StartOrder():
                self._lanes.known_new = False
                self._keep(opened(self._begun, workflow.now()))
            case Carried():
                self._order, self._lanes.opened_by = order_from(self._begun.state), self._begun.opened_by
                self._last_refusal = self._begun.last_refusal
        for name in MESSAGES:
            workflow.set_update_handler(name, self._update(name), validator=self._validator(name))
        workflow.set_dynamic_update_handler(self._unknown_update, validator=self._unknown_update)

    @workflow.run
    @one_parameter
    async def run(self, start: RawValue = NOTHING, *more: object) -> Result:
        """Carry the order until it is settled and everything about it is written down."""
        del start, more
        if isinstance(self._begun, Unusable):
            raise failure(self._begun.refused)
        if isinstance(self._begun, ResumeOrder):
            self._lanes.spawn(self._load(self._begun.order_id))
        self._lanes.open()
        self._lanes.spawn(self._clock())
        while True:
            try:
                await workflow.wait_condition(self._has_turn)
            except asyncio.CancelledError:
                self._cancellation_requested()
            if self._lanes.failure:
                self._failed(self._lanes.failure)
            if self._order is None:
                continue
            if self._stale:
                self._show(self._order)
            if self._done() and self._order.settled:
                return view.result(self._order)
            if self._done() and self._long():
                workflow.continue_as_new(self._carried(self._order))

    def _failed(self, error: Exception) -> None:
        """An error of a lane ends the run, or freezes it. But a start with a known id may have taken messages meant for
        the known order, before the record could tell: they must not be lost, so this run becomes one that wakes it."""
        if not self._early or not isinstance(error, ApplicationError) or error.type != "order_exists":
            raise error
        order_id = self._loaded().order_id
        self._order, self._lanes = None, Lanes(self._loaded, self._heard)
        self._backlog, self._early = self._early, []
        self._lanes.spawn(self._load(order_id))
        self._lanes.open()

    def _has_turn(self) -> bool:
        if self._lanes.failure or (self._order and self._stale):
            return True
        return self._order is not None and self._done() and (self._order.settled or self._long())

    def _done(self) -> bool:
        """Whether all is done that was asked for: nothing may be lost when this run ends."""
        return self._lanes.idle and not self._backlog and workflow.all_handlers_finished()

    def _long(self) -> bool:
        info = workflow.info()
        return info.get_current_history_length() > MAX_EVENTS or info.is_continue_as_new_suggested()

    # Messages: decode, ask the process, keep what it says.

    def _update(self, name: str) -> Callable[[RawValue], Awaitable[Answer] | Answer]:
        @one_parameter
        def decide(message: RawValue = NOTHING, *more: object) -> Answer:
            return self._decided(self._decoded(name, message, *more))

        @one_parameter
        async def decide_once_loaded(message: RawValue = NOTHING, *more: object) -> Answer:
            await workflow.wait_condition(lambda: self._order is not None)
            return decide(message, *more)

        return decide_once_loaded if isinstance(self._begun, ResumeOrder) else decide

    def _validator(self, name: str) -> Callable[[RawValue], None]:
        @one_parameter
        def dry_run(message: RawValue = NOTHING, *more: object) -> None:
            """A refusal here costs no event. What is no refusal is our bug, and fails the task: in the handler."""
            event = self._decoded(name, message, *more)
            if self._order is None:
                return
            try:
                self._step(self._order, event)
            except ApplicationError:
                raise
            except Exception:  # noqa: BLE001 - see above: told here, raised by the handler
                workflow.logger.exception("%s broke the process; its handler will fail the task", name)

        return dry_run

    def _unknown_update(self, name: str, messages: Sequence[RawValue]) -> Answer:
        """An update with a name that is not in the table is told which names are."""
        return self._decided(self._decoded(name, *messages))

    def _decoded(self, name: str, message: RawValue = NOTHING, *more: object) -> Message:
        try:
            event = decode(name, body(message, *more))
        except Refused as refused:
            raise counted(name, refused) from None
        if event.request_id is not None:
            return event
        update = workflow.current_update_info()
        assert update, "only updates come here"
        return event.model_copy(update={"request_id": request_id_of(update.id)})

    def _decided(self, event: Message) -> Answer:
        taken = self._step(self._loaded(), event)
        self._remember_early(partial(self._signal, name=event.name, messages=[raw(event)]))
        self._keep(taken)
        return taken.answer

    def _step(self, order: Order, event: Message) -> Step:
        try:
            return step(order, event, workflow.now())
        except Refused as refused:
            told = allowed.explained(refused, order, event.by.role, event.name, workflow.now())
            raise counted(event.name, told) from None

    @workflow.signal(dynamic=True)
    def _signalled(self, name: str, messages: Sequence[RawValue]) -> None:
        """Every command and fact by its name. What cannot be used is recorded as refused: no signal fails an order."""
        self._when_loaded(partial(self._signal, name=name, messages=messages))

    def _signal(self, order: Order, name: str, messages: Sequence[RawValue]) -> None:
        event, now = None, workflow.now()
        try:
            event = decode(name, body(*messages))
            self._keep(step(order, event, now))
        except Refused as refused:
            self._last_refusal = f"{name[:MAX_NAME]}: {refused}"
            self._keep(refused_signal(order, name[:MAX_NAME], event, refused, now))

    def _cancellation_requested(self) -> None:
        """Temporal's own cancellation counts as the platform's `cancel_order`, and never drops the order (R27)."""
        asked = CancelOrder(by=TEMPORAL, reason=CancellationReason.STAFF_ERROR)
        self._when_loaded(partial(self._signal, name=asked.name, messages=[raw(asked)]))

    def _when_loaded(self, take: Callable[[Order], None]) -> None:
        if self._order:
            self._remember_early(take)
            take(self._order)
        else:
            self._backlog.append(take)

    def _remember_early(self, take: Callable[[Order], None]) -> None:
        """Keep what comes before the start is recorded: until then this may be the second start of a known order."""
        if not self._lanes.known_new:
            self._early.append(take)

    async def _load(self, order_id: str) -> None:
        """Wake a settled order: its last state, and then the messages that woke it, in the order in which they came."""
        stored = await calls.load_order(order_id)
        self._order, self._lanes.opened_by = order_from(stored.state), stored.opened_by
        self._lanes.take(resumed(self._order))
        backlog, self._backlog = self._backlog, []
        for take in backlog:
            take(self._order)

    def _heard(self, answered: AttemptAnswered) -> None:
        """What the provider said to our own call is an event like any other."""
        self._keep(step(self._loaded(), answered, workflow.now()))

    def _keep(self, taken: Step) -> None:
        self._moved_on(taken.order, taken.effects)

    def _moved_on(self, order: Order, effects: Sequence[Effect]) -> None:
        self._order, self._stale = order, True
        self._lanes.take(effects)

    # The clock: one timer for the next instant of any kind, set anew only when that instant changes.

    async def _clock(self) -> None:
        while True:
            await workflow.wait_condition(lambda: self._next_instant() is not None)
            order, at = self._loaded(), self._next_instant()
            if at is None:  # a message of the same activation has ended the last deadline
                continue
            try:
                await workflow.wait_condition(
                    partial(self._is_not_next, at),
                    timeout=at - workflow.now(),
                    timeout_summary=display.timer_summary(order),
                )
            except TimeoutError:
                self._moved_on(*settle(self._loaded(), workflow.now()))

    def _next_instant(self) -> datetime | None:
        return next_instant(self._order) if self._order else None

    def _is_not_next(self, at: datetime) -> bool:
        return self._next_instant() != at

    # What people see.

    def _show(self, order: Order) -> None:
        self._stale = False
        if changes := display.attribute_changes(order, workflow.info().typed_search_attributes):
            workflow.upsert_search_attributes(changes)
        workflow.set_current_details(display.details(order, self._last_refusal))

    @workflow.query(name="order")
    def _order_query(self) -> OrderView:
        """The whole order, and what each role can do now."""
        return allowed.order_view(self._loaded(), workflow.now())

    @workflow.query(name="allowed")
    def _allowed_query(self, role: RawValue = NOTHING) -> list[AllowedAction]:
        """What a role can do now."""
        return list(allowed.allowed(self._loaded(), role_of(role), workflow.now()))

    @workflow.query(name="record")
    def _record_query(self) -> RecordBatch | None:
        """What the read model should say of the order; None while it is being told, or the order is being loaded."""
        return self._lanes.record() if self._order else None

    def _loaded(self) -> Order:
        if self._order is None:
            raise ApplicationError("The order is being loaded; ask again.", type="not_loaded")
        return self._order

    def _carried(self, order: Order) -> Carried:
        return Carried(
            order_id=order.order_id,
            state=state_of(order),
            opened_by=self._lanes.opened_by,
            last_refusal=self._last_refusal,
        )


def counted(name: str, refused: Refused) -> ApplicationError:
    """A refused update is answered and counted, and leaves no trace in the order (R25)."""
    counter = workflow.metric_meter().create_counter(
        "countermand_refused_updates", "Updates refused, by name and code."
    )
    counter.add(1, {"update": name if name in MESSAGES else "unknown", "code": refused.code})
    return failure(refused)
