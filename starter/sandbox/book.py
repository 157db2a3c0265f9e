"""The provider's book: payments, transfers and what it told about them, in a file that outlives the process.

Every method commits before it returns: what was answered is never forgotten.
"""

import json
import sqlite3
import time
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from starter.sandbox import pages
from starter.sandbox.chargebacks import Chargebacks
from starter.sandbox.faults import Faults
from starter.sandbox.misdeeds import Misdeeds
from starter.sandbox.news import payment_news, reason_of, seconds_now, transfer_news
from starter.sandbox.outbox import Outbox
from starter.sandbox.requests import Chargeback, ConsoleRefund, Page, Payment, Transfer

SCHEMA: Final = Path(__file__).with_name("schema.sql")
VERSION: Final = 4
"""Of the schema; a book of another version is not read."""
BECOMES: Final = {
    ("capture", "succeeded"): "captured",
    ("capture", "failed"): "voided",
    ("void", "succeeded"): "voided",
}
"""What a payment is once that has become of a transfer."""


class NotTaken(ValueError):
    """The book already says something else. The message says what, and what to do."""


class Book:
    """One SQLite file. Keys are forgotten after `forget_after` seconds, as providers do; None: never."""

    def __init__(self, file: str, faults: Faults | None = None, forget_after: float | None = None) -> None:
        self._db = sqlite3.connect(file, isolation_level=None)
        self.misdeeds = Misdeeds(self._db, faults or Faults())
        self.outbox = Outbox(self._db, self.misdeeds)
        self.chargebacks = Chargebacks(self._db, self.outbox)
        self._forget_after = forget_after
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        # Not NORMAL, which may lose the last commits with the power: what was answered was done, and stays done.
        self._db.execute("PRAGMA synchronous = FULL")
        self._check_version(file)
        self._db.executescript(SCHEMA.read_text(encoding="utf-8"))
        self._db.execute(f"PRAGMA user_version = {VERSION}")

    def _check_version(self, file: str) -> None:
        known = self._db.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table'").fetchone()[0]
        if known and self._db.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            raise NotTaken(f"{file} was written by another version of the sandbox; name another file, or remove it")

    def close(self) -> None:
        self._db.close()

    def pay(self, payment: Payment) -> bool:
        """Take a payment, or a promise, or note that it failed; False when this very payment was made before."""
        state = "failed" if payment.fail else "authorized" if payment.authorize else "captured"
        shares = None if payment.shares is None else json.dumps(payment.shares, sort_keys=True)
        money = (payment.amount, payment.currency, payment.method)
        row = (payment.payment_id, payment.order_id, shares, *money, payment.fail)
        stands = (state, payment.amount if state == "captured" else 0, seconds_now())
        with self._db:
            self._db.execute("BEGIN")
            known = self._db.execute("SELECT * FROM payments WHERE payment_id = ?", row[:1]).fetchone()
            if known and tuple(known)[: len(row)] != row:
                raise NotTaken(f"payment {payment.payment_id} was another one; use another payment_id")
            if known:
                return False
            self._db.execute("INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, *stands))
            news = payment_news(payment)
            self.outbox.post(payment.order_id, f"payment {payment.payment_id}", news, quiet=payment.quiet)
        return True

    def transfer(self, kind: str, key: str) -> dict[str, Any] | None:
        """What was asked for, by its caller's own reference, which is found for ever."""
        found = self._db.execute(
            "SELECT * FROM transfers WHERE kind = ? AND key = ? ORDER BY rowid LIMIT 1", (kind, key)
        ).fetchone()
        return dict(found) if found else None

    def remembered(self, kind: str, key: str) -> dict[str, Any] | None:
        """The same, as long as the key is known as an idempotency key."""
        known = self.transfer(kind, key)
        if known and self._forget_after is not None and time.time() - known["created_at"] > self._forget_after:
            return None
        return known

    def open(
        self, transfer: Transfer, state: str, plans: list[tuple[float, str]], reason: str | None = None
    ) -> dict[str, Any]:
        """Enter a transfer in its first state, with what will become of it after so many seconds."""
        row = (transfer.kind, transfer.key, transfer.order_id, transfer.canonical(), transfer.amount, transfer.currency)
        reference = _reference(transfer.kind)
        with self._db:
            self._db.execute("BEGIN")
            self._enter((reference, *row, transfer.payment_id, state, reason, False), plans)
            if state != "failed":  # what is declined at once changes nothing
                self._changes_payment(self._by_reference(reference))
        return self._by_reference(reference)

    def refund_by_hand(
        self, payment_id: str, refund: ConsoleRefund, state: str, plans: list[tuple[float, str]]
    ) -> dict[str, Any]:
        """Enter a refund that nobody asked for by a call, and tell of it."""
        if why := self.why_no_refund(payment_id, refund.amount):
            raise NotTaken(why)
        payment, reference = self.payment(payment_id), _reference("refund")
        about = ("refund", None, payment["order_id"], "{}", refund.amount, payment["currency"], payment_id)
        with self._db:
            self._db.execute("BEGIN")
            self._enter((reference, *about, state, None, refund.quiet), plans)
            self._tell(self._by_reference(reference))
        return self._by_reference(reference)

    def _enter(self, row: tuple[object, ...], plans: list[tuple[float, str]]) -> None:
        self._db.execute("INSERT INTO transfers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, seconds_now()))
        for seconds, becomes in plans:
            self._db.execute(
                "INSERT INTO plans (reference, due_at, state, failure_reason) VALUES (?, ?, ?, ?)",
                (row[0], time.time() + seconds, becomes, reason_of(becomes)),
            )

    def _tell(self, transfer: dict[str, Any]) -> None:
        subject = f"{transfer['kind']} {transfer['reference']}"
        self.outbox.post(transfer["order_id"], subject, transfer_news(transfer), quiet=bool(transfer["quiet"]))

    def _changes_payment(self, transfer: dict[str, Any]) -> None:
        """What a capture or a void makes of its payment. A capture that fails late: the bank has let go of it."""
        becomes = BECOMES.get((transfer["kind"], transfer["state"]))
        if becomes is None:
            return
        row = (becomes, transfer["amount"] if becomes == "captured" else 0, transfer["payment_id"])
        self._db.execute("UPDATE payments SET state = ?, captured = ? WHERE payment_id = ?", row)

    def payment(self, payment_id: str) -> dict[str, Any]:
        """The same of one that there is. Raises `NotTaken`."""
        if (found := self.promised(payment_id)) is None:
            raise NotTaken(f"there is no payment {payment_id}")
        return found

    def promised(self, payment_id: str) -> dict[str, Any] | None:
        """A payment as it stands; None for one that was not made here."""
        found = self._db.execute("SELECT * FROM payments WHERE payment_id = ?", (payment_id,)).fetchone()
        return dict(found) if found else None

    def _by_reference(self, reference: str) -> dict[str, Any]:
        return dict(self._db.execute("SELECT * FROM transfers WHERE reference = ?", (reference,)).fetchone())

    def charge_back(self, chargeback: Chargeback) -> bool:
        """The buyer's bank disputes a payment; False when it was known."""
        payment = self.payment(chargeback.payment_id)
        currency = chargeback.currency or payment["currency"]
        return self.chargebacks.open(chargeback, chargeback.order_id or payment["order_id"], currency)

    def of_payment(self, payment_id: str) -> dict[str, Any]:
        """What went back of it, and what the banks say of it."""
        return pages.of_payment(self._db, payment_id)

    def begun_chargebacks(self, page: Page) -> dict[str, Any]:
        """Chargebacks that began in that time, as they stand now, and where the next page begins."""
        return pages.chargebacks(self._db, page)

    def entries(self, page: Page) -> dict[str, Any]:
        """Payments and transfers created in that time, oldest first, and where the next page begins."""
        return pages.entries(self._db, page)

    def why_no_refund(self, payment_id: str, amount: int, currency: str | None = None) -> str | None:
        """Why so much of the payment cannot go back, as a sentence; None: it can."""
        payment = self.promised(payment_id)
        if payment is None:
            return f"there is no payment {payment_id}"
        if self.chargebacks.are_open(payment_id):
            return "the payment is disputed by the buyer's bank"
        if currency not in (None, payment["currency"]):
            return f"the payment was made in {payment['currency']}"
        left = payment["captured"] - self._gone_back(payment_id) - self.chargebacks.taken(payment_id)
        return f"only {left} of the payment is left" if amount > left else None

    def _gone_back(self, payment_id: str) -> int:
        gone = self._db.execute(
            "SELECT coalesce(sum(amount), 0) FROM transfers"
            " WHERE kind = 'refund' AND payment_id = ? AND state NOT IN ('failed', 'reversed')",
            (payment_id,),
        ).fetchone()
        return int(gone[0])

    def settle_due(self) -> None:
        """Let every plan that is due come true, and tell of it."""
        now = (time.time(),)
        for plan in self._db.execute("SELECT * FROM plans WHERE due_at <= ? ORDER BY due_at, plan", now).fetchall():
            with self._db:
                self._db.execute("BEGIN")
                self._db.execute("DELETE FROM plans WHERE plan = ?", (plan["plan"],))
                self._db.execute(
                    "UPDATE transfers SET state = ?, failure_reason = ? WHERE reference = ?",
                    (plan["state"], plan["failure_reason"], plan["reference"]),
                )
                transfer = self._by_reference(plan["reference"])
                self._changes_payment(transfer)
                self._tell(transfer)

    def next_settling(self) -> float | None:
        """When there is something to settle again."""
        due: tuple[float | None] = self._db.execute("SELECT min(due_at) FROM plans").fetchone()
        return due[0]

    def noted(self, transfer: Transfer, outcome: str) -> None:
        """A call reached us."""
        row = (transfer.kind, transfer.key, transfer.order_id, outcome)
        self._db.execute("INSERT INTO calls (kind, key, order_id, outcome) VALUES (?, ?, ?, ?)", row)

    def pending(self) -> dict[str, int]:
        """How many transfers have still to settle, and how much has to be told."""
        plans = self._db.execute("SELECT count(*) FROM plans").fetchone()[0]
        news = self._db.execute("SELECT count(*) FROM outbox WHERE outcome = 'due'").fetchone()[0]
        return {"transfers": plans, "webhooks": news}

    def counts(self) -> dict[str, dict[str, int]]:
        """How often each outcome stands in the book, of calls and of webhooks."""
        asked = "SELECT outcome, count(*) FROM {} GROUP BY outcome"
        return {
            "calls": dict(self._db.execute(asked.format("calls")).fetchall()),
            "webhooks": dict(self._db.execute(asked.format("outbox")).fetchall()),
        }

    def pages(self, order_id: str | None) -> dict[str, Any]:
        """The whole book, or an order's pages of it."""
        return pages.of_order(self._db, order_id)


def _reference(kind: str) -> str:
    return f"{kind[:3]}_{uuid4().hex[:16]}"
