"""How the book is read: an order's pages of it, and all its entries one page after another."""

import sqlite3
from datetime import UTC, datetime
from typing import Any, Final

from starter.sandbox.requests import Page

KINDS: Final = ("refund", "void", "capture", "release")
TABLES: Final = ("payments", "calls", "chargebacks")
MAX_PAGE: Final = 200
"""Entries of one page, whatever is asked for."""
ENTRIES: Final = """
SELECT * FROM (
    SELECT 'payment' AS kind, payment_id AS key, order_id, iif(captured, captured, amount) AS amount, currency,
        payment_id AS reference, created_at,
        CASE state WHEN 'captured' THEN 'succeeded' WHEN 'authorized' THEN 'pending' ELSE 'failed' END AS state
    FROM payments
    UNION ALL
    SELECT kind, key, order_id, amount, currency, reference, created_at, state FROM transfers
    WHERE kind IN ('refund', 'release')
)
WHERE created_at >= ?1 AND created_at < ?2 AND (created_at, reference) > (?3, ?4)
ORDER BY created_at, reference LIMIT ?5
"""
"""A page of the book: money that moved. A capture stands there as its payment, and a void not at all."""


def of_order(db: sqlite3.Connection, order_id: str | None) -> dict[str, Any]:
    """The whole book, or an order's pages of it."""
    kinds = {f"{kind}s": _rows(db, "transfers", order_id, kind) for kind in KINDS}
    return {
        **{table: _rows(db, table, order_id) for table in TABLES},
        **kinds,
        "webhooks": _rows(db, "outbox", order_id),
    }


def entries(db: sqlite3.Connection, page: Page) -> dict[str, Any]:
    """Payments and transfers created in that time, oldest first, and where the next page begins."""
    after, _, reference = (page.cursor or "0 ").partition(" ")
    rows = db.execute(
        ENTRIES, (page.since.timestamp(), page.until.timestamp(), float(after), reference, MAX_PAGE + 1)
    ).fetchall()
    last = rows[MAX_PAGE - 1] if len(rows) > MAX_PAGE else None
    found = [dict(row) | {"created_at": _instant(row["created_at"])} for row in rows[:MAX_PAGE]]
    return {"entries": found, "cursor": f"{last['created_at']!r} {last['reference']}" if last else None}


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _rows(db: sqlite3.Connection, table: str, order_id: str | None, kind: str | None = None) -> list[dict[str, Any]]:
    # The table's name is one of ours, never a caller's.
    rows = db.execute(
        f"SELECT * FROM {table} WHERE (?1 IS NULL OR order_id = ?1) AND (?2 IS NULL OR kind = ?2) ORDER BY rowid"  # noqa: S608
        if kind
        else f"SELECT * FROM {table} WHERE (?1 IS NULL OR order_id = ?1) AND ?2 IS NULL ORDER BY rowid",  # noqa: S608
        (order_id, kind),
    )
    return [dict(row) for row in rows]
