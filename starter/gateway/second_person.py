"""Who of the platform a caller is, and commands that need a second one: sent, or kept until somebody approves them.

How they are kept and sent lives in `starter/four_eyes.py`, which commands they are in the process.
"""

from starlette.responses import JSONResponse, Response

from starter.approvals import Approval, Person
from starter.four_eyes import FourEyes, Look
from starter.gateway.callers import Caller
from starter.gateway.doors import Ask
from starter.gateway.previews import Previews, preview_now
from starter.gateway.seen import Orders, SeenOrder
from starter.gateway.visible import visible
from starter.keys import Keys
from workflows.messages.answers import Answer, Preview
from workflows.messages.base import Message
from workflows.process.four_eyes import moves_money


class SecondPerson:
    """Commands that may need one."""

    def __init__(self, eyes: FourEyes, keys: Keys, engine: Previews, orders: Orders) -> None:
        self.eyes = eyes
        self._keys = keys
        self._engine = engine
        self._orders = orders

    def may_be_needed(self, message: Message) -> bool:
        """Whether it has to be asked how much this moves."""
        return self.eyes.limits is not None and moves_money(message)

    async def send(self, ask: Ask, seen: SeenOrder, message: Message) -> Answer | Approval:
        """The order's answer, or the approval that the command waits for."""
        return await self.eyes.send(seen.order_id, message, await self.person(ask.caller), self.look(ask))

    async def person(self, caller: Caller) -> Person:
        """Who of the platform this is. A key is also whoever made it over HTTP; where it names nobody, it is anybody
        for whom it can act."""
        name = caller.colleague
        if caller.key_id is None:
            return Person(name, frozenset({name}))
        makers = await self._keys.makers(caller.key_id)
        itself = () if caller.names_a_colleague else (caller.name,)
        return Person(name, frozenset({name, *makers, *itself}), caller.name)

    async def was_lent(self, caller: Caller) -> bool:
        """Whether the caller's key was made over HTTP: whoever made it may be who calls, whatever name it gives."""
        return caller.key_id is not None and bool(await self._keys.makers(caller.key_id))

    def look(self, ask: Ask) -> Look:
        """What a message would do to an order now, for this caller's questions."""

        async def looked(order_id: str, message: Message) -> Preview:
            seen = await self._orders.seen(ask, order_id)
            return await preview_now(self._engine, order_id, seen.recorded, message)

        return looked


def sent(outcome: Answer | Approval, seen: SeenOrder) -> Response:
    """What came of a command: 200 with the order's answer; 202 while it waits for somebody to approve it."""
    if isinstance(outcome, Answer):
        return JSONResponse(
            visible(outcome.model_dump(mode="json"), seen.eyes), headers={"ETag": f'"{outcome.version}"'}
        )
    waits = outcome.decided_by is None
    return JSONResponse(outcome.shown(), 202 if waits else 200, {"Location": f"/approvals/{outcome.approval_id}"})
