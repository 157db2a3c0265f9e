"""Money that comes back late, on a real server: refunds that fail after all, and the buyer's bank."""

from datetime import timedelta
from typing import Any

import pytest

from tests.workflow.test_later_stories import CONTEST, DAMAGED, HOUR, _delivered
from tests.workflow.test_stories import _refund_settles, _release_settles
from tests.workflow.theatre import BUYER, PLATFORM, PROVIDER, SELLER, TOTAL, Refusal, Theatre

TWO_DAYS = timedelta(days=2)


def _chargeback(theatre: Theatre, **more: Any) -> dict[str, Any]:
    own = {"payment_id": f"{theatre.order_id}-pay", "chargeback_id": f"{theatre.order_id}-c"}
    return {"by": PROVIDER, **own, "amount": TOTAL, **more}


async def _told(theatre: Theatre) -> list[str]:
    return [row["summary"] for row in await theatre.timeline()]


async def test_a_refund_that_fails_two_days_after_it_succeeded_is_told_and_retried(theatre: Theatre) -> None:
    """The run is still there: a partial refund, and the appeal's three days."""
    await _delivered(theatre)
    await theatre.update("open_dispute", **DAMAGED)
    await theatre.update("respond_to_dispute", **CONTEST)
    decision: dict[str, Any] = {"outcome": "partial_refund", "amount": 500, "reason_code": "insufficient_evidence"}
    await theatre.update("decide_dispute", by=PLATFORM, **decision)
    await _refund_settles(theatre)
    await theatre.when(lambda view: view["refunded"] == 500)
    await theatre.forward(TWO_DAYS)
    refund_id = f"{theatre.order_id}-refund-1"
    late = {"refund_id": refund_id, "state": "failed", "failure_reason": "no account"}
    await theatre.signal("refund_updated", by=PROVIDER, **late)
    failed = await theatre.when(lambda view: view["refunds"][0]["state"] == "failed")
    assert [attention["kind"] for attention in failed["needs_attention"]] == ["refund_failed"]
    assert (failed["refunded"], failed["refunding"], failed["held"]) == (0, 500, TOTAL - 500)
    await theatre.update("retry_refund", by=PLATFORM, refund_id=refund_id)
    await theatre.when(lambda view: view["refunds"][0]["state"] == "pending")
    await theatre.signal("refund_updated", by=PROVIDER, refund_id=refund_id, attempt=2, state="succeeded")
    await theatre.when(lambda view: view["refunded"] == 500)
    assert (await _told(theatre))[-4:] == [
        f"Refund {refund_id} (5.00 USD) failed: no account",
        f"Refund {refund_id} is tried again: 5.00 USD",
        f"Refund {refund_id} (5.00 USD, attempt 2) is on its way",
        f"Refund {refund_id} (5.00 USD, attempt 2) succeeded",
    ]
    await theatre.forward(timedelta(days=2))
    await _release_settles(theatre)
    result = await theatre.result()
    assert (result["stage"], result["refunded"], result["released"]) == ("partially_refunded", 500, TOTAL - 500)


async def test_R28_a_refund_that_fails_after_the_order_was_settled_reopens_it_until_it_is_retried(
    theatre: Theatre,
) -> None:
    await theatre.start()
    await theatre.pay()
    await theatre.update("cancel_order", by=SELLER, reason="out_of_stock")
    await _refund_settles(theatre)
    assert (await theatre.result())["refunded"] == TOTAL
    refund_id = f"{theatre.order_id}-refund-1"
    await theatre.wake("refund_updated", by=PROVIDER, refund_id=refund_id, state="reversed", failure_reason="closed")
    reopened = await theatre.when(lambda view: view["refunds"][0]["state"] == "reversed")
    assert (reopened["status"], reopened["closed_at"]) == ("refund_delayed", None)
    assert [attention["kind"] for attention in reopened["needs_attention"]] == ["refund_reversed"]
    await theatre.update("retry_refund", by=PLATFORM, refund_id=refund_id)
    await theatre.when(lambda view: view["refunds"][0]["state"] == "pending")
    await theatre.signal("refund_updated", by=PROVIDER, refund_id=refund_id, attempt=2, state="succeeded")
    assert (await theatre.result())["refunded"] == TOTAL
    assert f"Refund {refund_id} (22.99 USD) was reversed: closed" in await _told(theatre)
    deeds = [(refund["amount"], refund["key"]) for refund in (await theatre.book())["refunds"]]
    assert deeds == [(TOTAL, f"{refund_id}-1"), (TOTAL, f"{refund_id}-2")]


async def test_R21_a_success_after_a_failure_is_checked_with_the_provider_whose_word_counts(theatre: Theatre) -> None:
    """Its webhooks overtook each other; nothing is sent a second time to find out."""
    await theatre.misbehave("refund", "decline")
    await theatre.start()
    await theatre.pay()
    await theatre.update("cancel_order", by=SELLER, reason="out_of_stock")
    await theatre.when(lambda view: view["refunds"][0]["state"] == "failed")
    refund_id = f"{theatre.order_id}-refund-1"
    await theatre.signal("refund_updated", by=PROVIDER, refund_id=refund_id, state="succeeded")
    told = await theatre.recorded(6)
    assert [row["summary"] for row in told[-3:]] == [
        f"Refund {refund_id} (22.99 USD) failed: declined by the bank",
        f"Refund {refund_id} (22.99 USD) succeeded",
        f"Refund {refund_id} (22.99 USD) failed: declined by the bank",
    ]
    view = await theatre.view()
    assert (view["refunded"], view["refunding"], view["closed_at"]) == (0, TOTAL, None)
    assert len((await theatre.book())["calls"]) == 1
    await theatre.update("retry_refund", by=PLATFORM, refund_id=refund_id)
    await theatre.when(lambda view: view["refunds"][0]["state"] == "pending")
    await theatre.signal("refund_updated", by=PROVIDER, refund_id=refund_id, attempt=2, state="succeeded")
    assert (await theatre.result())["refunded"] == TOTAL


PROMISE: dict[str, Any] = {"by": PROVIDER, "amount": TOTAL, "currency": "USD", "method": "card", "payment_id": "p-1"}


async def test_r32_what_is_promised_is_charged_when_it_is_shipped(theatre: Theatre) -> None:
    await theatre.start(terms={"capture": "at_shipment"})
    await theatre.update("payment_authorized", **PROMISE)
    view = await theatre.view()
    assert (view["authorized"], view["captured"], view["held"]) == (TOTAL, 0, TOTAL)
    await theatre.update("ship", by=SELLER, carrier="UPS", tracking="1Z")
    await theatre.when(lambda view: view["capture"]["state"] == "pending")
    await theatre.update("confirm_receipt", by=BUYER)
    assert (await theatre.book())["releases"] == [], "nobody is paid before the buyer is charged"
    await theatre.signal("payment_captured", **PROMISE)
    await _release_settles(theatre)
    result = await theatre.result()
    assert (result["stage"], result["authorized"], result["captured"]) == ("completed", 0, TOTAL)
    [capture] = (await theatre.book())["captures"]
    assert (capture["amount"], capture["key"]) == (TOTAL, f"{theatre.order_id}-capture-1-1")


async def test_r32_what_is_promised_and_never_shipped_is_voided(theatre: Theatre) -> None:
    await theatre.start(terms={"capture": "at_shipment"})
    await theatre.update("payment_authorized", **PROMISE)
    await theatre.update("cancel_order", by=SELLER, reason="out_of_stock")
    await _refund_settles(theatre)
    result = await theatre.result()
    assert (result["stage"], result["captured"], result["refunded"]) == ("cancelled", 0, TOTAL)
    book = await theatre.book()
    assert ([void["amount"] for void in book["voids"]], book["refunds"], book["captures"]) == ([TOTAL], [], [])
    row = await theatre.row()
    assert (row["authorized"], row["captured"], row["refunded"]) == (TOTAL, 0, TOTAL)


async def test_R22_a_chargeback_that_is_lost_in_a_dispute_ends_the_order(theatre: Theatre) -> None:
    await _delivered(theatre)
    await theatre.update("open_dispute", **DAMAGED)
    await theatre.signal("chargeback_opened", **_chargeback(theatre))
    await theatre.when(lambda view: "chargeback" in view["payments"][0])
    await theatre.signal("chargeback_closed", **_chargeback(theatre, outcome="lost"))
    result = await theatre.result()
    assert (result["stage"], result["reason"], result["refunded"]) == ("refunded", "chargeback", TOTAL)
    assert (await theatre.book())["refunds"] == [], "the bank has paid it, and nobody pays it again"


async def test_R22_a_release_waits_for_the_bank_and_starts_when_the_chargeback_is_won(theatre: Theatre) -> None:
    await _delivered(theatre, chargeback_alert_after="PT1H")
    await theatre.signal("chargeback_opened", **_chargeback(theatre))
    await theatre.when(lambda view: "chargeback" in view["payments"][0])
    await theatre.update("confirm_receipt", by=BUYER)
    await theatre.forward(HOUR + timedelta(seconds=1))
    waiting = await theatre.when(lambda view: bool(view["needs_attention"]))
    assert [attention["kind"] for attention in waiting["needs_attention"]] == ["chargeback_overdue"]
    assert (waiting["stage"], waiting["closed_at"], (await theatre.book())["releases"]) == ("completed", None, [])
    await theatre.signal("chargeback_closed", **_chargeback(theatre, outcome="won"))
    await _release_settles(theatre)
    result = await theatre.result()
    assert (result["stage"], result["released"], result["shortfall"]) == ("completed", TOTAL, 0)


async def test_R22_a_chargeback_wakes_a_settled_order_and_is_the_platforms_loss(theatre: Theatre) -> None:
    await _delivered(theatre)
    await theatre.update("confirm_receipt", by=BUYER)
    await _release_settles(theatre)
    assert (await theatre.result())["released"] == TOTAL
    await theatre.wake("chargeback_closed", **_chargeback(theatre, outcome="lost"))
    result = await theatre.result()
    assert (result["stage"], result["refunded"], result["shortfall"]) == ("completed", TOTAL, TOTAL)
    row = await theatre.row()
    assert (row["needs_attention"], row["shortfall"]) == (True, TOTAL)


async def test_what_needs_attention_of_a_settled_order_is_acknowledged_and_off_every_list(theatre: Theatre) -> None:
    await _delivered(theatre)
    await theatre.update("confirm_receipt", by=BUYER)
    await _release_settles(theatre)
    await theatre.wake("chargeback_closed", **_chargeback(theatre, outcome="lost"))
    settled = await theatre.result()
    look = {"by": PLATFORM, "subject": theatre.order_id, "note": "written off", "request_id": "look-1"}
    seen = await theatre.update_waking("acknowledge", **look)
    assert (seen["applied"], seen["stage"]) == (True, "completed")
    assert await theatre.result() == settled
    row = await theatre.row()
    assert (row["needs_attention"], row["shortfall"], (await _told(theatre))[-1]) == (
        False,
        TOTAL,
        f"{theatre.order_id} was acknowledged: the platform is out of pocket",
    )
    assert await theatre.update_waking("acknowledge", **look) == seen
    with pytest.raises(Refusal) as refused:
        await theatre.update_waking("acknowledge", **look | {"request_id": "look-2"})
    assert refused.value.code == "order_closed"
