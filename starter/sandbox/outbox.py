"""What the provider has to tell, and what came of telling it. Who tells it lives in `webhooks.py`."""

import json
import sqlite3
import time
from typing import Any, Final
from uuid import uuid4

from starter.sandbox.misdeeds import Misdeeds
from starter.sandbox.news import now

LATE_SECONDS: Final = 3.0
"""By which a webhook is late that is told late or out of its order: longer than a transfer takes to settle."""
MAX_AT_ONCE: Final = 20
"""Webhooks told at the same time: after an outage there may be thousands, and the receiver has just come back."""


class Outbox:
    """Written in the transaction of what is told: it was done and will be told, or neither."""

    def __init__(self, db: sqlite3.Connection, misdeeds: Misdeeds) -> None:
        self._db = db
        self._misdeeds = misdeeds

    def post(self, order_id: str | None, subject: str, news: tuple[str, dict[str, Any]], *, quiet: bool) -> None:
        """To be told, in order with what else is said of the subject; of what is `quiet` nobody ever hears."""
        if quiet:
            return
        kind, data = news
        about = {} if order_id is None else {"order_id": order_id}
        body = json.dumps({"type": kind, "timestamp": now(), "data": {**about, **data}})
        wrong = self._misdeeds.of_news(order_id, kind, data)
        due_at = time.time() + (LATE_SECONDS if wrong in ("late", "out_of_order") else 0)
        outcome = "never" if wrong == "never" else "due"
        self._db.execute(
            "INSERT INTO outbox (webhook, order_id, subject, body, tries, due_at, outcome, copies, in_order)"
            " VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?)",
            (f"msg_{uuid4().hex}", order_id, subject, body, due_at, outcome, wrong == "twice", wrong != "out_of_order"),
        )

    def due(self) -> list[dict[str, Any]]:
        """What is to be told now, the oldest first, as many as are told at once; of one subject at most one."""
        found = self._db.execute(
            "SELECT * FROM next_news WHERE due_at <= ? ORDER BY due_at LIMIT ?", (time.time(), MAX_AT_ONCE)
        )
        return [dict(webhook) for webhook in found]

    def next_due(self) -> float | None:
        """When there is something to tell again."""
        due: tuple[float | None] = self._db.execute("SELECT min(due_at) FROM next_news").fetchone()
        return due[0]

    def tried(self, webhook: str, outcome: str, due_at: float | None) -> None:
        """What came of telling: `delivered`, `given up`, or `due` again. A copy is due at once."""
        self._db.execute(
            "UPDATE outbox SET tries = tries + 1, outcome = ?, due_at = ? WHERE webhook = ?", (outcome, due_at, webhook)
        )
        if outcome == "delivered":
            self._db.execute(
                "UPDATE outbox SET outcome = 'due', due_at = ?, copies = copies - 1 WHERE webhook = ? AND copies > 0",
                (time.time(), webhook),
            )
