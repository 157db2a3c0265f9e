"""Whose a payment is, asked before its order hears of it. What the register answers lives in `activities/register/`."""

import logging
from typing import Final

from activities.register.claims import Payment
from starter.errors import EngineUnavailable, PaymentElsewhere
from starter.unplaced import Desk, unplaced_fact

LOG: Final = logging.getLogger("countermand.client")


async def claim_payment(desk: Desk, order_id: str, fact: Payment) -> None:
    """Claim the payment for the order. Without Postgres its record does (R36). Raises `PaymentElsewhere` for another
    order's, which is kept as unplaced."""
    try:
        why = await desk.claim(order_id, fact)
    except EngineUnavailable as error:
        LOG.warning("Whose payment %s is was not asked for order %s: %s", fact.payment_id, order_id, error)
        return
    if why is not None:
        await desk.keep(unplaced_fact(order_id, fact, why))
        raise PaymentElsewhere(order_id, why)
