"""A key for each role on a stack that runs here, so that whoever tries the gateway has one at hand.

Made once for a folder and kept in it, readable by us only. What a key is lives in `starter/keys.py`.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

import asyncpg

from starter.embedded.private import write_private
from starter.gateway.callers import Scope
from starter.keys import Keys, WantedKey

BY: Final = "countermand dev"
FILE: Final = "keys.json"
ROLES: Final[Mapping[str, tuple[Scope, ...]]] = MappingProxyType(
    {
        "shop": (Scope.START, Scope.READ),
        "buyer": (Scope.READ, Scope.BUYER),
        "seller": (Scope.READ, Scope.SELLER),
        "platform": (Scope.START, Scope.READ, Scope.PLATFORM, Scope.POLICIES, Scope.SUBSCRIPTIONS),
        "payments": (Scope.PAYMENT,),
        "carrier": (Scope.CARRIER,),
    }
)
"""Who there is to try it as, and what each may do. The buyer's and the seller's key speaks for any of them, by name."""


async def keys_of_roles(database_url: str, folder: Path) -> dict[str, str]:
    """The key of each role: those of the last start, as far as the database still knows them, and new ones."""
    file = folder / FILE
    kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    async with asyncpg.create_pool(database_url, min_size=1, max_size=1) as pool:
        keys = Keys(pool)
        found = {role: await _known(keys, kept.get(role)) or await _made(keys, role) for role in ROLES}
    if found != kept:
        write_private(file, json.dumps(found))
    return found


def settings_of_calls(gateway_url: str, keys: Mapping[str, str]) -> dict[str, str]:
    """With which a command line beside the stack uploads files: as the platform, who may bring one for anybody."""
    return {"COUNTERMAND_GATEWAY_URL": gateway_url, "COUNTERMAND_GATEWAY_KEY": keys["platform"]}


async def _known(keys: Keys, secret: str | None) -> str | None:
    """The key, unless this database never heard of it."""
    return secret if secret and await keys.find(secret) else None


async def _made(keys: Keys, role: str) -> str:
    secret, _ = await keys.make(WantedKey(name=role, scopes=ROLES[role]), BY)
    return secret
