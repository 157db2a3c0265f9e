"""What a route is here: its path, who may call it, what it does, and how it is told in the OpenAPI file.

Who calls is found out in one place, `Guard`, before anything is read; a route that does not say who may call it does
not start.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from activities.languages import DEFAULT, code_of
from starter.gateway.bodies import json_object
from starter.gateway.callers import Caller, Scope
from starter.gateway.credentials import Credentials, MayNot
from starter.gateway.limits import Rate
from starter.gateway.problems import Trouble, problem
from starter.gateway.spoken import language_of_caller, tag
from starter.gateway.trouble import broken_off, problem_of
from workflows.messages.sentences import say, several
from workflows.messages.values import Role

VERSION: Final = "Countermand-Version"
"""The header that names the version of this API, a date: asked for by a request, and told by every response."""
VERSIONS: Final = ("2026-11-28",)
"""Those that are spoken, the newest last."""
NOBODY_IN_PARTICULAR: Final = Caller("nobody", frozenset())
"""Who calls where nobody is asked."""


@dataclass(frozen=True, slots=True)
class Access:
    """Who may call a route."""

    scopes: frozenset[Scope] | None
    """One of these is needed; None: nobody is asked who they are."""
    platform: bool = False
    """Whether only the platform may, as itself and for all orders."""

    def check(self, caller: Caller) -> None:
        """Raises `MayNot`."""
        if self.scopes is not None and not self.scopes & caller.scopes:
            raise MayNot(
                say("This needs {scopes}.", scopes=several((scope.value for scope in sorted(self.scopes)), "or"))
            )
        if self.platform and (caller.sees_as is not Role.PLATFORM or caller.bound):
            raise MayNot(say("This is the platform's."))


EVERYBODY: Final = Access(None)
"""For what is no secret, and for what is signed and so needs no caller."""


def needs(*scopes: Scope) -> Access:
    """For callers with one of these."""
    return Access(frozenset(scopes))


@dataclass(frozen=True, slots=True)
class Ask:
    """A request of a caller who may send it."""

    request: Request
    caller: Caller
    body: dict[str, Any]

    @property
    def language(self) -> str:
        """In which the caller reads what is for people."""
        return language_of(self.request)

    @property
    def asked_language(self) -> str | None:
        """The one that the caller has asked for, or by now is known to read."""
        known: str | None = self.request.state.language
        return known

    def is_read_in(self, language: str) -> None:
        """Of an order's own buyer or seller: they read its language, unless they have asked for another one."""
        if self.request.state.language is None:
            self.request.state.language = tag(language)

    @property
    def path(self) -> Mapping[str, str]:
        return self.request.path_params

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params


@dataclass(frozen=True, slots=True)
class Door:
    """A route, and all that is to be said of it."""

    method: str
    path: str
    access: Access
    does: Callable[[Ask], Awaitable[Response]]
    summary: str
    body: Mapping[str, Any] | None = None
    """The JSON Schema of its body; None: it takes none."""
    answers: Mapping[int, Any] = field(default_factory=dict)
    """Status → JSON Schema of what it answers; None: no JSON."""
    parameters: Sequence[Mapping[str, Any]] = ()
    """Of query and headers, as OpenAPI has them; those of the path are read off it."""
    raw: bool = False
    """Whether it reads its body itself."""
    takes: str = "application/json"
    """The media type of its body."""
    gives: str = "application/json"
    """The media type of what it answers."""
    also: Mapping[str, Any] = field(default_factory=dict)
    """Media type → JSON Schema of what it answers with 200 instead, where `Accept` asks for that."""
    called: str = ""
    """What programs call it, where that is not to be found from method and path (`operations.py`)."""
    leads: Mapping[str, str] = field(default_factory=dict)
    """Parameter of paths that go on from its own → where in its answer that stands, as a JSON pointer."""

    @property
    def keyed(self) -> bool:
        """Whether it is sent under an Idempotency-Key: the same again is never carried out twice."""
        return any(one.get("name") == "Idempotency-Key" for one in self.parameters)


class Guard:
    """The one place where it is asked who calls, whether they may, and how often they have."""

    def __init__(self, credentials: Credentials, rate: Rate) -> None:
        self._credentials = credentials
        self._rate = rate

    def route(self, door: Door) -> Route:
        """The route behind which `door` is."""

        async def guarded(request: Request) -> Response:
            request.state.language = language_of_caller(request.headers)
            try:
                answer = await self._answered(door, request)
            except asyncio.CancelledError:
                # By our own server, which is told to stop and has waited long enough; left to it, it would say 500.
                answer = broken_off(request.method, keyed=door.keyed)
            except Exception as error:  # noqa: BLE001 - each becomes an answer, and what nobody foresaw is logged there
                answer = problem_of(error, request.state.request_id)
            headers = MutableHeaders(raw=answer.raw_headers)
            headers.setdefault(VERSION, VERSIONS[-1])
            # Not of what is unchanged: its language is that of the answer which the caller has.
            if door.access.scopes is not None and answer.status_code != HTTPStatus.NOT_MODIFIED:
                headers.setdefault("Content-Language", code_of(language_of(request)))
            return answer

        guarded.door = door  # type: ignore[attr-defined]  # by which `checked` knows that it is one
        return Route(door.path, guarded, methods=[door.method])

    async def _answered(self, door: Door, request: Request) -> Response:
        asked = request.headers.get(VERSION)
        if asked is not None and asked not in VERSIONS:
            known = several(VERSIONS, "or")
            told = say("{header} is {versions}; without it the newest is spoken.", header=VERSION, versions=known)
            return problem(400, Trouble.UNKNOWN_VERSION, told)
        caller = NOBODY_IN_PARTICULAR
        if door.access.scopes is not None:
            caller = await self._credentials.caller(request.headers)
            request.state.caller = caller.name
            request.state.acting_for = caller.acts_for
            # Before the look at what they may: trying what one may not do is counted too.
            self._rate.take(caller.name)
            door.access.check(caller)
        body = {} if door.raw or door.body is None else await json_object(request)
        return await door.does(Ask(request, caller, body))


def language_of(request: Request) -> str:
    """In which language it is answered, as far as is known by now."""
    return str(request.state.language or DEFAULT)


class Undeclared(Exception):
    """A route that does not say who may call it. The message names it."""


def checked(routes: Sequence[BaseRoute]) -> list[BaseRoute]:
    """The routes, each of which says who may call it. Raises `Undeclared`."""
    for route in routes:
        door = getattr(getattr(route, "endpoint", None), "door", None)
        if not isinstance(door, Door) or not isinstance(door.access, Access):
            raise Undeclared(f"{getattr(route, 'path', route)} does not say who may call it: make it by Guard.route.")
    return list(routes)
