"""Claims: before an order hears of a payment it is asked whose the payment is, in one statement (R36).

What stands in the register by an order's own record is written with that record (`activities/read_model.py`).
"""

from collections.abc import Sequence
from typing import Final

import asyncpg

from activities.database import storable_text
from activities.sql import query
from workflows.messages.authorizations import PaymentAuthorized
from workflows.messages.base import Message
from workflows.messages.commands import PaymentCaptured
from workflows.messages.currency import money

Payment = PaymentCaptured | PaymentAuthorized
"""A fact by which an order gets a payment, or a share of one."""
ACQUIRE_SECONDS: Final = 5.0
"""For a free connection: whoever reports a payment waits for the answer."""
SHOWN: Final = 5
"""Orders that a reason names."""


async def claim(pool: asyncpg.Pool, order_id: str, fact: Message, *, instead_of: str | None = None) -> str | None:
    """Why the order must not hear of this payment, as a sentence; None where it may, and then the payment is claimed
    for it: for 24 hours, or for good once its record has taken it. Of anything but a payment it may always hear.

    A claim of the order `instead_of` that does not stand is given up for it.
    """
    if not isinstance(fact, Payment):
        return None
    of = fact.of if isinstance(fact, PaymentCaptured) else None
    charged = (of or fact.amount) if isinstance(fact, PaymentCaptured) else 0
    given = (storable_text(fact.payment_id), order_id, fact.amount, of, charged, fact.currency, instead_of)
    async with pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
        row = await connection.fetchrow(query("register/claim"), *given)
    return None if row is None else _reason(fact, row["why"], row["owners"])


def _reason(fact: Payment, why: str, owners: Sequence[str]) -> str:
    others = ", ".join(owners[:SHOWN]) + (" …" if len(owners) > SHOWN else "")
    named, asked = f"payment {fact.payment_id}", money(fact.amount, fact.currency)
    match why:
        case "owned":
            return f"conflict: {named} belongs to order {others}"
        case "another_whole":
            return f"conflict: {named} is shared by {others}, which know another sum or currency of the whole payment"
        case "no_room":
            return f"conflict: {asked} more of {named}, which {others} share, are more than it brought"
        case other:
            raise AssertionError(f"{other!r} is no reason why a payment is another order's")
