"""Where webhooks may go, and how long for: whoever subscribes names an address that we then call from within."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from activities.channels import Message, NotNow, Taken
from activities.channels import webhook as channel
from activities.channels.targets import MAX_URL, AllowedHosts, Resolver, WrongTarget, checked_url
from activities.channels.webhook import MAX_RETRY_AFTER, Webhooks
from activities.retry_after import retry_after
from tests.activities.sandboxes import listening

NOBODY = AllowedHosts()
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = "whsec_b25seSB0aGUgdGVzdHMga25vdyB0aGlzIHNlY3JldCE="


def message(target: str) -> Message:
    about = {"language": "en", "order_id": "A-1", "entry": 1, "role": "buyer", "party_id": "b-7", "kind": "message"}
    return Message(message_id="msg_1", target=target, secrets=(SECRET,), text="!", due_at=None, at=NOW, **about)  # type: ignore[arg-type]  # words all


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("http://example.com/hooks", "https"),
        ("ftp://example.com/hooks", "not an address"),
        ("https://", "not an address"),
        ("example.com/hooks", "not an address"),
        (" https://example.com", "not an address"),
        ("https://user:word@example.com/", "user name"),
        ("https://127.0.0.1/", "public"),
        ("https://10.1.2.3/", "public"),
        ("https://169.254.169.254/latest/meta-data", "public"),
        ("https://[::1]/", "public"),
        ("https://[::ffff:10.0.0.1]/", "public"),
        ("https://[64:ff9b::a00:1]/", "public"),
        ("https://localhost/", "this machine"),
        ("https://example.com:25/", "port 25"),
        ("https://example.com:1023/", "port 1023"),
    ],
)
def test_an_address_that_leads_within_or_is_none_is_refused_with_the_reason(target: str, why: str) -> None:
    with pytest.raises(WrongTarget, match=why):
        checked_url(target, NOBODY)


@pytest.mark.parametrize("target", ["https://example.com/hooks", "https://example.com:1024/", "https://93.184.216.34/"])
def test_a_public_address_is_right(target: str) -> None:
    assert str(checked_url(target, NOBODY)) == target


def test_an_address_is_so_long_and_no_longer() -> None:
    base = "https://example.com/"
    assert len(str(checked_url(base + "x" * (MAX_URL - len(base)), NOBODY))) == MAX_URL
    with pytest.raises(WrongTarget, match=str(MAX_URL)):
        checked_url(base + "x" * (MAX_URL - len(base) + 1), NOBODY)


def test_a_host_that_the_operator_trusts_is_right_on_its_port_only() -> None:
    trusted = AllowedHosts.parse("hooks.internal:8080, 127.0.0.1")
    for right in ("http://hooks.internal:8080/x", "http://127.0.0.1:9999/x"):
        assert str(checked_url(right, trusted)) == right
    with pytest.raises(WrongTarget):
        checked_url("http://hooks.internal:8081/x", trusted)
    for wrong in ("http://hooks", "hooks/path", "user@hooks"):
        with pytest.raises(ValueError, match="not a host"):
            AllowedHosts.parse(wrong)


@pytest.mark.parametrize("name", ["127.1", "0x7f000001", "2130706433"])
async def test_a_name_that_leads_within_is_refused_at_every_try(name: str) -> None:
    """No address as it is written, and found to be one when it is looked up, as any name may be by then."""
    target = f"https://{name}/hooks"
    resolver = Resolver()
    with pytest.raises(WrongTarget, match="private network"):
        await resolver.address(checked_url(target, NOBODY), NOBODY)
    resolver.close()
    async with Webhooks(NOBODY) as webhooks:
        outcome = await webhooks.send(message(target), NOW)
    assert isinstance(outcome, NotNow)
    assert "private network" in outcome.why


async def test_a_receiver_that_does_not_answer_is_given_up_and_one_that_never_ends_has_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channel, "TRY_SECONDS", 0.5)

    async def hangs(_: Request) -> Response:
        await asyncio.sleep(30)
        return Response()

    async def endless(_: Request) -> Response:
        async def forever() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 65_536
                await asyncio.sleep(0)

        return StreamingResponse(forever())

    app = Starlette(routes=[Route("/hangs", hangs, methods=["POST"]), Route("/endless", endless, methods=["POST"])])
    async with listening(app) as url, Webhooks(AllowedHosts.parse(url.split("/")[2])) as webhooks:
        given_up = await webhooks.send(message(f"{url}/hangs"), NOW)
        assert isinstance(given_up, NotNow)
        assert "within 0.5 s" in given_up.why
        assert await webhooks.send(message(f"{url}/endless"), NOW) == Taken()


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        ("999999999", 999_999_999),
        ("9999999999", None),
        ("Mon, 23 Nov 2026 12:01:00 GMT", 60),
        ("Mon, 23 Nov 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("", None),
        ("-1", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(said: str, seconds: int | None) -> None:
    assert retry_after(said, NOW) == (None if seconds is None else timedelta(seconds=seconds))


async def test_a_receiver_gets_the_time_that_it_asks_for_and_not_more_than_we_would_wait() -> None:
    asked = iter(("60", "9999999"))

    async def busy(_: Request) -> Response:
        return Response(status_code=429, headers={"Retry-After": next(asked)})

    async with (
        listening(Starlette(routes=[Route("/", busy, methods=["POST"])])) as url,
        Webhooks(AllowedHosts.parse(url.split("/")[2])) as webhooks,
    ):
        outcomes = [await webhooks.send(message(f"{url}/"), NOW) for _ in range(2)]
    assert [o.retry_after for o in outcomes if isinstance(o, NotNow)] == [timedelta(minutes=1), MAX_RETRY_AFTER]
