"""Sending to an order and reading it through the client, on a real server, a real Postgres and the real order."""

import asyncio
import inspect
from datetime import timedelta
from uuid import uuid4

import pytest

from starter.client.commands import OrderMessages
from starter.client.orders import OrderClient
from starter.client.reads import OrderFilters
from starter.errors import CommandRefused
from tests.starter.orders import BUYER, SELLER, an_order
from workflows.messages.base import Fact
from workflows.messages.commands import OFFERED
from workflows.messages.refusal import Code
from workflows.messages.values import CancellationReason, Role, Stage


async def test_a_command_is_answered(client: OrderClient, order_id: str) -> None:
    await client.start(an_order(order_id))
    answer = await client.cancel_order(order_id, by=SELLER, reason=CancellationReason.OUT_OF_STOCK)
    assert (answer.order_id, answer.stage, answer.applied) == (order_id, Stage.CANCELLED, True)


async def test_a_refusal_keeps_its_code_its_sentence_and_what_is_possible_instead(
    client: OrderClient, order_id: str
) -> None:
    await client.start(an_order(order_id))
    with pytest.raises(CommandRefused) as refused:
        await client.ship(order_id, by=SELLER, carrier="DHL", tracking="1")
    assert refused.value.code is Code.NOT_ALLOWED_NOW
    assert str(refused.value) == refused.value.refusal.message
    assert "cancel_order" in {instead.action for instead in refused.value.refusal.instead}


async def test_the_same_request_gets_the_same_answer(client: OrderClient, order_id: str) -> None:
    await client.start(an_order(order_id))
    first = await client.send_message(order_id, by=BUYER, to=Role.SELLER, text="Hello", request_id="r-1")
    again = await client.send_message(order_id, by=BUYER, to=Role.SELLER, text="Hello", request_id="r-1")
    assert again == first


async def test_a_request_id_with_other_content_reaches_the_order_and_is_refused(
    client: OrderClient, order_id: str
) -> None:
    """Temporal alone would give the first answer to the second command."""
    await client.start(an_order(order_id))
    await client.send_message(order_id, by=BUYER, to=Role.SELLER, text="Hello", request_id="r-1")
    with pytest.raises(CommandRefused) as refused:
        await client.send_message(order_id, by=BUYER, to=Role.SELLER, text="Goodbye", request_id="r-1")
    assert refused.value.code is Code.REQUEST_ID_REUSED


async def test_more_commands_at_once_than_the_server_takes_are_all_answered(client: OrderClient, order_id: str) -> None:
    """Ten updates of one workflow may be in flight."""
    await client.start(an_order(order_id))
    texts = [f"Message {number}" for number in range(40)]
    answers = await asyncio.gather(
        *(client.send_message(order_id, by=BUYER, to=Role.SELLER, text=text) for text in texts)
    )
    assert len({answer.version for answer in answers}) == len(texts)


async def test_what_a_role_can_do_is_told(client: OrderClient, order_id: str) -> None:
    await client.start(an_order(order_id))
    assert "request_cancellation" in {action.action for action in await client.allowed(order_id, Role.BUYER)}
    assert (await client.party(order_id, Role.SELLER)) == SELLER


async def test_watching_shows_everything_and_ends_with_the_order(client: OrderClient, order_id: str) -> None:
    await client.start(an_order(order_id))
    seen = []
    async for entry in client.watch(order_id):
        seen.append(entry)
        if len(seen) == 1:
            await client.request_cancellation(order_id, by=BUYER)
    assert tuple(seen) == await client.timeline(order_id)
    assert seen[-1].to_stage is Stage.CANCELLED


async def test_waiting_for_the_result_of_an_order_that_goes_on_ends(client: OrderClient, order_id: str) -> None:
    await client.start(an_order(order_id))
    with pytest.raises(TimeoutError, match=order_id):
        await client.result(order_id, within=timedelta(seconds=0.2))


async def test_orders_are_listed_by_pages(client: OrderClient, order_id: str) -> None:
    ids = [f"{order_id[:50]}-{number}" for number in range(3)]
    buyer = f"b-{uuid4().hex}"
    for each in ids:
        await client.start(an_order(each, buyer_id=buyer))
        await client.cancel_order(each, by=SELLER, reason=CancellationReason.OUT_OF_STOCK)
        await client.result(each)
    first = await client.list_orders(OrderFilters(buyer_id=buyer), limit=2)
    second = await client.list_orders(OrderFilters(buyer_id=buyer), cursor=first.cursor, limit=2)
    assert [row.order_id for row in first.rows + second.rows] == ids[::-1]
    assert second.cursor is None


def test_every_command_and_fact_has_its_typed_method() -> None:
    for name, kind in OFFERED.items():
        method = getattr(OrderMessages, name)
        assert method.__doc__ == kind.__doc__
        hint = inspect.get_annotations(method, eval_str=False)["return"]
        assert hint is (None if issubclass(kind, Fact) else inspect.get_annotations(OrderMessages.send)["return"])
