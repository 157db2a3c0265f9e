"""What the buyers' banks do: they take money of a payment back, decide, and may think anew."""

import sqlite3
from typing import Any

from starter.sandbox.news import chargeback_news, seconds_now
from starter.sandbox.outbox import Outbox
from starter.sandbox.requests import Chargeback, Verdict


class Chargebacks:
    """Of each the last word."""

    def __init__(self, db: sqlite3.Connection, outbox: Outbox) -> None:
        self._db = db
        self._outbox = outbox

    def open(self, chargeback: Chargeback, order_id: str | None, currency: str) -> bool:
        """The buyer's bank disputes a payment; False when it was known."""
        at = seconds_now()
        named = (chargeback.chargeback_id, chargeback.payment_id, order_id)
        with self._db:
            self._db.execute("BEGIN")
            if self._by_id(chargeback.chargeback_id):
                return False
            self._db.execute(
                "INSERT INTO chargebacks VALUES (?, ?, ?, ?, ?, 'open', ?, ?)",
                (*named, chargeback.amount, currency, at, at),
            )
            self._tell(chargeback.chargeback_id, quiet=chargeback.quiet)
        return True

    def decide(self, chargeback_id: str, verdict: Verdict) -> bool:
        """The bank has decided, or thinks anew; False when there is no such chargeback."""
        with self._db:
            self._db.execute("BEGIN")
            changed = self._db.execute(
                "UPDATE chargebacks SET outcome = ?, amount = coalesce(?, amount), decided_at = ?"
                " WHERE chargeback_id = ?",
                (verdict.outcome, verdict.amount, seconds_now(), chargeback_id),
            )
            if not changed.rowcount:
                return False
            self._tell(chargeback_id, quiet=verdict.quiet)
        return True

    def are_open(self, payment_id: str) -> bool:
        """Whether a bank is thinking about the payment."""
        asked = "SELECT * FROM chargebacks WHERE payment_id = ? AND outcome = 'open'"
        return self._db.execute(asked, (payment_id,)).fetchone() is not None

    def taken(self, payment_id: str) -> int:
        """What they have taken of the payment for good."""
        asked = "SELECT coalesce(sum(amount), 0) FROM chargebacks WHERE payment_id = ? AND outcome = 'lost'"
        return int(self._db.execute(asked, (payment_id,)).fetchone()[0])

    def _by_id(self, chargeback_id: str) -> dict[str, Any] | None:
        found = self._db.execute("SELECT * FROM chargebacks WHERE chargeback_id = ?", (chargeback_id,)).fetchone()
        return dict(found) if found else None

    def _tell(self, chargeback_id: str, *, quiet: bool) -> None:
        known = self._by_id(chargeback_id)
        assert known, f"{chargeback_id} was just written"
        self._outbox.post(known["order_id"], f"chargeback {chargeback_id}", chargeback_news(known), quiet=quiet)
