"""What a search of orders finds: words that both sides see, as people type them, page by page, and nothing else."""

import json
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import asyncpg
import pytest
from typer.testing import CliRunner

from activities.migrations import all_migrations, migrate
from starter.cli.program import app
from starter.client import reads
from starter.client.reads import OrderFilters, list_orders
from starter.client.search import MAX_SEARCH, MIN_SEARCH, SIGNS, WrongSearch, check_root, check_search
from tests.conftest import MakeDatabase
from tests.starter.test_lists import NOW, a_row, written

STATE: Final[dict[str, Any]] = {
    "lines": [
        {"sku": "LAMP-1.b", "title": 'Desk lamp "Öland", brass'},
        {"sku": "x'y\\z", "title": "100% wool"},
    ],
    "payments": [{"payment_id": "pi_3Nx"}],
    "trackings": ["1Z 999 aa1"],
    "messages": ["secret"],
}


def found_by(pool: asyncpg.Pool, search: str, **narrowed: Any) -> Any:
    return list_orders(pool, OrderFilters(search=search, **narrowed))


async def ids(pool: asyncpg.Pool, search: str, **narrowed: Any) -> list[str]:
    return [row.order_id for row in (await found_by(pool, search, **narrowed)).rows]


@pytest.mark.parametrize(
    "search",
    [
        *("LAMP-1.b", "lamp-1", "lam", "lamp desk", "bra lamp", "öland", "ÖLAND", '"Öland"', "wool 100", "100%"),
        *("pi_3Nx", "PI_3n", "3nx", "1Z999AA1", "1z 999 aa1", "1Z 999", "x'y\\z", "1 lamp", "lamp, brass!"),
    ],
)
async def test_an_order_is_found_as_people_type(pool: asyncpg.Pool, order_id: str, search: str) -> None:
    await written(pool, a_row(order_id, buyer_id=order_id), json.dumps(STATE))
    assert await ids(pool, search, buyer_id=order_id) == [order_id]


@pytest.mark.parametrize(
    "search",
    [
        *("l%mp", "l_mp", "l*mp", "%%lamp%%x", "amp", "lamp chair", "x' | 'lamp", "lamp & !chair", "lamp <-> chair"),
        *("buyer", "seller s-3", " seller s-3", "s-3", "secret", "shipped", "USD", "la\\mp", "lamp:b", "brass b"),
    ],
)
async def test_nothing_else_is_found(pool: asyncpg.Pool, order_id: str, search: str) -> None:
    """No sign stands for letters or says how to search, and what is not for both sides is not looked through."""
    state = STATE | {"lines": [{"sku": "LAMP-1", "title": "Desk lamp, brass"}]}
    await written(pool, a_row(order_id, buyer_id=order_id), json.dumps(state))
    assert await ids(pool, search, buyer_id=order_id) == []


async def test_an_order_is_found_by_its_id_and_among_ones_own_alone(pool: asyncpg.Pool, order_id: str) -> None:
    await written(pool, a_row(order_id, buyer_id=order_id), json.dumps(STATE))
    for search in (order_id, order_id[:-3], order_id.lower(), order_id.removeprefix("A-")):
        assert await ids(pool, search) == [order_id]
        assert await ids(pool, search, buyer_id="another", seller_id="s-3") == []
        assert await ids(pool, search, buyer_id=order_id, seller_id="another") == []


async def test_what_came_later_is_found(pool: asyncpg.Pool, order_id: str) -> None:
    """And an order of which nothing was kept is kept whole at the next."""
    before = STATE | {"payments": [], "trackings": []}
    for missing in (False, True):
        one = f"{order_id}-{missing}"
        await written(pool, a_row(one, buyer_id=one), json.dumps(before))
        assert await ids(pool, "pi_3Nx", buyer_id=one) == []
        if missing:
            await pool.execute("DELETE FROM order_words WHERE order_id = $1", one)
        await written(pool, a_row(one, buyer_id=one), json.dumps(before | {"trackings": ["1Z 999"]}))
        await written(pool, a_row(one, buyer_id=one), json.dumps(before | {"payments": STATE["payments"]}))
        assert await ids(pool, "pi_3Nx 1z999 lamp", buyer_id=one) == [one]
        assert await pool.fetchval("SELECT count(*) FROM order_words WHERE order_id = $1", one) == 1


@pytest.mark.parametrize("most", [2, 5])
@pytest.mark.parametrize("soonest_first", [False, True])
async def test_many_are_paged_in_order(
    pool: asyncpg.Pool, order_id: str, monkeypatch: pytest.MonkeyPatch, most: int, *, soonest_first: bool
) -> None:
    """Also where more are found than are put in order by themselves."""
    monkeypatch.setattr(reads, "MAX_FOUND", most)
    for number in range(5):
        at = timedelta(seconds=number)
        changes = {"created_at": NOW + at, "deadline_at": NOW - at, "buyer_id": order_id}
        await written(pool, a_row(f"{order_id}-{number}", **changes), json.dumps(STATE))
    await written(pool, a_row(f"{order_id}-x", buyer_id=order_id))
    filters = OrderFilters(buyer_id=order_id, search="lamp", soonest_first=soonest_first)
    seen: list[str] = []
    cursor = None
    while not seen or cursor:
        page = await list_orders(pool, filters, cursor, limit=2)
        seen.extend(row.order_id.removeprefix(f"{order_id}-") for row in page.rows)
        cursor = page.cursor
    assert seen == ["4", "3", "2", "1", "0"]


async def test_what_was_recorded_before_is_found(new_database: MakeDatabase) -> None:
    """What an order brings between the two migrations is kept, and what stands there twice is shown once."""
    url, migrations = await new_database(), all_migrations()
    before = [one for one in migrations if one.name < "0036"]
    await migrate(url, before)
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
        for order_id in ("A-1", "A-2"):
            await written(pool, a_row(order_id), json.dumps(STATE))
        await migrate(url, [*before, *(one for one in migrations if one.name.startswith("0036"))])
        assert await ids(pool, "lamp") == []
        await written(pool, a_row("A-2"), json.dumps(STATE | {"payments": [{"payment_id": "later"}]}))
        assert await ids(pool, "later") == ["A-2"]
        await migrate(url, migrations)
        assert await ids(pool, "lamp") == ["A-2", "A-1"]
        await pool.execute("INSERT INTO order_words SELECT * FROM order_words")
        assert await ids(pool, "lamp") == ["A-2", "A-1"]


@pytest.mark.parametrize(
    "search",
    ["", "la", "-la-", "la la", SIGNS, "l" * (MAX_SEARCH + 1), "lamp\n", "lamp\x00", "lamp\u200b", "lamp\ud800"],
)
def test_what_cannot_be_searched_for_is_said(search: str) -> None:
    with pytest.raises(WrongSearch, match=f"at most {MAX_SEARCH} characters, .* at least {MIN_SEARCH}"):
        check_search(search)


@pytest.mark.parametrize("search", ["lam", "-lam-", "l lam", "l" * MAX_SEARCH, None])
def test_what_can_be_searched_for_is_taken(search: str | None) -> None:
    check_search(search)


async def test_the_signs_are_those_of_the_database(pool: asyncpg.Pool) -> None:
    assert await pool.fetchval("SELECT whole_words($1)", f"{SIGNS} {SIGNS}a{SIGNS}b{SIGNS}") == [f"a{SIGNS}b"]
    assert await pool.fetchval("SELECT words_to_find($1)::text", "a".join(SIGNS) + "b") is not None
    assert await pool.fetchval("SELECT asked_words($1, NULL, NULL)", SIGNS) is None


async def test_an_order_is_shown_with_its_parts_by_its_root(pool: asyncpg.Pool) -> None:
    """No order has parts yet: those here are made by hand."""
    root = f"R-{uuid4().hex}"
    family = [root, f"{root}~2", f"{root}~20"]
    for order_id in (*family, f"{root}-x", f"{root}0", root[:-1]):
        await written(pool, a_row(order_id))
    for soonest_first in (False, True):
        page = await list_orders(pool, OrderFilters(root=root, soonest_first=soonest_first))
        assert sorted(row.order_id for row in page.rows) == family
    assert (await list_orders(pool, OrderFilters(root=root, seller_id="another"))).rows == ()


@pytest.mark.parametrize("order_id", ["A-1~2", "", "a b", "%", "x" * 65])
def test_what_can_have_no_parts_is_said(order_id: str) -> None:
    with pytest.raises(WrongSearch, match="can have parts"):
        check_root(order_id)


@pytest.mark.parametrize(("asked", "told"), [(("--search", "la"), "at least 3"), (("--root", "A-1~2"), "A-1~2")])
def test_a_command_line_that_cannot_search_says_why(asked: tuple[str, str], told: str) -> None:
    outcome = CliRunner().invoke(app, ["list", *asked])
    assert outcome.exit_code == 2
    assert told in outcome.stderr
