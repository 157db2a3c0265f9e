"""Every activity call, with its timeouts and retries by name, and what its failure means."""

from dataclasses import replace

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

from workflows import options
from workflows.messages.currency import money
from workflows.messages.inquiries import Inquiry, InquiryAnswer
from workflows.messages.loading import LoadRequest, StoredOrder
from workflows.messages.values import MoneyState
from workflows.messages.work import MoneyCall, ProviderAnswer, RecordBatch, Recorded
from workflows.process.state.changes import AttemptAnswered, InquiryAnswered


async def record_locally(batch: RecordBatch) -> int:
    """Write the batch by one short local try; up to which entry it stands, 0 when nothing is known.

    Nobody may act on the answer: on replay it can come before the message that it came together with.
    """
    try:
        recorded: Recorded = await workflow.execute_local_activity(
            "record",
            batch,
            result_type=Recorded,
            start_to_close_timeout=options.RECORD_LOCAL_TRY,
            retry_policy=options.RECORD_LOCAL_RETRY,
            summary=_batch_text(batch),
        )
    except FailureError:  # the activity has told the run by a signal; a try that timed out differs on replay
        return 0
    return recorded.entry


async def record_remotely(batch: RecordBatch) -> Recorded | None:
    """Write the batch by a remote activity that does not give up; None when a later run carries the order.

    When somebody ends it by hand it begins again: without its record a run can neither go on nor end.
    """
    while True:
        try:
            recorded: Recorded = await workflow.execute_activity(
                "record",
                batch,
                result_type=Recorded,
                start_to_close_timeout=options.RECORD_TRY,
                retry_policy=options.RECORD_RETRY,
                summary=_batch_text(batch),
            )
        except ActivityError as error:
            if _failure_type(error) == "late":
                return None
        else:
            return recorded


async def load_order(asked: LoadRequest) -> StoredOrder | None:
    """The order's last recorded state; None when no such order was ever recorded. It is asked for until it comes."""
    while True:
        try:
            stored: StoredOrder | None = await workflow.execute_activity(
                "load_order",
                asked,
                result_type=StoredOrder | None,  # type: ignore[arg-type]  # pydantic's converter takes any annotation
                start_to_close_timeout=options.LOAD_TRY,
                retry_policy=options.LOAD_RETRY,
                summary="load the order",
            )
        except ActivityError:
            continue  # by hand; given up here, the order would never load
        return stored


async def send_call(call: MoneyCall) -> AttemptAnswered | None:
    """What the provider answered to this call.

    `unknown` when it said nothing for as long as the activity waits, or knows the key as another call's; failed when
    our own key stood for another call; None when the order is another run's.
    """
    try:
        return _event_of_answer(call, await _call_provider("send", call, options.CALL_RETRY))
    except ActivityError as error:
        return _event_of_silence(call, error)


async def look_up_call(call: MoneyCall) -> AttemptAnswered | None:
    """What became of a call whose answer was lost. Asks until it knows, or knows that it never will: then it stays
    `unknown`, and `refund_alert_at` brings it before the platform."""
    try:
        return _event_of_answer(call, await _call_provider("look_up", call, options.LOOK_UP_RETRY))
    except ActivityError as error:
        return _event_of_silence(call, error)


async def check_call(call: MoneyCall) -> AttemptAnswered:
    """What the provider says now of a call of which it has said two things; `unknown` when it knows nothing of it, or
    could not be asked."""
    cannot_say = AttemptAnswered(call.record_id, call.attempt, MoneyState.UNKNOWN, asked=True)
    try:
        answer: ProviderAnswer | None = await workflow.execute_activity(
            f"check_{call.kind}",
            call,
            result_type=ProviderAnswer | None,  # type: ignore[arg-type]  # pydantic's converter takes any annotation
            start_to_close_timeout=options.CALL_TRY,
            retry_policy=options.LOOK_UP_RETRY,
            summary=f"check {call.kind} {money(call.amount, call.currency)}, {call.key}",
        )
    except ActivityError:
        return cannot_say
    return replace(_event_of_answer(call, answer), asked=True) if answer else cannot_say


async def inquire(inquiry: Inquiry) -> InquiryAnswered:
    """How money stands at the provider that left a payment without our asking; no state when nobody can say."""
    try:
        answer: InquiryAnswer | None = await workflow.execute_activity(
            "inquire",
            inquiry,
            result_type=InquiryAnswer | None,  # type: ignore[arg-type]  # pydantic's converter takes any annotation
            start_to_close_timeout=options.CALL_TRY,
            schedule_to_close_timeout=options.INQUIRE_WITHIN,
            retry_policy=options.LOOK_UP_RETRY,
            summary=f"ask about {inquiry.about} {inquiry.reference}",
        )
    except ActivityError:
        answer = None
    return InquiryAnswered(inquiry, answer.state if answer else None)


async def _call_provider(verb: str, call: MoneyCall, retry: RetryPolicy) -> ProviderAnswer:
    answer: ProviderAnswer = await workflow.execute_activity(
        f"{verb}_{call.kind}",
        call,
        result_type=ProviderAnswer,
        start_to_close_timeout=options.CALL_TRY,
        heartbeat_timeout=options.CALL_HEARTBEAT,
        retry_policy=retry,
        summary=f"{call.kind} {money(call.amount, call.currency)}, {call.key}",
    )
    return answer


def _event_of_answer(call: MoneyCall, answer: ProviderAnswer) -> AttemptAnswered:
    said = AttemptAnswered(call.record_id, call.attempt, answer.state, answer.provider_reference, answer.failure_reason)
    return said if answer.fits is None else replace(said, unsent="guard", fits=answer.fits)


def _event_of_silence(call: MoneyCall, error: ActivityError) -> AttemptAnswered | None:
    """What a call without an answer comes to. None: it was not this run's order, nothing was sent, and nobody asks."""
    kind = _failure_type(error)
    if kind == "order_exists":
        return None
    if kind == "key_reused":
        # Nothing was sent, and nothing will be under this key; the next one may stand for something else too.
        reason = error.cause.message if isinstance(error.cause, ApplicationError) else None
        failed = AttemptAnswered(call.record_id, call.attempt, MoneyState.FAILED, failure_reason=reason)
        return replace(failed, unsent="key_reused")
    return AttemptAnswered(call.record_id, call.attempt, MoneyState.UNKNOWN)


def _failure_type(error: ActivityError) -> str | None:
    """The type of the error with which an activity failed, as it named it."""
    return error.cause.type if isinstance(error.cause, ApplicationError) else None


def _batch_text(batch: RecordBatch) -> str:
    """What a record writes, for Temporal's timeline."""
    if not batch.timeline:
        return "the order's row"
    first, last = batch.timeline[0].name, batch.timeline[-1].name
    return f"{first} … {last}" if batch.timeline[1:] else first
