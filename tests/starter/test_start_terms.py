"""Under which terms an order starts: its own over its seller's over the marketplace's, frozen with their versions."""

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from temporalio.client import Client

from activities.migrations import migrate
from starter.client.orders import OrderClient
from starter.client.start_terms import under_policies
from starter.errors import EngineUnavailable, OrderExists
from starter.policies import set_policy
from starter.settings.environment import SettingsError
from tests.conftest import MakeDatabase
from tests.starter.orders import BUYER, PATIENCE, PLATFORM, a_worker, an_order
from workflows.messages.durations import parse_span
from workflows.messages.policies import PolicyVersion
from workflows.messages.refusal import Code, Refused
from workflows.messages.start import MAX_LINES, MAX_START_BYTES, Line, NewOrder, StartOrder
from workflows.messages.terms import Calendar, Terms
from workflows.messages.windows import Duration

DAY: Duration = parse_span("P1D")
WEEK: Duration = parse_span("P7D")
MONTH: Duration = parse_span("P30D")


@pytest_asyncio.fixture(scope="module")
async def shop(new_database: MakeDatabase) -> AsyncIterator[asyncpg.Pool]:
    """A database of its own: the marketplace's policy is every order's."""
    url = await new_database()
    await migrate(url)
    async with asyncpg.create_pool(url, min_size=1, max_size=10) as pool:
        yield pool


@pytest.fixture
def seller(order_id: str) -> str:
    """A seller of whom no other test has heard."""
    return f"s-{order_id[2:34]}"


@pytest_asyncio.fixture
async def client(temporal: Client, shop: asyncpg.Pool, task_queue: str) -> AsyncIterator[OrderClient]:
    async with a_worker(temporal, shop, task_queue):
        yield OrderClient(temporal, shop, task_queue)


def new(order_id: str, **changes: Any) -> NewOrder:
    """An order as whoever starts one writes it."""
    plain = an_order(order_id).model_dump(exclude_unset=True)
    return NewOrder(**(plain | {"lines": an_order(order_id).lines} | changes))


async def version(pool: asyncpg.Pool, name: str, **terms: Any) -> PolicyVersion:
    """The policy, which says this from now on."""
    kept = await set_policy(pool, name, Terms(**terms), PLATFORM)
    return PolicyVersion(name=name, version=kept.policy.version)


async def test_without_a_policy_an_order_starts_under_its_own_terms(pool: asyncpg.Pool, order_id: str) -> None:
    for order in (an_order(order_id, terms=Terms(disputes=1)), new(order_id, terms=Terms(disputes=1))):
        under = await under_policies(pool, order)
        assert type(under) is StartOrder
        assert under.model_dump(exclude_unset=True) == an_order(order_id, terms=Terms(disputes=1)).model_dump(
            exclude_unset=True
        )


async def test_the_order_beats_its_seller_who_beats_the_marketplace_term_by_term(
    shop: asyncpg.Pool, order_id: str, seller: str
) -> None:
    berlin = Calendar(time_zone="Europe/Berlin", holidays=())
    market = await version(shop, "marketplace", pay_within=DAY, respond_within=DAY, protect_for=DAY, calendar=berlin)
    own = await version(shop, f"seller:{seller}", respond_within=WEEK, protect_for=WEEK)
    under = await under_policies(shop, new(order_id, seller_id=seller, terms=Terms(protect_for=MONTH)))
    assert under.policies == (market, own)
    said = {"pay_within": DAY, "respond_within": WEEK, "protect_for": MONTH, "calendar": berlin}
    assert {term: getattr(under.terms, term) for term in under.terms.model_fields_set} == said
    other = await under_policies(shop, new(order_id))
    assert (other.policies, other.terms.protect_for) == ((market,), DAY)


async def test_a_term_that_holds_more_than_a_word_is_beaten_whole(
    shop: asyncpg.Pool, order_id: str, seller: str
) -> None:
    await version(shop, "marketplace", calendar=Calendar(time_zone="Europe/Berlin", weekend=("sun",)))
    await version(shop, f"seller:{seller}", calendar=Calendar(time_zone="Asia/Tokyo"))
    under = await under_policies(shop, new(order_id, seller_id=seller))
    assert under.terms.calendar == Calendar(time_zone="Asia/Tokyo"), "half of another's calendar is nobody's"


async def test_a_policy_that_is_named_stands_alone_below_the_orders_own_terms(
    shop: asyncpg.Pool, order_id: str, seller: str
) -> None:
    await version(shop, "marketplace", pay_within=DAY)
    own = await version(shop, f"seller:{seller}", respond_within=WEEK)
    strict = await version(shop, "strict", disputes=1, appeal_within=parse_span("PT0S"))
    under = await under_policies(shop, new(order_id, seller_id=seller, policy="strict", terms=Terms(disputes=2)))
    assert under.policies == (strict,)
    assert under.terms == Terms(disputes=2, appeal_within=parse_span("PT0S"))
    alone = await under_policies(shop, new(order_id, seller_id=seller, policy=own.name))
    assert (alone.policies, alone.terms) == ((own,), Terms(respond_within=WEEK))


async def test_a_policy_that_there_is_not_starts_nothing_and_the_nearest_is_named(
    client: OrderClient, shop: asyncpg.Pool, order_id: str
) -> None:
    await version(shop, "strict", disputes=1)
    for given, told in (
        ("strikt", 'policy has no such choice; the nearest is "strict" (given: strikt)'),
        ("qqqqqqq", "policy names no policy that there is (given: qqqqqqq)"),
        ("seller:s-4", "policy must not be another seller's: this order's is seller:s-3 (given: seller:s-4)"),
        ("seller:s-3", "policy names no policy that there is (given: seller:s-3)"),
    ):
        with pytest.raises(Refused) as refused:
            await client.start(new(order_id, policy=given))
        assert told in str(refused.value)
        assert (refused.value.refusal.code, refused.value.refusal.fields) == (Code.INVALID, ("policy",))
    assert not (await client.start(new(order_id))).already_started


async def test_an_order_keeps_the_version_that_it_started_with(
    client: OrderClient, shop: asyncpg.Pool, order_id: str, seller: str
) -> None:
    began = await version(shop, f"seller:{seller}", disputes=1)
    order = new(order_id, seller_id=seller)
    await client.start(order)
    await version(shop, f"seller:{seller}", disputes=2)
    view = await client.order(order_id)
    assert view.terms["disputes"] == 1
    assert began.model_dump() in view.policies
    assert (await client.start(order)).already_started, "sent again it is the same order, whatever was changed since"
    with pytest.raises(OrderExists):
        await client.start(new(order_id, seller_id=seller, terms=Terms(disputes=2)))
    with pytest.raises(OrderExists):
        await client.start(new(order_id, seller_id=seller, policy=began.name))
    await client.request_cancellation(order_id, by=BUYER)
    await client.result(order_id, within=PATIENCE)
    assert (await client.start(order)).already_started
    assert (await client.row(order_id)).seller_id == seller


async def test_a_start_that_no_worker_has_seen_is_compared_under_the_policies_that_it_began_with(
    temporal: Client, shop: asyncpg.Pool, task_queue: str, order_id: str, seller: str
) -> None:
    lonely = OrderClient(temporal, shop, task_queue)
    await version(shop, f"seller:{seller}", disputes=1)
    await lonely.start(new(order_id, seller_id=seller))
    await version(shop, f"seller:{seller}", disputes=2)
    assert (await lonely.start(new(order_id, seller_id=seller))).already_started
    with pytest.raises(OrderExists):
        await lonely.start(new(order_id, seller_id=seller, discount=1))


async def test_a_first_policy_makes_no_other_order_of_one_that_was_started_before_it(
    temporal: Client, shop: asyncpg.Pool, task_queue: str, order_id: str, seller: str
) -> None:
    lonely = OrderClient(temporal, shop, task_queue)
    plain = an_order(order_id, seller_id=seller)
    await temporal.start_workflow(
        "Order", plain.model_dump(mode="json", exclude_unset=True), id=f"order-{order_id}", task_queue=task_queue
    )
    await version(shop, f"seller:{seller}", disputes=1)
    assert (await lonely.start(plain)).already_started
    with pytest.raises(OrderExists):
        await lonely.start(new(order_id, seller_id=seller, policy=f"seller:{seller}"))


async def test_an_order_whose_policies_are_said_starts_as_it_stands(shop: asyncpg.Pool, order_id: str) -> None:
    """Whoever has asked the policies themself, such as an import of orders that began elsewhere."""
    await version(shop, "marketplace", disputes=1)
    said = an_order(order_id, policies=(PolicyVersion(name="old", version=7),))
    assert await under_policies(shop, said) == said


async def test_what_is_wrong_only_together_is_refused_before_anything_starts(
    shop: asyncpg.Pool, order_id: str, seller: str
) -> None:
    await version(shop, f"seller:{seller}", smallest_amount=10)
    with pytest.raises(Refused, match="total: it must be a multiple of 10"):
        await under_policies(shop, new(order_id, seller_id=seller))


async def test_a_start_input_has_at_most_so_many_bytes_with_what_its_policies_say(
    shop: asyncpg.Pool, order_id: str, seller: str
) -> None:
    """A run would end as failed over one that is larger, and nobody would be told."""
    lines = tuple(Line(line_id=f"{n}", sku="x", title="x" * 112, quantity=1, unit_price=1) for n in range(MAX_LINES))
    order = new(order_id, seller_id=seller, lines=lines)
    assert len((await under_policies(shop, order)).lines) == MAX_LINES
    days = tuple(
        f"20{year}-{month:02}-{day:02}" for year in range(26, 28) for month in range(1, 13) for day in range(1, 17)
    )
    calendar = Calendar.model_validate_json(f'{{"holidays": {list(days)}}}'.replace("'", '"'))
    await version(shop, f"seller:{seller}", calendar=calendar)
    with pytest.raises(Refused, match=f"and may have at most {MAX_START_BYTES}"):
        await under_policies(shop, order)
    fewer = await under_policies(shop, order.model_copy(update={"lines": lines[:100]}))
    assert fewer.terms.calendar == calendar


async def test_a_policy_that_another_version_of_the_engine_wrote_starts_nothing(
    shop: asyncpg.Pool, order_id: str, seller: str
) -> None:
    await shop.execute(
        "INSERT INTO policies (name, version, terms, role, party_id) VALUES ($1, 1, $2, 'platform', 'ops-1')",
        *(f"seller:{seller}", '{"wishes": 3}'),
    )
    with pytest.raises(EngineUnavailable, match="wishes is not a field"):
        await under_policies(shop, new(order_id, seller_id=seller))


async def test_without_postgres_no_order_starts_under_who_knows_which_terms(
    temporal: Client, task_queue: str, order_id: str
) -> None:
    with pytest.raises(SettingsError, match=r"DATABASE_URL.*policies"):
        await OrderClient(temporal, None, task_queue).start(an_order(order_id))
