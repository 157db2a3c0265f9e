"""Tells orders what reconciliation has found out. One order that cannot be told is reported, and stops nobody else."""

from typing import Final

import asyncpg
from pydantic_core import to_json
from temporalio.service import RPCError, RPCStatusCode

from activities.order_signals import Facts
from activities.reconciliation.unheard import Unheard
from activities.register.words import allot
from workflows.messages.base import Fact
from workflows.messages.decoding import decode
from workflows.messages.refusal import Refused
from workflows.messages.values import Party, Role

OF_THIS_ORDER: Final = (
    RPCStatusCode.INVALID_ARGUMENT,
    RPCStatusCode.FAILED_PRECONDITION,
    RPCStatusCode.NOT_FOUND,
    RPCStatusCode.ALREADY_EXISTS,
    RPCStatusCode.OUT_OF_RANGE,
)
"""How Temporal refuses a signal because of the one run: full of signals, too large, just deleted. Anything else is
about Temporal, and is tried again."""


class Teller:
    """Speaks as the payment provider."""

    def __init__(self, pool: asyncpg.Pool, facts: Facts, provider: str) -> None:
        self._pool = pool
        self._facts = facts
        self._by = Party(role=Role.PAYMENT_PROVIDER, id=provider)

    @property
    def by(self) -> Party:
        return self._by

    async def tell(self, order_id: str, fact: Fact) -> str | None:
        """Why the order could not be told; None: it was."""
        try:
            await self._facts.tell(order_id, fact)
        except RPCError as error:
            if error.status not in OF_THIS_ORDER:
                raise
            return f"{error.status.name.lower()}: {error.message}"
        return None

    async def tell_words(self, missed: Unheard) -> str | None:
        """The same of what the orders of a payment missed, each its part of it."""
        name, fields = missed.words
        said = {field: value for field, value in fields.items() if value is not None}
        try:
            fact = decode(name, to_json({**said, "by": self._by}))
        except Refused as refused:
            return str(refused)
        assert isinstance(fact, Fact), f"{name} is a fact"
        told = await allot(self._pool, missed.named, fact) or [(missed.owners[0], fact)]
        outcomes = [await self.tell(order_id, part) for order_id, part in told]
        return next((why for why in outcomes if why is not None), None)
