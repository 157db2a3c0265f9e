"""What Prometheus reads of a gateway: requests by route and status, how long, how many; and nobody's id."""

import asyncio
import threading
from collections import Counter
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from starter.client.orders import OrderClient
from starter.gateway import metrics
from starter.gateway.metrics import Metrics
from starter.requests import MAX_WAITING, RequestLog
from tests.starter.doorbell import OPS, SETTINGS, api_over, calling
from tests.starter.test_gateway_requests import a_request
from tests.starter.webhooks import Notebook, served_by


async def test_requests_are_counted_by_the_template_of_their_route(lonely: OrderClient) -> None:
    log = RequestLog(lonely.pool)
    settings = SETTINGS.model_copy(update={"caller_rate": 1})
    async with calling(api_over(lonely, settings, log=log), **{"X-Forwarded-For": "canary"}) as http:
        answers = [await http.get("/orders/canary?limit=canary", headers=OPS) for _ in range(12)]
        await http.request("CANARY", "/nowhere/canary")
        told = await http.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain")
    lines = told.text.splitlines()
    route = 'method="GET",route="/orders/{order_id}"'
    counted = Counter(answer.status_code for answer in answers)
    assert counted.keys() == {422, 429}
    for status, count in counted.items():
        assert f'countermand_gateway_requests_total{{{route},status="{status}"}} {float(count)}' in lines
    assert 'countermand_gateway_requests_total{method="none",route="none",status="404"} 1.0' in lines
    assert f"countermand_gateway_request_seconds_count{{{route}}} 12.0" in lines
    assert f"countermand_gateway_rate_limited_total {float(counted[429])}" in lines
    assert "countermand_gateway_streams 0.0" in lines
    assert "countermand_gateway_requests_in_flight 1.0" in lines, "the one that asks"
    assert "canary" not in told.text.lower()


async def test_what_the_log_of_requests_drops_is_counted(lonely: OrderClient) -> None:
    log = RequestLog(lonely.pool)
    for _ in range(MAX_WAITING + 2):
        log.keep(a_request())
    async with calling(api_over(lonely, log=log)) as http:
        assert "countermand_gateway_requests_not_kept_total 2.0" in (await http.get("/metrics")).text.splitlines()


async def test_a_gateway_for_webhooks_alone_counts_too() -> None:
    async with calling(served_by(Notebook())) as http:
        await http.get("/healthz")
        assert 'route="/healthz",status="200"} 1.0' in (await http.get("/metrics")).text


async def test_each_gateway_has_numbers_of_its_own() -> None:
    one, other = Metrics(), Metrics()
    one.answered("GET", "/orders", 200, None, 0.1)
    assert b'route="/orders"' in (page := (await one.page()).body)
    assert b'route="/orders"' not in (await other.page()).body
    assert b"_created" not in page


async def test_a_page_is_made_once_however_many_ask_and_anew_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    """And never by whoever answers the requests of others."""
    made, now = list[str](), [1_000.0]

    def page_of(registry: CollectorRegistry) -> bytes:
        made.append(threading.current_thread().name)
        return generate_latest(registry)

    monkeypatch.setattr(metrics, "generate_latest", page_of)
    monkeypatch.setattr(metrics, "time", SimpleNamespace(monotonic=lambda: now[0]))
    one = Metrics()
    await asyncio.gather(*(one.page() for _ in range(20)))
    now[0] += metrics.KEPT_SECONDS - 0.1
    await one.page()
    assert len(made) == 1
    now[0] += 0.1
    await one.page()
    assert len(made) == 2
    assert threading.current_thread().name not in made
