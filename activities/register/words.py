"""Words about a whole payment, told to the orders that have a share of it (R36).

Each is allotted once, written down before any order hears it, and a repetition reads that. How it is allotted lives in
`allotment.py`.
"""

import json
from collections.abc import Mapping, Sequence
from typing import assert_never

import asyncpg

from activities.database import storable_text
from activities.register.allotment import Share, allotted
from activities.register.claims import ACQUIRE_SECONDS
from activities.sql import query
from workflows.messages.base import Fact
from workflows.messages.chargebacks import ChargebackClosed, ChargebackOpened, ChargebackOutcome, RefundReported

Word = ChargebackOpened | ChargebackClosed | RefundReported
"""A fact about a payment that may be about several orders."""
Told = Sequence[tuple[str, Fact]]
"""Which order hears what."""


async def allot(pool: asyncpg.Pool, named: str | None, fact: Fact) -> Told | None:
    """Who hears this fact, each with its part of the amount; None where the register knows nobody who has the payment,
    or the fact is about no payment as a whole. `named`: the order that the provider names."""
    if not isinstance(fact, Word):
        return None
    payment_id, subject, word = map(storable_text, (fact.payment_id, _subject(fact), _key(fact)))
    async with pool.acquire(timeout=ACQUIRE_SECONDS) as connection:
        row = await connection.fetchrow(query("register/shares"), payment_id, subject, word)
        if row is None or row["shares"] is None:
            return None
        if row["known"] is not None:
            return _told(fact, row["known"])
        shares = [Share(**share) for share in json.loads(row["shares"])]
        parts = allotted(
            fact.amount,
            shares,
            whole=row["whole"],
            named=named,
            earlier=json.loads(row["earlier"] or "{}"),
            heard=row["heard"],
        )
        said = storable_text(fact.model_dump_json(exclude_none=True))
        kept = await connection.fetchval(
            query("register/keep_allotment"), payment_id, subject, word, json.dumps(parts), fact.name, said
        )
    return _told(fact, kept)


def _told(fact: Word, parts: str) -> Told:
    """The fact as each order hears it. That a chargeback was opened over nothing of it, no order has to hear."""
    return tuple(
        (order_id, fact.model_copy(update={"amount": part}))
        for order_id, part in json.loads(parts).items()
        if part or not isinstance(fact, ChargebackOpened)
    )


def told_anew(fact: Fact, order_id: str, parts: Mapping[str, int], request_id: str) -> Told:
    """What each order hears once the platform has said that all of a word is this order's: it the word, the others
    that nothing of it is theirs, which puts back what it had taken from them (R34)."""
    assert isinstance(fact, Word), f"{fact.name} is about no payment as a whole"
    whole = fact.model_copy(update={"amount": sum(parts.values()), "request_id": request_id})
    others = (other for other, part in parts.items() if part and other != order_id)
    return ((order_id, whole), *((other, _nothing_of(whole)) for other in others))


def _nothing_of(fact: Word) -> Fact:
    """The word over nothing. That it was opened frees nobody: lost over nothing does, which is as good as won."""
    if not isinstance(fact, ChargebackOpened):
        return fact.model_copy(update={"amount": 0})
    said = fact.model_dump(exclude={"reason", "amount"})
    return ChargebackClosed(**said, amount=0, outcome=ChargebackOutcome.LOST)


def _subject(fact: Word) -> str:
    """What the word is about, by the provider's id."""
    if isinstance(fact, RefundReported):
        return f"refund {fact.reference}"
    return f"chargeback {fact.chargeback_id}"


def _key(fact: Word) -> str:
    """What tells the word from every other about the same thing: what it says, when it was said, and of how much."""
    match fact:
        case ChargebackOpened():
            said, at = "opened", fact.occurred_at
        case ChargebackClosed():
            said, at = fact.outcome.value, fact.occurred_at
        case RefundReported():
            said, at = fact.state.value, None
        case _:
            assert_never(fact)
    return f"{_subject(fact)} {said} {at.isoformat() if at else '-'} {fact.amount}"
