"""Keys made, listed and revoked on the command line, from Postgres alone."""

import asyncpg

from starter.gateway.callers import Scope
from starter.keys import Keys, WantedKey
from tests.starter.test_cli_live import CommandLine


async def test_a_key_is_made_listed_and_revoked(pool: asyncpg.Pool, database_url: str) -> None:
    countermand = CommandLine(TEMPORAL_ADDRESS="127.0.0.1:1", DATABASE_URL=database_url)
    made = await countermand("keys", "make", "shop", "--scope", "act:seller", "--bound-to", "seller:s-3", "--json")
    assert made.code == 0, made.err
    secret, number = made.json["key"], made.json["id"]
    found = await Keys(pool).find(secret)
    assert found
    assert (found.key_id, found.bound_id, found.scopes) == (number, "s-3", ("act:seller",))
    listed = await countermand("keys", "list", "--limit", "100")
    assert "shop: act:seller, for seller:s-3" in listed.out
    assert secret not in listed.out
    wanted = WantedKey(name="child", scopes=(Scope.SELLER,))
    child, _ = await Keys(pool).make(wanted, f"key:{number}", number)
    ended = (await countermand("keys", "revoke", str(number))).out
    assert "is revoked" in ended
    assert "made with it: 1." in ended
    assert await Keys(pool).find(child) is None
    assert (await countermand("keys", "revoke", str(number), "--json")).json["revoked_with_it"] == 0
    assert await Keys(pool).find(secret) is None
    assert (await countermand("keys", "revoke", str(2**40))).code == 1
    assert "orders:start" in (await countermand("keys", "make", "shop", "--scope", "everything")).err
