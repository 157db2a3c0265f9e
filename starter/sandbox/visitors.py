"""Who may post: programs. A page in a browser on this machine may not, whatever site it came from."""

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

READING: Final = ("GET", "HEAD")
JSON: Final = "application/json"


class NoPages:
    """Turns away what a web page could send: a form, or anything with an origin. Nothing here is shown in a browser,
    so every page is somebody else's, and a click on it would be a payment or a refund."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wrong = _wrong(scope["method"], Headers(scope=scope)) if scope["type"] == "http" else None
        if wrong is None:
            return await self._app(scope, receive, send)
        status, why = wrong
        return await JSONResponse({"error": why}, status_code=status)(scope, receive, send)


def _wrong(method: str, headers: Mapping[str, str]) -> tuple[int, str] | None:
    """The status and the sentence; None for what is welcome."""
    if method in READING:
        return None
    if "origin" in headers:
        return 403, "a web page may not do that here: call it from a program"
    # A browser asks before it sends JSON to another site, and is not allowed; a form it sends without asking.
    if headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        return 415, f"the body must be JSON, and say so: content-type {JSON}"
    return None
