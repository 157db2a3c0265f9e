"""What `list` and `watch` show: the right orders, the soonest first, and on any terminal whose turn it is."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import asyncpg
import pytest
from rich.console import Console
from typer.testing import CliRunner

from activities.read_model import Records
from starter.cli.program import app
from starter.cli.render import list_footnote, order_table, waiting_line
from starter.client.filter_words import WrongFilter
from starter.client.reads import OrderFilters, list_orders
from tests.starter.test_cli_live import CommandLine
from workflows.messages.labels import STATUSES
from workflows.messages.values import Role, Stage
from workflows.messages.work import OrderRow, RecordBatch, TimelineEntry

NOW: Final = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LONGEST: Final[dict[str, Any]] = {
    "status": "cancellation_approved",
    "waiting_on": "payment_provider",
    "needs_attention": True,
    "deadline_kind": "refund_expected_by",
    "deadline_at": NOW + timedelta(days=30, hours=23),
}


def a_row(order_id: str, **changes: Any) -> OrderRow:
    fields: dict[str, Any] = {
        "order_id": order_id,
        "buyer_id": "b-7",
        "seller_id": "s-3",
        "stage": Stage.SHIPPED,
        "status": "shipped",
        "waiting_on": "carrier",
        "currency": "USD",
        "total": 2299,
        "captured": 2299,
        "refunded": 0,
        "refunding": 0,
        "released": 0,
        "held": 2299,
        "shortfall": 0,
        "refund_state": "none",
        "needs_attention": False,
        "deadline_kind": "deliver_by",
        "deadline_at": NOW + timedelta(days=2),
        "next_deadline_at": None,
        "version": 1,
        "entry": 1,
        "created_at": NOW,
        "closed_at": None,
        "reason": None,
    }
    return OrderRow(**(fields | changes))


async def written(pool: asyncpg.Pool, row: OrderRow, state: str = "{}") -> None:
    entry = TimelineEntry(
        entry=1,
        at=NOW,
        role=Role.BUYER,
        party_id=row.buyer_id,
        name="start",
        outcome="accepted",
        from_stage=None,
        to_stage=row.stage,
        summary="Ordered",
    )
    place: dict[str, Any] = {
        "state": state,
        "opened_by": row.order_id,
        "run_started_at": NOW,
        "history_length": 3,
        "decided_at": NOW,
    }
    await Records(pool).write(RecordBatch(row=row, timeline=(entry,), **place))


def drawn(row: OrderRow, width: int) -> list[str]:
    console = Console(width=width, highlight=False)
    with console.capture() as captured:
        console.print(order_table([row], NOW, width))
    return [line.rstrip() for line in captured.get().splitlines()]


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        ({"stage": "delivered"}, {"delivered"}),
        ({"needs_attention": True}, {"trouble"}),
        ({"soonest_first": True}, {"plain", "delivered"}),
        ({}, {"plain", "delivered", "trouble"}),
    ],
)
async def test_lists_narrow_to_a_stage_and_to_what_needs_attention(
    pool: asyncpg.Pool, order_id: str, narrowed: dict[str, Any], expected: set[str]
) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "plain": {},
        "delivered": {"stage": Stage.DELIVERED},
        "trouble": {"needs_attention": True, "deadline_kind": None, "deadline_at": None},
    }
    for kind, changes in kinds.items():
        await written(pool, a_row(f"{order_id}-{kind}", buyer_id=order_id, **changes))
    page = await list_orders(pool, OrderFilters(buyer_id=order_id, **narrowed))
    assert {row.order_id for row in page.rows} == {f"{order_id}-{kind}" for kind in expected}


async def test_the_soonest_deadline_comes_first_page_by_page(pool: asyncpg.Pool, order_id: str) -> None:
    """Also where two deadlines are the same."""
    for number, hours in enumerate((3, 1, 2, 1)):
        due = {"deadline_at": NOW + timedelta(hours=hours), "created_at": NOW + timedelta(seconds=number)}
        await written(pool, a_row(f"{order_id}-{number}", buyer_id=order_id, **due))
    filters = OrderFilters(buyer_id=order_id, soonest_first=True)
    seen: list[str] = []
    cursor = None
    while not seen or cursor:
        page = await list_orders(pool, filters, cursor, limit=1)
        seen.extend(row.order_id.removeprefix(f"{order_id}-") for row in page.rows)
        cursor = page.cursor
    assert seen == ["1", "3", "2", "0"]


@pytest.mark.parametrize("width", [80, 100, 140, 180, 1_000])
def test_on_every_terminal_an_order_is_one_line_with_its_turn_and_deadline(width: int) -> None:
    heading, *lines = drawn(a_row("A-1", **LONGEST), width)
    assert len(lines) == 1
    assert max(len(heading), len(lines[0])) <= width
    for told in ("A-1", "cancellation_approved !", "payment_provider", "refund_expected_by", "30 days"):
        assert told in lines[0]
    assert ("22.99 USD" in lines[0]) is (width >= 140)
    assert ("2026-02-02 02:04:05Z" in lines[0]) is (width >= 140)


def test_a_long_id_is_broken_and_never_cut() -> None:
    order_id = "A-" + "1234567890" * 6
    table = drawn(a_row(order_id, **LONGEST), 140)
    assert "".join(line.split(" ")[0] for line in table[1:]) == order_id


def test_a_deadline_that_has_passed_is_marked() -> None:
    assert "deliver_by overdue, 5 minutes ago" in drawn(a_row("A-1", deadline_at=NOW - timedelta(minutes=5)), 80)[1]


def test_a_mark_is_explained_where_it_is_used() -> None:
    assert list_footnote([a_row("A-1")]) is None
    footnote = list_footnote([a_row("A-1"), a_row("A-2", **LONGEST)])
    assert footnote
    assert "countermand show A-2" in footnote.plain


def test_watching_says_whose_turn_it_is_until_nobodys_is_left() -> None:
    waiting = waiting_line(a_row("A-1"), NOW)
    assert waiting
    assert waiting.plain.strip() == "… waiting on carrier, deliver_by 2026-01-04 03:04:05Z (in 2 days)"
    assert waiting_line(a_row("A-1", waiting_on="nobody", deadline_kind=None, deadline_at=None), NOW) is None


async def test_overdue_and_due_before_are_two_ways_to_say_one_thing() -> None:
    ended = await CommandLine()("list", "--overdue", "--due-before", "2026-01-02T03:04:05Z")
    assert (ended.code, ended.out) == (2, "")
    assert "not both" in ended.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--status", "nonsense"), "--status: there is no status 'nonsense'. It is one of pending_payment, "),
        (("--status", "canceled"), "--status: there is no status 'canceled'. Did you mean cancelled?"),
        (("--status", "dispute_opn"), "--status: there is no status 'dispute_opn'. Did you mean dispute_open"),
        (("--stage", "disputd"), "--stage: there is no stage 'disputd'. Did you mean disputed?"),
        (("--stage", "dispute_open"), "--stage: there is no stage 'dispute_open'."),
        (("--waiting-on", "sellr"), "--waiting-on: there is no party 'sellr'. Did you mean seller?"),
        (("--waiting-on", "system"), "--waiting-on: there is no party 'system'."),
        (("--status", ""), "--status: there is no status ''."),
    ],
)
def test_a_word_that_does_not_exist_is_no_empty_list(words: tuple[str, ...], told: str) -> None:
    """One sentence, before anybody is asked: the option, what is nearest, and where all of them stand."""
    ended = CliRunner().invoke(app, ["list", *words, "--json"])
    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith(told)
    assert ended.stderr.endswith("All of them: countermand list --help.\n")


def test_the_words_of_a_filter_stand_in_its_help() -> None:
    shown = CliRunner().invoke(app, ["list", "--help"]).stdout
    for word in (*STATUSES, *Stage, "payment_provider"):
        assert word in shown


@pytest.mark.parametrize("filters", [{"status": "nonsense"}, {"stage": "decided"}, {"waiting_on": "system"}])
async def test_a_program_that_misspells_a_filter_is_told_so(pool: asyncpg.Pool, filters: dict[str, Any]) -> None:
    with pytest.raises(WrongFilter) as wrong:
        await list_orders(pool, OrderFilters(**filters))
    assert wrong.value.name in filters


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"status": "cancelled"}, {"back", "late", "done"}),
        ({"status": "cancellation_approved"}, {"back"}),
        ({"status": "refund_delayed"}, {"late"}),
        ({"status": "disputed"}, {"review"}),
        ({"status": "under_review", "stage": "disputed"}, {"review"}),
        ({"status": "cancelled", "stage": "cancelled"}, {"back", "late", "done"}),
        ({"status": "cancelled", "stage": "disputed"}, set()),
    ],
)
async def test_a_stage_as_status_finds_all_that_are_in_it(
    pool: asyncpg.Pool, order_id: str, filters: dict[str, Any], found: set[str]
) -> None:
    """Who asks for the cancelled ones means those too whose refund is still on its way."""
    kinds = {
        "back": (Stage.CANCELLED, "cancellation_approved"),
        "late": (Stage.CANCELLED, "refund_delayed"),
        "done": (Stage.CANCELLED, "cancelled"),
        "review": (Stage.DISPUTED, "under_review"),
        "shipped": (Stage.SHIPPED, "shipped"),
    }
    for kind, (stage, status) in kinds.items():
        await written(pool, a_row(f"{order_id}-{kind}", buyer_id=order_id, stage=stage, status=status))
    page = await list_orders(pool, OrderFilters(buyer_id=order_id, **filters))
    assert {row.order_id.removeprefix(f"{order_id}-") for row in page.rows} == found
