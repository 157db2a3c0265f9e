"""Payments that several orders claim: found among what is due to be looked at, and told to each of the orders (R36).

An order's record marks its share as due where it may contradict others: a payment that came without being asked about.
What an order makes of the news lives in `workflows/process`.
"""

import logging
from collections.abc import Sequence
from typing import Final

import asyncpg
from temporalio.service import RPCError

from activities.order_signals import OrderTeller
from activities.rounds import rounds
from activities.sql import query
from workflows.messages.shared_payments import MAX_CLAIMING, PaymentConflict
from workflows.messages.values import Party, Role

LOG: Final = logging.getLogger("countermand.register")
ENGINE: Final = Party(role=Role.SYSTEM, id="engine")
"""Who tells orders what only the register can know."""
LOOK_SECONDS: Final = 1.0
"""Between two looks: money that two orders have must not leave meanwhile."""
REST_SECONDS: Final = 5.0
"""After a look that failed."""
AT_ONCE: Final = 100
"""Shares of one look."""
LEASE_SECONDS: Final = 60.0
"""How long a look keeps what it has taken; a worker that dies meanwhile leaves it to the next one."""


class PaymentConflicts:
    """Looks, one round after the other."""

    def __init__(self, pool: asyncpg.Pool, facts: OrderTeller) -> None:
        self._pool = pool
        self._facts = facts

    async def run(self) -> None:
        """Until cancelled. What goes wrong is logged, and tried again: nothing else waits for it."""
        await rounds(self._once, LOG, "Who has which payment is not looked at", REST_SECONDS, RPCError)

    async def _once(self) -> float:
        await self.look()
        return LOOK_SECONDS

    async def look(self) -> int:
        """Tell every order of which a payment is due that has to know; how many shares were due."""
        due = await self._pool.fetch(query("register/due"), AT_ONCE, LEASE_SECONDS)
        if not due:
            return 0
        payments = sorted({row["payment_id"] for row in due})
        await self._pool.execute(query("register/hand_over"), payments)
        for found in await self._pool.fetch(query("register/contradicted"), payments):
            await self._told(found["payment_id"], found["orders"][:MAX_CLAIMING], found["unaware"])
        # Not before everybody is told: a worker that dies on the way leaves it to the next look.
        for row in due:
            await self._pool.execute(query("register/looked"), row["payment_id"], row["order_id"], row["due_at"])
        return len(due)

    async def _told(self, payment_id: str, orders: Sequence[str], unaware: Sequence[str]) -> None:
        LOG.warning("Payment %s is claimed by %s: they are told.", payment_id, ", ".join(orders))
        fact = PaymentConflict(by=ENGINE, payment_id=payment_id, orders=tuple(orders))
        for order_id in unaware:
            await self._facts.tell(order_id, fact)
