"""docs/read_model.md names the columns that there are, with their types: read off a migrated database."""

import asyncpg
import pytest

from tests.reference.read_model import RELATIONS


@pytest.mark.parametrize("name", RELATIONS)
async def test_a_table_has_the_columns_that_the_page_names(pool: asyncpg.Pool, name: str) -> None:
    found = await pool.fetch(
        "SELECT attname AS column_name, format_type(atttypid, atttypmod) AS data_type FROM pg_attribute "
        "WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped",
        name,
    )
    relation = RELATIONS[name]
    there = {row["column_name"]: row["data_type"] for row in found if row["column_name"] not in relation.own}
    assert there == {column: about.type for column, about in relation.columns.items()}
    assert set(relation.own) <= {row["column_name"] for row in found}, "the engine's own are there"
