"""One run of an order: the state it carries, what comes to it, and where that state comes from.

Messages are decided one after the other, each on what the other left; what follows from them goes out by the lanes
(`lanes.py`). Rules of the process do not live here.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from workflows import page
from workflows.messages.answers import Answer
from workflows.messages.base import Message
from workflows.messages.cancellation import CancelOrder
from workflows.messages.loading import StoredOrder
from workflows.messages.refusal import Refused
from workflows.messages.start import ResumeOrder, StartOrder
from workflows.messages.values import CancellationReason, Role
from workflows.messages.work import Recorded, Standing
from workflows.payloads import failure
from workflows.process import allowed, resets
from workflows.process.clock.deadlines import next_instant
from workflows.process.state.changes import Answered, Effect, Step
from workflows.process.state.order import Order
from workflows.process.step import effects_of_resuming, open_order, refused_signal, settle_deadlines, step
from workflows.process.telling.timeline import TEMPORAL
from workflows.run import activity_calls
from workflows.run.arrivals import Arrival, Arrivals, Tried
from workflows.run.currencies import refusal_of_terms
from workflows.run.lanes import Lanes
from workflows.run.resetting import reset_point, wake_at_resets
from workflows.start_input import Beginning, Carried, Unusable, order_exists, order_from, state_of, unknown_order

MAX_NAME: Final = 64
"""Characters of an unknown signal's name that the timeline keeps."""


class OrderRun:
    """What one run carries: an order, or while that is being loaded all that comes for it."""

    def __init__(self, begun: Beginning) -> None:
        self.order: Order | None = None
        self.ended: ApplicationError | None = None
        """Why this run ends without being the order: its queries fail with it, and never answer with an intruder's."""
        self._begun = begun
        self._lanes = Lanes(self._heard, self._recorded, self._rang)
        self._last_refusal: str | None = None
        self._tried: Tried | None = None
        self._arrivals = Arrivals()
        self._early: list[Arrival] = []
        self._brings = False
        self._own: Order | None = None
        self._refused_start: StartOrder | None = None
        self._loading = False
        self._resets, self._resets_told = 0, 0
        wake_at_resets(self._look_for_reset)
        match begun:
            case StartOrder() if not reset_point():
                self._open(begun)
            case Carried():
                self.order, self._last_refusal = order_from(begun.state), begun.last_refusal
                self._lanes.go_on(self.order.entry, begun.opened_by)
            case Unusable():
                self.ended = failure(begun.refused)

    def has_turn(self) -> bool:
        """Whether there is something to send, or the run can end."""
        return self._lanes.has_turn or reset_point() > self._resets or self.may_end()

    def may_end(self) -> bool:
        """Whether nothing is left to do in this run."""
        return self.order is not None and self._lanes.may_end(self.order)

    def flush(self) -> None:
        """Send what follows from everything that came. Raises what ends the run, or freezes it."""
        self._look_for_reset()
        if wrong := self._lanes.failure or self.ended:
            raise wrong
        if self.order is None:
            self._lanes.stand_still()
            if not self._loading:
                self._loading = True
                self._lanes.spawn(self._load(self._resets))
            return
        if (at := next_instant(self.order)) and at <= workflow.now():
            self._moved_on(*settle_deadlines(self.order, workflow.now()))
        self._lanes.flush(self.order)

    def carried(self, order: Order) -> Carried:
        """What the next run begins with."""
        return Carried(
            order_id=order.order_id,
            state=state_of(order),
            opened_by=self._lanes.opened_by,
            last_refusal=self._last_refusal,
        )

    def page(self) -> str:
        """What the order's page in Temporal's UI says."""
        return page.details(self.order, self._last_refusal, workflow.now()) if self.order else ""

    def standing(self, order: Order) -> Standing:
        """What the read model should say of the order, and how far it is known to say so."""
        return self._lanes.standing(order)

    # What comes: messages, answers of the provider, the clock, and that Postgres lacks something.

    async def updated(self, event: Message) -> Answer:
        """The answer to a command or fact, at once: this waits only while the order is being loaded."""
        self._look_for_reset()
        self._lanes.answering()
        if self.order is not None:
            return self._decided(self.order, event)
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._arrivals.keep(Arrival(event.name, event, answer, again=bool(reset_point())))
        return await answer

    def dry_run(self, event: Message) -> None:
        """Raises `Refused` where `updated` would. On replay nobody asks: what is kept here may only save time."""
        if self.order is not None and reset_point() <= self._resets:
            self._tried = Tried(self.order, event, workflow.now(), self._judged(self.order, event))

    def signalled(self, name: str, came: Message | Sequence[RawValue]) -> None:
        """A command or fact that nobody waits for; what cannot be used is recorded as refused."""
        self._look_for_reset()
        arrival = Arrival(name, came, again=bool(reset_point()))
        if self.order is None:
            self._arrivals.keep(arrival)
        else:
            self._signal(self.order, arrival)

    def temporal_cancelled(self) -> None:
        """Temporal's own cancellation counts as the platform's `cancel_order`, and never drops the order (R27)."""
        asked = CancelOrder(by=TEMPORAL, reason=CancellationReason.STAFF_ERROR)
        self.signalled(asked.name, asked)

    def records_due(self) -> None:
        """Postgres lacks something of this order: the next record is a remote one, and goes out now."""
        self._look_for_reset()
        self._lanes.record_remotely()

    def _heard(self, answered: Answered) -> None:
        """What the provider said to our own call is an event like any other."""
        self._look_for_reset()
        if self.order is None:
            self._arrivals.keep(answered)
        else:
            self._keep(step(self.order, answered, workflow.now()))

    def _rang(self) -> None:
        self._look_for_reset()
        self._lanes.turn()

    def _signal(self, order: Order, arrival: Arrival) -> None:
        self._remember_early(arrival)
        event, now, name = None, workflow.now(), arrival.name[:MAX_NAME]
        try:
            event = arrival.message()
            self._keep(step(order, event, now))
        except Refused as refused:
            self._last_refusal = f"{name}: {refused}"
            self._keep(refused_signal(order, name, event, refused, now))

    def _decided(self, order: Order, event: Message) -> Answer:
        tried, self._tried = self._tried, None
        taken = tried.taken if tried and tried.is_of(order, event, workflow.now()) else self._judged(order, event)
        self._remember_early(Arrival(event.name, event))
        self._keep(taken)
        return taken.answer

    def _judged(self, order: Order, event: Message) -> Step:
        try:
            return step(order, event, workflow.now())
        except Refused as refused:
            raise allowed.refusal_with_alternatives(refused, order, event.by.role, event.name, workflow.now()) from None

    def _keep(self, taken: Step) -> None:
        self._moved_on(taken.order, taken.effects)

    def _moved_on(self, order: Order, effects: Sequence[Effect]) -> None:
        self.order = order
        self._lanes.take(order, effects)

    def _open(self, start: StartOrder) -> None:
        if refused := refusal_of_terms(start):
            self.ended = failure(refused)
        else:
            self._keep(open_order(start, workflow.now()))

    # Whose order this is, and where its state comes from.

    def _remember_early(self, arrival: Arrival) -> None:
        """Keep what comes before the start is recorded: until then this may be the second start of a known order."""
        if not isinstance(self._begun, StartOrder):
            return
        # That something came stands in history, so a choice may hang on it; on what is kept of it none may: a record of
        # the start frees it, and when that is answered is not the same on replay.
        self._brings = True
        self._early = [] if self._lanes.written else [*self._early, arrival]

    def _recorded(self, recorded: Recorded) -> None:
        """A remote record was answered. If the order is another run's, what came for it must not be lost: this run goes
        on as that order; with nothing to bring, and the order settled, it ends and has touched nothing."""
        self._look_for_reset()
        self._lanes.turn()
        if recorded.owner == "ours" or self.order is None:
            return
        if recorded.owner == "settled" and not self._brings:
            self.ended = order_exists(self.order.order_id)
            return
        if recorded.owner == "open" and isinstance(self._begun, StartOrder):
            self._refused_start = self._begun
        self.order, early, self._early = None, self._early, []
        for arrival in early:
            self._arrivals.keep(arrival)
        self._lanes.forget()

    def _look_for_reset(self) -> None:
        """At the point of a reset nothing is acted upon: the order is loaded, and what came waits for it (R38)."""
        if (point := reset_point()) <= self._resets:
            return
        self._resets, self._loading = point, False
        self._own, self.order = self.order or self._own, None
        self._lanes.start_anew()

    async def _load(self, resets_seen: int) -> None:
        assert not isinstance(self._begun, Unusable), "such a run has ended"
        stored = await activity_calls.load_order(self._lanes.load_request(self._begun.order_id))
        self._look_for_reset()
        if resets_seen != self._resets:
            return  # a reset came between, and loads anew
        self._loading = False
        self._lanes.turn()
        self._take_over(stored, self._begun)
        if self.order:
            self._take_arrivals(self.order, stored)

    def _take_over(self, stored: StoredOrder | None, begun: StartOrder | ResumeOrder | Carried) -> None:
        """Go on with the later of two states: this run's own at the reset, or the recorded one; or begin, or end."""
        own, self._own = self._own, None
        if own and (stored is None or self._is_later(own, stored)):
            self.order = own
            self._lanes.go_on_with_own(stored.entry if stored else 0)
        elif stored:
            self.order = order_from(stored.state)
            self._lanes.go_on(stored.entry, stored.opened_by)
        elif isinstance(begun, StartOrder):
            self._open(begun)
        else:
            self.ended = unknown_order(begun.order_id)

    def _is_later(self, own: Order, stored: StoredOrder) -> bool:
        """Whether this run's own state has entries that Postgres has not, and none of Postgres's is missing in it."""
        return own.entry > stored.entry and self._lanes.agree_with(stored)

    def _take_arrivals(self, order: Order, stored: StoredOrder | None) -> None:
        """What a run that takes an order over does first, and then everything that came for it."""
        now, known = workflow.now(), stored.known if stored else frozenset()
        self._lanes.take(order, effects_of_resuming(order))
        if self._resets > self._resets_told:
            self._resets_told = self._resets
            self._keep(resets.order_reset(order, now))
        if refused := self._refused_start:
            self._refused_start = None
            self._keep(resets.refused_start(self._there(), refused, now))
        for each in self._arrivals.drain():
            if isinstance(each, Answered):
                self._heard(each)
            else:
                self._take_arrival(self._there(), each, known)

    def _take_arrival(self, order: Order, arrival: Arrival, known: frozenset[tuple[Role | None, str]]) -> None:
        """A message that waited; of one that came with a reset it is asked first whether it had come before."""
        try:
            event = arrival.message()
            came = (
                resets.message_come_again(order, arrival.name, event, known, workflow.now()) if arrival.again else None
            )
            if came:
                self._keep(came)
            if arrival.answer:
                arrival.answer.set_result(came.answer if came else self._decided(order, event))
            elif not came:
                self._signal(order, arrival)
        except Refused as refused:
            if arrival.answer:
                arrival.answer.set_exception(refused)
            else:
                self._signal(order, arrival)

    def _there(self) -> Order:
        assert self.order, "it was just taken over"
        return self.order
