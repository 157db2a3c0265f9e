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
from workflows.messages.sentences import Money, Sentence, say

Payment = PaymentCaptured | PaymentAuthorized
"""A fact by which an order gets a payment, or a share of one."""
ACQUIRE_SECONDS: Final = 5.0
"""For a free connection: whoever reports a payment waits for the answer."""
SHOWN: Final = 5
"""Orders that a reason names."""


async def claim(pool: asyncpg.Pool, order_id: str, fact: Message, *, instead_of: str | None = None) -> Sentence | None:
    """Why the order must not hear of this payment, as a clause; None where it may, and then the payment is claimed
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


def _reason(fact: Payment, why: str, owners: Sequence[str]) -> Sentence:
    others = ", ".join(owners[:SHOWN]) + (" …" if len(owners) > SHOWN else "")
    match why:
        case "owned":
            return say("conflict: payment {payment} belongs to order {orders}", payment=fact.payment_id, orders=others)
        case "another_whole":
            return say(
                "conflict: payment {payment} is shared by {orders}, which know another sum or currency of the whole "
                "payment",
                payment=fact.payment_id,
                orders=others,
            )
        case "no_room":
            return say(
                "conflict: {amount} more of payment {payment}, which {orders} share, are more than it brought",
                amount=Money(fact.amount, fact.currency),
                payment=fact.payment_id,
                orders=others,
            )
        case other:
            raise AssertionError(f"{other!r} is no reason why a payment is another order's")
