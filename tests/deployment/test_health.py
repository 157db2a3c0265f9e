"""What a container's health check says of the worker, from what Temporal knows of those who poll."""

import os
import socket
import subprocess
import sys
from datetime import timedelta
from typing import Final

import pytest

from starter import health
from starter.health import NotServing

HOST: Final = socket.gethostname()
ME: Final = f"{os.getpid()}@{HOST}"
NOW: Final = timedelta(seconds=1)
LIMIT: Final = timedelta(seconds=health.POLL_SECONDS)


def test_a_worker_that_polled_lately_serves() -> None:
    """However long ago another one did."""
    assert (
        health._ours("orders", {ME: LIMIT, "1@elsewhere": 5 * LIMIT})
        == "Temporal saw the worker of this container 90 s ago."
    )


def test_a_worker_that_has_not_come_back_for_work_does_not() -> None:
    """It hangs, or is cut off. A poll without work is held for 60 s."""
    with pytest.raises(NotServing, match="not seen the worker of this container for 91 s"):
        health._ours("orders", {ME: LIMIT + NOW})


@pytest.mark.parametrize("other", ["1@elsewhere", f"no-number@{HOST}", "made-up"])
def test_somebody_elses_worker_does_not_count(other: str) -> None:
    with pytest.raises(NotServing, match="knows no worker of this container on task queue orders"):
        health._ours("orders", {other: NOW})


def test_a_worker_that_has_ended_does_not_count_though_temporal_remembers_it() -> None:
    """For minutes it lists whoever has polled."""
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    with pytest.raises(NotServing, match="knows no worker"):
        health._ours("orders", {f"{ended.pid}@{HOST}": NOW})


def test_an_address_where_nobody_listens_is_named() -> None:
    with pytest.raises(NotServing, match=r"http://127\.0\.0\.1:9/readyz does not answer"):
        health.look_at("http://127.0.0.1:9/readyz")
