"""The client in Python, waiting and awaited alike, against gateways that are away, busy, slow and forgetful."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

import httpx
import pytest
from countermand_client import (
    AsyncCountermand,
    Countermand,
    MovedOn,
    NotFound,
    NotLetIn,
    OutcomeUnknown,
    Problem,
    Refused,
    Retries,
    TooManyRequests,
)

URL: Final = "http://gateway"
ANSWER: Final = {"order_id": "A-1", "version": 3, "stage": "cancellation_pending"}
Wanted = Callable[[Any], Any]


class Gateway:
    """Answers as it is told to, one after the other, and keeps what it was asked, and how long its callers waited."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []
        self.waited: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def pause(self, seconds: float) -> None:
        self.waited.append(seconds)

    async def awaited_pause(self, seconds: float) -> None:
        self.waited.append(seconds)


def waiting(gateway: Gateway, wanted: Wanted, **given: Any) -> Any:
    """What the waiting client comes to; of a feed as many events as there are."""
    http = httpx.Client(transport=httpx.MockTransport(gateway))
    found = wanted(Countermand(URL, "cmk_1", http=http, sleep=gateway.pause, **given))
    return list(_ended(found)) if isinstance(found, Iterator) else found


def _ended(events: Iterator[Any]) -> Iterator[Any]:
    try:
        yield from events
    except IndexError:  # the gateway has no answer more
        return


def awaited(gateway: Gateway, wanted: Wanted, **given: Any) -> Any:
    """The same of the client that is awaited."""

    async def found() -> Any:
        http = httpx.AsyncClient(transport=httpx.MockTransport(gateway))
        came = wanted(AsyncCountermand(URL, "cmk_1", http=http, sleep=gateway.awaited_pause, **given))
        if not isinstance(came, AsyncIterator):
            return await came
        events = []
        try:
            async for event in came:
                events.append(event)  # noqa: PERF401 - those before the end are wanted too
        except IndexError:  # the gateway has no answer more
            pass
        return events

    return asyncio.run(found())


both = pytest.mark.parametrize("come_to", [waiting, awaited])
Come = Callable[..., Any]


def problem(status: int, code: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
    told = {"type": f"/docs/errors#{code}", "title": code, "status": status, "detail": f"It is {code}.", "code": code}
    media_type = {"Content-Type": "application/problem+json"}
    return httpx.Response(
        status, json={**told, "instead": [], "request_id": "r-1", **more}, headers={**media_type, **(headers or {})}
    )


def cancel(client: Any) -> Any:
    return client.request_cancellation("A-1", reason="changed_mind", if_match=2)


@both
def test_a_command_says_who_what_and_on_which_version(come_to: Come) -> None:
    gateway = Gateway(httpx.Response(200, json=ANSWER))
    assert come_to(gateway, cancel, acting_for="buyer:b-7", language="de") == ANSWER
    [sent] = gateway.asked
    assert (sent.method, str(sent.url)) == ("POST", f"{URL}/orders/A-1/request_cancellation")
    assert json.loads(sent.content) == {"reason": "changed_mind"}, "what is not given is not sent"
    shown = ("Authorization", "Countermand-Acting-For", "Accept-Language", "If-Match", "Content-Type")
    assert [sent.headers[name] for name in shown] == ["Bearer cmk_1", "buyer:b-7", "de", '"2"', "application/json"]
    assert sent.headers["Countermand-Version"] == "2026-11-28"


@both
@pytest.mark.parametrize(
    "trouble",
    [
        (503, "outcome_unknown"),
        (503, "unavailable"),
        (429, "too_many_requests"),
        (502, "what a proxy says"),
        httpx.ReadTimeout("the answer was lost"),
        httpx.ConnectError("nobody is there"),
    ],
    ids=str,
)
def test_a_command_is_sent_again_under_its_key(come_to: Come, trouble: tuple[int, str] | Exception) -> None:
    answered = isinstance(trouble, tuple)
    first_answer = problem(*trouble, {"Retry-After": "5"}) if isinstance(trouble, tuple) else trouble
    gateway = Gateway(first_answer, httpx.Response(200, json=ANSWER))
    assert come_to(gateway, cancel) == ANSWER
    first, second = (sent.headers["Idempotency-Key"] for sent in gateway.asked)
    assert first == second
    assert gateway.waited == [5.0 if answered else 0.2]


@both
def test_two_commands_have_two_keys_and_one_that_is_given_is_kept(come_to: Come) -> None:
    gateway = Gateway(*(httpx.Response(200, json=ANSWER) for _ in range(3)))
    for _ in range(2):
        come_to(gateway, cancel)
    come_to(gateway, lambda client: client.confirm_receipt("A-1", idempotency_key="mine"))
    first, second, third = (sent.headers["Idempotency-Key"] for sent in gateway.asked)
    assert first != second
    assert third == "mine"


@both
def test_it_is_sent_as_often_as_said_and_no_more(come_to: Come) -> None:
    """And its key is told, with which somebody may find out later what became of it."""
    gateway = Gateway(*(problem(503, "outcome_unknown", {"Retry-After": "1"}, idempotency_key="k") for _ in range(3)))
    with pytest.raises(OutcomeUnknown) as caught:
        come_to(gateway, cancel, retries=Retries(attempts=3))
    assert (len(gateway.asked), gateway.waited) == (3, [1.0, 1.0])
    assert caught.value.idempotency_key == "k"


@both
@pytest.mark.parametrize(("asked", "again"), [("30", True), ("31", False)])
def test_nobody_waits_for_longer_than_they_said(come_to: Come, asked: str, *, again: bool) -> None:
    gateway = Gateway(problem(429, "too_many_requests", {"Retry-After": asked}), httpx.Response(200, json=ANSWER))
    if again:
        assert come_to(gateway, cancel) == ANSWER
    else:
        with pytest.raises(TooManyRequests):
            come_to(gateway, cancel)
    assert gateway.waited == ([30.0] if again else [])


@both
def test_what_cannot_be_repeated_is_not(come_to: Come) -> None:
    """A key that was made, and whose answer was lost, would be made a second time."""

    def make(client: Any) -> Any:
        return client.create_key({"name": "shop", "scopes": ["orders:read"]})

    gateway = Gateway(httpx.ReadError("lost"))
    with pytest.raises(OutcomeUnknown):
        come_to(gateway, make)
    gateway = Gateway(httpx.ConnectError("nobody is there"), httpx.Response(201, json={"key": "cmk_2"}))
    assert come_to(gateway, make) == {"key": "cmk_2"}, "it was never sent"


@both
@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (409, "already_open", Refused),
        (403, "wrong_role", Refused),
        (404, "not_found", NotFound),
        (401, "unauthorized", NotLetIn),
        (412, "precondition_failed", MovedOn),
        (413, "too_large", Problem),
    ],
)
def test_a_no_is_an_exception_of_its_kind(come_to: Come, status: int, code: str, kind: type[Problem]) -> None:
    instead = [{"action": "withdraw_cancellation", "until": "2026-12-01T00:00:00Z"}]
    more: dict[str, Any] = {"instead": instead, "possible_from": "2026-12-02T00:00:00Z", "view": {"version": 4}}
    with pytest.raises(kind) as caught:
        come_to(Gateway(problem(status, code, None, **more)), cancel)
    error = caught.value
    assert type(error) is kind
    assert (error.status, error.code, str(error), error.instead) == (status, code, f"It is {code}.", instead)
    assert error.possible_from == "2026-12-02T00:00:00Z"
    assert error.request_id == "r-1"
    assert error.idempotency_key, "a command has a key also where the answer does not say it"
    if isinstance(error, MovedOn):
        assert error.view
        assert error.view["version"] == 4


@both
def test_pages_follow_each_other_by_themselves(come_to: Come) -> None:
    gateway = Gateway(
        httpx.Response(200, json={"orders": [{"order_id": "A-1"}], "cursor": "x"}),
        httpx.Response(200, json={"orders": [{"order_id": "A-2"}], "cursor": None}),
    )
    found = come_to(gateway, lambda client: client.iter_orders(needs_attention=True, limit=1))
    assert [one["order_id"] for one in found] == ["A-1", "A-2"]
    assert [dict(sent.url.params) for sent in gateway.asked] == [
        {"needs_attention": "true", "limit": "1"},
        {"needs_attention": "true", "limit": "1", "cursor": "x"},
    ]


@both
def test_what_has_not_changed_is_nothing(come_to: Come) -> None:
    gateway = Gateway(httpx.Response(304), httpx.Response(200, json={"version": 8}))
    ask = [come_to(gateway, lambda client: client.get_order_if_changed("A-1", known=7)) for _ in range(2)]
    assert ask == [None, {"version": 8}]
    assert [sent.headers["If-None-Match"] for sent in gateway.asked] == ['"7"', '"7"']


@both
def test_what_has_nothing_to_tell_is_nothing(come_to: Come) -> None:
    gateway = Gateway(httpx.Response(204))
    assert come_to(gateway, lambda client: client.delete_subscription(7)) is None
    assert (gateway.asked[0].method, gateway.asked[0].url.path) == ("DELETE", "/subscriptions/7")


@both
def test_a_preview_only_asks(come_to: Come) -> None:
    gateway = Gateway(httpx.Response(200, json={"money": {}}))
    come_to(gateway, lambda client: client.preview("A-1", "ship", carrier="post", tracking="T-1"))
    assert str(gateway.asked[0].url) == f"{URL}/orders/A-1/ship?dry_run=true"


@both
def test_a_file_goes_as_it_is_and_comes_as_it_is(come_to: Come) -> None:
    gateway = Gateway(httpx.Response(201, json={"sha256": "ab"}), httpx.Response(200, content=b"\x89PNG"))
    assert come_to(gateway, lambda client: client.upload_file(b"\x89PNG", media_type="image/png")) == {"sha256": "ab"}
    assert come_to(gateway, lambda client: client.get_file("ab")) == b"\x89PNG"
    assert (gateway.asked[0].content, gateway.asked[0].headers["Content-Type"]) == (b"\x89PNG", "image/png")


@both
def test_an_id_stays_in_its_place_of_the_path(come_to: Come) -> None:
    gateway = Gateway(httpx.Response(200, json={}))
    come_to(gateway, lambda client: client.get_policy("seller:s/../3?x"))
    assert gateway.asked[0].url.raw_path == b"/policies/seller%3As%2F..%2F3%3Fx"


def stream(*events: int, rest: str = "") -> httpx.Response:
    told = "".join(f'id: {seq}\ndata: {{"seq": {seq}}}\n\n: nothing new\n\n' for seq in events)
    return httpx.Response(200, text=f"retry: 1000\n\n{told}{rest}", headers={"Content-Type": "text/event-stream"})


@both
def test_the_feed_goes_on_where_it_broke_off_and_gives_each_event_once(come_to: Come) -> None:
    gateway = Gateway(
        stream(5, 6, rest='id: 7\ndata: {"se'),
        httpx.ReadError("cut"),
        problem(503, "unavailable", {"Retry-After": "5"}),
        stream(6, 7),
        stream(8),
    )
    found = come_to(gateway, lambda client: client.follow_events(4, order="A-1"))
    assert [event["seq"] for event in found] == [5, 6, 7, 8]
    assert [sent.headers["Last-Event-ID"] for sent in gateway.asked] == ["4", "6", "6", "6", "7", "8"]
    assert {str(sent.url) for sent in gateway.asked} == {f"{URL}/events?order=A-1"}
    assert gateway.waited == [1.0, 2.0, 5.0, 1.0, 1.0]


@both
def test_whoever_may_not_hear_the_feed_is_told_so(come_to: Come) -> None:
    with pytest.raises(NotLetIn):
        come_to(Gateway(stream(1), problem(401, "unauthorized")), lambda client: client.follow_events())


@both
def test_what_has_happened_until_now_ends(come_to: Come) -> None:
    pages = [{"events": [{"seq": 1}, {"seq": 2}], "after": 2}, {"events": [], "after": 2}]
    gateway = Gateway(*(httpx.Response(200, json=page) for page in pages))
    assert come_to(gateway, lambda client: client.iter_events()) == [{"seq": 1}, {"seq": 2}]
    assert [sent.url.params["after"] for sent in gateway.asked] == ["0", "2"]


def test_somebody_elses_client_stays_open_and_ones_own_is_closed() -> None:
    http = httpx.Client()
    with Countermand(URL, "cmk_1", http=http) as client, client.acting_for("buyer:b-7"):
        pass
    assert not http.is_closed
    with Countermand(URL, "cmk_1") as own:
        pass
    assert own._http.is_closed
