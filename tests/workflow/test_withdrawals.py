"""Money that goes back without us, on a real server: the bank changes its mind, somebody gives it back elsewhere."""

from typing import Any

import httpx

from tests.workflow.test_later_stories import _delivered
from tests.workflow.test_money_stories import _chargeback
from tests.workflow.test_stories import _refund_settles, _release_settles
from tests.workflow.theatre import BUYER, PROVIDER, SELLER, TOTAL, Theatre


def _elsewhere(theatre: Theatre, amount: int, state: str = "succeeded") -> dict[str, Any]:
    own = {"payment_id": f"{theatre.order_id}-pay", "reference": f"re-{theatre.order_id}"}
    return {"by": PROVIDER, **own, "amount": amount, "currency": "USD", "state": state}


async def test_R34_lost_and_then_won_the_provider_is_asked_and_the_seller_paid(theatre: Theatre) -> None:
    """The provider knows no such chargeback: the last to arrive counts."""
    await _delivered(theatre)
    await theatre.signal("chargeback_closed", **_chargeback(theatre, outcome="lost"))
    await theatre.when(lambda view: view["refunded"] == TOTAL)
    await theatre.signal("chargeback_closed", **_chargeback(theatre, outcome="won"))
    won = await theatre.when(lambda view: view["held"] == TOTAL)
    assert (won["chargebacks"][0]["outcome"], won["chargebacks"][0]["doubted"]) == ("won", None)
    await theatre.update("confirm_receipt", by=BUYER)
    await _release_settles(theatre)
    assert (await theatre.result())["released"] == TOTAL
    await theatre.replays()


async def test_R34_the_providers_own_word_counts_over_the_last_to_arrive(theatre: Theatre) -> None:
    await _delivered(theatre)
    told = {"chargeback_id": f"{theatre.order_id}-c", "payment_id": f"{theatre.order_id}-pay", "amount": TOTAL}
    async with httpx.AsyncClient(base_url=theatre.sandbox_url) as bank:
        (await bank.post("/chargebacks", json=told)).raise_for_status()
        decided = {"outcome": "lost"}
        (await bank.post(f"/chargebacks/{told['chargeback_id']}/decision", json=decided)).raise_for_status()
    await theatre.signal("chargeback_closed", **_chargeback(theatre, outcome="lost"))
    await theatre.when(lambda view: view["refunded"] == TOTAL)
    await theatre.signal("chargeback_closed", **_chargeback(theatre, outcome="won"))
    await theatre.recorded(7)
    stands = await theatre.when(lambda view: not view["chargebacks"][0]["doubted"])
    assert (stands["chargebacks"][0]["outcome"], stands["refunded"]) == ("lost", TOTAL)
    assert "the provider says that it is lost: so it stays" in (await theatre.timeline())[-1]["summary"]


async def test_R35_what_went_back_in_the_console_is_not_asked_for_again(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.pay()
    await theatre.until("awaiting_shipment")
    await theatre.signal("refund_reported", **_elsewhere(theatre, 500))
    await theatre.when(lambda view: view["refunded"] == 500)
    await theatre.update("cancel_order", by=SELLER, reason="out_of_stock")
    await _refund_settles(theatre)
    assert (await theatre.result())["refunded"] == TOTAL
    assert [refund["amount"] for refund in (await theatre.book())["refunds"]] == [TOTAL - 500]


async def test_R35_all_of_it_before_the_shipment_cancels_the_order(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.pay()
    await theatre.until("awaiting_shipment")
    await theatre.signal("refund_reported", **_elsewhere(theatre, TOTAL))
    result = await theatre.result()
    assert (result["stage"], result["reason"], result["refunded"]) == ("cancelled", "refunded_elsewhere", TOTAL)
    await theatre.wake("refund_reported", **_elsewhere(theatre, TOTAL, "failed"))
    await _refund_settles(theatre)
    assert [refund["amount"] for refund in (await theatre.book())["refunds"]] == [TOTAL]
