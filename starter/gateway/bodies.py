"""Bodies of requests: read whole or not at all, bounded before they are parsed, and JSON objects without surprises."""

import asyncio
import json
import re
from collections.abc import Sequence
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request

from starter.gateway.problems import Trouble
from workflows.messages.complaints import shown
from workflows.messages.decoding import MAX_BYTES
from workflows.messages.sentences import Sentence, say
from workflows.messages.told_errors import ToldError

MAX_BODY: Final = MAX_BYTES
"""Bytes: as many as a message may have."""
MAX_DEPTH: Final = 12
"""Of objects and lists in each other; the deepest honest body has four."""
BODY_SECONDS: Final = 10.0
"""For all of a body: a program sends it at once."""
_STRINGS: Final = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
"""Each is looked at once, also one without an end: to give back what it has matched would take minutes for one body."""
_BRACKETS: Final = re.compile(rb"[\[\]{}]")


class NotTaken(ToldError):
    """The body is not one that is looked at. `unread`: the rest of it was not even read."""

    def __init__(self, status: int, code: Trouble, why: Sentence | str, *, unread: bool = False) -> None:
        super().__init__(why)
        self.status = status
        self.code = code
        self.unread = unread


class WrongFields(ToldError):
    """What stands in the request is not valid: a message for each place, a JSON pointer; `""` for all of it."""

    def __init__(self, why: Sentence | str, errors: Sequence[tuple[str, Sentence | str]]) -> None:
        super().__init__(why)
        self.errors = tuple(errors)


def wrong(place: str, why: Sentence | str) -> WrongFields:
    """What is wrong with one place."""
    return WrongFields(why, [(place, why)])


async def json_object(request: Request) -> dict[str, Any]:
    """The body's JSON object; an empty body is an empty one. Raises `NotTaken` or `WrongFields`."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        # Nothing is unpacked here: of a few bytes it could make more than all memory.
        told = say("Send the body as it is, without a Content-Encoding.")
        raise NotTaken(415, Trouble.UNSUPPORTED_MEDIA_TYPE, told, unread=True)
    body = await _read(request)
    if not body.strip():
        return {}
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        told = say("Send JSON, with Content-Type: {type}.", type="application/json")
        raise NotTaken(415, Trouble.UNSUPPORTED_MEDIA_TYPE, told)
    if _depth(body) > MAX_DEPTH:
        raise wrong("", say("The JSON is nested more than {most} deep.", most=MAX_DEPTH))
    try:
        # As text: of bytes `json` takes other encodings too, and halves of characters, which no answer can quote.
        found = json.loads(body.decode(), object_pairs_hook=_without_repetition, parse_constant=_no_constant)
        if b"\\ud" in body or b"\\uD" in body:
            json.dumps(found, ensure_ascii=False).encode()
    except WrongFields:
        raise
    except (ValueError, RecursionError):
        raise wrong("", say("The body is not JSON in UTF-8.")) from None
    if not isinstance(found, dict):
        raise wrong("", say("The body must be one JSON object."))
    return found


async def _read(request: Request) -> bytes:
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MAX_BODY:
                    told = say("A body has at most {most} bytes.", most=MAX_BODY)
                    raise NotTaken(413, Trouble.TOO_LARGE, told, unread=True)
    except TimeoutError:
        told = say("A body has {seconds} seconds.", seconds=f"{BODY_SECONDS:g}")
        raise NotTaken(408, Trouble.TOO_SLOW, told, unread=True) from None
    except ClientDisconnect:
        raise NotTaken(400, Trouble.TOO_SLOW, say("The body ended too early."), unread=True) from None
    return bytes(body)


def _depth(body: bytes) -> int:
    """How deep the brackets stand in each other, found without parsing: what is too deep may not be parsed at all."""
    depth = deepest = 0
    for bracket in _BRACKETS.finditer(_STRINGS.sub(b"", body)):
        depth += 1 if bracket[0] in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name that stands twice, one reader takes the first value and another the last."""
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise wrong("", say('The name "{name}" stands twice in one object.', name=shown(twice, 64)))
    return found


def _no_constant(constant: str) -> None:
    raise wrong("", say("{word} is not JSON.", word=constant))
