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
from starter.sandbox.faults import Faults
from starter.sandbox.news import now, payment_news, reason_of, transfer_news
from starter.sandbox.requests import Behaviour, Chargeback, Page, Payment, Transfer, Verdict

SCHEMA: Final = Path(__file__).with_name("schema.sql")
VERSION: Final = 3
"""Of the schema; a book of another version is not read."""
LATE_SECONDS: Final = 3.0
"""By which a webhook is late that is told late or out of its order: longer than a transfer takes to settle."""
BECOMES: Final = {
    ("capture", "succeeded"): "captured",
    ("capture", "failed"): "voided",
    ("void", "succeeded"): "voided",
}
"""What a payment is once that has become of a transfer."""
MAX_AT_ONCE: Final = 20
"""Webhooks told at the same time: after an outage there may be thousands, and the receiver has just come back."""


class NotTaken(ValueError):
    """The book already says something else. The message says what, and what to do."""


class Book:
    """One SQLite file. Keys are forgotten after `forget_after` seconds, as providers do; None: never."""

    def __init__(self, file: str, faults: Faults | None = None, forget_after: float | None = None) -> None:
        self._db = sqlite3.connect(file, isolation_level=None)
        self._faults = faults or Faults()
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
        money = (payment.amount, payment.currency, payment.method)
        row = (payment.payment_id, payment.order_id, *money, payment.fail)
        stands = (state, payment.amount if state == "captured" else 0, _created())
        with self._db:
            self._db.execute("BEGIN")
            known = self._db.execute("SELECT * FROM payments WHERE payment_id = ?", row[:1]).fetchone()
            if known and tuple(known)[: len(row)] != row:
                raise NotTaken(f"payment {payment.payment_id} was another one; use another payment_id")
            if known:
                return False
            self._db.execute("INSERT INTO payments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", (*row, *stands))
            self._post(payment.order_id, f"payment {payment.payment_id}", *payment_news(payment))
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
        reference = f"{transfer.kind[:3]}_{uuid4().hex[:16]}"
        with self._db:
            self._db.execute("BEGIN")
            self._db.execute(
                "INSERT INTO transfers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (reference, *row, transfer.payment_id, state, reason, _created()),
            )
            for seconds, becomes in plans:
                self._db.execute(
                    "INSERT INTO plans (reference, due_at, state, failure_reason) VALUES (?, ?, ?, ?)",
                    (reference, time.time() + seconds, becomes, reason_of(becomes)),
                )
            if state != "failed":  # what is declined at once changes nothing
                self._changes_payment(self._by_reference(reference))
        return self._by_reference(reference)

    def _changes_payment(self, transfer: dict[str, Any]) -> None:
        """What a capture or a void makes of its payment. A capture that fails late: the bank has let go of it."""
        becomes = BECOMES.get((transfer["kind"], transfer["state"]))
        if becomes is None:
            return
        row = (becomes, transfer["amount"] if becomes == "captured" else 0, transfer["payment_id"])
        self._db.execute("UPDATE payments SET state = ?, captured = ? WHERE payment_id = ?", row)

    def promised(self, payment_id: str) -> dict[str, Any] | None:
        """A payment as it stands; None for one that was not made here."""
        found = self._db.execute("SELECT * FROM payments WHERE payment_id = ?", (payment_id,)).fetchone()
        return dict(found) if found else None

    def _by_reference(self, reference: str) -> dict[str, Any]:
        return dict(self._db.execute("SELECT * FROM transfers WHERE reference = ?", (reference,)).fetchone())

    def charge_back(self, chargeback: Chargeback) -> bool:
        """The buyer's bank disputes a payment; False when it was known."""
        row = (chargeback.chargeback_id, chargeback.payment_id, chargeback.order_id, chargeback.amount, "open")
        with self._db:
            self._db.execute("BEGIN")
            if self._db.execute("SELECT * FROM chargebacks WHERE chargeback_id = ?", row[:1]).fetchone():
                return False
            self._db.execute("INSERT INTO chargebacks VALUES (?, ?, ?, ?, ?)", row)
            self._tell_of_chargeback(chargeback.chargeback_id, "chargeback_opened", {})
        return True

    def decide(self, chargeback_id: str, verdict: Verdict) -> bool:
        """The bank has decided; False when there is no such chargeback."""
        with self._db:
            self._db.execute("BEGIN")
            changed = self._db.execute(
                "UPDATE chargebacks SET outcome = ?, amount = coalesce(?, amount) WHERE chargeback_id = ?",
                (verdict.outcome, verdict.amount, chargeback_id),
            )
            if not changed.rowcount:
                return False
            self._tell_of_chargeback(chargeback_id, "chargeback_closed", {"outcome": verdict.outcome})
        return True

    def _tell_of_chargeback(self, chargeback_id: str, name: str, more: dict[str, str]) -> None:
        known = self._db.execute("SELECT * FROM chargebacks WHERE chargeback_id = ?", (chargeback_id,)).fetchone()
        told = {field: known[field] for field in ("payment_id", "chargeback_id", "amount")}
        self._post(known["order_id"], f"chargeback {chargeback_id}", name, told | more)

    def disputed(self, payment_id: str) -> bool:
        """Whether the buyer's bank is thinking about it."""
        asked = "SELECT * FROM chargebacks WHERE payment_id = ? AND outcome = 'open'"
        return self._db.execute(asked, (payment_id,)).fetchone() is not None

    def entries(self, page: Page) -> dict[str, Any]:
        """Payments and transfers created in that time, oldest first, and where the next page begins."""
        return pages.entries(self._db, page)

    def refundable(self, payment_id: str) -> tuple[int, str] | None:
        """What was captured of a payment and has not gone back, and its currency; None for one that is not known."""
        paid = self._db.execute(
            "SELECT captured, currency FROM payments WHERE payment_id = ?", (payment_id,)
        ).fetchone()
        if paid is None:
            return None
        gone = self._db.execute(
            "SELECT coalesce(sum(amount), 0) FROM transfers"
            " WHERE kind = 'refund' AND payment_id = ? AND state NOT IN ('failed', 'reversed')",
            (payment_id,),
        ).fetchone()
        taken = self._db.execute(
            "SELECT coalesce(sum(amount), 0) FROM chargebacks WHERE payment_id = ? AND outcome = 'lost'", (payment_id,)
        ).fetchone()
        return paid["captured"] - gone[0] - taken[0], paid["currency"]

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
                subject = f"{transfer['kind']} {transfer['reference']}"
                self._post(transfer["order_id"], subject, *transfer_news(transfer))

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
        """What to do wrong with this call: what was asked for, each time counts; else what chance says."""
        asked = "SELECT count(*) FROM calls WHERE kind = ? AND key = ?"
        before = self._db.execute(asked, (transfer.kind, transfer.key)).fetchone()[0]
        return self._asked_for(transfer.kind, transfer.order_id) or self._faults.of_call(transfer.key, before)

    def _asked_for(self, kind: str, order_id: str) -> str | None:
        found = self._db.execute(
            "SELECT * FROM behaviours WHERE kind = ? AND times > 0 AND (order_id IS NULL OR order_id = ?)"
            " ORDER BY behaviour LIMIT 1",
            (kind, order_id),
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
        """What came of telling: `delivered`, `given up`, or `due` again. A copy is due at once."""
        self._db.execute(
            "UPDATE outbox SET tries = tries + 1, outcome = ?, due_at = ? WHERE webhook = ?", (outcome, due_at, webhook)
        )
        if outcome == "delivered":
            self._db.execute(
                "UPDATE outbox SET outcome = 'due', due_at = ?, copies = copies - 1 WHERE webhook = ? AND copies > 0",
                (time.time(), webhook),
            )

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

    def _post(self, order_id: str, subject: str, kind: str, data: dict[str, Any]) -> None:
        body = json.dumps({"type": kind, "timestamp": now(), "data": {"order_id": order_id, **data}})
        wrong = self._asked_for("webhook", order_id) or self._wrong_with_news(order_id, kind, data)
        due_at = time.time() + (LATE_SECONDS if wrong in ("late", "out_of_order") else 0)
        outcome = "never" if wrong == "never" else "due"
        self._db.execute(
            "INSERT INTO outbox (webhook, order_id, subject, body, tries, due_at, outcome, copies, in_order)"
            " VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?)",
            (f"msg_{uuid4().hex}", order_id, subject, body, due_at, outcome, wrong == "twice", wrong != "out_of_order"),
        )

    def _wrong_with_news(self, order_id: str, kind: str, data: dict[str, Any]) -> str | None:
        """What chance says. Not by the subject: a reference is another one in every run."""
        return self._faults.of_webhook(f"{order_id} {kind} {data.get('attempt')} {data.get('state')}")


def _created() -> float:
    """Now, in whole microseconds: so exact is an instant when it is told, and asked for again."""
    return round(time.time(), 6)
