"""`POST /orders` and `POST /orders/{order_id}/{command}`: a door for every message of the registry, all made alike."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol

from starlette.responses import JSONResponse, Response

from starter.client.recorded import was_sent_before
from starter.client.start_content import StartedOrder
from starter.errors import EngineUnavailable
from starter.gateway.approval_routes import APPROVAL_HERE
from starter.gateway.bodies import wrong
from starter.gateway.callers import SCOPE_OF_ROLE, Scope
from starter.gateway.credentials import MayNot
from starter.gateway.doors import Access, Ask, Door, needs
from starter.gateway.limits import Rate
from starter.gateway.messages import message_of, request_id_of_header, schema_of, speaker_of, start_of
from starter.gateway.numbers import check_query, truth_in_query, version_in_header
from starter.gateway.previews import preview_now
from starter.gateway.problems import Trouble, problem
from starter.gateway.second_person import SecondPerson, sent
from starter.gateway.seen import Orders, SeenOrder, preview_for, view_of
from starter.gateway.trouble import LOG, RETRY_AFTER
from workflows.messages.answers import Answer, Preview
from workflows.messages.base import Message
from workflows.messages.commands import OFFERED
from workflows.messages.sentences import say
from workflows.messages.start import NewOrder, StartOrder
from workflows.messages.values import Role
from workflows.process.four_eyes import names_money

NO_VERSION: Final = say("{header} names a version, such as {example}.", header="If-Match", example='"7"')
COMMAND_HEADERS: Final[Sequence[Mapping[str, Any]]] = (
    {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "minLength": 1, "maxLength": 64},
        "description": "The request's id: the same again is answered alike, and never carried out twice.",
    },
    {
        "name": "If-Match",
        "in": "header",
        "schema": {"type": "string"},
        "description": "The version on which the caller decided; 412 with the view when the order has moved on.",
    },
    {
        "name": "dry_run",
        "in": "query",
        "schema": {"type": "boolean"},
        "description": "What the command would do now; nothing happens.",
    },
)


class TakesOrders(Protocol):
    """What orders are started and sent messages by: the client."""

    async def start(self, order: StartOrder) -> StartedOrder: ...

    async def send(self, order_id: str, message: Message) -> Answer: ...

    async def preview(self, order_id: str, message: Message, at: datetime) -> Preview: ...


class OrderRoutes:
    """The routes that change something."""

    def __init__(self, engine: TakesOrders, orders: Orders, second: SecondPerson, rate: Rate) -> None:
        self._engine = engine
        self._second = second
        self._orders = orders
        self._rate = rate

    def doors(self) -> Sequence[Door]:
        view = {"$ref": "#/components/schemas/OrderView"}
        started = {200: view, 201: view}
        told = "Start an order. The same again answers 200, and nothing is started twice."
        start = Door(
            *("POST", "/orders", needs(Scope.START), self._start, told, START, started),
            called="start_order",
            leads={"order_id": "/order_id"},
        )
        return (start, *(self._command(name, kind) for name, kind in OFFERED.items()))

    def _command(self, name: str, kind: type[Message]) -> Door:
        told = " ".join((kind.__doc__ or "").split())
        may_wait = Role.PLATFORM in kind.roles and names_money(name)
        told_of = [{"$ref": f"#/components/schemas/{one}"} for one in ("Answer", "Preview")]
        answer = {"anyOf": [*told_of, APPROVAL_HERE] if may_wait else told_of}
        return Door(
            "POST",
            f"/orders/{{order_id}}/{name}",
            Access(frozenset(SCOPE_OF_ROLE[role] for role in kind.roles if role in SCOPE_OF_ROLE)),
            partial(self._send, name),
            told,
            schema_of(name),
            {200: answer, 202: APPROVAL_HERE} if may_wait else {200: answer},
            COMMAND_HEADERS,
        )

    async def _start(self, ask: Ask) -> Response:
        check_query(ask)
        order = start_of(ask.body)
        ask.request.state.order_id = order.order_id
        if not ask.caller.may_see(order.buyer_id, order.seller_id):
            raise MayNot(say("Whoever starts an order for one party starts that party's."))
        self._rate.take((ask.caller.name, order.order_id))
        try:
            started = await self._engine.start(order)
            if not await self._orders.is_recorded(order.order_id):
                raise EngineUnavailable("it is started, and cannot be shown yet")
            seen = await self._orders.seen(ask, order.order_id)
        except EngineUnavailable as error:
            # Whatever was away, the order may be started by now; the same again is never started twice.
            LOG.warning("Whether order %s was started is unknown: %s", order.order_id, error)
            told = say(
                "Whether order {order_id} was started is unknown. Send the same again: it is never started twice.",
                order_id=order.order_id,
            )
            return problem(503, Trouble.OUTCOME_UNKNOWN, told, {"Retry-After": RETRY_AFTER})
        headers = {"Location": f"/orders/{order.order_id}", "ETag": seen.etag}
        return JSONResponse(view_of(seen), 200 if started.already_started else 201, headers)

    async def _send(self, name: str, ask: Ask) -> Response:
        check_query(ask, "dry_run")
        order_id = ask.path["order_id"]
        party = speaker_of(ask.caller, name)
        seen = await self._orders.seen(ask, order_id)
        self._rate.take((ask.caller.name, order_id))
        message = message_of(name, ask.body, party, request_id_of_header(ask.request.headers.get("idempotency-key")))
        if moved := await self._moved_on(ask, seen, message):
            return moved
        if truth_in_query(ask, "dry_run"):
            return JSONResponse(preview_for(seen, await preview_now(self._engine, order_id, seen.recorded, message)))
        if self._second.may_be_needed(message):
            return sent(await self._second.send(ask, seen, message), seen)
        return sent(await self._engine.send(order_id, message), seen)

    async def _moved_on(self, ask: Ask, seen: SeenOrder, message: Message) -> Response | None:
        """412 when the order is not of the version any more on which its caller decided."""
        given = ask.request.headers.get("if-match")
        if given is None or given == "*":
            return None
        version = version_in_header(given)
        if version is None:
            raise wrong("", NO_VERSION)
        if seen.recorded.version < version:
            seen = await self._orders.seen(ask, seen.order_id, min_version=version)
        if seen.recorded.version == version:
            return None
        if await self._is_sent_again(seen.order_id, message):
            return None
        why = say(
            "The order has moved on to version {version}; look at it, and decide anew.", version=seen.recorded.version
        )
        # A key may send without being allowed to read.
        shown = {"view": view_of(seen)} if Scope.READ in ask.caller.scopes else {}
        return problem(412, Trouble.PRECONDITION_FAILED, why, {"ETag": seen.etag}, **shown)

    async def _is_sent_again(self, order_id: str, message: Message) -> bool:
        """Whether it is known under its id: what has moved the order on may be this very request, or it waits for a
        second person. Then what has come of it is due, and no version."""
        number = message.request_id
        if not number:
            return False
        if await was_sent_before(self._orders.pool, order_id, message.by.role, number, message.name):
            return True
        if not self._second.may_be_needed(message):
            return False
        return await self._second.eyes.approvals.find(order_id, number) is not None


START: Final = NewOrder.model_json_schema(ref_template="#/$defs/{model}")
"""The JSON Schema of a start."""
