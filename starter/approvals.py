"""Approvals as Postgres keeps them: what the platform asked a second person for, who that was, and what came of it.

Each step is one statement that takes only the state that it expects. Who may decide, and what is then sent, lives in
`four_eyes.py`; what is at stake says the process.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final

import asyncpg
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from starter.client.recorded import fetched
from workflows.messages.answers import Answer
from workflows.messages.base import Message
from workflows.messages.decoding import decode
from workflows.messages.refusal import Refusal

OPEN_FOR: Final = timedelta(days=7)
"""For which somebody can approve: a week has every shift in it, and what is older is looked at anew."""
MAX_APPROVALS: Final = 100
"""Rows of one page."""
MAX_OPEN: Final = 20
"""Of one order that wait at once: more is a program that repeats itself, and nobody reads them."""
MAX_NOTE: Final = 1_000
"""Characters of what is said with a decision."""


class Status(StrEnum):
    """How far an approval has come."""

    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    """And not known to be sent: whoever approves it again sends it, and nothing happens twice."""
    SENT = "sent"
    """The order has taken it."""
    REFUSED = "refused"
    """It was approved, and the order said no."""
    OUTGROWN = "outgrown"
    """When it was approved it would have moved more than its asker was shown."""
    DECLINED = "declined"
    EXPIRED = "expired"


def _from_json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


class Approval(BaseModel):
    """A command that was asked for."""

    model_config = ConfigDict(frozen=True)

    approval_id: int
    status: Status
    order_id: str
    command: str
    message: Annotated[dict[str, Any], BeforeValidator(_from_json), Field(exclude=True)]
    request_id: str
    version: int
    """Of the order, as its asker saw it."""
    at_stake: Annotated[dict[str, int], BeforeValidator(_from_json)]
    """What it moves at the most, in minor units by currency."""
    asked_by: str
    asked_as: Annotated[tuple[str, ...], Field(exclude=True)]
    asked_through: Annotated[str | None, Field(exclude=True)]
    asked_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    note: str | None
    answer: Annotated[Answer | None, BeforeValidator(_from_json)]
    refusal: Annotated[Refusal | None, BeforeValidator(_from_json)]

    def sent_message(self) -> Message:
        """The message itself, from its asker, under its first request id."""
        return decode(self.command, json.dumps(self.message).encode())

    def shown(self) -> dict[str, Any]:
        """As the platform sees it: without what is not known of it yet, and with what the asker said."""
        told = {name: value for name, value in self.model_dump(mode="json").items() if value is not None}
        return {**told, "fields": self.fields}

    @property
    def fields(self) -> dict[str, Any]:
        """What the asker said in it."""
        return {name: value for name, value in self.message.items() if name not in ("by", "request_id")}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the platform, by all that can be known of who that is."""

    name: str
    """`platform:ops-1`."""
    names: frozenset[str]
    """Also who made the key that they use, and the key itself where it names nobody."""
    through: str | None = None
    """The key that they use, `key:12`; None for a token."""

    def may_be(self, asked: Approval) -> bool:
        """Whether the same person may have asked for it, under this name or another."""
        theirs = frozenset(asked.asked_as)
        return bool(self.names & theirs) or self.through in theirs or asked.asked_through in self.names


class Approvals:
    """All of them, over a pool."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool

    async def ask(
        self, order_id: str, message: Message, person: Person, version: int, at_stake: Mapping[str, int]
    ) -> None:
        """Keep that this person asks for it, once; not at all where `MAX_OPEN` of the order wait."""
        body, names = message.model_dump_json(exclude_none=True), sorted(person.names)
        who = (person.name, names, person.through, OPEN_FOR)
        given = (order_id, message.name, body, message.request_id, version, json.dumps(dict(at_stake)), *who, MAX_OPEN)
        await fetched(self.pool, "approvals/ask", *given)

    async def find(self, order_id: str, request_id: str | None) -> Approval | None:
        """What was asked for under this request id."""
        return await self._read(None, order_id, request_id)

    async def find_same(self, order_id: str, message: Message) -> Approval | None:
        """What the same person has asked for with the same fields, under whatever request id, as long as it waits."""
        body = message.model_dump_json(exclude_none=True)
        rows = await fetched(self.pool, "approvals/same", order_id, message.name, body)
        return await self.get(rows[0]["approval_id"]) if rows else None

    async def get(self, approval_id: int) -> Approval | None:
        return await self._read(approval_id, None, None)

    async def page(
        self, status: Status | None, order_id: str | None, before: int | None, limit: int
    ) -> tuple[Approval, ...]:
        """The newest of that status and that order, at most `limit`."""
        rows = await fetched(self.pool, "approvals/list", status, order_id, before, min(limit, MAX_APPROVALS))
        return tuple(Approval.model_validate(dict(row)) for row in rows)

    async def decide(self, approval_id: int, status: Status, by: str, note: str | None) -> bool:
        """Approve or decline it; whether this was it, and nobody faster."""
        return bool(await fetched(self.pool, "approvals/decide", approval_id, status, by, note))

    async def end(
        self, approval_id: int, status: Status, answer: Answer | None = None, refusal: Refusal | None = None
    ) -> None:
        """Write down what came of it."""
        told = [one.model_dump_json() if one is not None else None for one in (answer, refusal)]
        await fetched(self.pool, "approvals/end", approval_id, status, *told)

    async def approvers(self, order_id: str, request_ids: Iterable[str]) -> dict[str, str]:
        """Request id → who approved it, of these."""
        rows = await fetched(self.pool, "approvals/approvers", order_id, list(request_ids))
        return {row["request_id"]: row["decided_by"] for row in rows}

    async def _read(self, *given: object) -> Approval | None:
        rows = await fetched(self.pool, "approvals/read", *given)
        return Approval.model_validate(dict(rows[0])) if rows else None
