"""The two stories that are measured, as the plain JSON that any client would send. Who carries them lives elsewhere."""

from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]

BUYER: Final = {"role": "buyer", "id": "b-7"}
SELLER: Final = {"role": "seller", "id": "s-3"}
PROVIDER: Final = {"role": "payment_provider", "id": "sandbox"}
CARRIER: Final = {"role": "carrier", "id": "ups"}
TOTAL: Final = 2_299


@dataclass(frozen=True, slots=True)
class Story:
    """A path of an order: its updates, one after the other, each sent when the one before was answered."""

    name: str
    title: str
    updates: tuple[tuple[str, Json], ...]
    """The payment without its fields: each order has its own."""

    def updates_of(self, order_id: str) -> list[tuple[str, Json]]:
        """What is sent to that order."""
        return [paid(order_id) if name == PAID else (name, message) for name, message in self.updates]


PAID: Final = "payment_captured"
HAPPY: Final = Story(
    "happy",
    "Happy path",
    (
        (PAID, {}),
        ("ship", {"by": SELLER, "carrier": "UPS", "tracking": "1Z999"}),
        ("parcel_delivered", {"by": CARRIER, "tracking": "1Z999"}),
        ("confirm_receipt", {"by": BUYER}),
    ),
)
CANCELLED: Final = Story(
    "cancelled",
    "Approved cancellation",
    (
        (PAID, {}),
        ("request_cancellation", {"by": BUYER, "reason": "changed_mind"}),
        ("decide_cancellation", {"by": SELLER, "approve": True}),
    ),
)
STORIES: Final = (HAPPY, CANCELLED)


def payment(order_id: str) -> Json:
    """An order's own, as the provider knows it too."""
    return {"payment_id": f"pay-{order_id}", "amount": TOTAL, "currency": "USD", "method": "card"}


def paid(order_id: str) -> tuple[str, Json]:
    """How it is told."""
    return PAID, {"by": PROVIDER, **payment(order_id)}


def start_input(order_id: str) -> Json:
    """The lamp that everybody orders."""
    return {
        "order_id": order_id,
        "buyer_id": BUYER["id"],
        "seller_id": SELLER["id"],
        "currency": "USD",
        "lines": [{"line_id": "1", "sku": "LAMP-1", "title": "Desk lamp", "quantity": 1, "unit_price": 1_999}],
        "shipping_fee": 300,
    }
