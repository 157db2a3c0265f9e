"""What each story may cost: exact numbers of events, without reminders and without the virtual clock's own events.

Progress is watched in the read model, not by query: a query that comes while a record is being written makes the server
cut the workflow task in two, which costs three more events.
"""

from datetime import timedelta
from typing import Any

from tests.workflow.test_later_stories import CONTEST, DAMAGED, NEW_PHOTO
from tests.workflow.theatre import BUYER, CARRIER, PLATFORM, PROVIDER, SELLER, Theatre


async def test_cancelled_unpaid_costs_21_events(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.recorded(1)
    await theatre.update("request_cancellation", by=BUYER)
    await theatre.result()
    events = await theatre.events()
    assert events.total() == 21, await theatre.story()
    assert events["ACTIVITY_TASK_SCHEDULED"] == 1, "the last record, and nothing else"


async def test_the_happy_path_costs_53_events(theatre: Theatre) -> None:
    """Pay and ship as updates, delivered as a signal, the seller paid at the end of protection."""
    await theatre.start(terms={"protect_for": "PT1H"})
    await theatre.misbehave("release", "settle_at_once")
    await theatre.recorded(1)
    await theatre.pay()
    await theatre.update("ship", by=SELLER, carrier="UPS", tracking="1Z")
    await theatre.signal("parcel_delivered", by=CARRIER, tracking="1Z")
    await theatre.recorded(4)
    await theatre.forward(timedelta(hours=1, seconds=1))
    assert (await theatre.result())["released"] == 2299
    events = await theatre.events()
    assert events.total() == 53, await theatre.story()
    assert events["ACTIVITY_TASK_SCHEDULED"] == 2, "the release and the last record go out of the worker"


async def test_charged_at_shipment_the_happy_path_costs_61_events(theatre: Theatre) -> None:
    """The same with the capture between: one more call that goes out of the worker."""
    await theatre.start(terms={"protect_for": "PT1H", "capture": "at_shipment"})
    await theatre.misbehave("release", "settle_at_once")
    await theatre.misbehave("capture", "settle_at_once")
    await theatre.recorded(1)
    payment: dict[str, Any] = {"amount": 2299, "currency": "USD", "method": "card", "payment_id": "p-1"}
    await theatre.update("payment_authorized", by=PROVIDER, **payment)
    await theatre.update("ship", by=SELLER, carrier="UPS", tracking="1Z")
    await theatre.recorded(4)
    await theatre.signal("parcel_delivered", by=CARRIER, tracking="1Z")
    await theatre.recorded(5)
    await theatre.forward(timedelta(hours=1, seconds=1))
    assert (await theatre.result())["released"] == 2299
    events = await theatre.events()
    assert events.total() == 61, await theatre.story()
    assert events["ACTIVITY_TASK_SCHEDULED"] == 3, "the capture, the release, and the last record"


async def test_a_cancellation_with_its_refund_costs_55_events(theatre: Theatre) -> None:
    """Requested, approved, refunded, settled: the refund taken as pending, and its success reported by a signal."""
    await theatre.start()
    await theatre.recorded(1)
    await theatre.pay()
    await theatre.update("request_cancellation", by=BUYER, reason="changed_mind")
    approved = await theatre.update("decide_cancellation", by=SELLER, approve=True)
    await theatre.recorded(5)
    await theatre.signal("refund_updated", by=PROVIDER, refund_id=approved["refund_id"], state="succeeded")
    assert (await theatre.result())["refunded"] == 2299
    events = await theatre.events()
    assert events.total() == 55, await theatre.story()
    assert events["ACTIVITY_TASK_SCHEDULED"] == 2, "the refund and the last record go out of the worker"


async def test_an_outage_of_postgres_with_three_commands_costs_at_most_12_events_more(theatre: Theatre) -> None:
    """The signal that a record is due, the remote record that waits for Postgres, and one of what came meanwhile."""
    await theatre.start()
    await theatre.recorded(1)
    undisturbed = await _three_messages(theatre)
    await theatre.recorded(4)
    theatre.records.away = True
    disturbed = await _three_messages(theatre)
    theatre.records.away = False
    before = (await theatre.events()).total() - disturbed
    await theatre.recorded(7)
    added = (await theatre.events()).total() - before - undisturbed
    assert added <= 12, (added, await theatre.story())


async def _three_messages(theatre: Theatre) -> int:
    """The events that they have cost so far."""
    before = (await theatre.events()).total()
    for _ in range(3):
        await theatre.update("send_message", by=BUYER, to="seller", text="Where is my lamp?")
    return (await theatre.events()).total() - before


async def test_a_reminder_costs_6_events(theatre: Theatre) -> None:
    await theatre.start(terms={"ship_within": "P10D"})
    await theatre.pay()
    await theatre.recorded(2)
    before = (await theatre.events()).total()
    await theatre.forward(timedelta(days=9, seconds=5))
    await theatre.recorded(3)
    after = await theatre.events()
    assert await theatre.inbox("seller") == ["order_paid", "reminder"]
    assert after.total() - before == 6, after


async def test_a_dispute_decided_partly_costs_at_most_117_events(theatre: Theatre) -> None:
    """Opened, answered, information asked and given, decided partial, settled, appeal passed, released."""
    await theatre.start(terms={"appeal_within": "PT1H"})
    await theatre.recorded(1)
    await theatre.misbehave("release", "settle_at_once")
    await theatre.pay()
    await theatre.update("ship", by=SELLER, carrier="UPS", tracking="1Z")
    await theatre.signal("parcel_delivered", by=CARRIER, tracking="1Z")
    await theatre.recorded(4)
    await theatre.update("open_dispute", **DAMAGED)
    await theatre.update("respond_to_dispute", **CONTEST)
    await theatre.update("request_information", by=PLATFORM, party="buyer", question="And the box?")
    await theatre.update("provide_information", by=BUYER, answer="Here.", evidence=[NEW_PHOTO])
    decision: dict[str, Any] = {"outcome": "partial_refund", "amount": 1_000, "reason_code": "item_not_as_described"}
    decided = await theatre.update("decide_dispute", by=PLATFORM, **decision)
    await theatre.recorded(10)
    await theatre.signal("refund_updated", by=PROVIDER, refund_id=decided["refund_id"], state="succeeded")
    await theatre.recorded(11)
    await theatre.forward(timedelta(hours=1, seconds=1))
    result = await theatre.result()
    assert (result["refunded"], result["released"]) == (1_000, 1_299)
    events = await theatre.events()
    assert events.total() <= 117, (events.total(), await theatre.story())
    assert events["ACTIVITY_TASK_SCHEDULED"] == 3, "the refund, the release, and the last record"


async def test_refused_returned_disputed_refunded_costs_at_most_115_events(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.recorded(1)
    await theatre.pay()
    await theatre.update("ship", by=SELLER, carrier="UPS", tracking="1Z")
    await theatre.signal("delivery_refused", by=CARRIER, tracking="1Z")
    await theatre.recorded(4)
    await theatre.signal("parcel_returned", by=CARRIER, tracking="1Z")
    await theatre.recorded(5)
    await theatre.update("receive_return", by=SELLER, inspection="damaged")
    await theatre.update("open_dispute", **{**DAMAGED, "reason": "returned_not_refunded", "evidence": []})
    await theatre.update("respond_to_dispute", **CONTEST)
    full: dict[str, Any] = {"outcome": "full_refund", "reason_code": "item_returned"}
    decided = await theatre.update("decide_dispute", by=PLATFORM, **full)
    await theatre.recorded(10)
    await theatre.signal("refund_updated", by=PROVIDER, refund_id=decided["refund_id"], state="succeeded")
    assert (await theatre.result())["refunded"] == 2299
    events = await theatre.events()
    assert events.total() <= 115, (events.total(), await theatre.story())
    assert events["ACTIVITY_TASK_SCHEDULED"] == 2, "the refund and the last record"
