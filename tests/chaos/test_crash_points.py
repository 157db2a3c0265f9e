"""A worker that dies or freezes exactly beside a side effect: one effect all the same, and an order that goes on."""

import asyncio
import signal

import pytest

from activities.crashes import Deed
from starter.embedded.processes import Child
from tests.acceptance.orders import TOTAL, reaches
from tests.acceptance.programs import COUNTERMAND, PATIENCE, ran
from tests.chaos.cast import MONEY, Cast, beginning, messages
from tests.chaos.parts import Parts, struck
from tests.conftest import MakeDatabase
from workflows.messages.base import Fact


def decoded(order_id: str, story: str, step: int) -> Fact:
    """The fact that is that step of the story."""
    fact = messages(order_id, story)[step]
    assert isinstance(fact, Fact)
    return fact


OF_THE_WORKER = (Deed.RECORD, *MONEY)
POINTS = [f"{how}:{when}:{deed}" for deed in OF_THE_WORKER for how in ("kill", "stop") for when in ("before", "after")]
TELLING = ("kill:after:refund", "stop:before:refund", "kill:after:record")
"""Those that run every time: the deed without its answer, the deed that comes too late, the record without its task."""


BESIDE_A_PAYMENT = [point for when in ("before", "after") for point in (f"kill:{when}:claim", f"kill:{when}:report")]


def _points() -> list[object]:
    return [pytest.param(point, marks=[] if point in TELLING else [pytest.mark.chaos]) for point in POINTS]


@pytest.mark.parametrize("point", _points())
async def test_a_worker_that_crashes_beside_a_side_effect(parts: Parts, cast: Cast, point: str) -> None:
    how = point.split(":", maxsplit=1)[0]
    doomed = await parts.worker(point)
    orders = cast.order_ids()
    async with asyncio.TaskGroup() as people:
        for story, order_id in orders.items():
            people.create_task(cast.carry(order_id, story))
        await struck(doomed, how)
        await parts.worker()
    await _comes_back_too_late(doomed)
    for story, order_id in orders.items():
        await cast.check(order_id, story)
        if how == "kill":  # who was frozen before the deed asks when it thaws, and hears that it was done
            calls = (await cast.bank.book(order_id))["calls"]
            assert all(call["outcome"] == "taken" for call in calls), (
                "looked up first, and asked again only if not there"
            )


async def _comes_back_too_late(doomed: Child) -> None:
    """A frozen worker thaws when everything is done, does what it was about to do, and is told to stop."""
    if doomed.dead:
        return
    doomed.process.send_signal(signal.SIGCONT)
    doomed.process.send_signal(signal.SIGTERM)
    assert await doomed.ended(PATIENCE), doomed.last_words()
    assert doomed.process.returncode == 0, doomed.last_words()


@pytest.mark.chaos
@pytest.mark.parametrize("point", BESIDE_A_PAYMENT)
async def test_a_gateway_that_dies_beside_the_claim_or_the_report_of_a_payment(
    parts: Parts, cast: Cast, point: str
) -> None:
    """The provider sends its webhook again; the payment is claimed once, and the order takes it once."""
    await parts.worker()
    doomed = await parts.doomed_gateway(point)
    order_id = cast.order_ids()["approved"]
    async with asyncio.TaskGroup() as people:
        people.create_task(cast.carry_paid_by_webhook(order_id))
        await struck(doomed, "kill")
        await parts.bring_back(doomed)
    await cast.check(order_id, "approved")


@pytest.mark.chaos
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_gateway_that_dies_while_it_keeps_a_payment_of_no_order(parts: Parts, cast: Cast, when: str) -> None:
    """The provider sends its webhook again; it is kept once, and the order that is started later takes it once."""
    await parts.worker()
    doomed = await parts.doomed_gateway(f"kill:{when}:keep")
    order_id = cast.order_ids()["approved"]
    await cast.bank.pay(order_id)
    await struck(doomed, "kill")
    await parts.bring_back(doomed)
    await cast.kept_unplaced(order_id)
    await cast.carry_paid_before(order_id)
    await cast.check(order_id, "approved")


@pytest.mark.chaos
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_worker_that_dies_beside_the_placing_of_a_payment(parts: Parts, cast: Cast, when: str) -> None:
    """It came before its order. Another worker gives it to the order once more, which takes it once."""
    doomed = await parts.worker(f"kill:{when}:place")
    order_id = cast.order_ids()["approved"]
    await cast.bank.pay(order_id)
    await cast.kept_unplaced(order_id)
    async with asyncio.TaskGroup() as people:
        people.create_task(cast.carry_paid_before(order_id))
        await struck(doomed, "kill")
        await parts.worker()
    await cast.check(order_id, "approved")


@pytest.mark.chaos
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_worker_that_dies_beside_the_word_that_a_record_is_due(parts: Parts, cast: Cast, when: str) -> None:
    """Postgres was away, and nobody but the run may have to remember that it lacks something."""
    doomed = await parts.worker(f"kill:{when}:due")
    order_id = cast.order_ids()["approved"]
    await cast.client.start(beginning(order_id, "approved"))
    await reaches(cast.client, order_id, lambda row: row.entry == 1)
    async with parts.away("Postgres", "killed"):
        paying = asyncio.create_task(cast.client.report(order_id, decoded(order_id, "approved", 0)))
        await struck(doomed, "kill")
        await paying
    await parts.worker()
    await cast.carry(order_id, "approved")
    await cast.check(order_id, "approved")


@pytest.mark.chaos
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_worker_that_dies_beside_the_load_of_an_order(parts: Parts, cast: Cast, when: str) -> None:
    """A late payment, made at the provider, wakes a settled order, once, and goes back once."""
    await parts.worker()
    order_id = cast.order_ids()["unpaid"]
    await cast.carry(order_id, "unpaid")
    # Settled in the read model, its run may still be open: the payment would come to that run, which loads nothing.
    await cast.client.result(order_id)
    await parts.stop("Worker")
    doomed = await parts.worker(f"kill:{when}:load")
    await cast.bank.pay_quietly(order_id)
    await cast.client.report(order_id, decoded(order_id, "cancelled", 0))
    await struck(doomed, "kill")
    await parts.worker()
    await reaches(cast.client, order_id, lambda row: row.refunded == TOTAL and row.closed_at is not None)
    await cast.check(order_id, "cancelled")


@pytest.mark.chaos
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_migration_that_dies_is_done_the_next_time(new_database: MakeDatabase, seed: int, when: str) -> None:
    settings = {"DATABASE_URL": await new_database(), "TEMPORAL_ADDRESS": "127.0.0.1:9"}
    died = await ran({**settings, "COUNTERMAND_CRASH_AT": f"kill:{when}:migrate"}, *COUNTERMAND, "migrate")
    assert died.code == -signal.SIGKILL
    again = await ran(settings, *COUNTERMAND, "migrate")
    assert "Temporal" in again.err, f"the schema is there, and only Temporal is missing: {again}"
