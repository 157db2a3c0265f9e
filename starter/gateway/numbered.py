"""What every request has, whatever becomes of it: an id, under which its caller and our logs speak of the same one."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Final
from uuid import uuid4

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from starter.gateway.trouble import problem_of

REQUEST_ID: Final = "X-Request-Id"
"""The header in which a caller may say it, and in which every answer does."""
MAX_REQUEST_ID: Final = 64
"""Characters; a trace id has 32, a UUID 36."""
_HEADER: Final = REQUEST_ID.lower().encode()
_SANE: Final = re.compile(rb"[A-Za-z0-9._:-]{1,%d}" % MAX_REQUEST_ID)
"""Nothing by which a line of a log could be made to look like two, or a page like a program."""


class Numbered:
    """Gives each request an id, and tells it with the answer; what nobody caught is answered here."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(scope["headers"])
        scope.setdefault("state", {})["request_id"] = request_id
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                message["headers"] = [*message.get("headers", ()), (_HEADER, request_id.encode())]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception as error:
            answer = problem_of(error, request_id)
            if not begun:
                await answer(scope, receive, sending)
            if begun or answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR:
                raise


def request_id_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The caller's own id, if they say one and it is sane; else a new one."""
    given = [value for name, value in headers if name == _HEADER]
    if len(given) == 1 and _SANE.fullmatch(given[0]):
        return given[0].decode()
    return uuid4().hex
