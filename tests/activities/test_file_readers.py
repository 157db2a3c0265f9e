"""Who may read a file: the parties of an order that refers to it, where they may see that it does."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Final
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from activities.files.folder import FolderStore
from activities.files.intake import Files
from activities.files.stores import NotKept, StoreError
from activities.files.table import Bringer, Eyes, FileTable, KeptFile
from activities.migrations import migrate
from activities.read_model import Records
from activities.sql import query
from tests.activities.test_records import NOON, batch, happened, notice
from tests.conftest import MakeDatabase
from workflows.messages.attachments import Attachment
from workflows.messages.evidence import Evidence, EvidenceKind
from workflows.messages.values import Role

BUYER: Final = Eyes(Role.BUYER, buyer_id="b-7")
SELLER: Final = Eyes(Role.SELLER, seller_id="s-3")
PLATFORM: Final = Eyes(Role.PLATFORM)
OUTSIDER: Final = Eyes(None)
STRANGERS: Final = (
    Eyes(Role.BUYER, buyer_id="b-8"),
    Eyes(Role.SELLER, seller_id="s-4"),
    # The same ids on the other side.
    Eyes(Role.BUYER, buyer_id="s-3"),
    Eyes(Role.SELLER, seller_id="b-7"),
    # A key that is bound to a seller of other orders, acting for the buyer of this one.
    Eyes(Role.BUYER, buyer_id="b-7", seller_id="s-4"),
    Eyes(None, seller_id="s-4"),
)
EVERYBODY: Final = (BUYER, SELLER, PLATFORM, OUTSIDER, *STRANGERS)


@pytest.fixture
def table(pool: asyncpg.Pool) -> FileTable:
    return FileTable(pool)


@pytest_asyncio.fixture
async def file(table: FileTable) -> KeptFile:
    """A file that buyer b-7 has brought."""
    made = KeptFile((uuid4().hex * 2), "image/jpeg", 1_000)
    await table.keep(made, Bringer("buyer", "b-7"))
    return made


def evidence(file: KeptFile) -> dict[str, Any]:
    item = Evidence(kind=EvidenceKind.PHOTO, uri=f"https://shop.example/files/{file.sha256}", **vars_of(file))
    return {"name": "open_dispute", "evidence": (item,)}


def attached(file: KeptFile) -> dict[str, Any]:
    return {"attachments": (Attachment(uri=f"https://shop.example/files/{file.sha256}", **vars_of(file)),)}


def vars_of(file: KeptFile) -> dict[str, Any]:
    return {"sha256": file.sha256, "media_type": file.media_type, "size": file.size}


async def record(pool: asyncpg.Pool, order_id: str, said: dict[str, Any], **told: Any) -> None:
    """An order of b-7 and s-3 in which this was said."""
    notices = (notice(1, kind="message", **told),) if told else ()
    await Records(pool).write(batch(order_id, 1, 1, timeline=(happened(1, **said),), inbox=notices))


async def readers(table: FileTable, file: KeptFile) -> set[Eyes]:
    found = {eyes: await table.readable(file.sha256, eyes) for eyes in EVERYBODY}
    assert set(found.values()) <= {None, file}
    return {eyes for eyes, seen in found.items() if seen}


async def test_a_file_to_which_no_order_refers_is_nobodys(table: FileTable, file: KeptFile) -> None:
    assert await readers(table, file) == set()


async def test_evidence_is_for_both_sides_of_its_order_and_nobody_of_another(
    pool: asyncpg.Pool, order_id: str, table: FileTable, file: KeptFile
) -> None:
    await record(pool, order_id, evidence(file))
    assert await readers(table, file) == {BUYER, SELLER, PLATFORM, OUTSIDER}


@pytest.mark.parametrize(("to", "also"), [(Role.SELLER, {SELLER}), (Role.PLATFORM, set())])
async def test_what_is_attached_to_a_message_is_for_whom_it_was_sent_to(
    pool: asyncpg.Pool, order_id: str, table: FileTable, file: KeptFile, to: Role, also: set[Eyes]
) -> None:
    await record(pool, order_id, attached(file), role=to, party_id="s-3" if to is Role.SELLER else "")
    assert await readers(table, file) == {BUYER, PLATFORM, *also}


async def test_what_was_refused_is_seen_by_who_sent_it(
    pool: asyncpg.Pool, order_id: str, table: FileTable, file: KeptFile
) -> None:
    await record(pool, order_id, evidence(file) | {"outcome": "refused"})
    assert await readers(table, file) == {BUYER, PLATFORM}


async def test_what_the_platform_keeps_to_itself_it_reads_alone(
    pool: asyncpg.Pool, order_id: str, table: FileTable, file: KeptFile
) -> None:
    await table.keep(file, Bringer("platform", "ops-1"))
    own = {"role": Role.PLATFORM, "party_id": "ops-1", "platform_only": True}
    await record(pool, order_id, evidence(file) | own)
    assert await readers(table, file) == {PLATFORM}


async def test_who_only_knows_a_hash_opens_nothing_with_it(
    pool: asyncpg.Pool, order_id: str, table: FileTable, file: KeptFile
) -> None:
    """An order of one's own is soon made, and a hash stands in every link that somebody passes on."""
    mine = {"role": Role.SELLER, "party_id": "s-3"}
    await record(pool, order_id, evidence(file) | mine)
    assert await readers(table, file) == set()
    await table.keep(file, Bringer("seller", "s-3"))
    assert await readers(table, file) == {BUYER, SELLER, PLATFORM, OUTSIDER}


@pytest.mark.parametrize("by", [Bringer("platform", "ops-1"), Bringer("", "key:12"), Bringer("carrier", "c-1")])
async def test_what_a_program_of_the_marketplace_brought_anybody_may_refer_to(
    pool: asyncpg.Pool, order_id: str, table: FileTable, by: Bringer
) -> None:
    file = KeptFile(uuid4().hex * 2, "image/png", 5)
    await table.keep(file, by)
    await record(pool, order_id, evidence(file))
    assert await readers(table, file) == {BUYER, SELLER, PLATFORM, OUTSIDER}


async def test_an_entry_that_was_decided_anew_no_longer_refers(
    pool: asyncpg.Pool, order_id: str, table: FileTable, file: KeptFile
) -> None:
    await record(pool, order_id, evidence(file))
    later = batch(order_id, 1, 1, decided_at=NOON + timedelta(hours=1), timeline=(happened(1),))
    await Records(pool).write(later)
    assert await readers(table, file) == set()


@pytest.mark.parametrize("sha256", ["0" * 64, "no hash", "../../etc/passwd", "'; DROP TABLE files; --", "\0"])
async def test_what_there_is_not_and_what_is_not_theirs_are_one_answer(
    pool: asyncpg.Pool, tmp_path_factory: pytest.TempPathFactory, file: KeptFile, sha256: str
) -> None:
    files = Files(FolderStore(tmp_path_factory.getbasetemp() / "nothing"), FileTable(pool))
    told = []
    for asked in (sha256, file.sha256):
        with pytest.raises(NotKept) as error:
            await files.find(asked, BUYER)
        told.append(str(error.value))
    assert len(set(told)) == 1


async def test_a_side_without_an_id_is_our_mistake() -> None:
    with pytest.raises(AssertionError):
        Eyes(Role.BUYER)


async def test_postgres_away_is_said_in_a_sentence() -> None:
    async with asyncpg.create_pool("postgresql://nobody@127.0.0.1:9/none", min_size=0) as away:
        with pytest.raises(StoreError, match="Postgres cannot be used"):
            await FileTable(away).readable("0" * 64, BUYER)


@pytest_asyncio.fixture(scope="module")
async def many(new_database: MakeDatabase) -> AsyncIterator[asyncpg.Pool]:
    """20,000 entries of 2,000 orders, of which every tenth has evidence and every twentieth a file attached."""
    url = await new_database()
    await migrate(url)
    async with asyncpg.create_pool(url, min_size=1, max_size=1) as pool:
        await Records(pool).write(batch("A-0", 1, 1))
        columns = "buyer_id, seller_id, stage, status, waiting_on, currency, total, authorized, captured, refunded, refunding, released, held, shortfall, refund_state, needs_attention, version, entry, created_at, run_started_at, history_length, decided_at, opened_by, state"  # noqa: E501
        await pool.execute(
            f"INSERT INTO orders (order_id, {columns}) "
            f"SELECT 'A-' || number, {columns} FROM orders, generate_series(1, 2000) AS number WHERE order_id = 'A-0'"
        )
        await pool.execute(
            "INSERT INTO timeline (order_id, entry, at, role, party_id, name, outcome, to_stage, summary, money, "
            "platform_only, evidence, attachments) "
            "SELECT 'A-' || (number / 10 + 1), number % 10 + 2, now(), 'buyer', 'b-7', 'add_evidence', 'accepted', "
            "'disputed', 'Something.', '{}', false, "
            "CASE WHEN number % 10 = 0 THEN $1::jsonb || jsonb_build_array(jsonb_build_object('sha256', "
            "encode(sha256(number::text::bytea), 'hex'))) ELSE '[]' END, "
            "CASE WHEN number % 20 = 1 THEN jsonb_build_array(jsonb_build_object('sha256', "
            "encode(sha256(number::text::bytea), 'hex'))) ELSE '[]' END FROM generate_series(0, 19999) AS number",
            json.dumps([{"kind": "text", "text": "words"}]),
        )
        await pool.execute(
            "INSERT INTO files SELECT encode(sha256(number::text::bytea), 'hex'), 'image/jpeg', 1 "
            "FROM generate_series(0, 19999) AS number WHERE number % 10 < 2"
        )
        await pool.execute("INSERT INTO uploads SELECT sha256, 'buyer', 'b-7' FROM files")
        await pool.execute("VACUUM ANALYZE")
        yield pool


@pytest.mark.parametrize("eyes", [BUYER, SELLER, PLATFORM, OUTSIDER])
async def test_among_many_entries_an_index_finds_those_that_refer_to_it(many: asyncpg.Pool, eyes: Eyes) -> None:
    sha256 = await many.fetchval("SELECT encode(sha256('10'::bytea), 'hex')")
    assert await FileTable(many).readable(sha256, eyes)
    given = (sha256, eyes.role or "", eyes.buyer_id, eyes.seller_id)
    for mode in ("force_custom_plan", "force_generic_plan"):
        async with many.acquire() as connection, connection.transaction():
            await connection.execute(f"SET LOCAL plan_cache_mode = {mode}")
            rows = await connection.fetch(f"EXPLAIN {query('files/readable')}", *given)
        plan = "\n".join(row[0] for row in rows)
        assert "on timeline_by_evidence" in plan, plan
        assert "on timeline_by_attachment" in plan, plan
        assert "Seq Scan" not in plan.replace("Seq Scan on inbox", ""), plan


async def test_what_somebody_has_brought_today_is_counted_by_an_index(many: asyncpg.Pool) -> None:
    rows = await many.fetch(f"EXPLAIN {query('files/uploaded')}", "buyer", "b-9", timedelta(days=1), 300)
    plan = "\n".join(row[0] for row in rows)
    assert "uploads_by_party" in plan and "Seq Scan" not in plan, plan
