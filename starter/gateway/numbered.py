"""What every request has, whatever becomes of it: an id, under which its caller and our logs speak of the same one.

How it went is told to observers once it is answered; what they make of it is theirs.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from time import perf_counter
from typing import Final
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from starter.gateway.doors import Door
from starter.gateway.metrics import NO_ROUTE, Metrics
from starter.gateway.trouble import problem_of
from starter.requests import MAX_CALLER, Request
from workflows.messages.ids import can_be_an_order

REQUEST_ID: Final = "X-Request-Id"
"""The header in which a caller may say it, and in which every answer does."""
MAX_REQUEST_ID: Final = 64
"""Characters; a trace id has 32, a UUID 36."""
_HEADER: Final = REQUEST_ID.lower().encode()
_SANE: Final = re.compile(rb"[A-Za-z0-9._:-]{1,%d}" % MAX_REQUEST_ID)
"""Nothing by which a line of a log could be made to look like two, or a page like a program."""

Observer = Callable[[Request], None]
"""Told of each request of a known caller."""


class Numbered:
    """Gives each request an id, and tells it with the answer; what nobody caught is answered here."""

    def __init__(self, app: ASGIApp, metrics: Metrics, observers: Sequence[Observer] = ()) -> None:
        self._app = app
        self._metrics = metrics
        self._observers = observers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        came, began = datetime.now(UTC), perf_counter()
        request_id = request_id_of(scope["headers"])
        scope.setdefault("state", {})["request_id"] = request_id
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (_HEADER, request_id.encode())]
                # Here and not at the end: a stream goes on for minutes.
                self._tell(scope, came, status, perf_counter() - began)
            await send(message)

        self._metrics.in_flight.inc()
        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            answer = problem_of(error, request_id)
            begun = status != 0
            if not begun:
                await answer(scope, receive, sending)
            if begun or answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
                raise
        finally:
            self._metrics.in_flight.dec()

    def _tell(self, scope: Scope, came: datetime, status: int, seconds: float) -> None:
        caller, door = scope["state"].get("caller"), getattr(scope.get("endpoint"), "door", None)
        code = scope["state"].get("code")
        if not isinstance(door, Door):
            self._metrics.answered(NO_ROUTE, NO_ROUTE, status, code, seconds)
            return
        self._metrics.answered(door.method, door.path, status, code, seconds)
        if caller is None:
            return
        order_id = scope["path_params"].get("order_id") or scope["state"].get("order_id")
        told = Request(
            at=came,
            request_id=scope["state"]["request_id"],
            caller=caller[:MAX_CALLER],
            acting_for=scope["state"].get("acting_for"),
            method=door.method,
            route=door.path,
            status=status,
            code=code,
            milliseconds=round(seconds * 1000),
            order_id=order_id if order_id and can_be_an_order(order_id) else None,
        )
        for observer in self._observers:
            observer(told)


def request_id_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The caller's own id, if they say one and it is sane; else a new one."""
    given = [value for name, value in headers if name == _HEADER]
    if len(given) == 1 and _SANE.fullmatch(given[0]):
        return given[0].decode()
    return uuid4().hex
