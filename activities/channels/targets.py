"""Where webhooks may go: no private network, no other scheme, no other service of a host, unless the operator says so.

Whoever may subscribe names an address that *we* then call, from within our network: server-side request forgery. So
an address is judged twice: as it is written, when somebody subscribes, and by what its name resolves to, at every try.
The connection then goes to the very address that was judged, or a second answer of the name server could be another.
"""

import asyncio
import ipaddress
import re
import socket
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import httpx

from activities.channels.special_ranges import Address, is_public
from workflows.messages.sentences import Sentence, say

MAX_URL: Final = 2_000
"""Characters of a webhook's address."""
HTTPS_PORT: Final = 443
FIRST_USER_PORT: Final = 1024
"""Below it, only HTTPS' own: the others are mail, files and shells, which must not be made to listen to us."""
LOOK_UPS: Final = 4
"""Names that are looked up side by side. Threads of our own: a name server that hangs must not take those of the event
loop, by which the connections of records are made."""
ALLOWING: Final = "COUNTERMAND_WEBHOOK_HOSTS"
"""The setting that lists hosts which may be called nevertheless."""
NO_ADDRESS: Final = say("it is not an address such as https://example.com/hooks")
_LABEL: Final = "[a-z0-9]([a-z0-9_-]*[a-z0-9])?"
HOST_NAME: Final = re.compile(rf"({_LABEL}\.)*{_LABEL}")
LIKE_A_NUMBER: Final = re.compile(r"(.*\.)?([0-9]+|0x[0-9a-f]*)")
"""A host that ends so is an address to some programs and a name to others: `127.1`, `2130706433`, `0x7f.1`."""


class WrongTarget(ValueError):
    """No webhook may go there. The sentence says why, and what would be right; it stands after a colon."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class AllowedHosts:
    """The hosts that the operator trusts: plain http and private addresses are right for them."""

    hosts: frozenset[tuple[str, int | None]] = frozenset()
    """With the port, or None for each of its ports."""

    @classmethod
    def parse(cls, text: str) -> "AllowedHosts":
        """`host[:port]`, by commas. Raises `ValueError`."""
        return cls(frozenset(_allowed(item.strip()) for item in text.split(",") if item.strip()))

    def __contains__(self, url: httpx.URL) -> bool:
        return (url.host, None) in self.hosts or (url.host, port_of(url)) in self.hosts


def _allowed(item: str) -> tuple[str, int | None]:
    try:
        url = httpx.URL(f"http://{item}")
    except httpx.InvalidURL as error:
        raise ValueError(f"{item!r} is not a host such as hooks.internal:8080: {error}") from None
    if not url.host or url.raw_path != b"/" or url.userinfo or url.fragment:
        raise ValueError(f"{item!r} is not a host such as hooks.internal:8080")
    # httpx leaves the scheme's own port out, which here is one port, and not every port.
    return url.host, 80 if item.endswith(":80") else url.port


def port_of(url: httpx.URL) -> int:
    return url.port or (HTTPS_PORT if url.scheme == "https" else 80)


def checked_url(text: str, allowed: AllowedHosts) -> httpx.URL:
    """The address as it is written, if a webhook may go there. Raises `WrongTarget`."""
    if len(text) > MAX_URL:
        raise WrongTarget(say("an address has at most {limit} characters", limit=MAX_URL))
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise WrongTarget(say("{what} ({error})", what=NO_ADDRESS, error=str(error))) from None
    if url.scheme not in ("http", "https") or not url.host or text != text.strip():
        raise WrongTarget(NO_ADDRESS)
    if url.userinfo:
        raise WrongTarget(say("it must not hold a user name or password; the signature says who sends it"))
    if url in allowed:
        return url
    if url.scheme != "https":
        raise WrongTarget(say("it must begin with https://, or its host be listed in {setting}", setting=ALLOWING))
    if port_of(url) != HTTPS_PORT and not FIRST_USER_PORT <= port_of(url) < 2**16:
        raise WrongTarget(
            say(
                "port {port} belongs to another service; take {https}, or one from {first} on",
                port=port_of(url),
                https=HTTPS_PORT,
                first=FIRST_USER_PORT,
            )
        )
    literal = _literal(url.host)
    if _is_odd(url, literal):
        raise WrongTarget(
            say("{host} is an odd way to write a host; take its name, or its address as 192.0.2.1", host=url.host)
        )
    if literal and not is_public(literal):
        raise WrongTarget(
            say("{host} is not a public address; list it in {setting} if you trust it", host=url.host, setting=ALLOWING)
        )
    if url.host == "localhost" or url.host.endswith(".localhost"):
        raise WrongTarget(
            say("{host} is this machine; list it in {setting} if you trust it", host=url.host, setting=ALLOWING)
        )
    return url


class Resolver:
    """Finds the one address to connect to."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=LOOK_UPS, thread_name_prefix="webhook-names")

    async def address(self, url: httpx.URL, allowed: AllowedHosts) -> str:
        """An address of the URL's host, judged. Raises `WrongTarget` unless every one is public; `OSError`."""
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _resolve, url.host, port_of(url))
        addresses = [ipaddress.ip_address(text) for text in found]
        # One of them private is enough: whoever answers so tries whether we take it.
        if url not in allowed and not all(map(is_public, addresses)):
            raise WrongTarget(say("{host} leads into a private network", host=url.host))
        return found[0]

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _is_odd(url: httpx.URL, literal: Address | None) -> bool:
    """Whether programs differ in which machine is meant: numbers that are no dotted address, IPv4 within IPv6, a dot at
    the end, escapes."""
    if literal:
        return isinstance(literal, ipaddress.IPv6Address) and literal.ipv4_mapped is not None
    host = url.raw_host.decode("ascii")
    return LIKE_A_NUMBER.fullmatch(host) is not None or HOST_NAME.fullmatch(host) is None


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _resolve(host: str, port: int) -> Sequence[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    # Without the zone of a link-local address: it is refused with or without.
    return [str(address[0]).partition("%")[0] for *_, address in found]
