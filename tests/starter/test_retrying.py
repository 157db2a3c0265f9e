"""How long callers wait, what they hear meanwhile, and what readers of Postgres hear when it is not there."""

import asyncio
from datetime import timedelta
from typing import NoReturn

import asyncpg
import pytest

from activities.database import DATABASE_ERRORS
from starter.client import retrying
from starter.client.retrying import LOOK_AFTER, insistently, reading
from starter.client.silence import LOOK_WITHIN, MAX_REASON, shortened
from starter.errors import EngineUnavailable, OrderPaused, OrderStuck, Unanswered

STUCK = OrderStuck("A-1", "it is paused in Temporal")


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks are taken at once."""
    monkeypatch.setattr(retrying, "LOOK_AFTER", timedelta(0))
    monkeypatch.setattr(retrying, "LOOK_EVERY", timedelta(0))


async def never() -> NoReturn:
    await asyncio.Event().wait()
    raise AssertionError


async def unseen(_: Unanswered | None) -> None:
    raise AssertionError("nobody had to look")


def test_a_look_is_over_five_seconds_after_the_call() -> None:
    looks_after, told_after = LOOK_AFTER, LOOK_AFTER + LOOK_WITHIN
    assert looks_after == timedelta(seconds=3)
    assert told_after < timedelta(seconds=5)


async def test_an_answer_at_once_needs_no_look() -> None:
    async def once() -> str:
        return "answer"

    assert await insistently(once, unseen) == "answer"


@pytest.mark.usefixtures("hurry")
async def test_an_order_that_is_proven_stuck_is_waited_for_no_longer_and_its_call_is_ended() -> None:
    ended = asyncio.Event()

    async def once() -> NoReturn:
        try:
            await never()
        finally:
            ended.set()

    async def look(_: Unanswered | None) -> OrderStuck:
        return STUCK

    with pytest.raises(OrderStuck) as stuck:
        await insistently(once, look)
    assert stuck.value is STUCK
    assert ended.is_set()


@pytest.mark.usefixtures("hurry")
async def test_looks_that_find_nothing_let_a_slow_answer_come() -> None:
    looks, seen = 0, asyncio.Event()

    async def once() -> str:
        await seen.wait()
        return "answer"

    async def look(_: Unanswered | None) -> None:
        nonlocal looks
        looks += 1
        if looks == 3:
            seen.set()

    assert await insistently(once, look) == "answer"


@pytest.mark.usefixtures("hurry")
async def test_an_answer_that_comes_during_a_look_is_worth_more_than_what_is_seen() -> None:
    answered = asyncio.Event()

    async def once() -> str:
        await answered.wait()
        return "answer"

    async def look(_: Unanswered | None) -> OrderStuck:
        answered.set()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return STUCK

    assert await insistently(once, look) == "answer"


@pytest.mark.usefixtures("hurry")
async def test_a_look_is_told_how_the_last_try_ended() -> None:
    told: list[Unanswered | None] = []
    busy = Unanswered("busy")

    async def once() -> NoReturn:
        raise busy

    async def look(last: Unanswered | None) -> OrderStuck | None:
        told.append(last)
        return STUCK if last else None

    with pytest.raises(OrderStuck):
        await insistently(once, look)
    assert told[-1] is busy


async def test_a_message_that_a_pause_refused_at_once_was_not_taken() -> None:
    async def once() -> NoReturn:
        raise OrderPaused("A-1", "ship", "it is paused in Temporal")

    with pytest.raises(OrderPaused, match="took no ship"):
        await insistently(once, unseen)


async def test_a_message_that_a_pause_refused_after_another_try_may_have_been_taken() -> None:
    errors = [Unanswered("slow"), OrderPaused("A-1", "ship", "it is paused in Temporal")]

    async def once() -> NoReturn:
        raise errors.pop(0)

    with pytest.raises(OrderStuck, match="A-1 answers nobody: it is paused in Temporal"):
        await insistently(once, unseen)


@pytest.mark.usefixtures("hurry")
async def test_whoever_gives_up_is_let_go_and_nothing_goes_on_behind_their_back() -> None:
    ended = asyncio.Event()

    async def once() -> NoReturn:
        try:
            await never()
        finally:
            ended.set()

    async def look(_: Unanswered | None) -> None:
        waiting.cancel()

    waiting = asyncio.create_task(insistently(once, look))
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("by mistake", "by mistake"),
        ("a bug\n  File x.py", "a bug"),
        ("x" * MAX_REASON, "x" * MAX_REASON),
        ("x" * (MAX_REASON + 1), "x" * (MAX_REASON - 1) + "…"),
    ],
    ids=["short", "a stack trace", "just not too long", "too long"],
)
def test_a_reason_is_told_as_far_as_it_fits_into_a_sentence(reason: str, told: str) -> None:
    assert shortened(reason) == told


@pytest.mark.parametrize("error", [*DATABASE_ERRORS, asyncpg.InternalClientError], ids=lambda error: error.__name__)
async def test_every_way_in_which_postgres_fails_is_told_in_our_words(error: type[Exception]) -> None:
    async def failing() -> None:
        raise error("cannot switch to state 12")

    with pytest.raises(EngineUnavailable, match="cannot switch to state 12"):
        await reading(failing())


async def test_a_database_without_tables_says_what_to_run() -> None:
    async def failing() -> None:
        raise asyncpg.UndefinedTableError("orders")

    with pytest.raises(EngineUnavailable, match="countermand migrate"):
        await reading(failing())
