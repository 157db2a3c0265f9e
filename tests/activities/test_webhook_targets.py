"""Where webhooks may go, and how long for: whoever subscribes names an address that we then call from within."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from activities.channels import Message, NotNow, Taken, targets
from activities.channels import webhook as channel
from activities.channels.special_ranges import SPECIAL_IPV4, SPECIAL_IPV6, is_public
from activities.channels.targets import MAX_URL, AllowedHosts, Resolver, WrongTarget, checked_url
from activities.channels.webhook import MAX_RETRY_AFTER, Webhooks
from activities.retry_after import retry_after
from tests.activities.sandboxes import listening

NOBODY = AllowedHosts()
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
SECRET = "whsec_b25seSB0aGUgdGVzdHMga25vdyB0aGlzIHNlY3JldCE="


def message(target: str) -> Message:
    about = {"language": "en", "order_id": "A-1", "entry": 1, "role": "buyer", "party_id": "b-7", "kind": "message"}
    return Message(message_id="msg_1", seq=1, target=target, secrets=(SECRET,), text="!", due_at=None, at=NOW, **about)  # type: ignore[arg-type]  # words all


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
        ("https://[64:ff9b::a00:1]/", "public"),
        ("https://localhost/", "this machine"),
        ("https://hooks.localhost/", "this machine"),
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


@pytest.mark.parametrize(
    "host",
    [
        *(
            "127.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "017700000001",
            "93.184.216.34.",
            "example.com.",
            "localhost.",
        ),
        *("[::ffff:93.184.216.34]", "[::ffff:5db8:d822]", "ex%61mple.com", "a..example", "-a.example", "example.0x1"),
    ],
)
def test_an_odd_form_of_a_host_is_refused_as_it_is_written(host: str) -> None:
    """Programs differ in which machine they mean by it: what we judge need not be what is called."""
    with pytest.raises(WrongTarget, match="odd way"):
        checked_url(f"https://{host}/hooks", NOBODY)


@pytest.mark.parametrize("host", ["a_b.example", "xn--bcher-kva.example", "3m.example", "[2606:2800:220:1::1]"])
def test_a_plain_form_of_a_host_is_not_odd(host: str) -> None:
    assert checked_url(f"https://{host}/", NOBODY).raw_host.decode() == host.strip("[]")


@pytest.mark.parametrize("network", [*SPECIAL_IPV4, *SPECIAL_IPV6], ids=str)
def test_a_special_range_is_not_public_from_its_first_address_to_its_last(
    network: ipaddress.IPv4Network | ipaddress.IPv6Network,
) -> None:
    assert not is_public(network[0])
    assert not is_public(network[-1])


@pytest.mark.parametrize(
    "address",
    [
        *("1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.32.0.0", "223.255.255.255"),
        *("2000::", "2001:200::", "2003::", "2606:2800:220:1::1", "3fff:1000::", "::ffff:93.184.216.34"),
    ],
)
def test_what_lies_beside_the_special_ranges_is_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        *("::", "::1", "::10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "100::1", "fc00::1", "fe80::1", "fec0::1"),
        *("ff02::1", "5f00::1", "4000::", "::ffff:10.0.0.1", "2002:a00:1::1", "2001:0:a00:1::1"),
    ],
)
def test_what_leads_within_or_to_an_ipv4_address_by_a_tunnel_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


def looked_up(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """From now on a name server says this, of every name."""
    monkeypatch.setattr(targets, "_resolve", lambda host, port: addresses)


PUBLIC = "93.184.216.34"


@pytest.mark.parametrize("found", [("10.0.0.1",), (PUBLIC, "10.0.0.1"), ("10.0.0.1", PUBLIC), (PUBLIC, "2002:a00:1::")])
async def test_one_private_address_of_a_name_is_enough_to_refuse_it(
    monkeypatch: pytest.MonkeyPatch, found: tuple[str, ...]
) -> None:
    looked_up(monkeypatch, *found)
    async with Webhooks(NOBODY) as webhooks:
        outcome = await webhooks.send(message("https://hooks.example/"), NOW)
    assert isinstance(outcome, NotNow)
    assert "private network" in str(outcome.why)


async def test_a_name_of_public_addresses_is_called_at_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up(monkeypatch, PUBLIC, "93.184.216.35")
    assert await Resolver().address(checked_url("https://hooks.example/", NOBODY), NOBODY) == PUBLIC


async def test_a_name_is_judged_at_every_try_by_what_it_leads_to_then(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver, url = Resolver(), checked_url("https://hooks.example/", NOBODY)
    looked_up(monkeypatch, PUBLIC)
    assert await resolver.address(url, NOBODY) == PUBLIC
    looked_up(monkeypatch, "10.0.0.1")
    with pytest.raises(WrongTarget, match="private network"):
        await resolver.address(url, NOBODY)


async def test_the_target_is_judged_at_every_try_by_what_the_operator_trusts_then() -> None:
    """It was right when somebody subscribed. The operator has thought better of it since."""
    heard = []

    async def hears(request: Request) -> Response:
        heard.append(request.url.path)
        return Response()

    async with listening(Starlette(routes=[Route("/", hears, methods=["POST"])])) as url:
        async with Webhooks(AllowedHosts.parse(url.split("/")[2])) as webhooks:
            assert await webhooks.send(message(f"{url}/"), NOW) == Taken()
        async with Webhooks(NOBODY) as webhooks:
            outcome = await webhooks.send(message(f"{url}/"), NOW)
    assert isinstance(outcome, NotNow)
    assert "it must begin with https://" in str(outcome.why)
    assert heard == ["/"]


async def test_the_address_that_was_judged_is_the_one_that_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked up a second time, a name may lead elsewhere: only the first answer was judged. The name goes along."""
    heard = []

    async def hears(request: Request) -> Response:
        heard.append(request.headers["host"])
        return Response()

    looked_up(monkeypatch, "127.0.0.1")
    async with listening(Starlette(routes=[Route("/", hears, methods=["POST"])])) as url:
        host = f"hooks.invalid:{url.rpartition(':')[2]}"
        async with Webhooks(AllowedHosts.parse(host)) as webhooks:
            assert await webhooks.send(message(f"http://{host}/"), NOW) == Taken()
    assert heard == [host]


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
        assert "within 0.5 s" in str(given_up.why)
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
