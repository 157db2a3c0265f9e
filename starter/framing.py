"""Heads of requests that two readers could read differently: refused before the app sees them.

Whether a head is one at all the parser knows, and how long it may be and take, `slow_callers.py`.
"""

from typing import Final

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_CLOSES: Final = {"Connection": "close"}
"""What comes behind such a head is nobody's request: a proxy before us may have taken it for a part of this one."""


class UnambiguousHeads:
    """An app that is asked only by heads that have one meaning."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refused = _refusal(scope) if scope["type"] == "http" else None
        await (refused or self._app)(scope, receive, send)


def _refusal(scope: Scope) -> PlainTextResponse | None:
    names = [name for name, _ in scope["headers"]]
    hosts = names.count(b"host")
    if hosts > 1 or (not hosts and scope["http_version"] == "1.1"):
        return PlainTextResponse("Name one host.", 400, _CLOSES)
    # Who speaks 1.0 knows no chunks: to them the body ends elsewhere.
    if scope["http_version"] != "1.1" and b"transfer-encoding" in names:
        return PlainTextResponse("Say in one way how long the body is.", 400, _CLOSES)
    return None
