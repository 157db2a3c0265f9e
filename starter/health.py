"""`python -m starter.health`: whether this container serves; its health check. Exits 0 or 1, with one sentence.

With an address: whether a GET there is answered with 200. Without: whether Temporal knows a worker of this container
that comes back for work. Temporal is asked, not the worker: what a worker says of itself, it says also when it is cut
off from all work.
"""

import asyncio
import http.client
import os
import socket
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

ANSWER_SECONDS: Final = 5.0
"""For an answer: far more than one takes, and less than the health check's own timeout."""
POLL_SECONDS: Final = 90.0
"""After which a worker that has not come back for work is one no more: a poll without work is held for 60."""
HEALTHY: Final = 0
SICK: Final = 1


class NotServing(Exception):
    """It does not serve. The message says what was looked at, and what was seen."""


def look_at(address: str) -> str:
    """Raise `NotServing` unless a GET is answered with 200. No proxy is asked, whatever the environment says."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", f"{parts.path or '/'}?{parts.query}")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NotServing(f"{address} does not answer: {error}.") from error
    finally:
        connection.close()
    if status != http.client.OK:
        raise NotServing(f"{address} answers with {status}.")
    return f"{address} answers."


async def look_for_worker() -> str:
    """Raise `NotServing` unless a process of this container polls the task queue."""
    # Half a second of imports that a look at an address can do without.
    from temporalio.api.enums.v1 import TaskQueueType  # noqa: PLC0415
    from temporalio.api.taskqueue.v1 import TaskQueue  # noqa: PLC0415
    from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest  # noqa: PLC0415
    from temporalio.service import RPCError  # noqa: PLC0415

    from starter.connections import NotReachable, connect_temporal  # noqa: PLC0415
    from starter.settings.environment import SettingsError, load_settings  # noqa: PLC0415

    try:
        settings = load_settings()
        async with asyncio.timeout(ANSWER_SECONDS):
            client = await connect_temporal(settings)
            asked = DescribeTaskQueueRequest(
                namespace=client.namespace,
                task_queue=TaskQueue(name=settings.task_queue),
                task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
            )
            told = await client.workflow_service.describe_task_queue(asked)
    except (NotReachable, SettingsError, RPCError, TimeoutError) as error:
        raise NotServing(f"Temporal cannot be asked: {str(error).rstrip('.') or 'no answer in time'}.") from error
    seen = {poller.identity: poller.last_access_time.ToDatetime(UTC) for poller in told.pollers}
    return _ours(settings.task_queue, {who: datetime.now(UTC) - at for who, at in seen.items()})


def _ours(task_queue: str, idle: Mapping[str, timedelta]) -> str:
    """Raise `NotServing` unless a living process of this container was seen lately among those who poll."""
    here = f"@{socket.gethostname()}"
    # Temporal remembers for minutes who has polled. The SDK's identities begin with the process id.
    living = {who: since for who, since in idle.items() if who.endswith(here) and _lives(who.removesuffix(here))}
    if not living:
        raise NotServing(f"Temporal knows no worker of this container on task queue {task_queue}.")
    since = min(living.values()).total_seconds()
    if since > POLL_SECONDS:
        raise NotServing(f"Temporal has not seen the worker of this container for {since:.0f} s.")
    return f"Temporal saw the worker of this container {since:.0f} s ago."


def _lives(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except (ValueError, ProcessLookupError):
        return False
    return True


def main() -> int:
    """Look, say it, and give the exit code."""
    try:
        said = look_at(sys.argv[1]) if len(sys.argv) > 1 else asyncio.run(look_for_worker())
    except NotServing as error:
        sys.stdout.write(f"{error}\n")
        return SICK
    sys.stdout.write(f"{said}\n")
    return HEALTHY


if __name__ == "__main__":
    sys.exit(main())
