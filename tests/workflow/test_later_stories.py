"""The second half of the guide on a real server: the way back, dispute, return, exchange, appeal."""

from datetime import timedelta
from typing import Any

from tests.workflow.test_stories import SHIP, _refund_settles, _release_settles
from tests.workflow.theatre import BUYER, CARRIER, PLATFORM, SELLER, Theatre

HOUR = timedelta(hours=1)
PHOTO: dict[str, Any] = {
    "kind": "photo",
    "uri": "https://files.example/foot.jpg",
    "sha256": "a" * 64,
    "media_type": "image/jpeg",
    "size": 48_213,
    "caption": "the broken foot",
}
NEW_PHOTO: dict[str, Any] = {**PHOTO, "sha256": "b" * 64}
DAMAGED: dict[str, Any] = {
    "by": BUYER,
    "reason": "damaged",
    "description": "The foot is broken.",
    "requested_resolution": "full_refund",
    "evidence": [PHOTO],
}
CONTEST: dict[str, Any] = {"by": SELLER, "accept": False, "statement": "It left us in one piece."}


async def _shipped(theatre: Theatre, **terms: Any) -> None:
    await theatre.start(terms=terms)
    await theatre.pay()
    await theatre.update("ship", **SHIP)


async def _delivered(theatre: Theatre, **terms: Any) -> None:
    await _shipped(theatre, **terms)
    await theatre.update("parcel_delivered", by=CARRIER, tracking="1Z")


async def _decides(theatre: Theatre, outcome: str, **more: Any) -> dict[str, Any]:
    return await theatre.update(
        "decide_dispute", by=PLATFORM, outcome=outcome, reason_code="insufficient_evidence", **more
    )


async def test_intercepted_in_time(theatre: Theatre) -> None:
    await _shipped(theatre)
    await theatre.update("request_interception", by=BUYER)
    await theatre.update("answer_interception", by=SELLER, answer="trying")
    await theatre.update("parcel_returned", by=CARRIER, tracking="1Z")
    ended = await theatre.update("receive_return", by=SELLER, inspection="as_agreed")
    assert ended["status"] == "cancellation_approved"
    await _refund_settles(theatre)
    result = await theatre.result()
    assert (result["stage"], result["reason"], result["refunded"]) == ("cancelled", "intercepted", 2299)


async def test_lost_on_the_way_back_and_not_contested(theatre: Theatre) -> None:
    await _shipped(theatre, protect_for="PT1H", return_within="PT1H")
    await theatre.update("delivery_refused", by=CARRIER, tracking="1Z")
    await theatre.forward(HOUR + timedelta(seconds=1))
    await theatre.until("lost_in_return")
    await theatre.forward(HOUR + timedelta(seconds=1))
    await _release_settles(theatre)
    assert (await theatre.result())["reason"] == "lost_in_return"


async def test_never_arrived_disputed_and_refunded_by_default(theatre: Theatre) -> None:
    """Everybody but the buyer stays silent: the clock alone brings the refund."""
    an_hour_each = dict.fromkeys(("deliver_within", "answer_within", "decide_within"), "PT1H")
    await _shipped(theatre, **an_hour_each, decide_no_later_than="PT3H")
    await theatre.forward(HOUR + timedelta(seconds=1))
    await theatre.when(lambda view: view["waiting_on"] == "buyer")
    opened = await theatre.update(
        "open_dispute",
        by=BUYER,
        reason="not_received",
        description="Nothing has come.",
        requested_resolution="full_refund",
    )
    assert (opened["status"], opened["dispute_id"]) == ("dispute_open", f"{theatre.order_id}-dispute-1")
    await theatre.forward(3 * HOUR)
    await _refund_settles(theatre)
    result = await theatre.result()
    assert (result["stage"], result["reason"], result["refunded"]) == ("refunded", "undecided", 2299)
    decision = (await theatre.view())["dispute"]["decision"]
    assert (decision["by"], decision["reason_code"]) == ("default", "no_response_from_seller")


async def test_a_partial_refund_agreed_in_a_dispute(theatre: Theatre) -> None:
    await _delivered(theatre)
    await theatre.update("open_dispute", **DAMAGED)
    offer = await theatre.update("make_offer", by=SELLER, resolution="partial_refund", amount=1_000)
    await theatre.update("accept_offer", by=BUYER, offer_id=offer["offer_id"])
    await _refund_settles(theatre)
    await _release_settles(theatre)
    result = await theatre.result()
    assert (result["stage"], result["reason"]) == ("partially_refunded", "agreement")
    assert (result["refunded"], result["released"]) == (1_000, 1_299)


async def test_no_refund_appealed_with_new_evidence_and_changed(theatre: Theatre) -> None:
    await _delivered(theatre)
    await theatre.update("open_dispute", **DAMAGED)
    await theatre.update("respond_to_dispute", **CONTEST)
    decided = await _decides(theatre, "no_refund")
    assert (decided["status"], decided["deadline"]["kind"]) == ("decided", "appeal_by")
    await theatre.update("appeal", by=BUYER, statement="Look again.", evidence=[NEW_PHOTO])
    await _decides(theatre, "full_refund")
    await _refund_settles(theatre)
    assert (await theatre.result())["stage"] == "refunded"


async def test_the_review_clock_stands_still_while_the_platform_waits(theatre: Theatre) -> None:
    await _delivered(theatre, decide_within="PT2H", inform_within="P1D", protect_for="P30D")
    await theatre.update("open_dispute", **DAMAGED)
    await theatre.update("respond_to_dispute", **CONTEST)
    await theatre.update("request_information", by=PLATFORM, party="buyer", question="Is there a photo of the box?")
    await theatre.forward(5 * HOUR)
    view = await theatre.view()
    assert (view["status"], view["waiting_on"]) == ("information_requested", "buyer")
    await theatre.update("provide_information", by=BUYER, answer="Here.", evidence=[NEW_PHOTO])
    view = await theatre.view()
    assert (view["status"], view["deadline"]["kind"]) == ("under_review", "decide_by")
    assert view["dispute"]["paused"].startswith("PT5H")
    await _decides(theatre, "full_refund")
    await _refund_settles(theatre)
    assert (await theatre.result())["refunded"] == 2299


async def test_returned_and_refunded(theatre: Theatre) -> None:
    await _delivered(theatre)
    await theatre.update("open_dispute", **{**DAMAGED, "requested_resolution": "return_and_refund"})
    await theatre.update("respond_to_dispute", by=SELLER, accept=True)
    await theatre.update("ship_return", by=BUYER, carrier="UPS", tracking="2Z")
    await theatre.update("parcel_delivered", by=CARRIER, tracking="2Z")
    await theatre.update("receive_return", by=SELLER, inspection="as_agreed")
    await _refund_settles(theatre)
    result = await theatre.result()
    assert (result["stage"], result["reason"]) == ("refunded", "return_received")


async def test_a_return_that_comes_back_empty_is_the_platforms_to_judge(theatre: Theatre) -> None:
    await _delivered(theatre, appeal_within="PT1H")
    offer = await theatre.update("make_offer", by=SELLER, resolution="return_and_refund")
    await theatre.update("accept_offer", by=BUYER, offer_id=offer["offer_id"])
    await theatre.update("ship_return", by=BUYER, carrier="UPS", tracking="2Z")
    empty = await theatre.update("receive_return", by=SELLER, inspection="empty")
    assert (empty["status"], empty["waiting_on"]) == ("under_review", "platform")
    await _decides(theatre, "no_refund")
    await theatre.forward(HOUR + timedelta(seconds=1))
    await _release_settles(theatre)
    assert (await theatre.result())["stage"] == "completed"


async def test_exchanged_and_confirmed(theatre: Theatre) -> None:
    await _delivered(theatre)
    await theatre.update("open_dispute", **{**DAMAGED, "requested_resolution": "exchange"})
    await theatre.update("respond_to_dispute", by=SELLER, accept=True)
    await theatre.update("ship", by=SELLER, carrier="UPS", tracking="3Z")
    await theatre.update("confirm_receipt", by=BUYER)
    await _release_settles(theatre)
    assert (await theatre.result())["reason"] == "confirmed"


async def test_withdrawn_and_what_stood_still_runs_on(theatre: Theatre) -> None:
    await _delivered(theatre, protect_for="P10D")
    protected = (await theatre.view())["deadline"]["at"]
    await theatre.update("open_dispute", **DAMAGED)
    await theatre.forward(timedelta(days=1))
    back = await theatre.update("withdraw_dispute", by=BUYER)
    assert (back["stage"], back["deadline"]["kind"]) == ("delivered", "protected_until")
    assert back["deadline"]["at"] > protected
    await theatre.forward(timedelta(days=11))
    await _release_settles(theatre)
    assert (await theatre.result())["reason"] == "not_contested"
