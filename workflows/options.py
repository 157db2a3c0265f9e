"""Timeouts and retries of every activity, each with its reason. Nothing inherits a default in silence."""

from datetime import timedelta
from typing import Final

from temporalio.common import RetryPolicy

RECORD_FIRST_TRY: Final = timedelta(seconds=1.5)
"""The record's one local try. An update's answer waits for it, so it must be short; Postgres takes milliseconds."""
RECORD_FIRST_RETRY: Final = RetryPolicy(maximum_attempts=1)
"""A local activity's own retries cost six events each; the regular activity behind it retries for nothing."""

RECORD_TRY: Final = timedelta(seconds=10)
"""One try of the record as a regular activity: Postgres under load, not Postgres away."""
RECORD_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=60)
)
"""Without end: the read model catches up within a minute of Postgres being back."""

LOAD_TRY: Final = timedelta(seconds=10)
LOAD_RETRY: Final = RECORD_RETRY
"""Without end: the late fact that woke the order waits in the workflow, and is not lost."""

CALL_TRY: Final = timedelta(seconds=20)
"""One call to the payment provider: longer than its client's own timeout, so that the client can say what happened."""
CALL_HEARTBEAT: Final = timedelta(seconds=5)
"""A worker that died between the deed and its answer is noticed in seconds, not after `CALL_TRY`."""
CALL_FOR: Final = timedelta(minutes=2)
"""All tries of one call together. After that the answer counts as lost: the order shows `unknown`, and looks it up."""
CALL_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=15)
)

LOOK_UP_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(seconds=5), backoff_coefficient=2, maximum_interval=timedelta(minutes=10)
)
"""Without end, and ever more slowly: whether the money moved must be found out, however long the provider is away."""
