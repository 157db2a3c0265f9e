"""Every activity call, with its timeouts and retries by name, and what its failure means."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError, ApplicationError, FailureError

from workflows import options
from workflows.messages.currency import money
from workflows.messages.values import MoneyState
from workflows.messages.work import MoneyCall, ProviderAnswer, RecordBatch, StoredOrder
from workflows.process.effects import AttemptAnswered

CHECKS: Final = "checks-doubtful-successes"
"""The patch since which a success that comes after a failure is checked with the provider."""


async def record(batch: RecordBatch) -> None:
    """Write the batch: one short local try, and if that fails a regular activity that does not give up.

    Raises `order_exists` when the batch opens an order that is already known.
    """
    entries = f"{batch.timeline[0].name} … {batch.timeline[-1].name}" if batch.timeline[1:] else batch.timeline[0].name
    try:
        await workflow.execute_local_activity(
            "record",
            batch,
            start_to_close_timeout=options.RECORD_FIRST_TRY,
            retry_policy=options.RECORD_FIRST_RETRY,
            summary=entries,
        )
    except FailureError as error:  # a local try that timed out is another error when it is replayed
        _raise_if_order_exists(error)
    else:
        return
    try:
        await workflow.execute_activity(
            "record",
            batch,
            start_to_close_timeout=options.RECORD_TRY,
            retry_policy=options.RECORD_RETRY,
            summary=entries,
        )
    except ActivityError as error:
        _raise_if_order_exists(error)
        raise AssertionError(f"The record of {batch.row.order_id} failed for good") from error


async def load_order(order_id: str) -> StoredOrder:
    """The order's last recorded state. Raises `unknown_order` when there is none: an order is not invented."""
    stored: StoredOrder | None = await workflow.execute_activity(
        "load_order",
        order_id,
        result_type=StoredOrder | None,  # type: ignore[arg-type]  # pydantic's converter takes any annotation
        start_to_close_timeout=options.LOAD_TRY,
        retry_policy=options.LOAD_RETRY,
        summary="wake a settled order",
    )
    if stored is None:
        raise ApplicationError(f"There is no order {order_id} to resume.", type="unknown_order", non_retryable=True)
    return stored


async def send(call: MoneyCall) -> AttemptAnswered:
    """What the provider answered to this call; `unknown` when no answer came in `CALL_FOR`."""
    try:
        return _answered(call, await _call_provider("send", call, options.CALL_RETRY, options.CALL_FOR))
    except ActivityError as error:
        return _refused(call, error) or AttemptAnswered(call.record_id, call.attempt, MoneyState.UNKNOWN)


async def look_up(call: MoneyCall) -> AttemptAnswered:
    """What became of a call whose answer was lost. Asks until it knows, or knows that it never will: then it stays
    `unknown`, and `refund_alert_at` brings it before the platform."""
    try:
        return _answered(call, await _call_provider("look_up", call, options.LOOK_UP_RETRY, None))
    except ActivityError as error:
        return _refused(call, error) or AttemptAnswered(call.record_id, call.attempt, MoneyState.UNKNOWN)


async def check(call: MoneyCall) -> AttemptAnswered | None:
    """What the provider says now of a call of which it has said two things; None when it knows nothing of it.

    Runs that began before this was asked go on without: their histories have no such call.
    """
    if not workflow.patched(CHECKS):
        return None
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
        return None
    return replace(_answered(call, answer), asked=True) if answer else None


async def _call_provider(verb: str, call: MoneyCall, retry: RetryPolicy, all_tries: timedelta | None) -> ProviderAnswer:
    answer: ProviderAnswer = await workflow.execute_activity(
        f"{verb}_{call.kind}",
        call,
        result_type=ProviderAnswer,
        start_to_close_timeout=options.CALL_TRY,
        schedule_to_close_timeout=all_tries,
        heartbeat_timeout=options.CALL_HEARTBEAT,
        retry_policy=retry,
        summary=f"{call.kind} {money(call.amount, call.currency)}, {call.key}",
    )
    return answer


def _answered(call: MoneyCall, answer: ProviderAnswer) -> AttemptAnswered:
    return AttemptAnswered(call.record_id, call.attempt, answer.state, answer.provider_reference, answer.failure_reason)


def _refused(call: MoneyCall, error: ActivityError) -> AttemptAnswered | None:
    """Nothing was sent, and nothing will be under this key: the attempt has failed, and the platform may retry."""
    cause = error.cause
    if not isinstance(cause, ApplicationError) or cause.type != "key_reused":
        return None
    return AttemptAnswered(call.record_id, call.attempt, MoneyState.FAILED, failure_reason=cause.message)


def _raise_if_order_exists(error: FailureError) -> None:
    cause = error.cause if isinstance(error, ActivityError) else error
    if isinstance(cause, ApplicationError) and cause.type == "order_exists":
        raise ApplicationError(cause.message, type="order_exists", non_retryable=True) from None
