"""Timeouts and retries of every activity, each with its reason. Nothing inherits a default in silence."""

from datetime import timedelta
from typing import Final

from temporalio.common import RetryPolicy

RECORD_LOCAL_TRY: Final = timedelta(seconds=3)
"""The record's one local try, as a whole: what the activity gives Postgres and the signal that says it is still due,
with room. An update's answer waits for it."""
RECORD_LOCAL_RETRY: Final = RetryPolicy(maximum_attempts=1)
"""A local activity's own retries cost six events each; the remote record behind it retries for nothing."""

RECORD_TRY: Final = timedelta(seconds=10)
"""One try of the record as a remote activity: Postgres under load, not Postgres away."""
RECORD_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=60)
)
"""Without end: the read model catches up within a minute of Postgres being back."""

LOAD_TRY: Final = timedelta(seconds=10)
LOAD_RETRY: Final = RECORD_RETRY
"""Without end: what woke the order, or came after a reset, waits in the workflow, and is not lost."""

CALL_TRY: Final = timedelta(seconds=20)
"""One call to the payment provider: longer than its client's own timeout, so that the client can say what happened."""
CALL_HEARTBEAT: Final = timedelta(seconds=5)
"""A worker that died between the deed and its answer is noticed in seconds, not after `CALL_TRY`."""
CALL_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(seconds=1), backoff_coefficient=2, maximum_interval=timedelta(seconds=15)
)
"""Without end here: how long the provider may be silent the activity counts (`ANSWER_WITHIN`), from its first try on,
and not while the call waits for its order's record."""

INQUIRE_WITHIN: Final = timedelta(days=1)
"""All tries of one question about money that left without us. Whoever cannot answer in a day cannot be asked, and the
last word to arrive counts: an order must not stand still for ever over two words."""

LOOK_UP_RETRY: Final = RetryPolicy(
    initial_interval=timedelta(seconds=5), backoff_coefficient=2, maximum_interval=timedelta(minutes=10)
)
"""Without end, and ever more slowly: whether the money moved must be found out, however long the provider is away."""
