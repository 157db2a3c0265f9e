"""Signed webhooks: each is genuine or not believed, and then reported to its order or kept for a person.

What is genuine is never lost: what no order can take is kept for an operator. Whose webhooks they are, and which order
hears of one, says whoever builds on this, such as `webhooks.py`.
"""

import asyncio
import hashlib
import json
import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar, Final, Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from activities.crashes import NEVER, Crashes, Deed
from activities.languages import sentence_in
from activities.providers import Headers, NotGenuine, Report, WebhookReader
from activities.register.words import Told
from starter.errors import CommandRefused, EngineUnavailable, OrderNotFound
from starter.gateway.problems import problem
from starter.gateway.trouble import told_of
from starter.unplaced import MAX_UNPLACED_BODY, Unplaced
from workflows.messages.base import Fact
from workflows.messages.commands import MESSAGES
from workflows.messages.complaints import Complaint, one_of
from workflows.messages.decoding import decode
from workflows.messages.ids import request_id_of, workflow_id
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, say, to_wire
from workflows.messages.values import Role

LOG: Final = logging.getLogger("countermand.gateway")
MAX_BODY: Final = MAX_UNPLACED_BODY
"""Bytes of a webhook: what may have to be kept is kept whole."""
BODY_SECONDS: Final = 10.0
"""For all of a body: a provider sends it at once."""
_CLOSE: Final = {"Connection": "close"}
"""With the rest of a body unread: whoever goes on sending it would hold the connection."""
RETRY_AFTER: Final = "5"
"""Seconds after which a provider should try again when we cannot pass its webhook on."""
KEPT: Final = 202
"""The status for what is taken, and waits for a person."""


class Reporter(Protocol):
    """Where facts go: the client, which reports them to running and to settled orders alike."""

    async def report(self, order_id: str, fact: Fact, *, claimed: bool) -> None: ...


class Keeps(Protocol):
    """Where that lies which belongs nowhere."""

    async def keep(self, one: Unplaced) -> None: ...


def facts_of(role: Role) -> tuple[str, ...]:
    """What may be reported in this role, by name."""
    return tuple(name for name, kind in MESSAGES.items() if issubclass(kind, Fact) and role in kind.roles)


class SignedWebhooks(ABC):
    """A route for the webhooks of one sender."""

    role: ClassVar[Role]
    """As whom they speak."""

    def __init__(
        self, reporter: Reporter, keeper: Keeps, reader: WebhookReader, provider: str, crashes: Crashes = NEVER
    ) -> None:
        self._reporter = reporter
        self._keeper = keeper
        self._reader = reader
        self._provider = provider
        self._crashes = crashes

    @abstractmethod
    async def _told(self, named: str | None, fact: Fact) -> Told:
        """Who hears what. Raises `Refused` when nobody does."""

    async def _no_place(self, order_id: str, fact: Fact) -> Sentence | None:
        """Why the order must not hear of it, if so."""
        del order_id, fact
        return None

    def _said(self, report: Report) -> tuple[str, Mapping[str, object]]:
        """Who says so, for the order, and what. Raises `Refused`."""
        return self._provider, report.fields

    async def take(self, request: Request) -> Response:
        """Believe what is signed, and report or keep it."""
        try:
            body = await _body(request)
        except TimeoutError:
            return problem(408, "too_slow", f"A webhook has {BODY_SECONDS:g} seconds for its body.", _CLOSE)
        except ClientDisconnect:
            return Response(status_code=400, headers=_CLOSE)  # nobody hears it
        if body is None:
            return problem(413, "too_large", f"A webhook has at most {MAX_BODY} bytes.", _CLOSE)
        # Who calls, for the log of requests, unless they turn out not to be it.
        request.state.caller = f"{self.role}:{self._provider}"
        try:
            return await self._taken(_headers(request), body)
        except NotGenuine as error:
            request.state.caller = None
            why = f"The signature is not right: {error}. Sign the raw body with the secret that we share."
            return problem(401, "unauthorized", why)
        except EngineUnavailable as error:
            LOG.warning("A webhook of %s has to come again: %s", self._provider, error)
            return problem(503, "unavailable", told_of(error), {"Retry-After": RETRY_AFTER})
        except Exception:
            # Not 500: whatever it is, the provider must hear that nobody has taken the fact yet.
            LOG.exception("A webhook of %s could not be taken", self._provider)
            told = "The engine could not take it. Send it again in a moment: nothing is carried out twice."
            return problem(503, "unavailable", told, {"Retry-After": RETRY_AFTER})

    async def _taken(self, headers: Headers, body: bytes) -> Response:
        try:
            report = self._reader.read(headers, body, datetime.now(UTC))
        except ValueError as error:
            # It has no id that could be read; the same body is the same webhook.
            nameless = Report(f"sha256:{hashlib.sha256(body).hexdigest()}", None, None, {})
            return await self._kept(nameless, None, body, str(error))
        if report.name is None:
            return JSONResponse({})
        return _worst([await self._placed(one, body) for one in report.each()])

    async def _placed(self, report: Report, body: bytes) -> Response:
        """Reported to its order, or to each that shares the payment which it is about; or kept."""
        fact = None
        try:
            fact = self._fact(report)
            told = await self._told(report.order_id, fact)
        except Refused as error:
            return await self._kept(report, report.order_id, body, error.sentence, fact)
        if len(told) == 1:
            return await self._reported(report, *told[0], body)
        # With an id of its own each: what finds no place is kept once by its id.
        parts = [
            (replace(report, webhook_id=f"{report.webhook_id} {order_id}"), order_id, one) for order_id, one in told
        ]
        return _worst([await self._reported(*part, body) for part in parts])

    async def _reported(self, report: Report, order_id: str, fact: Fact, body: bytes) -> Response:
        try:
            if why := await self._no_place(order_id, fact):
                return await self._kept(report, order_id, body, why, fact)
            with self._crashes.around(Deed.REPORT):
                await self._reporter.report(order_id, fact, claimed=True)
        except OrderNotFound as error:
            missing = say("there is no order {order_id} yet", order_id=error.order_id)
            return await self._kept(report, order_id, body, missing, fact, waits_for=order_id)
        except Refused as error:
            return await self._kept(report, order_id, body, error.sentence, fact)
        except CommandRefused as error:
            refused = sentence_in(error.refusal.said) or str(error)
            return await self._kept(report, order_id, body, refused, fact)
        return JSONResponse({})

    def _fact(self, report: Report) -> Fact:
        """The fact that a report is. Raises `Refused` with the fields at fault."""
        known = facts_of(self.role)
        if report.name not in known:
            raise Refused(Code.INVALID, say("type {complaint}.", complaint=one_of(known)), fields=("type",))
        # Who speaks is known from the signature, and an id of theirs may be longer than a request id.
        who, fields = self._said(report)
        ours = {"request_id": request_id_of(report.webhook_id), "by": {"role": self.role, "id": who}}
        fact = decode(report.name, json.dumps({**fields, **ours}).encode())
        assert isinstance(fact, Fact), f"{report.name} is a fact"
        return fact

    async def _kept(
        self,
        report: Report,
        order_id: str | None,
        body: bytes,
        why: Sentence | str,
        fact: Fact | None = None,
        waits_for: str | None = None,
    ) -> Response:
        one = Unplaced(
            provider=self._provider,
            webhook_id=report.webhook_id,
            name=report.name,
            order_id=order_id,
            body=body.decode(errors="replace"),
            why=str(why),
            said=to_wire(why) if isinstance(why, Sentence) else None,
            fact=fact and fact.model_dump_json(exclude_none=True),
            waits_for=waits_for,
        )
        with self._crashes.around(Deed.KEEP):
            await self._keeper.keep(one)
        LOG.warning("Kept a webhook of %s, which nobody could place: %s", self._provider, why)
        return JSONResponse({"kept": str(why)}, status_code=KEPT)


async def _body(request: Request) -> bytes | None:
    """The raw body, or None as soon as it is too large: nobody fills our memory. Raises `TimeoutError`."""
    body = b""
    async with asyncio.timeout(BODY_SECONDS):
        async for chunk in request.stream():
            body += chunk
            if len(body) > MAX_BODY:
                return None
    return body


def _headers(request: Request) -> Headers:
    return [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in request.headers.raw]


def _worst(answers: Sequence[Response]) -> Response:
    """One answer for all: that something was kept, where something was."""
    return next((answer for answer in answers if answer.status_code == KEPT), answers[0])


def order_named(named: str) -> str:
    """An id that an order can have. Raises `Refused`."""
    try:
        workflow_id(named)
    except Complaint as complaint:
        told = say("order_id: {complaint}.", complaint=complaint.sentence)
        raise Refused(Code.INVALID, told, fields=("order_id",)) from None
    return named
