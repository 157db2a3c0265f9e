"""The bare order: what the same upserts, timers, provider calls and records cost when nothing is decided.

Plain handlers, plain dictionaries, fixed answers. It takes its two stories on trust, so it is no order process: the
difference to it is what our rules cost. Its record is written, and its worker put together, in `bare_worker.py`.
"""

from datetime import datetime, timedelta
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    # The sandbox runs this file anew for every order; what is passed through it does not.
    from temporalio.common import RetryPolicy

    from benchmarks.bare_moves import (
        BUYER,
        MOVES,
        NEXT_DEADLINE,
        REFUND_STATE,
        REST,
        SELLER,
        STAGE,
        STATUS,
        TERMS,
        WAITING_ON,
        Json,
    )


@workflow.defn(name="Bare")
class BareOrder:
    """One order that believes everything it is told."""

    @workflow.init
    def __init__(self, start: Json) -> None:
        self._start = start
        self._happened: list[tuple[str, Json, datetime]] = []
        self._entry = 0
        self._shown = ""
        self._recording: list[workflow.ActivityHandle[Any]] = []
        self._moved("start", start)

    @workflow.run
    async def run(self, start: Json) -> Json:
        workflow.upsert_search_attributes(
            [
                BUYER.value_set(start["buyer_id"]),
                SELLER.value_set(start["seller_id"]),
                REFUND_STATE.value_set("none"),
                *self._attributes(),
            ]
        )
        self._record()
        while not self._calls:
            try:
                await workflow.wait_condition(
                    lambda: bool(self._happened), timeout=self._move.window, timeout_summary=self._move.timer
                )
            except TimeoutError:
                break
            attributes = self._attributes()
            if self._calls:
                attributes.append(REFUND_STATE.value_set("in_flight"))
            workflow.upsert_search_attributes(attributes)
            self._record()
        if self._calls:
            await self._call_provider(self._move.call)
            self._happened.append(("provider_answered", {}, workflow.now()))
            ended: list[Any] = [WAITING_ON.value_set("nobody"), REFUND_STATE.value_set("final")]
            if self._move.call == "refund":
                ended.append(STATUS.value_set(self._move.stage))
            workflow.upsert_search_attributes(ended)
            await self._last_record()
        return {**self._answer(), "currency": "USD", "total": 2_299, "closed_at": str(workflow.now())}

    @workflow.update
    def payment_captured(self, message: Json) -> Json:
        return self._moved("payment_captured", message)

    @workflow.update
    def ship(self, message: Json) -> Json:
        return self._moved("ship", message)

    @workflow.update
    def parcel_delivered(self, message: Json) -> Json:
        return self._moved("parcel_delivered", message)

    @workflow.update
    def confirm_receipt(self, message: Json) -> Json:
        return self._moved("confirm_receipt", message)

    @workflow.update
    def request_cancellation(self, message: Json) -> Json:
        return self._moved("request_cancellation", message)

    @workflow.update
    def decide_cancellation(self, message: Json) -> Json:
        return self._moved("decide_cancellation", message)

    def _moved(self, name: str, message: Json) -> Json:
        now = workflow.now()
        self._move = MOVES[name]
        self._deadline: datetime | None = now + self._move.window if self._move.window else None
        self._happened.append((name, message, now))
        return self._answer()

    @property
    def _calls(self) -> bool:
        return bool(self._move.call)

    def _answer(self) -> Json:
        return {
            "order_id": self._start["order_id"],
            "version": self._entry + 1,
            "stage": self._move.stage,
            "status": self._move.stage,
            "waiting_on": self._move.waiting_on,
            "deadline": {"kind": self._move.timer, "at": self._deadline.isoformat()} if self._deadline else None,
            "applied": True,
        }

    def _attributes(self) -> list[Any]:
        deadline = NEXT_DEADLINE.value_set(self._deadline) if self._deadline else NEXT_DEADLINE.value_unset()
        changed = [STAGE.value_set(self._move.stage), STATUS.value_set(self._move.stage), deadline]
        if self._move.waiting_on != self._shown:
            self._shown = self._move.waiting_on
            changed.append(WAITING_ON.value_set(self._shown))
        return changed

    def _record(self) -> None:
        """By a local activity for which nothing waits, as the engine does."""
        document = self._told()
        if document:
            self._recording.append(
                workflow.start_local_activity(
                    "bare_record",
                    document,
                    start_to_close_timeout=timedelta(seconds=10),
                    summary=document["timeline"][0]["name"],
                )
            )

    async def _last_record(self) -> None:
        """By an activity of Temporal's own: the run may not end before it is written."""
        if document := self._told():
            await workflow.execute_activity(
                "bare_record",
                document,
                start_to_close_timeout=timedelta(seconds=10),
                summary=document["timeline"][0]["name"],
            )

    def _told(self) -> Json | None:
        """What happened since the last record; None where none are kept."""
        workflow.set_current_details(
            f"- **Stage**: {self._move.stage}\n- **Waiting on**: {self._move.waiting_on}\n"
            f"- **Next deadline**: {self._move.timer} {self._deadline}\n"
            "- **Money**: total 22.99 USD, captured 22.99 USD"
        )
        happened, self._happened = self._happened, []
        self._entry += len(happened)
        return self._document(happened) if self._start.get("records") else None

    def _document(self, happened: list[tuple[str, Json, datetime]]) -> Json:
        """The order as one would keep it: its row, its state, what happened, and who is told."""
        start, money = self._start, {"captured": 2_299, "held": 2_299, "refunded": 0, "refunding": 0, "released": 0}
        common = {**self._answer(), "entry": self._entry, "created_at": workflow.info().workflow_start_time.isoformat()}
        return {
            "row": {**common, **money, "buyer_id": start["buyer_id"], "seller_id": start["seller_id"]},
            "state": {
                **start,
                **common,
                "terms": TERMS,
                "rest": REST,
                "ledger": money,
                "requests": [name for name, _, _ in happened],
            },
            "timeline": [
                {
                    "name": name,
                    "at": at.isoformat(),
                    "message": message,
                    "summary": f"{name} of 22.99 USD",
                    "money": money,
                }
                for name, message, at in happened
            ],
            "inbox": [
                {"entry": self._entry, "kind": name, "text": f"Order {start['order_id']}: {name}"}
                for name, _, _ in happened
            ],
        }

    async def _call_provider(self, kind: str) -> Json:
        order_id = self._start["order_id"]
        payer = {"payment_id": f"pay-{order_id}"} if kind == "refund" else {"seller_id": self._start["seller_id"]}
        call = {
            "order_id": order_id,
            f"{kind}_id": f"{order_id}-{kind}-1",
            "attempt": 1,
            "key": f"{order_id}-{kind}-1-1",
            "amount": 2_299,
            "currency": "USD",
            **payer,
        }
        answer: Json = await workflow.execute_activity(
            f"send_{kind}",
            call,
            start_to_close_timeout=timedelta(seconds=20),
            schedule_to_close_timeout=timedelta(minutes=2),
            heartbeat_timeout=timedelta(seconds=5),
            retry_policy=RetryPolicy(maximum_interval=timedelta(seconds=15)),
            summary=f"{kind} 22.99 USD, {call['key']}",
        )
        return answer
