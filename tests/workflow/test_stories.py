"""Every edge of the story on a real server, each a sentence; their histories are what `test_replay.py` keeps."""

from datetime import datetime, timedelta
from typing import Any

from tests.workflow.theatre import BUYER, CARRIER, PLATFORM, PROVIDER, SELLER, Theatre

SHIP: dict[str, Any] = {"by": SELLER, "carrier": "UPS", "tracking": "1Z"}
ASK: dict[str, Any] = {"by": BUYER, "reason": "changed_mind"}
HOUR = timedelta(hours=1)


async def _refund_settles(theatre: Theatre, number: int = 1) -> None:
    refund_id = f"{theatre.order_id}-refund-{number}"
    await theatre.when(
        lambda view: len(view["refunds"]) >= number and view["refunds"][number - 1]["state"] == "pending"
    )
    await theatre.signal("refund_updated", by=PROVIDER, refund_id=refund_id, state="succeeded")


async def _release_settles(theatre: Theatre) -> None:
    await theatre.when(lambda view: view["releases"] and view["releases"][0]["state"] == "pending")
    await theatre.signal("release_updated", by=PROVIDER, release_id=f"{theatre.order_id}-release-1", state="succeeded")


async def _ends_cancelled(theatre: Theatre, reason: str) -> None:
    """Cancelled for this reason, with all of the money back and nothing with the seller."""
    await _refund_settles(theatre)
    result = await theatre.result()
    assert (result["stage"], result["reason"]) == ("cancelled", reason)
    assert (result["refunded"], result["released"]) == (result["captured"], 0)
    assert (await theatre.row())["closed_at"] is not None


async def _ends_completed(theatre: Theatre, reason: str) -> None:
    """Completed for this reason, with the seller paid."""
    await _release_settles(theatre)
    result = await theatre.result()
    assert (result["stage"], result["reason"]) == ("completed", reason)
    assert (result["refunded"], result["released"]) == (0, 2299)


async def test_unpaid_and_cancelled_at_once(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.update("request_cancellation", by=BUYER)
    assert (await theatre.result())["stage"] == "cancelled"


async def test_unpaid_and_expired(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.forward(timedelta(minutes=31))
    assert (await theatre.result())["reason"] == "payment_expired"


async def test_a_payment_too_small_goes_back_and_the_next_one_pays(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.signal("payment_failed", by=PROVIDER, payment_id="none", reason="card declined")
    await theatre.pay(100, "too-small")
    await theatre.pay()
    await _refund_settles(theatre)
    await theatre.update("ship", **SHIP)
    await theatre.update("confirm_receipt", by=BUYER)
    await _release_settles(theatre)
    result = await theatre.result()
    assert (result["captured"], result["refunded"], result["released"]) == (2399, 100, 2299)


async def test_requested_and_approved(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.pay()
    await theatre.update("request_cancellation", **ASK)
    await theatre.update("decide_cancellation", by=SELLER, approve=True)
    await _ends_cancelled(theatre, "changed_mind")


async def test_requested_rejected_shipped_delivered_and_not_contested(theatre: Theatre) -> None:
    await theatre.start(terms={"protect_for": "PT1H"})
    await theatre.pay()
    await theatre.update("request_cancellation", **ASK)
    await theatre.update("decide_cancellation", by=SELLER, approve=False, reason="custom_made")
    await theatre.update("ship", **SHIP)
    await theatre.update("extend_delivery", by=SELLER, days=3)
    await theatre.signal("parcel_delivered", by=CARRIER, tracking="1Z")
    await theatre.until("delivered")
    await theatre.forward(HOUR + timedelta(seconds=1))
    await _ends_completed(theatre, "not_contested")


async def test_requested_withdrawn_and_cancelled_by_the_seller(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.pay()
    await theatre.update("request_cancellation", **ASK)
    await theatre.update("withdraw_cancellation", by=BUYER)
    await theatre.update("cancel_order", by=SELLER, reason="out_of_stock")
    await _ends_cancelled(theatre, "out_of_stock")


async def test_seller_silent_request_lapsed_and_shipped_until_confirmed(theatre: Theatre) -> None:
    await theatre.start(terms={"respond_within": "PT1H"})
    await theatre.pay()
    await theatre.update("request_cancellation", **ASK)
    await theatre.forward(HOUR + timedelta(seconds=1))
    await theatre.until("awaiting_shipment")
    await theatre.update("ship", **SHIP)
    await theatre.update("confirm_receipt", by=BUYER)
    await _ends_completed(theatre, "confirmed")


async def test_seller_silent_which_approves(theatre: Theatre) -> None:
    await theatre.start(terms={"respond_within": "PT1H", "on_seller_silence": "approve"})
    await theatre.pay()
    await theatre.update("request_cancellation", **ASK)
    await theatre.forward(HOUR + timedelta(seconds=1))
    await _ends_cancelled(theatre, "changed_mind")


async def test_seller_silent_platform_asked_and_approves(theatre: Theatre) -> None:
    await theatre.start(terms={"respond_within": "PT1H", "on_seller_silence": "ask_platform"})
    await theatre.pay()
    await theatre.update("request_cancellation", **ASK)
    await theatre.forward(HOUR + timedelta(seconds=1))
    await theatre.when(lambda view: view["waiting_on"] == "platform")
    await theatre.update("decide_cancellation", by=PLATFORM, approve=True)
    await _ends_cancelled(theatre, "changed_mind")


async def test_seller_ships_while_the_request_is_pending(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.pay()
    await theatre.update("request_cancellation", **ASK)
    shipped = await theatre.update("ship", **SHIP)
    assert shipped["stage"] == "shipped"
    view = await theatre.view()
    assert (view["cancellation"]["outcome"], view["cancellation"]["rejection"]) == ("rejected", "already_shipped")
    await theatre.update("confirm_receipt", by=BUYER)
    await _ends_completed(theatre, "confirmed")


async def test_cancelled_within_the_automatic_grace(theatre: Theatre) -> None:
    await theatre.start(terms={"auto_approve": [{"within": "PT1H"}]})
    await theatre.pay()
    granted = await theatre.update("request_cancellation", **ASK)
    assert granted["status"] == "cancellation_approved"
    await _ends_cancelled(theatre, "changed_mind")


async def test_processing_time_missed(theatre: Theatre) -> None:
    await theatre.start(terms={"ship_within": "PT1H"})
    await theatre.pay()
    await theatre.forward(HOUR + timedelta(seconds=1))
    await _ends_cancelled(theatre, "processing_time_missed")


async def test_processing_time_missed_reminded_and_granted_at_once(theatre: Theatre) -> None:
    await theatre.start(terms={"ship_within": "PT1H", "on_missed_shipment": "remind"})
    await theatre.pay()
    await theatre.forward(HOUR)
    await theatre.when(lambda view: view["deadline"]["kind"] == "ship_no_later_than")
    await theatre.update("request_cancellation", **ASK)
    await _ends_cancelled(theatre, "changed_mind")


async def test_never_delivered_and_refunded(theatre: Theatre) -> None:
    await theatre.start(terms={"deliver_within": "PT1H", "protect_for": "PT1H", "on_no_delivery": "full_refund"})
    await theatre.pay()
    await theatre.update("ship", **SHIP)
    await theatre.forward(3 * HOUR)
    await _refund_settles(theatre)
    result = await theatre.result()
    assert (result["stage"], result["reason"], result["refunded"]) == ("refunded", "not_delivered", 2299)


async def test_a_moved_deadline_and_a_note(theatre: Theatre) -> None:
    await theatre.start(terms={"ship_within": "PT1H"})
    paid = await theatre.pay()
    await theatre.update("add_note", by=PLATFORM, text="the seller called")
    later = datetime.fromisoformat(paid["deadline"]["at"]) + HOUR
    moved: dict[str, Any] = {"deadline": "ship_by", "to": later.isoformat(), "note": "they called"}
    await theatre.update("move_deadline", by=PLATFORM, **moved)
    await theatre.forward(HOUR + timedelta(seconds=1))
    assert (await theatre.view())["stage"] == "awaiting_shipment"
    await theatre.update("cancel_order", by=PLATFORM, reason="fraud")
    await _ends_cancelled(theatre, "fraud")


async def test_a_refund_that_is_reversed_after_it_had_succeeded_wakes_the_order(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.pay()
    await theatre.update("cancel_order", by=SELLER, reason="price_error")
    await _ends_cancelled(theatre, "price_error")
    refund_id = f"{theatre.order_id}-refund-1"
    await theatre.wake("refund_updated", by=PROVIDER, refund_id=refund_id, state="reversed", failure_reason="closed")
    view = await theatre.when(lambda view: bool(view["needs_attention"]))
    assert (view["refunding"], view["refunded"], view["closed_at"]) == (2299, 0, None)
    await theatre.update("settle_refund_manually", by=PLATFORM, refund_id=refund_id, note="by bank transfer")
    result = await theatre.result()
    assert (result["refunded"], result["shortfall"]) == (2299, 0)


async def test_R42_a_hundred_business_days_in_berlin_and_the_order_shipped_and_confirmed(theatre: Theatre) -> None:
    """Counted again at every replay: by other rules the timer would be armed for another instant."""
    calendar = {"time_zone": "Europe/Berlin", "holidays": ["2026-12-25", "2027-01-01"]}
    windows = {"ship_within": "100 business days", "deliver_within": "60 business days"}
    await theatre.start(terms={**windows, "calendar": calendar})
    await theatre.pay()
    [ship_by] = (await theatre.view())["deadlines"]
    assert ship_by["rule"].startswith("100 business days, Sat")
    await theatre.update("ship", **SHIP)
    await theatre.update("parcel_delivered", by=CARRIER, tracking="1Z")
    await theatre.update("confirm_receipt", by=BUYER)
    await _ends_completed(theatre, "confirmed")


async def test_R42_days_in_a_zone_whose_clock_moves_by_half_an_hour_and_the_processing_time_missed(
    theatre: Theatre,
) -> None:
    terms = {"ship_within": "3 business days", "calendar": {"time_zone": "Australia/Lord_Howe", "weekend": ["fri"]}}
    await theatre.start(terms=terms)
    await theatre.pay()
    await theatre.forward(timedelta(days=6))
    await _ends_cancelled(theatre, "processing_time_missed")
