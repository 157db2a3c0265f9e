"""Whatever is sent, no message fails an order, blocks it, or vanishes: answer, refusal, or a line in the timeline."""

import asyncio
import json
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowUpdateFailedError
from temporalio.common import RawValue
from temporalio.runtime import MetricBuffer, Runtime, TelemetryConfig

from tests.workflow.theatre import (
    BUYER,
    CARRIER,
    PLATFORM,
    PROVIDER,
    SELLER,
    TOTAL,
    Refusal,
    Theatre,
    application_error,
    captured,
    start_input,
)
from workflows.process.money.overflow import MAX_PAYMENTS

SHIP: dict[str, Any] = {"by": SELLER, "carrier": "UPS", "tracking": "1Z"}
MALFORMED: list[tuple[str, dict[str, Any], str, str | None]] = [
    ("ship", {}, "invalid", "by"),
    ("ship", {"by": SELLER, "carrier": "UPS"}, "invalid", "tracking"),
    ("ship", {**SHIP, "colour": "red"}, "invalid", "colour"),
    ("ship", {**SHIP, "tracking": 17}, "invalid", "tracking"),
    ("ship", {**SHIP, "tracking": ""}, "invalid", "tracking"),
    ("ship", {**SHIP, "tracking": "x" * 129}, "invalid", "tracking"),
    ("ship", {**SHIP, "tracking": "1\u0000Z"}, "invalid", "tracking"),
    ("ship", {**SHIP, "by": {"role": "king", "id": "s-3"}}, "invalid", "by.role"),
    ("ship", {**SHIP, "deliver_by": "2020-01-01T00:00:00Z"}, "invalid", "deliver_by"),
    ("payment_captured", captured(-1), "invalid", "amount"),
    ("payment_captured", captured(0), "invalid", "amount"),
    ("payment_captured", {**captured(), "amount": 22.99}, "invalid", "amount"),
    ("payment_captured", captured(10**12 + 1), "invalid", "amount"),
    ("payment_captured", captured(currency="usd"), "invalid", "currency"),
    ("send_message", {"by": BUYER, "to": "seller", "text": ""}, "invalid", "text"),
    ("send_message", {"by": BUYER, "to": "seller", "text": "x" * 4_001}, "invalid", "text"),
    ("ship", {**SHIP, "by": BUYER}, "wrong_role", None),
    ("ship", {**SHIP, "by": {"role": "seller", "id": "someone-else"}}, "not_your_order", None),
    ("confirm_receipt", {"by": BUYER}, "not_allowed_now", None),
    ("withdraw_cancellation", {"by": BUYER}, "nothing_open", None),
    ("decide_cancellation", {"by": SELLER, "approve": True}, "nothing_open", None),
    ("retry_refund", {"by": PLATFORM, "refund_id": "no-such"}, "invalid", "refund_id"),
    ("order_pizza", {"by": BUYER}, "invalid", "name"),
]


async def test_malformed_and_senseless_updates_are_refused_by_name_and_leave_nothing(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.pay()
    before, events = await theatre.view(), await theatre.events()
    for name, message, code, field in MALFORMED:
        with pytest.raises(Refusal) as refused:
            await theatre.update(name, **message)
        assert refused.value.code == code, (name, message, refused.value)
        assert refused.value.details["message"] == str(refused.value).removeprefix(f"{code}: ")
        if field:
            assert field in refused.value.details["fields"], (name, refused.value.details)
            assert (name if field == "name" else field) in str(refused.value)
    assert await theatre.events() == events, "a refused update costs no event"
    assert await theatre.view() == before


async def test_malformed_and_senseless_signals_stand_in_the_timeline_and_change_nothing(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.pay()
    before = await theatre.view()
    for name, message, _, _ in MALFORMED:
        await theatre.signal(name, message)
    shapeless: list[list[Any]] = [[], [1], ["x"], [None], [[]], [{}, {}], [RawValue(Payload(data=b"\xff\xfe"))]]
    for arguments in shapeless:
        await theatre.handle.signal("ship", args=arguments)
    await theatre.when(lambda view: view["version"] == before["version"])
    await theatre.recorded(2 + len(MALFORMED) + len(shapeless))
    rows = (await theatre.timeline())[2:]
    assert {row["outcome"] for row in rows} == {"refused"}
    codes = [json.loads(row["said"])["code"] for row in rows[: len(MALFORMED)]]
    assert codes == [code for _, _, code, _ in MALFORMED]
    after = await theatre.view()
    assert {**after, "allowed": 0} == {**before, "allowed": 0}


async def test_two_hundred_signals_at_once_are_all_taken(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.pay()
    texts = [f"Nr. {number} ✓ здравствуйте \n\t نص" for number in range(200)]
    await asyncio.gather(
        *(theatre.signal("send_message", by=PLATFORM, to="seller", text=text, request_id=text[:9]) for text in texts)
    )
    await theatre.recorded(202)
    assert {row["text"] for row in (await theatre.timeline())[2:]} == set(texts)
    with pytest.raises(Refusal) as refused:
        await theatre.update("send_message", by=PLATFORM, to="buyer", text="one too many")
    assert refused.value.code == "limit_reached"


async def test_R41_refused_signals_beyond_a_hundred_of_one_sender_are_counted(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.pay()
    await theatre.dim()
    await asyncio.gather(*(theatre.signal("confirm_receipt", by=BUYER) for _ in range(150)))
    await theatre.open()
    await theatre.signal("confirm_receipt", by=SELLER)
    rows = await theatre.recorded(103)
    assert [(row["role"], row["outcome"]) for row in rows[-2:]] == [("buyer", "refused"), ("seller", "refused")]
    assert "what follows is counted" in rows[-2]["summary"]


async def test_R41_an_order_with_four_hundred_payments_answers(theatre: Theatre) -> None:
    """It froze for ever: a step over them took longer than a workflow task may. Fifty are kept, the rest is listed."""
    await theatre.start()
    await theatre.pay()
    await theatre.dim()
    for number in range(400):
        await theatre.signal("payment_captured", **captured(1, f"{theatre.order_id}-{number}"))
    await theatre.open()
    assert (await theatre.update("ship", **SHIP))["stage"] == "shipped"
    view = await theatre.view()
    assert (len(view["payments"]), view["captured"]) == (MAX_PAYMENTS, TOTAL + MAX_PAYMENTS - 1)
    assert [item["kind"] for item in view["needs_attention"]] == ["payments_unplaced"]
    await theatre.recorded(403)
    unplaced = await theatre.pool.fetch("SELECT body FROM unplaced WHERE order_id = $1", theatre.order_id)
    assert len(unplaced) == 401 - MAX_PAYMENTS


async def test_texts_in_any_script_and_at_their_limit(theatre: Theatre) -> None:
    await theatre.start()
    text = "я" * 4_000
    await theatre.update("send_message", by=BUYER, to="seller", text=text)
    assert (await theatre.recorded(2))[-1]["text"] == text
    assert text not in str(await theatre.view()), "texts live in the timeline, not in the order (R26)"


async def test_R7_an_update_without_request_id_takes_its_update_id(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.pay()
    message: dict[str, Any] = {"by": BUYER, "reason": "changed_mind"}
    first = await theatre.update("request_cancellation", update_id="mine", **message)
    again = await theatre.update("request_cancellation", update_id="other", **message, request_id="mine")
    assert again == first
    with pytest.raises(Refusal) as refused:
        await theatre.update("request_cancellation", by=BUYER, reason="wrong_address", request_id="mine")
    assert refused.value.code == "request_id_reused"


async def test_R27_temporals_own_cancellation_is_the_platforms_cancel_order(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.pay()
    await theatre.handle.cancel()
    view = await theatre.until("cancelled")
    assert (view["reason"], view["fault"]) == ("staff_error", "platform")
    await theatre.when(lambda view: view["refunds"][0]["state"] == "pending")
    await theatre.signal("refund_updated", by=PROVIDER, refund_id=view["refunds"][0]["refund_id"], state="succeeded")
    assert (await theatre.result())["refunded"] == 2299


async def test_R27_where_cancelling_is_not_possible_it_is_recorded_and_the_order_goes_on(theatre: Theatre) -> None:
    await theatre.start()
    await theatre.pay()
    await theatre.update("ship", **SHIP)
    await theatre.handle.cancel()
    await theatre.recorded(4)
    refused = (await theatre.timeline())[-1]
    assert (refused["name"], refused["outcome"], refused["party_id"]) == ("cancel_order", "refused", "temporal")
    await theatre.signal("parcel_delivered", by=CARRIER, tracking="1Z")
    await theatre.until("delivered")
    await theatre.update("confirm_receipt", by=BUYER)
    await theatre.when(lambda view: view["releases"][0]["state"] == "pending")
    await theatre.signal("release_updated", by=PROVIDER, release_id=f"{theatre.order_id}-release-1", state="succeeded")
    assert (await theatre.result())["stage"] == "completed"


@pytest.mark.parametrize(
    ("start", "fields"),
    [
        ({"order_id": "x"}, "buyer_id"),
        ([], None),
        ("text", None),
        (None, None),
        ({"carried": {}}, "carried"),
        ({"terms": {"respond_within": "soon"}}, "terms.respond_within"),
        ({"terms": {"unheard_of": 1}}, "terms.unheard_of"),
        ({"lines": []}, "lines"),
        ({"discount": 99_999}, "total"),
        ({"order_id": "another"}, "order_id"),
    ],
)
async def test_a_start_that_is_not_valid_ends_at_once_as_invalid(theatre: Theatre, start: Any, fields: str) -> None:
    bare = start if not isinstance(start, dict) or fields == "buyer_id" else start_input(theatre.order_id) | start
    await theatre.start_with(bare)
    error = await theatre.failure()
    assert error.type == "invalid"
    if fields:
        assert fields in str(error)


async def test_a_query_for_what_a_role_can_do(theatre: Theatre) -> None:
    await theatre.start()
    allowed = await theatre.handle.query("allowed", "buyer")
    assert [action["label"] for action in allowed if action["action"] == "request_cancellation"] == ["Cancel Order"]
    await theatre.pay()
    allowed = await theatre.handle.query("allowed", "buyer")
    assert "Request Order Cancellation" in [action["label"] for action in allowed]
    view = await theatre.view()
    assert view["allowed"]["buyer"] == allowed


async def test_an_update_with_an_unknown_name_is_told_which_names_are_known(theatre: Theatre) -> None:
    await theatre.start()
    with pytest.raises(Refusal) as refused:
        await theatre.update("order_pizza", by=BUYER)
    assert (refused.value.code, refused.value.details["fields"]) == ("invalid", ["name"])
    assert '"payment_captured" or' in str(refused.value)
    assert "docs/messages.md" in str(refused.value), "where the others stand"


async def test_two_arguments_are_refused_like_anything_else_that_is_not_one_json_object(theatre: Theatre) -> None:
    await theatre.start()
    with pytest.raises(WorkflowUpdateFailedError) as failed:
        await theatre.handle.execute_update("ship", args=[SHIP, SHIP])
    assert application_error(failed.value.cause).type == "invalid"


async def test_a_start_with_two_arguments_ends_at_once_as_invalid(theatre: Theatre) -> None:
    await theatre.start_with(start_input(theatre.order_id), start_input(theatre.order_id))
    assert (await theatre.failure()).type == "invalid"


async def test_R25_a_refused_update_is_counted(theatre: Theatre) -> None:
    """By Temporal's own metrics, as every worker can export them."""
    metrics = MetricBuffer(1_000)
    runtime = Runtime(telemetry=TelemetryConfig(metrics=metrics))
    await theatre.start()
    await theatre.recorded(1)
    await theatre.dim()
    await theatre.open(runtime=runtime)
    with pytest.raises(Refusal):
        await theatre.update("ship", **SHIP)
    counts = [
        (update.attributes["update"], update.attributes["code"], update.value)
        for update in metrics.retrieve_updates()
        if update.metric.name == "countermand_refused_updates"
    ]
    assert counts == [("ship", "not_allowed_now", 1)]


async def test_R41_files_lie_under_schemes_that_the_settings_name_and_what_was_decided_replays(
    theatre: Theatre,
) -> None:
    """Signals that were taken, or refused, by a worker with other settings are what they were: `close` replays them all
    without any."""

    def word(scheme: str) -> dict[str, Any]:
        file = {"uri": f"{scheme}://files/1", "sha256": "a" * 64, "media_type": "image/jpeg", "size": 1}
        return {"by": BUYER, "to": "seller", "text": "look", "attachments": [file]}

    await theatre.start()
    with pytest.raises(Refusal, match="must begin with https or http, and not with s3"):
        await theatre.update("send_message", **word("s3"))
    await theatre.signal("send_message", **word("s3"))
    await theatre.update("send_message", **word("https"))
    await theatre.recorded(3)
    await theatre.dim()
    await theatre.open(file_schemes=("s3", "gs"), caching=0)
    await theatre.signal("send_message", **word("gs"))
    await theatre.update("send_message", **word("gs"))
    with pytest.raises(Refusal, match="not with ftp"):
        await theatre.update("send_message", **word("ftp"))
    await theatre.recorded(5)
    await theatre.dim()
    await theatre.open(caching=0)
    with pytest.raises(Refusal, match="not with gs"):
        await theatre.update("send_message", **word("gs"))
    rows = await theatre.recorded(5)
    assert [row["outcome"] for row in rows] == ["accepted", "refused", "accepted", "accepted", "accepted"]
    assert "attachments.0.uri" in rows[1]["why"]


async def test_a_worker_opens_no_order_whose_terms_its_provider_cannot_move(dark_theatre: Theatre) -> None:
    """And whoever replays that, or an order of before, needs no provider for it: `close` has none."""
    theatre = dark_theatre
    await theatre.open(currency_steps={"KWD": 10})
    line = {"line_id": "1", "sku": "LAMP-1", "title": "Desk lamp", "quantity": 1, "unit_price": 2_300}
    wrong = {"currency": "KWD", "lines": [line], "shipping_fee": 0}
    await theatre.start(**wrong)
    failed = await theatre.failure()
    assert failed.type == "invalid"
    assert "terms.smallest_amount must be a multiple of 10" in failed.message
    await theatre.start(**wrong, terms={"smallest_amount": 10})
    await theatre.update("request_cancellation", by=BUYER)
    assert (await theatre.result())["stage"] == "cancelled"


async def test_an_order_that_another_worker_has_opened_goes_on_at_one_that_would_not(
    theatre: Theatre,
) -> None:
    line = {"line_id": "1", "sku": "LAMP-1", "title": "Desk lamp", "quantity": 1, "unit_price": 2_300}
    await theatre.start(currency="KWD", lines=[line], shipping_fee=0)
    await theatre.recorded(1)
    await theatre.dim()
    await theatre.open(currency_steps={"KWD": 10}, caching=0)
    await theatre.update("request_cancellation", by=BUYER)
    assert (await theatre.result())["stage"] == "cancelled"
