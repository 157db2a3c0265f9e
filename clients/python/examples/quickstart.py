"""An order that is started, paid, cancelled and paid back; a refusal with what is possible instead; and the feed.

Beside `countermand dev`, after the exports that it prints: python examples/quickstart.py
"""

from __future__ import annotations

import os
import uuid

import httpx

from countermand_client import Countermand, Refused

gateway, sandbox = os.environ["GATEWAY"], os.environ["COUNTERMAND_PAYMENT_URL"]
shop = Countermand(gateway, os.environ["SHOP_KEY"])
buyer = Countermand(gateway, os.environ["BUYER_KEY"], acting_for="buyer:b-7")
seller = Countermand(gateway, os.environ["SELLER_KEY"], acting_for="seller:s-3")
order_id = f"Q-{uuid.uuid4().hex[:8]}"

# The shop starts an order, and the buyer pays it, at the sandbox provider, whose webhook tells the order.
started = shop.start_order(
    {
        "order_id": order_id,
        "buyer_id": "b-7",
        "seller_id": "s-3",
        "currency": "USD",
        "lines": [{"line_id": "1", "sku": "LAMP-1", "title": "Desk lamp", "quantity": 1, "unit_price": 1999}],
        "shipping_fee": 300,
    }
)
payment = {"payment_id": f"pay-{order_id}", "amount": started["total"], "currency": "USD", "method": "card"}
httpx.post(f"{sandbox}/payments", json={"order_id": order_id, **payment}).raise_for_status()
paid = shop.get_order(order_id, min_version=2)
print(f"{order_id}: {paid['label']}, {paid['captured']} paid, it is the {paid['waiting_on']}'s turn")

# The buyer looks what cancelling would do, and asks for it; the same under another key is refused.
would = buyer.preview(order_id, "request_cancellation", reason="changed_mind")
print(f"That would be told to the {' and the '.join(one['to'] for one in would['told'])}")
asked = buyer.request_cancellation(order_id, reason="changed_mind", if_match=paid["version"])
try:
    buyer.request_cancellation(order_id, reason="changed_mind")
except Refused as refused:
    print(f"{refused.code}: {refused.message} Instead: {', '.join(one['action'] for one in refused.instead)}")

# The seller approves, and the feed tells when the money is back.
approved = seller.decide_cancellation(order_id, approve=True, if_match=asked["version"])
for event in buyer.follow_events(order=order_id):
    print(f"{event['seq']:>6} {event['summary']}")
    if event["name"] == "refund_updated" and event["status"] == "cancelled":
        break
ended = buyer.get_order(order_id, min_version=approved["version"])
print(f"{order_id}: {ended['label']}, {ended['refunded']} refunded")
