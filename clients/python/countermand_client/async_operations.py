"""Every operation of the API as a method, to be awaited.

Generated from docs/openapi.json: change nothing here, run `python -m tests.reference`. How a call travels lives in
`async_client.py`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal, cast

from countermand_client.calls import Call, quoted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from countermand_client import types


class AsyncOperations(ABC):
    """The operations. What is not given is not sent.

    Of a command `idempotency_key` is its request id: the same again under the same key is answered alike, and never
    carried out twice; without one a key is made. `if_match` is the version on which the caller decided.
    """

    @abstractmethod
    async def _call(self, call: Call) -> Any:
        """What is answered: JSON, bytes of a file, or None where nothing has changed."""

    async def get_orders(
        self,
        *,
        status: Literal[
            "pending_payment",
            "awaiting_shipment",
            "cancellation_pending",
            "shipped",
            "delivery_refused",
            "delivery_failed",
            "returned_to_seller",
            "lost_in_return",
            "delivered",
            "dispute_open",
            "under_review",
            "information_requested",
            "decided",
            "return_requested",
            "exchange_in_progress",
            "cancellation_approved",
            "refund_processing",
            "refund_delayed",
            "cancelled",
            "refunded",
            "partially_refunded",
            "completed",
            "returning_to_seller",
            "disputed",
            "returning_goods",
            "exchanging",
        ]
        | None = None,
        stage: Literal[
            "pending_payment",
            "awaiting_shipment",
            "cancellation_pending",
            "shipped",
            "returning_to_seller",
            "returned_to_seller",
            "lost_in_return",
            "delivered",
            "disputed",
            "returning_goods",
            "exchanging",
            "cancelled",
            "refunded",
            "partially_refunded",
            "completed",
        ]
        | None = None,
        waiting_on: Literal["buyer", "seller", "platform", "payment_provider", "carrier", "nobody"] | None = None,
        needs_attention: bool | None = None,
        overdue: bool | None = None,
        due_before: str | None = None,
        buyer: str | None = None,
        seller: str | None = None,
        root: str | None = None,
        q: str | None = None,
        order_by: Literal["created", "deadline"] | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> types.OrdersPage:
        """Orders, newest first."""
        return cast(
            "types.OrdersPage",
            await self._call(
                Call(
                    "GET",
                    "/orders",
                    query={
                        "status": status,
                        "stage": stage,
                        "waiting_on": waiting_on,
                        "needs_attention": needs_attention,
                        "overdue": overdue,
                        "due_before": due_before,
                        "buyer": buyer,
                        "seller": seller,
                        "root": root,
                        "q": q,
                        "order_by": order_by,
                        "cursor": cursor,
                        "limit": limit,
                    },
                )
            ),
        )

    async def iter_orders(
        self,
        *,
        status: Literal[
            "pending_payment",
            "awaiting_shipment",
            "cancellation_pending",
            "shipped",
            "delivery_refused",
            "delivery_failed",
            "returned_to_seller",
            "lost_in_return",
            "delivered",
            "dispute_open",
            "under_review",
            "information_requested",
            "decided",
            "return_requested",
            "exchange_in_progress",
            "cancellation_approved",
            "refund_processing",
            "refund_delayed",
            "cancelled",
            "refunded",
            "partially_refunded",
            "completed",
            "returning_to_seller",
            "disputed",
            "returning_goods",
            "exchanging",
        ]
        | None = None,
        stage: Literal[
            "pending_payment",
            "awaiting_shipment",
            "cancellation_pending",
            "shipped",
            "returning_to_seller",
            "returned_to_seller",
            "lost_in_return",
            "delivered",
            "disputed",
            "returning_goods",
            "exchanging",
            "cancelled",
            "refunded",
            "partially_refunded",
            "completed",
        ]
        | None = None,
        waiting_on: Literal["buyer", "seller", "platform", "payment_provider", "carrier", "nobody"] | None = None,
        needs_attention: bool | None = None,
        overdue: bool | None = None,
        due_before: str | None = None,
        buyer: str | None = None,
        seller: str | None = None,
        root: str | None = None,
        q: str | None = None,
        order_by: Literal["created", "deadline"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[types.OrderRow]:
        """Orders, newest first. All of them, page by page."""
        cursor: str | None = None
        while True:
            page = await self.get_orders(
                status=status,
                stage=stage,
                waiting_on=waiting_on,
                needs_attention=needs_attention,
                overdue=overdue,
                due_before=due_before,
                buyer=buyer,
                seller=seller,
                root=root,
                q=q,
                order_by=order_by,
                limit=limit,
                cursor=cursor,
            )
            for one in page["orders"]:
                yield one
            cursor = page["cursor"]
            if cursor is None:
                return

    async def start_order(self, new_order: types.NewOrder) -> types.OrderView:
        """Start an order. The same again answers 200, and nothing is started twice."""
        return cast("types.OrderView", await self._call(Call("POST", "/orders", body=new_order)))

    async def get_counts(self) -> types.Counts:
        """How many orders there are of each kind."""
        return cast("types.Counts", await self._call(Call("GET", "/counts")))

    async def get_order(
        self, order_id: str, *, include: str | None = None, min_version: int | None = None
    ) -> types.OrderView:
        """The order as its caller may see it.

        include: With commas, any of actions, notices, timeline, messages, evidence; there is no ETag then. Of
        timeline, messages, evidence the first 100: `cursors` says with which `cursor` the route of that name goes
        on.
        min_version: The version of an answer that the caller has: nothing older is shown.
        """
        return cast(
            "types.OrderView",
            await self._call(
                Call("GET", "/orders/{order_id}", (order_id,), query={"include": include, "min_version": min_version})
            ),
        )

    async def get_order_if_changed(
        self, order_id: str, *, known: int | str, include: str | None = None, min_version: int | None = None
    ) -> types.OrderView | None:
        """The order as its caller may see it. None: it is still as you have it.

        known: The version, or hash, you have.
        include: With commas, any of actions, notices, timeline, messages, evidence; there is no ETag then. Of
        timeline, messages, evidence the first 100: `cursors` says with which `cursor` the route of that name goes
        on.
        min_version: The version of an answer that the caller has: nothing older is shown.
        """
        return cast(
            "types.OrderView | None",
            await self._call(
                Call(
                    "GET",
                    "/orders/{order_id}",
                    (order_id,),
                    query={"include": include, "min_version": min_version},
                    header={"If-None-Match": quoted(known)},
                )
            ),
        )

    async def get_order_actions(self, order_id: str, *, min_version: int | None = None) -> types.Actions:
        """What its caller can do now.

        min_version: The version of an answer that the caller has: nothing older is shown.
        """
        return cast(
            "types.Actions",
            await self._call(
                Call("GET", "/orders/{order_id}/actions", (order_id,), query={"min_version": min_version})
            ),
        )

    async def get_order_timeline(
        self, order_id: str, *, cursor: str | None = None, limit: int | None = None, min_version: int | None = None
    ) -> types.OrderTimelinePage:
        """What happened, oldest first.

        min_version: The version of an answer that the caller has: nothing older is shown.
        """
        return cast(
            "types.OrderTimelinePage",
            await self._call(
                Call(
                    "GET",
                    "/orders/{order_id}/timeline",
                    (order_id,),
                    query={"cursor": cursor, "limit": limit, "min_version": min_version},
                )
            ),
        )

    async def iter_order_timeline(
        self, order_id: str, *, limit: int | None = None, min_version: int | None = None
    ) -> AsyncIterator[types.TimelineRow]:
        """What happened, oldest first. All of them, page by page."""
        cursor: str | None = None
        while True:
            page = await self.get_order_timeline(order_id, limit=limit, min_version=min_version, cursor=cursor)
            for one in page["timeline"]:
                yield one
            cursor = page["cursor"]
            if cursor is None:
                return

    async def get_order_messages(
        self, order_id: str, *, cursor: str | None = None, limit: int | None = None, min_version: int | None = None
    ) -> types.OrderMessagesPage:
        """What was said, oldest first.

        min_version: The version of an answer that the caller has: nothing older is shown.
        """
        return cast(
            "types.OrderMessagesPage",
            await self._call(
                Call(
                    "GET",
                    "/orders/{order_id}/messages",
                    (order_id,),
                    query={"cursor": cursor, "limit": limit, "min_version": min_version},
                )
            ),
        )

    async def iter_order_messages(
        self, order_id: str, *, limit: int | None = None, min_version: int | None = None
    ) -> AsyncIterator[types.MessageRow]:
        """What was said, oldest first. All of them, page by page."""
        cursor: str | None = None
        while True:
            page = await self.get_order_messages(order_id, limit=limit, min_version=min_version, cursor=cursor)
            for one in page["messages"]:
                yield one
            cursor = page["cursor"]
            if cursor is None:
                return

    async def get_order_evidence(
        self, order_id: str, *, cursor: str | None = None, limit: int | None = None, min_version: int | None = None
    ) -> types.OrderEvidencePage:
        """What was shown, oldest first.

        min_version: The version of an answer that the caller has: nothing older is shown.
        """
        return cast(
            "types.OrderEvidencePage",
            await self._call(
                Call(
                    "GET",
                    "/orders/{order_id}/evidence",
                    (order_id,),
                    query={"cursor": cursor, "limit": limit, "min_version": min_version},
                )
            ),
        )

    async def iter_order_evidence(
        self, order_id: str, *, limit: int | None = None, min_version: int | None = None
    ) -> AsyncIterator[types.EvidenceRow]:
        """What was shown, oldest first. All of them, page by page."""
        cursor: str | None = None
        while True:
            page = await self.get_order_evidence(order_id, limit=limit, min_version=min_version, cursor=cursor)
            for one in page["evidence"]:
                yield one
            cursor = page["cursor"]
            if cursor is None:
                return

    async def get_events(
        self, *, after: int | None = None, order: str | None = None, limit: int | None = None
    ) -> types.EventsAnswer:
        """What happened in the caller's orders, oldest first, in one sequence for ever: a page, or a stream."""
        return cast(
            "types.EventsAnswer",
            await self._call(Call("GET", "/events", query={"after": after, "order": order, "limit": limit})),
        )

    async def payment_authorized(
        self,
        order_id: str,
        *,
        payment_id: str,
        amount: int,
        currency: str,
        method: str,
        occurred_at: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The buyer's bank has promised the money. Nothing is charged yet.

        payment_id: The provider's own id of the payment.
        amount: In minor units.
        currency: ISO 4217.
        method: How it was paid, in the provider's words: `card`.
        occurred_at: When it happened, where the sender knows.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/payment_authorized",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={
                        "payment_id": payment_id,
                        "amount": amount,
                        "currency": currency,
                        "method": method,
                        "occurred_at": occurred_at,
                    },
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def payment_voided(
        self,
        order_id: str,
        *,
        payment_id: str,
        reason: str,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The bank has let go of an authorisation: it expired, or was given back. Not that a try to pay did not
        work: news of such a try may come after the one that did. The platform may report it once a capture is
        overdue.

        payment_id: The provider's own id of the payment.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/payment_voided",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"payment_id": payment_id, "reason": reason},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def payment_captured(
        self,
        order_id: str,
        *,
        payment_id: str,
        amount: int,
        currency: str,
        method: str,
        of: int | None = None,
        occurred_at: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The provider holds the buyer's money.

        payment_id: The provider's own id of the payment.
        amount: In minor units.
        currency: ISO 4217.
        method: How it was paid, in the provider's words: `card`.
        of: What the whole payment brought, where `amount` is only this order's share of it (R36).
        occurred_at: When it happened, where the sender knows.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/payment_captured",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={
                        "payment_id": payment_id,
                        "amount": amount,
                        "currency": currency,
                        "method": method,
                        "of": of,
                        "occurred_at": occurred_at,
                    },
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def payment_failed(
        self,
        order_id: str,
        *,
        payment_id: str,
        reason: str,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """A try to pay did not work.

        payment_id: The provider's own id of the payment.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/payment_failed",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"payment_id": payment_id, "reason": reason},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def request_cancellation(
        self,
        order_id: str,
        *,
        reason: Literal[
            "no_longer_needed",
            "found_better_price",
            "ordered_wrong_item",
            "shipping_too_slow",
            "changed_mind",
            "duplicate_order",
            "wrong_address",
            "wrong_payment_method",
            "seller_asked",
            "other",
        ]
        | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The buyer wants out: at once while unpaid, by the seller's leave once paid.

        reason: Needed once the order is paid; `other` needs a note.
        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/request_cancellation",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"reason": reason, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def withdraw_cancellation(
        self, order_id: str, *, idempotency_key: str | None = None, if_match: int | None = None
    ) -> types.Answer:
        """The buyer wants the order after all."""
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/withdraw_cancellation",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def decide_cancellation(
        self,
        order_id: str,
        *,
        approve: bool,
        reason: types.RejectionReason | None = None,
        carrier: str | None = None,
        tracking: str | None = None,
        deliver_by: str | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The seller's answer to a cancellation request. A rejection as `already_shipped` brings the parcel.

        reason: A rejection needs one; `other` also a note.
        carrier: With `already_shipped`, and then needed.
        tracking: The same.
        deliver_by: With `already_shipped`: when the parcel should be there, after now and at most
        `deliver_within` ahead.
        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/decide_cancellation",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={
                        "approve": approve,
                        "reason": reason,
                        "carrier": carrier,
                        "tracking": tracking,
                        "deliver_by": deliver_by,
                        "note": note,
                    },
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def cancel_order(
        self,
        order_id: str,
        *,
        reason: Literal[
            "out_of_stock",
            "cannot_ship_to_address",
            "price_error",
            "buyer_asked",
            "suspected_fraud",
            "other",
            "fraud",
            "policy",
            "staff_error",
        ],
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """Seller or platform ends the order before it is shipped.

        reason: The seller's are those up to `other`, the others are the platform's.
        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/cancel_order",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"reason": reason, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def ship(
        self,
        order_id: str,
        *,
        carrier: str,
        tracking: str,
        deliver_by: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The seller hands the parcel to the carrier.

        tracking: By which the carrier knows the parcel.
        deliver_by: When the parcel should be there, after now and at most `deliver_within` ahead: from then on
        the buyer may say that it is not.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/ship",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"carrier": carrier, "tracking": tracking, "deliver_by": deliver_by},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def correct_tracking(
        self,
        order_id: str,
        *,
        carrier: str,
        tracking: str,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The seller named the wrong parcel, and no carrier has said anything of it yet.

        tracking: By which the carrier knows the parcel.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/correct_tracking",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"carrier": carrier, "tracking": tracking},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def extend_delivery(
        self,
        order_id: str,
        *,
        days: int,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The seller gives a slow parcel more time.

        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/extend_delivery",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"days": days, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def request_interception(
        self, order_id: str, *, note: str | None = None, idempotency_key: str | None = None, if_match: int | None = None
    ) -> types.Answer:
        """The buyer asks the seller to have the parcel stopped on its way.

        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/request_interception",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def answer_interception(
        self,
        order_id: str,
        *,
        answer: Literal["trying", "refused"],
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The seller tries to stop the parcel, or will not. Whether it worked says the carrier.

        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/answer_interception",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"answer": answer, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def parcel_delivered(
        self,
        order_id: str,
        *,
        tracking: str,
        occurred_at: str | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The carrier handed the parcel over.

        tracking: By which the carrier knows the parcel.
        occurred_at: When it happened, where the sender knows.
        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/parcel_delivered",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"tracking": tracking, "occurred_at": occurred_at, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def delivery_refused(
        self,
        order_id: str,
        *,
        tracking: str,
        occurred_at: str | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The buyer refused the parcel at the door: it goes back.

        tracking: By which the carrier knows the parcel.
        occurred_at: When it happened, where the sender knows.
        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/delivery_refused",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"tracking": tracking, "occurred_at": occurred_at, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def delivery_failed(
        self,
        order_id: str,
        *,
        tracking: str,
        occurred_at: str | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The carrier has given up and sends the parcel back.

        tracking: By which the carrier knows the parcel.
        occurred_at: When it happened, where the sender knows.
        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/delivery_failed",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"tracking": tracking, "occurred_at": occurred_at, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def parcel_returned(
        self,
        order_id: str,
        *,
        tracking: str,
        occurred_at: str | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The parcel is back at the seller.

        tracking: By which the carrier knows the parcel.
        occurred_at: When it happened, where the sender knows.
        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/parcel_returned",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"tracking": tracking, "occurred_at": occurred_at, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def parcel_lost(
        self,
        order_id: str,
        *,
        tracking: str,
        occurred_at: str | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The carrier cannot find the parcel any more.

        tracking: By which the carrier knows the parcel.
        occurred_at: When it happened, where the sender knows.
        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/parcel_lost",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"tracking": tracking, "occurred_at": occurred_at, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def receive_return(
        self,
        order_id: str,
        *,
        inspection: types.Inspection,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The seller has a parcel back, and says what is in it.

        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/receive_return",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"inspection": inspection, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def confirm_receipt(
        self, order_id: str, *, idempotency_key: str | None = None, if_match: int | None = None
    ) -> types.Answer:
        """The buyer has it and is content: the order completes, and no dispute can follow."""
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/confirm_receipt",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def make_offer(
        self,
        order_id: str,
        *,
        resolution: Literal["full_refund", "partial_refund", "return_and_refund", "exchange", "voucher"],
        amount: int | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """A way out that one side offers the other. A new offer of the same side replaces the one before.

        amount: For a `partial_refund` or a `voucher`, and then needed.
        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/make_offer",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"resolution": resolution, "amount": amount, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def accept_offer(
        self,
        order_id: str,
        *,
        offer_id: str,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The other side takes the offer.

        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/accept_offer",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"offer_id": offer_id, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def decline_offer(
        self,
        order_id: str,
        *,
        offer_id: str,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The other side does not take the offer.

        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/decline_offer",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"offer_id": offer_id, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def open_dispute(
        self,
        order_id: str,
        *,
        reason: types.DisputeReason,
        description: str,
        requested_resolution: Literal["full_refund", "partial_refund", "return_and_refund", "exchange"],
        amount: int | None = None,
        evidence: Sequence[types.Evidence] | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """Something is wrong with the order, and the buyer, or the platform for the buyer, wants it put right.

        amount: For a `partial_refund`, and then needed.
        evidence: What the reason demands, and whatever else there is to see.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/open_dispute",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={
                        "reason": reason,
                        "description": description,
                        "requested_resolution": requested_resolution,
                        "amount": amount,
                        "evidence": evidence,
                    },
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def add_evidence(
        self,
        order_id: str,
        *,
        evidence: Sequence[types.Evidence],
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """More to look at, until the dispute is decided."""
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/add_evidence",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"evidence": evidence},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def respond_to_dispute(
        self,
        order_id: str,
        *,
        accept: bool,
        statement: str | None = None,
        evidence: Sequence[types.Evidence] | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The seller agrees to what is requested, or says why not.

        accept: `true`: what the buyer requests is done.
        statement: Needed to contest it.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/respond_to_dispute",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"accept": accept, "statement": statement, "evidence": evidence},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def request_information(
        self,
        order_id: str,
        *,
        party: Literal["buyer", "seller"],
        question: str,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The platform asks one side something; the review clock stands still meanwhile."""
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/request_information",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"party": party, "question": question},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def provide_information(
        self,
        order_id: str,
        *,
        answer: str,
        evidence: Sequence[types.Evidence] | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The asked side answers."""
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/provide_information",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"answer": answer, "evidence": evidence},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def decide_dispute(
        self,
        order_id: str,
        *,
        outcome: Literal["full_refund", "partial_refund", "return_and_refund", "exchange", "no_refund"],
        reason_code: Literal[
            "valid_delivery_proof",
            "no_delivery_proof",
            "item_as_described",
            "item_not_as_described",
            "delivery_refused",
            "item_returned",
            "return_not_received",
            "insufficient_evidence",
            "chargeback",
            "refunded_elsewhere",
        ],
        amount: int | None = None,
        fault: Literal["buyer", "seller", "platform", "payment_provider", "carrier"] | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer | types.Approval:
        """The platform decides.

        amount: For a `partial_refund`, and then needed.
        note: For the timeline.
        """
        return cast(
            "types.Answer | types.Approval",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/decide_dispute",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={
                        "outcome": outcome,
                        "reason_code": reason_code,
                        "amount": amount,
                        "fault": fault,
                        "note": note,
                    },
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def withdraw_dispute(
        self, order_id: str, *, note: str | None = None, idempotency_key: str | None = None, if_match: int | None = None
    ) -> types.Answer:
        """The buyer takes the dispute back.

        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/withdraw_dispute",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def appeal(
        self,
        order_id: str,
        *,
        statement: str,
        evidence: Sequence[types.Evidence],
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The buyer does not accept the decision, and has something new to show."""
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/appeal",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"statement": statement, "evidence": evidence},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def ship_return(
        self,
        order_id: str,
        *,
        carrier: str,
        tracking: str,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The buyer sends the goods back, as a decision or an agreement asks.

        tracking: By which the carrier knows the parcel.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/ship_return",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"carrier": carrier, "tracking": tracking},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def refund_updated(
        self,
        order_id: str,
        *,
        refund_id: str,
        state: Literal["pending", "succeeded", "failed", "reversed"],
        attempt: int | None = None,
        provider_reference: str | None = None,
        failure_reason: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer | types.Approval:
        """News of one attempt at a refund. The platform may report it too once the provider has been silent too
        long.

        attempt: Of which attempt it is news. It may be left out only while there was one.
        provider_reference: The provider's own id, or another proof.
        failure_reason: In the provider's words.
        """
        return cast(
            "types.Answer | types.Approval",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/refund_updated",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={
                        "refund_id": refund_id,
                        "state": state,
                        "attempt": attempt,
                        "provider_reference": provider_reference,
                        "failure_reason": failure_reason,
                    },
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def release_updated(
        self,
        order_id: str,
        *,
        release_id: str,
        state: Literal["pending", "succeeded", "failed", "reversed"],
        attempt: int | None = None,
        provider_reference: str | None = None,
        failure_reason: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer | types.Approval:
        """News of one attempt at paying the seller.

        attempt: Of which attempt it is news. It may be left out only while there was one.
        provider_reference: The provider's own id, or another proof.
        failure_reason: In the provider's words.
        """
        return cast(
            "types.Answer | types.Approval",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/release_updated",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={
                        "release_id": release_id,
                        "state": state,
                        "attempt": attempt,
                        "provider_reference": provider_reference,
                        "failure_reason": failure_reason,
                    },
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def chargeback_opened(
        self,
        order_id: str,
        *,
        payment_id: str,
        chargeback_id: str,
        amount: int,
        note: str | None = None,
        currency: str | None = None,
        occurred_at: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer | types.Approval:
        """The buyer's bank disputes a payment: until that is decided, nothing of it moves.

        payment_id: The provider's own id of the payment.
        chargeback_id: The provider's own id of it.
        amount: In minor units.
        note: For the timeline.
        currency: ISO 4217.
        occurred_at: When it happened, where the sender knows.
        """
        return cast(
            "types.Answer | types.Approval",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/chargeback_opened",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={
                        "payment_id": payment_id,
                        "chargeback_id": chargeback_id,
                        "amount": amount,
                        "note": note,
                        "currency": currency,
                        "occurred_at": occurred_at,
                    },
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def chargeback_closed(
        self,
        order_id: str,
        *,
        payment_id: str,
        chargeback_id: str,
        amount: int,
        outcome: types.ChargebackOutcome,
        note: str | None = None,
        currency: str | None = None,
        occurred_at: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer | types.Approval:
        """The bank has decided. Lost: the amount is gone from that payment. It is 0 only in a word of the engine's
        own, to an order that has no share in it any more.

        payment_id: The provider's own id of the payment.
        chargeback_id: The provider's own id of it.
        amount: In minor units.
        note: For the timeline.
        currency: ISO 4217.
        occurred_at: When it happened, where the sender knows.
        """
        return cast(
            "types.Answer | types.Approval",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/chargeback_closed",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={
                        "payment_id": payment_id,
                        "chargeback_id": chargeback_id,
                        "amount": amount,
                        "outcome": outcome,
                        "note": note,
                        "currency": currency,
                        "occurred_at": occurred_at,
                    },
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def refund_reported(
        self,
        order_id: str,
        *,
        payment_id: str,
        reference: str,
        amount: int,
        currency: str,
        state: Literal["pending", "succeeded", "failed", "reversed"],
        note: str | None = None,
        reason: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer | types.Approval:
        """The buyer got money of a payment without our asking: in the provider's console, by another program
        (R35). The amount is 0 only in a word of the engine's own, as of a chargeback.

        payment_id: The provider's own id of the payment.
        reference: The provider's own id of that refund.
        amount: In minor units.
        currency: ISO 4217.
        note: For the timeline.
        """
        return cast(
            "types.Answer | types.Approval",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/refund_reported",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={
                        "payment_id": payment_id,
                        "reference": reference,
                        "amount": amount,
                        "currency": currency,
                        "state": state,
                        "note": note,
                        "reason": reason,
                    },
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def send_message(
        self,
        order_id: str,
        *,
        to: Literal["buyer", "seller", "platform"],
        text: str,
        attachments: Sequence[types.Attachment] | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """A word from one party to another."""
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/send_message",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"to": to, "text": text, "attachments": attachments},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def move_deadline(
        self,
        order_id: str,
        *,
        deadline: types.DeadlineKind,
        to: str,
        note: str,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The platform moves a running deadline, and says why. The deliberate exception to frozen terms (R24).

        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/move_deadline",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"deadline": deadline, "to": to, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def retry_refund(
        self,
        order_id: str,
        *,
        refund_id: str,
        provider_reference: str | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer | types.Approval:
        """The platform lets a failed or reversed refund be tried again, as a new attempt.

        provider_reference: The provider's own id, or another proof.
        note: For the timeline.
        """
        return cast(
            "types.Answer | types.Approval",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/retry_refund",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"refund_id": refund_id, "provider_reference": provider_reference, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def settle_refund_manually(
        self,
        order_id: str,
        *,
        refund_id: str,
        provider_reference: str | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer | types.Approval:
        """The platform paid a failed or reversed refund itself: through the provider, whose id of that it names,
        or without one by another way.

        provider_reference: The provider's own id, or another proof.
        note: For the timeline.
        """
        return cast(
            "types.Answer | types.Approval",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/settle_refund_manually",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"refund_id": refund_id, "provider_reference": provider_reference, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def retry_release(
        self,
        order_id: str,
        *,
        release_id: str,
        provider_reference: str | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer | types.Approval:
        """The platform lets a failed or reversed release be tried again.

        provider_reference: The provider's own id, or another proof.
        note: For the timeline.
        """
        return cast(
            "types.Answer | types.Approval",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/retry_release",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"release_id": release_id, "provider_reference": provider_reference, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def settle_release_manually(
        self,
        order_id: str,
        *,
        release_id: str,
        note: str,
        provider_reference: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer | types.Approval:
        """The platform paid a failed or reversed release by another way: what it still owes counts as released.

        note: For the timeline.
        provider_reference: The provider's own id, or another proof.
        """
        return cast(
            "types.Answer | types.Approval",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/settle_release_manually",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"release_id": release_id, "note": note, "provider_reference": provider_reference},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def retry_capture(
        self,
        order_id: str,
        *,
        capture_id: str,
        provider_reference: str | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer:
        """The platform lets a failed capture be tried again, as a new attempt.

        provider_reference: The provider's own id, or another proof.
        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/retry_capture",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"capture_id": capture_id, "provider_reference": provider_reference, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def settle_capture_manually(
        self,
        order_id: str,
        *,
        capture_id: str,
        provider_reference: str | None = None,
        note: str | None = None,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer | types.Approval:
        """The platform got by another way what a failed capture should have taken.

        provider_reference: The provider's own id, or another proof.
        note: For the timeline.
        """
        return cast(
            "types.Answer | types.Approval",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/settle_capture_manually",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"capture_id": capture_id, "provider_reference": provider_reference, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def settle_payment_conflict(
        self,
        order_id: str,
        *,
        payment_id: str,
        amount: int,
        note: str,
        idempotency_key: str | None = None,
        if_match: int | None = None,
    ) -> types.Answer | types.Approval:
        """The platform says how much of a payment that several orders claim is this order's; 0 is nothing of it.

        payment_id: The provider's own id of the payment.
        amount: In minor units.
        note: For the timeline.
        """
        return cast(
            "types.Answer | types.Approval",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/settle_payment_conflict",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"payment_id": payment_id, "amount": amount, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def acknowledge(
        self, order_id: str, *, subject: str, note: str, idempotency_key: str | None = None, if_match: int | None = None
    ) -> types.Answer:
        """The platform has looked at what needs attention, and takes it off the list; also of a settled order.

        note: For the timeline.
        """
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/acknowledge",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"subject": subject, "note": note},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def add_note(
        self, order_id: str, *, text: str, idempotency_key: str | None = None, if_match: int | None = None
    ) -> types.Answer:
        """A note in the order's timeline that only the platform sees."""
        return cast(
            "types.Answer",
            await self._call(
                Call(
                    "POST",
                    "/orders/{order_id}/add_note",
                    (order_id,),
                    header={"If-Match": quoted(if_match)},
                    body={"text": text},
                    is_command=True,
                    key=idempotency_key,
                )
            ),
        )

    async def get_approvals(
        self,
        *,
        status: Literal["awaiting_approval", "approved", "sent", "refused", "outgrown", "declined", "expired"]
        | None = None,
        order: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> types.ApprovalsPage:
        """What needs a second person, or did, newest first.

        order: Of this order alone.
        """
        return cast(
            "types.ApprovalsPage",
            await self._call(
                Call("GET", "/approvals", query={"status": status, "order": order, "cursor": cursor, "limit": limit})
            ),
        )

    async def iter_approvals(
        self,
        *,
        status: Literal["awaiting_approval", "approved", "sent", "refused", "outgrown", "declined", "expired"]
        | None = None,
        order: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[types.Approval]:
        """What needs a second person, or did, newest first. All of them, page by page."""
        cursor: str | None = None
        while True:
            page = await self.get_approvals(status=status, order=order, limit=limit, cursor=cursor)
            for one in page["approvals"]:
                yield one
            cursor = page["cursor"]
            if cursor is None:
                return

    async def get_approval(self, id_: int) -> types.Approval:
        """How an approval stands."""
        return cast("types.Approval", await self._call(Call("GET", "/approvals/{id}", (id_,))))

    async def decide_approval(self, id_: int, approval_decision: types.ApprovalDecision) -> types.Approval:
        """Approve what somebody else asked for, which sends it; or decline it."""
        return cast("types.Approval", await self._call(Call("POST", "/approvals/{id}", (id_,), body=approval_decision)))

    async def take_lease(self, order_id: str, lease_wanted: types.LeaseWanted) -> types.Lease:
        """Say that one works on the order, or goes on working on it; others are told so, and not kept from it."""
        return cast(
            "types.Lease", await self._call(Call("PUT", "/orders/{order_id}/lease", (order_id,), body=lease_wanted))
        )

    async def release_lease(self, order_id: str, *, force: bool | None = None) -> types.ReleaseLeaseAnswer:
        """Say that one does not work on it any more.

        force: Also somebody else's; it is written down who did.
        """
        return cast(
            "types.ReleaseLeaseAnswer",
            await self._call(Call("DELETE", "/orders/{order_id}/lease", (order_id,), query={"force": force})),
        )

    async def get_keys(self, *, before: int | None = None, limit: int | None = None) -> types.KeysAnswer:
        """Keys, newest first."""
        return cast(
            "types.KeysAnswer", await self._call(Call("GET", "/keys", query={"before": before, "limit": limit}))
        )

    async def create_key(self, new_key: types.NewKey) -> types.Key:
        """Make a key; it is shown once."""
        return cast("types.Key", await self._call(Call("POST", "/keys", body=new_key)))

    async def delete_key(self, key_id: int) -> types.Key:
        """Revoke a key, and all that were made with it."""
        return cast("types.Key", await self._call(Call("DELETE", "/keys/{key_id}", (key_id,))))

    async def get_unplaced(self, *, before: int | None = None, limit: int | None = None) -> types.UnplacedAnswer:
        """What no order could take, newest first."""
        return cast(
            "types.UnplacedAnswer", await self._call(Call("GET", "/unplaced", query={"before": before, "limit": limit}))
        )

    async def place_unplaced(self, id_: int, placing: types.Placing) -> types.PlaceUnplacedAnswer:
        """Say whose it is, or that it is done."""
        return cast("types.PlaceUnplacedAnswer", await self._call(Call("POST", "/unplaced/{id}", (id_,), body=placing)))

    async def get_stuck(self) -> types.StuckAnswer:
        """Orders that stand still, the longest first."""
        return cast("types.StuckAnswer", await self._call(Call("GET", "/stuck")))

    async def get_disagreements(self, *, resolved: bool | None = None) -> types.DisagreementsAnswer:
        """What the provider and we say differently, the latest first."""
        return cast(
            "types.DisagreementsAnswer", await self._call(Call("GET", "/disagreements", query={"resolved": resolved}))
        )

    async def get_notices(
        self, *, unread: bool | None = None, cursor: str | None = None, limit: int | None = None
    ) -> types.NoticesPage:
        """What the caller was told, newest first."""
        return cast(
            "types.NoticesPage",
            await self._call(Call("GET", "/notices", query={"unread": unread, "cursor": cursor, "limit": limit})),
        )

    async def iter_notices(
        self, *, unread: bool | None = None, limit: int | None = None
    ) -> AsyncIterator[types.Notice]:
        """What the caller was told, newest first. All of them, page by page."""
        cursor: str | None = None
        while True:
            page = await self.get_notices(unread=unread, limit=limit, cursor=cursor)
            for one in page["notices"]:
                yield one
            cursor = page["cursor"]
            if cursor is None:
                return

    async def read_notice(self, id_: int) -> types.ReadNoticeAnswer:
        """Say that a notice was read."""
        return cast("types.ReadNoticeAnswer", await self._call(Call("POST", "/notices/{id}/read", (id_,))))

    async def get_policies(self, *, cursor: str | None = None, limit: int | None = None) -> types.PoliciesPage:
        """Policies by name."""
        return cast(
            "types.PoliciesPage", await self._call(Call("GET", "/policies", query={"cursor": cursor, "limit": limit}))
        )

    async def iter_policies(self, *, limit: int | None = None) -> AsyncIterator[types.Policy]:
        """Policies by name. All of them, page by page."""
        cursor: str | None = None
        while True:
            page = await self.get_policies(limit=limit, cursor=cursor)
            for one in page["policies"]:
                yield one
            cursor = page["cursor"]
            if cursor is None:
                return

    async def get_policy(self, name: str, *, version: int | None = None) -> types.Policy:
        """A policy as it is now, or was."""
        return cast(
            "types.Policy", await self._call(Call("GET", "/policies/{name}", (name,), query={"version": version}))
        )

    async def set_policy(
        self,
        name: str,
        policy_content: types.PolicyContent,
        *,
        if_match: int | None = None,
        if_none_match: Literal["*"] | None = None,
    ) -> types.Policy:
        """Have a policy say this for orders that start from now on.

        if_match: The version on which the caller decided; 412 when it is not the newest any more.
        if_none_match: Only if there is no such policy yet.
        """
        return cast(
            "types.Policy",
            await self._call(
                Call(
                    "PUT",
                    "/policies/{name}",
                    (name,),
                    header={"If-Match": quoted(if_match), "If-None-Match": if_none_match},
                    body=policy_content,
                )
            ),
        )

    async def get_policy_diff(self, name: str, *, from_: int, to: int) -> types.PolicyDiffAnswer:
        """What became of a policy between two versions, term by term."""
        return cast(
            "types.PolicyDiffAnswer",
            await self._call(Call("GET", "/policies/{name}/diff", (name,), query={"from": from_, "to": to})),
        )

    async def get_subscriptions(
        self, *, cursor: str | None = None, limit: int | None = None
    ) -> types.SubscriptionsPage:
        """Subscriptions, oldest first."""
        return cast(
            "types.SubscriptionsPage",
            await self._call(Call("GET", "/subscriptions", query={"cursor": cursor, "limit": limit})),
        )

    async def iter_subscriptions(self, *, limit: int | None = None) -> AsyncIterator[types.Subscription]:
        """Subscriptions, oldest first. All of them, page by page."""
        cursor: str | None = None
        while True:
            page = await self.get_subscriptions(limit=limit, cursor=cursor)
            for one in page["subscriptions"]:
                yield one
            cursor = page["cursor"]
            if cursor is None:
                return

    async def create_subscription(self, new_subscription: types.NewSubscription) -> types.Subscription:
        """Be told by mail or webhook from now on. A webhook's secret is shown once; the same again shows none."""
        return cast("types.Subscription", await self._call(Call("POST", "/subscriptions", body=new_subscription)))

    async def get_subscription(self, id_: int) -> types.Subscription:
        """A subscription."""
        return cast("types.Subscription", await self._call(Call("GET", "/subscriptions/{id}", (id_,))))

    async def change_subscription(self, id_: int, subscription_change: types.SubscriptionChange) -> types.Subscription:
        """Have it be otherwise."""
        return cast(
            "types.Subscription",
            await self._call(Call("PATCH", "/subscriptions/{id}", (id_,), body=subscription_change)),
        )

    async def delete_subscription(self, id_: int) -> None:
        """Be told there no more."""
        await self._call(Call("DELETE", "/subscriptions/{id}", (id_,)))

    async def test_subscription(self, id_: int) -> types.SubscriptionTest:
        """Have it sent one message, to see in its deliveries whether it arrives."""
        return cast("types.SubscriptionTest", await self._call(Call("POST", "/subscriptions/{id}/test", (id_,))))

    async def get_subscription_deliveries(
        self, id_: int, *, cursor: str | None = None, limit: int | None = None
    ) -> types.SubscriptionDeliveriesPage:
        """What became of its messages, newest first."""
        return cast(
            "types.SubscriptionDeliveriesPage",
            await self._call(
                Call("GET", "/subscriptions/{id}/deliveries", (id_,), query={"cursor": cursor, "limit": limit})
            ),
        )

    async def iter_subscription_deliveries(
        self, id_: int, *, limit: int | None = None
    ) -> AsyncIterator[types.Delivery]:
        """What became of its messages, newest first. All of them, page by page."""
        cursor: str | None = None
        while True:
            page = await self.get_subscription_deliveries(id_, limit=limit, cursor=cursor)
            for one in page["deliveries"]:
                yield one
            cursor = page["cursor"]
            if cursor is None:
                return

    async def resend_subscription(self, id_: int, *, after: int | None = None) -> types.Resent:
        """Enable it, and send what failed again, under the same ids; with `after` all that came after that.

        after: The `seq` of a delivery.
        """
        return cast(
            "types.Resent", await self._call(Call("POST", "/subscriptions/{id}/resend", (id_,), query={"after": after}))
        )

    async def upload_file(self, content: bytes, *, media_type: str = "application/octet-stream") -> types.File:
        """Upload a file, as the whole body. What is kept, under its hash, is answered; evidence refers to that."""
        return cast("types.File", await self._call(Call("POST", "/files", content=content, media_type=media_type)))

    async def get_file(self, sha256: str) -> bytes:
        """A file to which an order refers that its reader sees."""
        return cast("bytes", await self._call(Call("GET", "/files/{sha256}", (sha256,))))

    async def get_file_if_changed(self, sha256: str, *, known: int | str) -> bytes | None:
        """A file to which an order refers that its reader sees. None: it is still as you have it.

        known: The version, or hash, you have.
        """
        return cast(
            "bytes | None",
            await self._call(Call("GET", "/files/{sha256}", (sha256,), header={"If-None-Match": quoted(known)})),
        )

    async def get_requests(
        self,
        *,
        order: str | None = None,
        caller: str | None = None,
        code: str | None = None,
        request_id: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> types.RequestsPage:
        """Who sent what in the last 30 days, newest first.

        code: Of a problem, such as `not_allowed_now`; or a status, such as `503`.
        """
        return cast(
            "types.RequestsPage",
            await self._call(
                Call(
                    "GET",
                    "/requests",
                    query={
                        "order": order,
                        "caller": caller,
                        "code": code,
                        "request_id": request_id,
                        "cursor": cursor,
                        "limit": limit,
                    },
                )
            ),
        )

    async def iter_requests(
        self,
        *,
        order: str | None = None,
        caller: str | None = None,
        code: str | None = None,
        request_id: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[types.KeptRequest]:
        """Who sent what in the last 30 days, newest first. All of them, page by page."""
        cursor: str | None = None
        while True:
            page = await self.get_requests(
                order=order, caller=caller, code=code, request_id=request_id, limit=limit, cursor=cursor
            )
            for one in page["requests"]:
                yield one
            cursor = page["cursor"]
            if cursor is None:
                return
