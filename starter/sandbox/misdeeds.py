"""What the provider is to do wrong: what was asked for, each time once; else what chance says."""

import sqlite3
from typing import Any

from starter.sandbox.faults import Faults
from starter.sandbox.requests import Behaviour, Transfer


class Misdeeds:
    """Remembered in the book, beside what was done."""

    def __init__(self, db: sqlite3.Connection, faults: Faults) -> None:
        self._db = db
        self._faults = faults

    def remember(self, behaviour: Behaviour) -> None:
        """To do something wrong."""
        row = (behaviour.kind, behaviour.order_id, behaviour.do, behaviour.times)
        self._db.execute("INSERT INTO behaviours (kind, order_id, what, times) VALUES (?, ?, ?, ?)", row)

    def of_call(self, transfer: Transfer) -> str | None:
        """What to do wrong with this call."""
        asked = "SELECT count(*) FROM calls WHERE kind = ? AND key = ?"
        before = self._db.execute(asked, (transfer.kind, transfer.key)).fetchone()[0]
        return self._asked_for(transfer.kind, transfer.order_id) or self._faults.of_call(transfer.key, before)

    def of_news(self, order_id: str | None, kind: str, data: dict[str, Any]) -> str | None:
        """What to do wrong with telling this. Drawn not by the subject: a reference is another one in every run."""
        about = f"{order_id or data['payment_id']} {kind} {data.get('attempt')} {data.get('state')}"
        return self._asked_for("webhook", order_id) or self._faults.of_webhook(about)

    def _asked_for(self, kind: str, order_id: str | None) -> str | None:
        found = self._db.execute(
            "SELECT * FROM behaviours WHERE kind = ? AND times > 0 AND (order_id IS NULL OR order_id = ?)"
            " ORDER BY behaviour LIMIT 1",
            (kind, order_id),
        ).fetchone()
        if found is None:
            return None
        self._db.execute("UPDATE behaviours SET times = times - 1 WHERE behaviour = ?", (found["behaviour"],))
        return str(found["what"])
