"""OrderWorkflow, the shell towards Temporal: messages in, answers and refusals out, queries, and how a run ends.

What a run carries lives in `run/order_run.py`, what goes out of it in `run/lanes.py`; no rule of the process lives in
either.
"""

import asyncio
from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from workflows.asked import previewed
    from workflows.messages.answers import AllowedAction, Answer, OrderView, Preview, Result
    from workflows.messages.base import Message
    from workflows.messages.commands import MESSAGES
    from workflows.messages.decoding import decode
    from workflows.messages.ids import request_id_of
    from workflows.messages.refusal import Refusal, Refused
    from workflows.messages.waking import RECORDS_DUE
    from workflows.messages.work import Standing
    from workflows.payloads import NOTHING, body, failure, one_parameter, role_of
    from workflows.process import allowed
    from workflows.process.state.order import Order
    from workflows.process.telling import view
    from workflows.run.files import check_files_of_update
    from workflows.run.order_run import OrderRun
    from workflows.start_input import beginning


@workflow.defn(name="Order")
class OrderWorkflow:
    """One order, from payment to its end; and again, when a late fact wakes it (R28)."""

    @workflow.init
    @one_parameter
    def __init__(self, start: RawValue = NOTHING, *more: object) -> None:
        info = workflow.info()
        begun = beginning(body(start, *more), info.workflow_id, continued=info.continued_run_id is not None)
        self._run = OrderRun(begun)

    @workflow.run
    @one_parameter
    async def run(self, start: RawValue = NOTHING, *more: object) -> Result:
        """Carry the order until it is settled and everything about it is written down."""
        del start, more
        while True:
            try:
                await workflow.wait_condition(self._run.has_turn)
            except asyncio.CancelledError:
                self._run.temporal_cancelled()
            self._run.flush()
            order = self._run.order
            if order is None or not self._run.may_end():
                continue
            if order.settled:
                return view.final_result(order)
            workflow.continue_as_new(self._run.carried(order))

    # One handler for every name: with one for each, and its validator, a cached order took nearly twice as much. So the
    # SDK knows no name; `catalogue.py` tells them whoever asks.
    @workflow.update(dynamic=True)
    async def _answered(self, name: str, messages: Sequence[RawValue]) -> Answer:
        """The order's answer, at once, unless the order is being loaded. A name that is not in the table is refused."""
        event = _decoded(name, messages)
        try:
            return await self._run.updated(event)
        except Refused as refused:
            raise refusal_error(name, refused) from None

    @_answered.validator
    def _dry_run(self, name: str, messages: Sequence[RawValue]) -> None:
        """A refusal here costs no event. Any other error is our bug: logged here, and raised again by the handler,
        which fails the task."""
        event = _decoded(name, messages)
        try:
            check_files_of_update(event)
            self._run.dry_run(event)
        except Refused as refused:
            raise refusal_error(name, refused) from None
        except Exception:  # noqa: BLE001 - see above: told here, raised by the handler
            workflow.logger.exception("%s broke the process; its handler will fail the task", name)

    @workflow.signal(dynamic=True)
    def _signalled(self, name: str, messages: Sequence[RawValue]) -> None:
        """Every command and fact by its name. What cannot be used is recorded as refused: no signal fails an order."""
        if name == RECORDS_DUE:
            self._run.records_due()
        else:
            self._run.signalled(name, messages)

    @workflow.query(name="order")
    def _order_query(self) -> OrderView:
        """The whole order, and what each role can do now."""
        return allowed.order_view(self._loaded(), workflow.now())

    @workflow.query(name="allowed")
    def _allowed_query(self, role: RawValue = NOTHING) -> list[AllowedAction]:
        """What a role can do now."""
        return list(allowed.allowed_actions(self._loaded(), role_of(role), workflow.now()))

    @workflow.query(name="record")
    def _record_query(self) -> Standing:
        """What the read model should say of the order, and how far it is known to say so."""
        return self._run.standing(self._loaded())

    @workflow.query(name="preview")
    def _preview_query(self, command: RawValue = NOTHING) -> Preview | Refusal:
        """What a command would do now, or why it would be refused."""
        return previewed(self._loaded(), body(command), workflow.now())

    def page(self) -> str:
        """What `catalogue.py` tells Temporal's UI of the order: no query of its own, which would be one name more."""
        return self._run.page()

    def _loaded(self) -> Order:
        if self._run.ended:
            raise self._run.ended
        if self._run.order is None:
            raise ApplicationError("The order is being loaded; ask again.", type="not_loaded")
        return self._run.order


def _decoded(name: str, messages: Sequence[RawValue]) -> Message:
    try:
        event = decode(name, body(*messages))
    except Refused as refused:
        raise refusal_error(name, refused) from None
    if event.request_id is not None:
        return event
    update = workflow.current_update_info()
    assert update, "only updates come here"
    return event.model_copy(update={"request_id": request_id_of(update.id)})


def refusal_error(name: str, refused: Refused) -> ApplicationError:
    """A refused update is answered and counted, and leaves no trace in the order (R25)."""
    counter = workflow.metric_meter().create_counter(
        "countermand_refused_updates", "Updates refused, by name and code."
    )
    counter.add(1, {"update": name if name in MESSAGES else "unknown", "code": refused.code})
    return failure(refused)
