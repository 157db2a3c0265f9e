"""`/approvals`: what one of the platform asked for and another one has to approve, listed and decided.

Which commands these are says the process; how they are kept and sent, `starter/four_eyes.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from starter.approvals import MAX_APPROVALS, MAX_NOTE, Approval, Status
from starter.errors import OutcomeUnknown
from starter.four_eyes import SecondPersonNeeded
from starter.gateway.bodies import wrong
from starter.gateway.callers import Scope
from starter.gateway.doors import Access, Ask, Door
from starter.gateway.limits import Rate
from starter.gateway.numbers import check_query, number_in_path, number_in_query, word_in_query
from starter.gateway.problems import Trouble, problem
from starter.gateway.second_person import SecondPerson
from starter.gateway.trouble import LOG, RETRY_AFTER, NotThere
from workflows.messages.sentences import say

PLATFORM_ONLY: Final = Access(frozenset({Scope.PLATFORM}), platform=True)
PAGE: Final = 50
"""Rows of a page, where the caller does not say how many."""
SAID: Final[dict[str, Any]] = {
    "title": "ApprovalDecision",
    "type": "object",
    "properties": {
        "approve": {"type": "boolean", "description": "`true` sends it, `false` lets it never be sent."},
        "note": {"type": "string", "minLength": 1, "maxLength": MAX_NOTE, "description": "Why, for colleagues."},
    },
    "required": ["approve"],
    "additionalProperties": False,
}
_TEXT: Final = {"type": "string"}
_INSTANT: Final = {"type": "string", "format": "date-time"}
_NUMBER: Final = {"type": "integer", "minimum": 1}
APPROVAL: Final[dict[str, Any]] = {
    "title": "Approval",
    "type": "object",
    "properties": {
        "approval_id": _NUMBER,
        "status": {"type": "string", "enum": list(Status)},
        "order_id": _TEXT,
        "command": _TEXT,
        "fields": {"type": "object"},
        "request_id": _TEXT,
        "version": {"type": "integer", "description": "Of the order, when it was asked for."},
        "at_stake": {
            "type": "object",
            "additionalProperties": {"type": "integer"},
            "description": "The most that it moves, in minor units by currency. More than this is not approved.",
        },
        "asked_by": _TEXT,
        "asked_at": _INSTANT,
        "expires_at": _INSTANT,
        "decided_by": _TEXT,
        "decided_at": _INSTANT,
        "note": _TEXT,
        "answer": {"$ref": "#/components/schemas/Answer"},
        "refusal": {"$ref": "#/components/schemas/Refusal"},
    },
    "required": [
        *("approval_id", "status", "order_id", "command", "fields", "request_id", "version", "at_stake", "asked_by"),
        *("asked_at", "expires_at"),
    ],
}

LENT: Final = say(
    "A key that was made over HTTP approves nothing, as whoever made it could be both. Use a token, or a key that was "
    "made by `countermand keys make`."
)
APPROVAL_HERE: Final = {"$ref": "#/components/schemas/Approval"}


class ApprovalRoutes:
    """The routes, over all approvals."""

    def __init__(self, second: SecondPerson, rate: Rate) -> None:
        self._second = second
        self._rate = rate

    def doors(self) -> Sequence[Door]:
        many = {"type": "array", "items": APPROVAL_HERE}
        page = {
            "type": "object",
            "properties": {"approvals": many, "cursor": {"type": ["string", "null"]}},
            "required": ["approvals", "cursor"],
        }
        listed = "What needs a second person, or did, newest first."
        decided = "Approve what somebody else asked for, which sends it; or decline it."
        answers = {200: APPROVAL_HERE}
        return (
            Door("GET", "/approvals", PLATFORM_ONLY, self._list, listed, None, {200: page}, _ASKED),
            Door("GET", "/approvals/{id}", PLATFORM_ONLY, self._show, "How an approval stands.", None, answers),
            Door(
                *("POST", "/approvals/{id}", PLATFORM_ONLY, self._decide, decided, SAID, answers),
                called="decide_approval",
            ),
        )

    async def _list(self, ask: Ask) -> Response:
        check_query(ask, "status", "order", "cursor", "limit")
        status = word_in_query(ask, "status", tuple(Status))
        limit = number_in_query(ask, "limit", 1, MAX_APPROVALS) or PAGE
        before = number_in_query(ask, "cursor", 1)
        found = await self._second.eyes.approvals.page(
            Status(status) if status else None, ask.query.get("order"), before, limit
        )
        cursor = str(found[-1].approval_id) if len(found) == limit else None
        return JSONResponse({"approvals": [one.shown() for one in found], "cursor": cursor})

    async def _show(self, ask: Ask) -> Response:
        check_query(ask)
        return JSONResponse((await self._found(ask)).shown())

    async def _decide(self, ask: Ask) -> Response:
        check_query(ask)
        approve, note = _said(ask.body)
        approval = await self._found(ask)
        self._rate.take((ask.caller.name, approval.order_id))
        person, second = await self._second.person(ask.caller), self._second
        if not approve:
            return JSONResponse((await second.eyes.decline(approval, person, note)).shown())
        if await second.was_lent(ask.caller):
            raise SecondPersonNeeded(LENT)
        try:
            ended = await second.eyes.approve(approval, person, note, second.look(ask))
        except OutcomeUnknown as error:
            # Its own words are for who sent the command, under a key that is none of the approver's.
            LOG.warning("Not available, while approval %d was sent: %s", approval.approval_id, error)
            told = say(
                "Whether order {order_id} took it is unknown. Approve it again: it is never carried out twice.",
                order_id=approval.order_id,
            )
            return problem(503, Trouble.OUTCOME_UNKNOWN, told, {"Retry-After": RETRY_AFTER})
        return JSONResponse(ended.shown())

    async def _found(self, ask: Ask) -> Approval:
        found = await self._second.eyes.approvals.get(number_in_path(ask, "id"))
        if found is None:
            raise NotThere(say("There is no such approval."))
        return found


def _said(body: Mapping[str, Any]) -> tuple[bool, str | None]:
    """Whether it is approved, and what is said with it. Raises `WrongFields`."""
    if unknown := sorted(set(body) - set(SAID["properties"])):
        raise wrong(f"/{unknown[0]}", say("is not a field of this; there are {fields}.", fields="approve, note"))
    approve, note = body.get("approve"), body.get("note")
    if not isinstance(approve, bool):
        raise wrong("/approve", say("must be true or false"))
    if "note" not in body:
        return approve, None
    if not isinstance(note, str) or not note.strip() or len(note) > MAX_NOTE or "\0" in note:
        raise wrong("/note", say("must be a text of at most {most} characters", most=MAX_NOTE))
    return approve, note.strip()


_ASKED: Final = (
    {"name": "status", "in": "query", "schema": {"type": "string", "enum": list(Status)}},
    {"name": "order", "in": "query", "schema": _TEXT, "description": "Of this order alone."},
    {"name": "cursor", "in": "query", "schema": _TEXT},
    {"name": "limit", "in": "query", "schema": {**_NUMBER, "maximum": MAX_APPROVALS}},
)
