"""`/subscriptions`: who is told by mail or webhook, and what became of each message. A buyer and a seller have their
own, the platform has all.

What a subscription is lives in `starter/subscriptions.py`, what became of its messages in `starter/deliveries.py`.
"""

from collections.abc import Sequence
from typing import Any, Final

import asyncpg
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from activities.channels.targets import AllowedHosts
from starter.deliveries import MAX_DELIVERIES, Delivery, Resent, deliveries, resend, send_test
from starter.gateway.bodies import wrong
from starter.gateway.callers import Caller, Scope
from starter.gateway.credentials import ACTING_FOR, MayNot
from starter.gateway.doors import Ask, Door, needs
from starter.gateway.limits import anew_rate
from starter.gateway.messages import change_of, subscription_of
from starter.gateway.numbers import check_query, number_in_path, number_in_query
from starter.subscriptions import (
    MAX_LISTED,
    Change,
    NotSubscribed,
    Owner,
    Subscription,
    Wanted,
    change,
    subscribe,
    subscription,
    subscriptions,
    unsubscribe,
)
from workflows.messages.sentences import say
from workflows.messages.values import Role

SUBSCRIPTIONS: Final = needs(Scope.SUBSCRIPTIONS)
PAGE: Final = 50
"""Rows of a page, where the caller does not say how many."""
SECRET: Final = {"Cache-Control": "no-store"}
"""Of an answer that shows a secret."""
ONE: Final = Subscription.model_json_schema()
TESTED: Final[dict[str, Any]] = {
    "title": "SubscriptionTest",
    "type": "object",
    "properties": {"id": {"type": "integer"}, "message_id": {"type": "string", "description": "In its deliveries."}},
    "required": ["id", "message_id"],
}


class SubscriptionRoutes:
    """The routes, over all subscriptions."""

    def __init__(self, pool: asyncpg.Pool, hosts: AllowedHosts) -> None:
        self._pool = pool
        self._hosts = hosts
        self._rate = anew_rate()

    def doors(self) -> Sequence[Door]:
        page, sent = _page("subscriptions", Subscription), _page("deliveries", Delivery)
        paging, of_sent = _paging(MAX_LISTED), _paging(MAX_DELIVERIES)
        every, path, one = "/subscriptions", "/subscriptions/{id}", {200: ONE}
        again = "Enable it, and send what failed again, under the same ids; with `after` all that came after that."
        after = {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0}}
        after["description"] = "The `seq` of a delivery."
        wanted, changed = Wanted.model_json_schema(), Change.model_json_schema()
        made = {200: ONE, 201: ONE}
        new = "Be told by mail or webhook from now on. A webhook's secret is shown once; the same again shows none."
        tested = "Have it sent one message, to see in its deliveries whether it arrives."
        became, gone = "What became of its messages, newest first.", "Be told there no more."
        return (
            Door("GET", every, SUBSCRIPTIONS, self._list, "Subscriptions, oldest first.", None, {200: page}, paging),
            Door("POST", every, SUBSCRIPTIONS, self._make, new, wanted, made),
            Door("GET", path, SUBSCRIPTIONS, self._show, "A subscription.", None, one),
            Door("PATCH", path, SUBSCRIPTIONS, self._change, "Have it be otherwise.", changed, one),
            Door("DELETE", path, SUBSCRIPTIONS, self._end, gone, None, {204: None}),
            Door("POST", f"{path}/test", SUBSCRIPTIONS, self._test, tested, None, {202: TESTED}),
            Door("GET", f"{path}/deliveries", SUBSCRIPTIONS, self._sent, became, None, {200: sent}, of_sent),
            Door(
                *("POST", f"{path}/resend", SUBSCRIPTIONS, self._resend, again),
                *(None, {200: Resent.model_json_schema()}, [after]),
            ),
        )

    async def _list(self, ask: Ask) -> Response:
        check_query(ask, "cursor", "limit")
        limit = number_in_query(ask, "limit", 1, MAX_LISTED) or PAGE
        after = number_in_query(ask, "cursor", 1) or 0
        found = await subscriptions(self._pool, _whose(ask.caller), after, limit)
        cursor = str(found[-1].id) if len(found) == limit else None
        return JSONResponse({"subscriptions": [_shown(one) for one in found], "cursor": cursor})

    async def _make(self, ask: Ask) -> Response:
        check_query(ask)
        own = _whose(ask.caller)
        wanted = subscription_of({**(own._asdict() if own else {}), **ask.body})
        if own and own != (wanted.role, wanted.party_id):
            raise MayNot(say("You subscribe for yourself, and for nobody else."))
        try:
            made = await subscribe(self._pool, wanted, self._hosts)
        except NotSubscribed as error:
            raise _named(error) from None
        headers = {"Location": f"/subscriptions/{made.id}", **SECRET}
        return JSONResponse(_shown(made), 201 if made.made else 200, headers)

    async def _show(self, ask: Ask) -> Response:
        check_query(ask)
        return JSONResponse(_shown(await subscription(self._pool, *_which(ask))))

    async def _change(self, ask: Ask) -> Response:
        check_query(ask)
        number, owner = _which(ask)
        wanted = change_of(ask.body)
        try:
            changed = await change(self._pool, number, wanted, owner)
        except NotSubscribed as error:
            raise _named(error) from None
        return JSONResponse(_shown(changed), headers=SECRET)

    async def _end(self, ask: Ask) -> Response:
        check_query(ask)
        await unsubscribe(self._pool, *_which(ask))
        return Response(status_code=204)

    async def _test(self, ask: Ask) -> Response:
        check_query(ask)
        number, owner = _which(ask)
        self._rate.take(ask.caller.name)
        return JSONResponse({"id": number, "message_id": await send_test(self._pool, number, owner)}, 202)

    async def _sent(self, ask: Ask) -> Response:
        check_query(ask, "cursor", "limit")
        limit = number_in_query(ask, "limit", 1, MAX_DELIVERIES) or PAGE
        before = number_in_query(ask, "cursor", 1)
        found = await deliveries(self._pool, *_which(ask), before, limit)
        cursor = str(found[-1].seq) if len(found) == limit else None
        return JSONResponse({"deliveries": [one.model_dump(mode="json") for one in found], "cursor": cursor})

    async def _resend(self, ask: Ask) -> Response:
        check_query(ask, "after")
        number, owner = _which(ask)
        after = number_in_query(ask, "after")
        self._rate.take(ask.caller.name)
        return JSONResponse((await resend(self._pool, number, owner, after)).model_dump(mode="json"))


def _whose(caller: Caller) -> Owner | None:
    """Whose subscriptions they see and change: their own, or the bound party's; None: everybody's, which are the
    platform's to see. Raises `MayNot` for a key that is nobody's and does not say for whom it comes."""
    party = caller.whose_orders
    if party is None and caller.sees_as is not Role.PLATFORM:
        raise MayNot(say("Subscriptions are somebody's: name the party in {header}.", header=ACTING_FOR))
    return Owner(party.role, party.id) if party else None


def _which(ask: Ask) -> tuple[int, Owner | None]:
    return number_in_path(ask, "id"), _whose(ask.caller)


def _named(error: NotSubscribed) -> Exception:
    """By the pointer of the field."""
    return wrong(f"/{error.field}", say("{field}: {complaint}.", field=error.field, complaint=error.why))


def _shown(one: Subscription) -> dict[str, Any]:
    """Without a secret, unless this is the answer that has made it."""
    return one.model_dump(mode="json", exclude=set() if one.secret else {"secret"})


def _page(name: str, model: type[BaseModel]) -> dict[str, Any]:
    row = model.model_json_schema()
    within = {"$defs": row.pop("$defs")} if "$defs" in row else {}
    rows = {name: {"type": "array", "items": row}, "cursor": {"type": ["string", "null"]}}
    return {"type": "object", "properties": rows, "required": list(rows), **within}


def _paging(most: int) -> Sequence[dict[str, Any]]:
    return (
        {"name": "cursor", "in": "query", "schema": {"type": "integer", "minimum": 1}},
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": most}},
    )
