"""A feed for the tests of whoever reads it: a database of its own, where nothing has happened before a test."""

from typing import Any

import asyncpg

BOTH_SIDES = ("buyer", "others", "seller")
EVENT: dict[str, Any] = {"seller": "s-3", "buyer": "b-7", "seen_by": BOTH_SIDES, "said": None}


async def happened(pool: asyncpg.Pool, order_id: str, count: int = 1, **other: Any) -> None:
    """So many further events of an order are numbered, and listeners told, as `feed/number` does."""
    given = EVENT | other
    told = (given["buyer"], given["seller"], list(given["seen_by"]), given["said"])
    await pool.execute(_NUMBERED, order_id, count, *told)


_NUMBERED = """
WITH made AS (
    INSERT INTO events (
        seq, order_id, entry, buyer_id, seller_id, version, name, outcome, at, role, party_id, to_stage, status,
        currency, money, summary, seen_by, said
    )
    SELECT
        (SELECT coalesce(max(seq), 0) FROM events) + number, $1, number, $3, $4, 1, 'ship', 'accepted', now(), 'seller',
        $4, 'shipped', 'shipped', 'USD', '{"held": -5, "released": 5}', 'The seller has shipped.', $5, $6::jsonb
    FROM generate_series(1, $2::integer) AS number
    RETURNING seq
)
SELECT pg_notify('countermand_events', max(seq)::text) FROM made
"""
