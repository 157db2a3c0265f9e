"""What Prometheus is told of a gateway: how many requests, how long, how many now. No id of anybody is in it."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector
from starlette.responses import Response

from starter.gateway.problems import Trouble

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
"""Seconds: a read takes some milliseconds, and a command waits at most twenty seconds for its order."""
KEPT_SECONDS: Final = 2.0
"""How long a page is given out again: anybody may ask, as often as they like; Prometheus comes less often."""
NO_ROUTE: Final = "none"
"""The route and the method of what has no route: what somebody made up is no label."""


class Metrics:
    """Those of one gateway."""

    def __init__(self) -> None:
        # When each row was counted first is told nobody, and would be a third of the page.
        disable_created_metrics()  # type: ignore[no-untyped-call]  # it takes and gives nothing
        self._registry = CollectorRegistry()
        self._making = asyncio.Lock()
        self._made = b""
        self._kept_until = 0.0
        self._requests = Counter(
            *("countermand_gateway_requests", "Answered requests.", ("method", "route", "status")),
            registry=self._registry,
        )
        self._seconds = Histogram(
            *("countermand_gateway_request_seconds", "Until an answer began.", ("method", "route")),
            buckets=BUCKETS,
            registry=self._registry,
        )
        self._limited = Counter(
            *("countermand_gateway_rate_limited", "Requests of callers who sent too many."), registry=self._registry
        )
        self.in_flight = Gauge(
            *("countermand_gateway_requests_in_flight", "Requests whose answer has not ended; streams are among them."),
            registry=self._registry,
        )

    def answered(self, method: str, route: str, status: int, code: str | None, seconds: float) -> None:
        """Count one, by its route's template."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)
        if code == Trouble.TOO_MANY_REQUESTS:
            self._limited.inc()

    def watch(self, streams: Callable[[], int], dropped: Callable[[], int]) -> None:
        """Tell also how many follow the feed, and how many requests the log of requests has dropped."""
        told = Gauge("countermand_gateway_streams", "Readers of the feed of events.", registry=self._registry)
        told.set_function(streams)
        self._registry.register(_Dropped(dropped))

    async def page(self) -> Response:
        """All of it, as Prometheus reads it; not older than `KEPT_SECONDS`."""
        async with self._making:
            if time.monotonic() >= self._kept_until:
                # Not on the loop: a tenth of a second, in which nobody else would be answered.
                self._made = await asyncio.to_thread(generate_latest, self._registry)
                self._kept_until = time.monotonic() + KEPT_SECONDS
        return Response(self._made, headers={"Content-Type": CONTENT_TYPE_LATEST})


class _Dropped(Collector):
    """A counter that somebody else counts."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count

    def collect(self) -> Iterator[CounterMetricFamily]:
        told = "Requests that the log of requests has no room for."
        yield CounterMetricFamily("countermand_gateway_requests_not_kept", told, self._count())
