"""The client in Python: what it says became of a call whose answers were lost, and what it sends word for word."""

import json
from typing import Any, Final

import httpx
import pytest
from countermand_client import NotFound, OutcomeUnknown, Problem, Retries, TooManyRequests, Unavailable

from tests.clients.test_python_client import URL, Come, Gateway, both, cancel, problem, stream

LOST: Final = httpx.ReadTimeout("the answer was lost")
NOBODY: Final = httpx.ConnectError("nobody is there")


def away() -> httpx.Response:
    return problem(503, "unavailable", {"Retry-After": "1"})


def proxy(status: int) -> httpx.Response:
    return httpx.Response(status, text="<h1>What a proxy says</h1>")


@both
@pytest.mark.parametrize(
    "said",
    [
        lambda: (LOST, away()),
        lambda: (LOST, NOBODY),
        lambda: (LOST, problem(429, "too_many_requests")),
        lambda: (problem(503, "outcome_unknown"), away()),
        lambda: (httpx.DecodingError("not gzip"), away()),
        lambda: (proxy(502), away()),
        lambda: (away(), proxy(504)),
        lambda: (proxy(503), problem(429, "too_many_requests")),
        lambda: (away(), problem(500, "internal_error")),
    ],
)
def test_an_attempt_that_was_lost_is_remembered(come_to: Come, said: Any) -> None:
    """The last answer, that nothing was done, is true of the last attempt alone."""
    gateway = Gateway(*said())
    with pytest.raises(OutcomeUnknown) as caught:
        come_to(gateway, cancel, retries=Retries(attempts=2))
    assert caught.value.code == "outcome_unknown"
    assert caught.value.idempotency_key == gateway.asked[0].headers["Idempotency-Key"]


@both
@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (lambda: (NOBODY, away()), Unavailable),
        (lambda: (away(), NOBODY), Unavailable),
        (lambda: (away(), problem(429, "too_many_requests")), TooManyRequests),
        (lambda: (LOST, problem(404, "not_found")), NotFound),
    ],
)
def test_what_was_surely_not_done_is_not_said_to_be_unknown(come_to: Come, said: Any, kind: type[Problem]) -> None:
    with pytest.raises(kind) as caught:
        come_to(Gateway(*said()), cancel, retries=Retries(attempts=2))
    assert type(caught.value) is kind


@both
@pytest.mark.parametrize("asked", [lambda it: it.get_order("A-1"), lambda it: it.preview("A-1", "acknowledge")])
def test_who_only_asks_leaves_nothing_undone(come_to: Come, asked: Any) -> None:
    with pytest.raises(Unavailable) as caught:
        come_to(Gateway(LOST, away()), asked, retries=Retries(attempts=2))
    assert type(caught.value) is Unavailable


@both
@pytest.mark.parametrize("said", [lambda: LOST, lambda: problem(503, "outcome_unknown"), lambda: proxy(502)])
def test_a_secret_is_not_changed_twice_because_an_answer_was_lost(come_to: Come, said: Any) -> None:
    """The first new secret would be lost with it: a change has no key by which the gateway knows it again."""
    gateway = Gateway(said())
    with pytest.raises(OutcomeUnknown):
        come_to(gateway, lambda client: client.change_subscription(7, {"rotate_secret": True}))
    assert (len(gateway.asked), gateway.waited) == (1, [])
    gateway = Gateway(away(), httpx.Response(200, json={"id": 7}))
    assert come_to(gateway, lambda client: client.change_subscription(7, {"rotate_secret": True})) == {"id": 7}


@both
def test_null_is_a_word_where_the_caller_wrote_it(come_to: Come) -> None:
    gateway = Gateway(httpx.Response(200, json={}))
    come_to(gateway, lambda client: client.change_subscription(7, {"kinds": None}))
    assert json.loads(gateway.asked[0].content) == {"kinds": None}, "all kinds, from now on"


@both
def test_the_id_of_a_preview_stays_in_its_place(come_to: Come) -> None:
    gateway = Gateway(httpx.Response(200, json={}))
    come_to(gateway, lambda client: client.preview("A/../1?x", "ship", carrier=None, tracking="T-1"))
    assert gateway.asked[0].url.raw_path == b"/orders/A%2F..%2F1%3Fx/ship?dry_run=true"
    assert json.loads(gateway.asked[0].content) == {"tracking": "T-1"}


@both
@pytest.mark.parametrize("order_id", ["", ".", "..", None])
def test_what_would_lead_elsewhere_is_not_sent(come_to: Come, order_id: Any) -> None:
    """`GET /orders/` are all orders, and `/orders/..` is no order either."""
    gateway = Gateway()
    with pytest.raises(ValueError, match=r"order_id is .*: it names nothing"):
        come_to(gateway, lambda client: client.get_order(order_id))
    assert not gateway.asked


@both
@pytest.mark.parametrize(("told", "waited"), [("0", 1.0), ("3600", 3600.0), ("3601", 3600.0), ("9" * 400, 3600.0)])
def test_a_feed_is_never_asked_for_without_a_pause(come_to: Come, told: str, waited: float) -> None:
    gateway = Gateway(problem(503, "unavailable", {"Retry-After": told}), stream(5))
    assert [one["seq"] for one in come_to(gateway, lambda client: client.follow_events(4))] == [5]
    assert gateway.waited[0] == waited
    assert str(gateway.asked[0].url) == f"{URL}/events"


@both
def test_a_feed_that_cannot_be_unpacked_goes_on_where_it_was(come_to: Come) -> None:
    gateway = Gateway(httpx.DecodingError("not gzip"), stream(5))
    assert [one["seq"] for one in come_to(gateway, lambda client: client.follow_events(4))] == [5]
