"""`POST /files` and `GET /files/{sha256}`: what people show as evidence, taken in and given out.

What is taken, how it is cleaned and who may read it lives in `activities/files/`.
"""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack
from mimetypes import guess_extension
from typing import Any, Final

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response, StreamingResponse

from activities.files.intake import Files
from activities.files.refusals import FileRefused, TooLarge, TooMany, TooSlow, WrongType
from activities.files.stores import NotKept, StoreError
from activities.files.table import Bringer, Eyes, KeptFile
from starter.errors import EngineUnavailable
from starter.gateway.bodies import NotTaken, wrong
from starter.gateway.callers import Caller, Scope
from starter.gateway.credentials import ACTING_FOR, MayNot
from starter.gateway.doors import Ask, Door, needs
from starter.gateway.numbers import check_query
from starter.gateway.problems import Trouble, problem
from starter.gateway.trouble import NotThere
from workflows.messages.attachments import MAX_ATTACHMENT_BYTES
from workflows.messages.sentences import say
from workflows.messages.shapes import MEDIA_TYPE, SHA256
from workflows.messages.values import Role

LOG: Final = logging.getLogger("countermand.gateway")
NO_FILE: Final = say("There is no such file, or it is not yours to read.")
SHOWN: Final = ("image/", "video/")
"""What a page may show; everything else is saved, for a PDF may hold a program of its own."""
TRY_AGAIN: Final = "60"
"""Seconds after which somebody who uploads too much may try again."""
SAFE: Final[Mapping[str, str]] = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Authorization, Countermand-Acting-For",
    "X-Content-Type-Options": "nosniff",
}
"""Somebody else's file is never a page of ours, whatever a browser takes it for."""
FILE: Final[dict[str, Any]] = {
    "title": "File",
    "type": "object",
    "properties": {
        "uri": {"type": "string", "description": "Where it is read, for evidence and attachments."},
        "sha256": {"type": "string", "pattern": SHA256, "description": "Of what is kept, which need not be what came."},
        "media_type": {"type": "string", "pattern": MEDIA_TYPE},
        "size": {"type": "integer", "minimum": 1, "maximum": MAX_ATTACHMENT_BYTES},
    },
    "required": ["uri", "sha256", "media_type", "size"],
}


class FileRoutes:
    """The routes, over all files; None: nobody has said where files are to lie."""

    def __init__(self, files: Files | None) -> None:
        self._given = files

    def doors(self) -> Sequence[Door]:
        known = {"name": "If-None-Match", "in": "header", "schema": {"type": "string"}}
        told = "Upload a file, as the whole body. What is kept, under its hash, is answered; evidence refers to that."
        return (
            Door(
                *("POST", "/files", needs(Scope.BUYER, Scope.SELLER, Scope.PLATFORM), self._take, told),
                *({}, {201: FILE}),
                raw=True,
                takes="*/*",
                called="upload_file",
                leads={"sha256": "/sha256"},
            ),
            Door(
                *("GET", "/files/{sha256}", needs(Scope.READ), self._give),
                *("A file to which an order refers that its reader sees.", None, {200: {}, 304: None}, (known,)),
                gives="*/*",
            ),
        )

    async def _take(self, ask: Ask) -> Response:
        check_query(ask)
        said = ask.request.headers.get("content-type", "")
        if said.lower().startswith("multipart/"):
            told = say("Send the file itself as the body, and no form around it.")
            raise NotTaken(415, Trouble.UNSUPPORTED_MEDIA_TYPE, told, unread=True)
        try:
            kept = await self._files.take(ask.request.stream(), _bringer(ask.caller), said)
        except TooMany as error:
            # Not read: a connection that goes on would have to take all of it first.
            headers = {"Retry-After": TRY_AGAIN, "Connection": "close"}
            return problem(429, Trouble.TOO_MANY_REQUESTS, error.why, headers)
        except FileRefused as error:
            raise _said(error) from None
        except StoreError as error:
            raise _away(error) from None
        except ClientDisconnect:
            raise NotTaken(400, Trouble.TOO_SLOW, say("The file ended too early."), unread=True) from None
        path = f"/files/{kept.sha256}"
        told_of = {"sha256": kept.sha256, "media_type": kept.media_type, "size": kept.size}
        return JSONResponse(
            {"uri": f"{str(ask.request.base_url).rstrip('/')}{path}", **told_of}, 201, {"Location": path}
        )

    async def _give(self, ask: Ask) -> Response:
        check_query(ask)
        try:
            found = await self._files.find(ask.path["sha256"], _eyes(ask.caller))
        except NotKept:
            raise NotThere(NO_FILE) from None
        except StoreError as error:
            raise _away(error) from None
        headers = {**SAFE, "ETag": f'"{found.sha256}"'}
        if found.sha256 in ask.request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        opened = AsyncExitStack()
        try:
            pieces = await opened.enter_async_context(self._files.read(found))
        except (NotKept, StoreError) as error:
            raise _away(error) from None
        headers |= {"Content-Length": str(found.size), "Content-Disposition": _disposition(found)}
        media_type = "text/plain; charset=utf-8" if found.media_type == "text/plain" else found.media_type
        return StreamingResponse(_all_of(pieces, opened), headers={**headers, "Content-Type": media_type})

    @property
    def _files(self) -> Files:
        if self._given is None:
            raise EngineUnavailable(
                say(
                    "This gateway takes no files: {setting} does not say where they are to lie.",
                    setting="COUNTERMAND_FILES",
                )
            )
        return self._given


async def _all_of(pieces: AsyncIterator[bytes], opened: AsyncExitStack) -> AsyncIterator[bytes]:
    async with opened:
        async for piece in pieces:
            yield piece


def _disposition(file: KeptFile) -> str:
    how = "inline" if file.media_type.startswith(SHOWN) else "attachment"
    return f'{how}; filename="{file.sha256[:12]}{guess_extension(file.media_type) or ""}"'


def _bringer(caller: Caller) -> Bringer:
    """Who uploads: the party that they act for, else a program of the marketplace, whose files anybody may refer to.

    Raises `MayNot` for another's key that does not say for whom it comes.
    """
    if caller.acting is None:
        if Scope.PLATFORM not in caller.scopes:
            raise MayNot(say("A file is somebody's: name the party in {header}.", header=ACTING_FOR))
        return Bringer("", caller.name)
    return Bringer(caller.acting.role, caller.acting.id)


def _eyes(caller: Caller) -> Eyes:
    sides = {party.role: party.id for party in (caller.bound, caller.whose_orders) if party is not None}
    role = caller.sees_as if caller.sees_as in (Role.BUYER, Role.SELLER, Role.PLATFORM) else None
    return Eyes(role, sides.get(Role.BUYER), sides.get(Role.SELLER))


def _away(error: Exception) -> EngineUnavailable:
    """Where files lie is nobody's business but the log's."""
    LOG.warning("Files cannot be reached: %s", error)
    return EngineUnavailable(say("Files cannot be reached at this moment."))


def _said(error: FileRefused) -> Exception:
    """How the gateway says it."""
    match error:
        case TooLarge():
            return NotTaken(413, Trouble.TOO_LARGE, error.why, unread=True)
        case TooSlow():
            return NotTaken(408, Trouble.TOO_SLOW, error.why, unread=True)
        case WrongType():
            return NotTaken(415, Trouble.UNSUPPORTED_MEDIA_TYPE, error.why)
    return wrong("", error.why)
