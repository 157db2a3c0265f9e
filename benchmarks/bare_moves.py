"""Where each message leads the bare order, and what every order of it has in common. The order itself is `bare.py`."""

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from temporalio.common import SearchAttributeKey

if TYPE_CHECKING:
    Json = dict[str, Any]
else:
    Json = dict  # the SDK decodes by this hint, and without parameters pydantic is ten times as fast: 50 µs a message

STAGE: Final = SearchAttributeKey.for_keyword("OrderStage")
STATUS: Final = SearchAttributeKey.for_keyword("OrderStatus")
BUYER: Final = SearchAttributeKey.for_keyword("BuyerId")
SELLER: Final = SearchAttributeKey.for_keyword("SellerId")
WAITING_ON: Final = SearchAttributeKey.for_keyword("WaitingOn")
REFUND_STATE: Final = SearchAttributeKey.for_keyword("RefundState")
NEXT_DEADLINE: Final = SearchAttributeKey.for_datetime("NextDeadline")
TERMS: Final[Json] = {
    "pay_within": "PT30M",
    "ship_within": "7 business days",
    "on_missed_shipment": "cancel_and_refund",
    "ship_no_later_than": "P30D",
    "respond_within": "PT72H",
    "on_seller_silence": "continue",
    "auto_approve": [],
    "cancellation_requests": 3,
    "deliver_within": "P60D",
    "delivery_extensions": "P30D",
    "on_no_delivery": "complete",
    "protect_for": "P15D",
    "disputes": 3,
    "answer_within": "3 business days",
    "decide_within": "PT48H",
    "decide_no_later_than": "P60D",
    "on_undecided": "as_requested",
    "inform_within": "PT72H",
    "appeal_within": "P3D",
    "return_ship_within": "P10D",
    "return_within": "P30D",
    "inspect_within": "2 business days",
    "on_lost_return": "no_refund",
    "refund_expected_within": "5 business days",
    "refund_alert_after": "10 business days",
    "chargeback_alert_after": "P120D",
    "calendar": {"time_zone": "UTC", "weekend": ["sat", "sun"], "holidays": []},
}
"""As any order has them in its state: a record that left them out would be a smaller one."""

REST: Final = "." * 2_100
"""Stands for what else an order's state holds, as long as that is, and as cheap to write as can be."""


@dataclass(frozen=True)
class Move:
    """Where a message leads, whatever it says."""

    stage: str
    waiting_on: str
    window: timedelta | None = None
    """Until something must have happened."""
    timer: str = ""
    """What its timer is called."""
    call: str = ""
    """The provider call that ends the order."""


MOVES: Final = {
    "start": Move("pending_payment", "buyer", timedelta(minutes=30), "pay_by (buyer)"),
    "payment_captured": Move("awaiting_shipment", "seller", timedelta(days=8), "reminder of ship_by (seller)"),
    "ship": Move("shipped", "carrier", timedelta(days=60), "deliver_by (carrier)"),
    "parcel_delivered": Move("delivered", "buyer", timedelta(days=14), "reminder of protected_until (buyer)"),
    "confirm_receipt": Move("completed", "payment_provider", call="release"),
    "request_cancellation": Move(
        "cancellation_pending", "seller", timedelta(days=2), "reminder of respond_by (seller)"
    ),
    "decide_cancellation": Move("cancelled", "payment_provider", call="refund"),
}
