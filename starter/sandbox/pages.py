"""How the book is read: an order's pages of it, a payment's, and all its entries one page after another."""

import sqlite3
from datetime import UTC, datetime
from typing import Any, Final

from starter.sandbox.requests import Page

KINDS: Final = ("refund", "void", "capture", "release")
TABLES: Final = ("calls", "chargebacks")
MAX_PAGE: Final = 200
"""Entries of one page, whatever is asked for."""
MONEY: Final = """
SELECT 'payment' AS kind, payment_id AS key, order_id, iif(captured, captured, amount) AS amount, currency,
    payment_id AS reference, payment_id, created_at, shares, NULL AS failure_reason,
    CASE state WHEN 'captured' THEN 'succeeded' WHEN 'authorized' THEN 'pending' ELSE 'failed' END AS state
FROM payments
UNION ALL
SELECT kind, key, order_id, amount, currency, reference, payment_id, created_at, NULL, failure_reason, state
FROM transfers WHERE kind IN ('refund', 'release')
"""
"""Money that moved. A capture stands there as its payment, and a void not at all; a refund by hand has no key."""
CHARGEBACKS: Final = """
SELECT chargeback_id, payment_id, order_id, amount, currency, outcome, created_at, decided_at,
    chargeback_id AS reference
FROM chargebacks
"""
PAYMENTS: Final = """
SELECT * FROM payments
WHERE ?1 IS NULL OR order_id = ?1 OR EXISTS (SELECT * FROM json_each(payments.shares) WHERE key = ?1) ORDER BY rowid
"""
"""An order's payments, also those that it shares with others."""


def of_order(db: sqlite3.Connection, order_id: str | None) -> dict[str, Any]:
    """The whole book, or an order's pages of it."""
    kinds = {f"{kind}s": _rows(db, "transfers", order_id, kind) for kind in KINDS}
    return {
        "payments": [dict(row) for row in db.execute(PAYMENTS, (order_id,))],
        **{table: _rows(db, table, order_id) for table in TABLES},
        **kinds,
        "webhooks": _rows(db, "outbox", order_id),
    }


def of_payment(db: sqlite3.Connection, payment_id: str) -> dict[str, Any]:
    """What went back of it, and the banks' last words about it, each the oldest first."""
    asked = "SELECT * FROM ({}) WHERE payment_id = ? ORDER BY created_at, reference"
    refunds = db.execute(asked.format(MONEY), (payment_id,)).fetchall()
    chargebacks = db.execute(asked.format(CHARGEBACKS), (payment_id,)).fetchall()
    return {
        "refunds": [_shown(row) for row in refunds if row["kind"] == "refund"],
        "chargebacks": [_shown(row) for row in chargebacks],
    }


def entries(db: sqlite3.Connection, page: Page) -> dict[str, Any]:
    """Payments and transfers created in that time, oldest first, and where the next page begins."""
    return _page(db, MONEY, page, "entries")


def chargebacks(db: sqlite3.Connection, page: Page) -> dict[str, Any]:
    """Chargebacks created in that time, as they stand now, oldest first, and where the next page begins."""
    return _page(db, CHARGEBACKS, page, "chargebacks")


def _page(db: sqlite3.Connection, what: str, page: Page, name: str) -> dict[str, Any]:
    after, _, reference = (page.cursor or "0 ").partition(" ")
    rows = db.execute(
        f"SELECT * FROM ({what}) WHERE created_at >= ?1 AND created_at < ?2"  # noqa: S608 - one of ours
        " AND (created_at, reference) > (?3, ?4) ORDER BY created_at, reference LIMIT ?5",
        (page.since.timestamp(), page.until.timestamp(), float(after), reference, MAX_PAGE + 1),
    ).fetchall()
    last = rows[MAX_PAGE - 1] if len(rows) > MAX_PAGE else None
    cursor = f"{last['created_at']!r} {last['reference']}" if last else None
    return {name: [_shown(row) for row in rows[:MAX_PAGE]], "cursor": cursor}


def _shown(row: sqlite3.Row) -> dict[str, Any]:
    """A row with its instants as everybody reads them."""
    told = dict(row)
    return told | {name: _instant(told[name]) for name in ("created_at", "decided_at") if name in told}


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
