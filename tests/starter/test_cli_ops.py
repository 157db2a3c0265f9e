"""What an operator tells the engine of its own machines, from Postgres alone."""

import asyncpg

from activities.migrations import migrate
from tests.conftest import MakeDatabase
from tests.starter.test_cli_live import CommandLine


async def test_R37_a_restored_database_is_marked_and_may_be_again(new_database: MakeDatabase) -> None:
    url = await new_database()
    await migrate(url)
    countermand = CommandLine(TEMPORAL_ADDRESS="127.0.0.1:1", DATABASE_URL=url)
    told = await countermand("ops", "restored")
    assert told.code == 0
    assert "looked up before it is sent" in told.out
    assert (await countermand("ops", "restored", "--json")).json["restored_at"]
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("SELECT count(*) FROM restorations") == 2
    await connection.close()
