"""For tests of the gateway: an order, and what honest parties say of it until it is somewhere. No test is here."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

ORDER: Final[Mapping[str, Any]] = {
    "buyer_id": "b-7",
    "seller_id": "s-3",
    "currency": "USD",
    "shipping_fee": 300,
    "lines": [{"line_id": "1", "sku": "LAMP-1", "title": "Desk lamp", "quantity": 2, "unit_price": 999}],
}
PHOTO: Final[Mapping[str, Any]] = {
    "kind": "photo",
    "uri": "https://files.example/1",
    "media_type": "image/jpeg",
    "size": 48_213,
    "sha256": "0" * 64,
}
TOTAL: Final = 2_298
Step = tuple[str, str, Mapping[str, Any]]
PAID: Final[Step] = (
    *("payment_provider", "payment_captured"),
    {"payment_id": "", "amount": TOTAL, "currency": "USD", "method": "card"},
)
SHIPPED: Final[Step] = ("seller", "ship", {"carrier": "DHL", "tracking": ""})
ARRIVED: Final[Step] = ("carrier", "parcel_delivered", {"tracking": ""})
DISPUTED: Final[Step] = (
    *("buyer", "open_dispute"),
    {
        "reason": "damaged",
        "description": "Broken.",
        "requested_resolution": "partial_refund",
        "amount": 500,
        "evidence": [PHOTO],
    },
)
ASKED: Final[Step] = ("buyer", "request_cancellation", {"reason": "changed_mind"})
AGREED: Final[Step] = ("seller", "decide_cancellation", {"approve": True})
WAYS: Final[Sequence[Sequence[Step]]] = (
    (),
    (PAID,),
    (PAID, ASKED),
    (PAID, ASKED, AGREED),
    (PAID, SHIPPED),
    (PAID, SHIPPED, ("buyer", "request_interception", {})),
    (PAID, SHIPPED, ARRIVED),
    (PAID, SHIPPED, ARRIVED, DISPUTED),
    (PAID, SHIPPED, ARRIVED, DISPUTED, ("seller", "make_offer", {"resolution": "partial_refund", "amount": 300})),
    (PAID, SHIPPED, ARRIVED, DISPUTED, ("seller", "respond_to_dispute", {"accept": True})),
)
"""To where honest parties bring an order before somebody says anything that the document allows."""
