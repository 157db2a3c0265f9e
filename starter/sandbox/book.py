"""The provider's book: payments, transfers and what it told about them, in a file that outlives the process.

Every method commits before it returns: what was answered is never forgotten.
"""

import json
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from starter.sandbox.requests import Behaviour, Payment, Transfer

SCHEMA: Final = Path(__file__).with_name("schema.sql")
TABLES: Final = ("payments", "calls")
MAX_AT_ONCE: Final = 20
"""Webhooks told at the same time: after an outage there may be thousands, and the receiver has just come back."""


class NotTaken(ValueError):
    """The book already says something else. The message says what, and what to do."""


class Book:
    """One SQLite file."""

    def __init__(self, file: str) -> None:
        self._db = sqlite3.connect(file, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(SCHEMA.read_text(encoding="utf-8"))

    def close(self) -> None:
        self._db.close()

    def pay(self, payment: Payment) -> bool:
        """Take a payment, or note that it failed; False when this very payment was made before."""
        state = "failed" if payment.fail else "captured"
        money = (payment.amount, payment.currency, payment.method)
        row = (payment.payment_id, payment.order_id, *money, state, payment.fail)
        with self._db:
            self._db.execute("BEGIN")
            known = self._db.execute("SELECT * FROM payments WHERE payment_id = ?", row[:1]).fetchone()
            if known and tuple(known) != row:
                raise NotTaken(f"payment {payment.payment_id} was another one; use another payment_id")
            if known:
                return False
            self._db.execute("INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            self._post(payment.order_id, f"payment {payment.payment_id}", *_payment_news(payment))
        return True

    def transfer(self, kind: str, key: str) -> dict[str, Any] | None:
        """A refund or release by its key."""
        found = self._db.execute("SELECT * FROM transfers WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return dict(found) if found else None

    def open(self, transfer: Transfer, state: str, plans: list[tuple[float, str]], reason: str | None = None) -> None:
        """Enter a transfer in its first state, with what will become of it after so many seconds."""
        row = (transfer.kind, transfer.key, transfer.order_id, transfer.canonical(), transfer.amount, transfer.currency)
        reference = f"{transfer.kind[:3]}_{uuid4().hex[:16]}"
        with self._db:
            self._db.execute("BEGIN")
            self._db.execute(
                "INSERT INTO transfers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (*row, transfer.payment_id, reference, state, reason),
            )
            for seconds, becomes in plans:
                self._db.execute(
                    "INSERT INTO plans (kind, key, due_at, state, failure_reason) VALUES (?, ?, ?, ?, ?)",
                    (transfer.kind, transfer.key, time.time() + seconds, becomes, _reason(becomes)),
                )

    def refundable(self, payment_id: str) -> tuple[int, str] | None:
        """What was captured of a payment and has not gone back, and its currency; None for one that is not known."""
        paid = self._db.execute(
            "SELECT iif(state = 'captured', amount, 0) AS captured, currency FROM payments WHERE payment_id = ?",
            (payment_id,),
        ).fetchone()
        if paid is None:
            return None
        gone = self._db.execute(
            "SELECT coalesce(sum(amount), 0) FROM transfers"
            " WHERE kind = 'refund' AND payment_id = ? AND state NOT IN ('failed', 'reversed')",
            (payment_id,),
        ).fetchone()
        return paid["captured"] - gone[0], paid["currency"]

    def settle_due(self) -> None:
        """Let every plan that is due come true, and tell of it."""
        now = (time.time(),)
        for plan in self._db.execute("SELECT * FROM plans WHERE due_at <= ? ORDER BY due_at, plan", now).fetchall():
            with self._db:
                self._db.execute("BEGIN")
                self._db.execute("DELETE FROM plans WHERE plan = ?", (plan["plan"],))
                self._db.execute(
                    "UPDATE transfers SET state = ?, failure_reason = ? WHERE kind = ? AND key = ?",
                    (plan["state"], plan["failure_reason"], plan["kind"], plan["key"]),
                )
                transfer = self.transfer(plan["kind"], plan["key"])
                assert transfer, f"a plan for {plan['key']}, which is not in the book"
                self._post(transfer["order_id"], f"{plan['kind']} {plan['key']}", *_transfer_news(transfer))

    def next_settling(self) -> float | None:
        """When there is something to settle again."""
        due: tuple[float | None] = self._db.execute("SELECT min(due_at) FROM plans").fetchone()
        return due[0]

    def next_telling(self) -> float | None:
        """When there is something to tell again."""
        due: tuple[float | None] = self._db.execute("SELECT min(due_at) FROM next_news").fetchone()
        return due[0]

    def noted(self, transfer: Transfer, outcome: str) -> None:
        """A call reached us."""
        row = (transfer.kind, transfer.key, transfer.order_id, outcome)
        self._db.execute("INSERT INTO calls (kind, key, order_id, outcome) VALUES (?, ?, ?, ?)", row)

    def misbehave(self, behaviour: Behaviour) -> None:
        """Remember to do something wrong."""
        row = (behaviour.kind, behaviour.order_id, behaviour.do, behaviour.times)
        self._db.execute("INSERT INTO behaviours (kind, order_id, what, times) VALUES (?, ?, ?, ?)", row)

    def misbehaviour(self, transfer: Transfer) -> str | None:
        """What to do wrong with this call; each time counts."""
        found = self._db.execute(
            "SELECT * FROM behaviours WHERE kind = ? AND times > 0 AND (order_id IS NULL OR order_id = ?)"
            " ORDER BY behaviour LIMIT 1",
            (transfer.kind, transfer.order_id),
        ).fetchone()
        if found is None:
            return None
        self._db.execute("UPDATE behaviours SET times = times - 1 WHERE behaviour = ?", (found["behaviour"],))
        return str(found["what"])

    def due_webhooks(self) -> list[dict[str, Any]]:
        """What is to be told now, the oldest first, as many as are told at once; of one subject at most one."""
        due = self._db.execute(
            "SELECT * FROM next_news WHERE due_at <= ? ORDER BY due_at LIMIT ?", (time.time(), MAX_AT_ONCE)
        )
        return [dict(webhook) for webhook in due]

    def webhook_tried(self, webhook: str, outcome: str, due_at: float | None) -> None:
        """What came of telling: `delivered`, `given up`, or `due` again."""
        self._db.execute(
            "UPDATE outbox SET tries = tries + 1, outcome = ?, due_at = ? WHERE webhook = ?", (outcome, due_at, webhook)
        )

    def pages(self, order_id: str | None) -> dict[str, Any]:
        """The whole book, or an order's pages of it."""
        kinds = {f"{kind}s": self._rows("transfers", order_id, kind) for kind in ("refund", "release")}
        return {
            **{table: self._rows(table, order_id) for table in TABLES},
            **kinds,
            "webhooks": self._rows("outbox", order_id),
        }

    def _rows(self, table: str, order_id: str | None, kind: str | None = None) -> list[dict[str, Any]]:
        # The table's name is one of ours, never a caller's.
        rows = self._db.execute(
            f"SELECT * FROM {table} WHERE (?1 IS NULL OR order_id = ?1) AND (?2 IS NULL OR kind = ?2) ORDER BY rowid"  # noqa: S608
            if kind
            else f"SELECT * FROM {table} WHERE (?1 IS NULL OR order_id = ?1) AND ?2 IS NULL ORDER BY rowid",  # noqa: S608
            (order_id, kind),
        )
        return [dict(row) for row in rows]

    def _post(self, order_id: str, subject: str, kind: str, data: dict[str, Any]) -> None:
        body = json.dumps({"type": kind, "timestamp": _now(), "data": {"order_id": order_id, **data}})
        self._db.execute(
            "INSERT INTO outbox (webhook, order_id, subject, body, tries, due_at, outcome)"
            " VALUES (?, ?, ?, ?, 0, ?, 'due')",
            (f"msg_{uuid4().hex}", order_id, subject, body, time.time()),
        )


def _payment_news(payment: Payment) -> tuple[str, dict[str, Any]]:
    if payment.fail:
        return "payment_failed", {"payment_id": payment.payment_id, "reason": payment.fail}
    own = {"payment_id", "amount", "currency", "method"}
    return "payment_captured", payment.model_dump(include=own) | {"occurred_at": _now()}


def _transfer_news(transfer: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    content = json.loads(transfer["content"])
    name = f"{transfer['kind']}_id"
    news = {
        name: content[name],
        "attempt": content["attempt"],
        "state": transfer["state"],
        "provider_reference": transfer["reference"],
    }
    if transfer["failure_reason"]:
        news["failure_reason"] = transfer["failure_reason"]
    return f"{transfer['kind']}_updated", news


def _reason(state: str) -> str | None:
    return {"failed": "the bank refused it", "reversed": "the account was closed"}.get(state)


def _now() -> str:
    return datetime.now(UTC).isoformat()
