"""What readers of Postgres hear when it is not there."""

import asyncpg
import pytest

from activities.database import DATABASE_ERRORS
from starter.outcomes import EngineUnavailable
from starter.patience import reading


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
