"""In every text that anybody may write a word of its own: found again only by those for whom it may be.

The texts are found in the registry of messages, so that a new field is planted by itself.
"""

import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest
from asyncpg import Pool

from starter.client.orders import OrderClient
from starter.client.recorded import get_recorded
from starter.gateway.callers import Scope
from starter.gateway.messages import OURS, schema_of
from starter.requests import RequestLog
from tests.starter.doorbell import BUYER, OPS, SELLER, api_over, as_person, bearer, calling, new_key
from tests.starter.ways import ORDER, WAYS
from workflows.messages.base import Command
from workflows.messages.commands import OFFERED
from workflows.messages.fields import MAX_TEXT
from workflows.messages.values import Role
from workflows.process.samples import honest_tries
from workflows.start_input import order_from

WORD: Final = "CANARY"
PEOPLE: Final = {Role.BUYER: BUYER, Role.SELLER: SELLER, Role.PLATFORM: OPS}
TOLD_TO_ALL: Final = ("decide_dispute", "move_deadline")
"""Of the platform's own commands those whose words are meant for both sides."""
PARTS: Final = (
    "",
    "/actions",
    "/timeline",
    "/messages",
    "/evidence",
    "?include=actions,timeline,messages,evidence,notices",
)
LISTS: Final = ("/orders?limit=100", "/counts", "/notices?limit=100", "/events?limit=100")


def texts_of(schema: Mapping[str, Any]) -> Iterator[str]:
    """The names of the texts that it has beside each other, as its JSON Schema tells of them."""
    for name, told in schema.get("properties", {}).items():
        if any(one.get("maxLength") == MAX_TEXT for one in (told, *told.get("anyOf", ()))):
            yield name


def planted(name: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with a word in each of its texts, those of its evidence too."""
    said = {**body, **{text: f"{WORD}-{name}-{text}-" for text in texts_of(schema_of(name))}}
    for item in said.get("evidence", ()):
        item["caption"] = f"{WORD}-{name}-caption-"
    return said


async def said_by_everybody(http: httpx.AsyncClient, pool: Pool, order_id: str) -> set[str]:
    """Each command is tried by everybody who could send it now; which texts have been taken."""
    taken = set()
    for name, kind in OFFERED.items():
        for role, headers in PEOPLE.items():
            if not issubclass(kind, Command) or role not in kind.roles:
                continue
            recorded = await get_recorded(pool, order_id)
            assert recorded is not None
            assert recorded.state is not None
            for honest in honest_tries(order_from(recorded.state), role, kind, datetime.now(UTC)):
                body = planted(name, honest.model_dump(mode="json", exclude_none=True, exclude=set(OURS)))
                answer = await http.post(f"/orders/{order_id}/{name}", headers=headers, json=body)
                if answer.status_code == 200:
                    version = answer.json()["version"]
                    await http.get(f"/orders/{order_id}?min_version={version}", headers=OPS)
                    taken |= {f"{role}:{name}.{text}" for text in body if str(body[text]).startswith(WORD)}
    return taken


async def heard(http: httpx.AsyncClient, order_id: str, headers: Mapping[str, str]) -> str:
    """All that somebody is shown of an order, and beside it."""
    paths = (*(f"/orders/{order_id}{part}" for part in PARTS), *LISTS)
    return " ".join([(await http.get(path, headers=dict(headers))).text for path in paths])


@pytest.mark.parametrize("way", range(len(WAYS)))
async def test_a_word_reaches_nobody_else(
    client: OrderClient, pool: Pool, order_id: str, way: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "countermand")
    systems = {
        "payment_provider": bearer(await new_key(pool, Scope.PAYMENT)),
        "carrier": bearer(await new_key(pool, Scope.CARRIER)),
    }
    bound = bearer(await new_key(pool, Scope.READ, Scope.SELLER, bound=("seller", "s-4")))
    people = {**{str(role): headers for role, headers in PEOPLE.items()}, **systems}
    log = RequestLog(pool)
    async with log.writing(), calling(api_over(client, log=log)) as http:
        await http.post("/orders", headers=OPS, json={"order_id": order_id, **ORDER})
        for role, name, body in WAYS[way]:
            told = {**body, **{one: f"{one[0]}-{order_id}" for one in ("payment_id", "tracking") if one in body}}
            answer = await http.post(f"/orders/{order_id}/{name}", headers=people[role], json=told)
            assert answer.status_code == 200, answer.text
            await http.get(f"/orders/{order_id}?min_version={answer.json()['version']}", headers=OPS)
        taken = await said_by_everybody(http, pool, order_id)
        assert taken, "something can be said in every place"
        for stranger in (as_person("buyer", "b-8"), as_person("seller", "s-4"), bound):
            assert WORD not in await heard(http, order_id, stranger)
        inside = {f"{WORD}-{one.partition(':')[2].replace('.', '-')}-" for one in taken if is_inside(one)}
        for headers in (BUYER, SELLER, bearer(await new_key(pool, Scope.READ))):
            told_them = await heard(http, order_id, headers)
            assert [word for word in inside if word in told_them] == []
    assert WORD not in caplog.text
    kept = " ".join(row[0] for row in await pool.fetch("SELECT requests::text FROM requests"))
    assert order_id in kept
    assert WORD not in kept


def is_inside(text: str) -> bool:
    """Whether only the platform may know it: what it notes for itself."""
    role, _, rest = text.partition(":")
    name, _, field = rest.partition(".")
    only_theirs = set(OFFERED[name].roles) == {Role.PLATFORM}
    return role == Role.PLATFORM and only_theirs and name not in TOLD_TO_ALL and field in ("note", "text")
