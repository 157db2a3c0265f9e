"""Whatever is asked that the OpenAPI file allows, or nearly, no answer is one that it does not foresee."""

import asyncio
from copy import deepcopy
from pathlib import Path
from typing import Final

import asyncpg
import httpx
import pytest
from starlette.applications import Starlette
from temporalio.client import Client

from activities.files.folder import FolderStore
from activities.files.intake import Files
from activities.files.table import FileTable
from starter.client.orders import OrderClient
from starter.gateway.callers import Scope
from tests.starter.doorbell import BUYER, OPS, SELLER, api_over, bearer, new_key
from tests.starter.generated import Attacker
from tests.starter.orders import a_worker

OF_EACH: Final = 6
"""Cases of each operation by itself."""
STORIES: Final = 22
"""Three times so many ways along the links of the document, of twenty cases each."""
CASES: Final = 2_000
"""At least so many come of both together."""
AWAY: Final = 0.1
"""Of all cases, which a busy machine may answer with 503: none on an idle one, one in twenty-five beside other work."""
SEEDS: Final = (1, *(pytest.param(number, marks=pytest.mark.long) for number in range(2, 12)))
"""One in every run; with `make long` ten more."""


def called(app: Starlette) -> httpx.AsyncClient:
    """A client of the app that believes whatever it is answered."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://gateway")


# A minute's work of one core, which has other work too.
@pytest.mark.timeout(1_200)
@pytest.mark.parametrize("number", SEEDS)
async def test_no_answer_is_one_that_the_document_does_not_foresee(
    temporal: Client, task_queue: str, lonely: OrderClient, pool: asyncpg.Pool, tmp_path: Path, number: int
) -> None:
    callers = {"platform": OPS, "buyer": BUYER, "seller": SELLER, "": {}}
    callers["payment_provider"] = bearer(await new_key(pool, Scope.PAYMENT))
    callers["carrier"] = bearer(await new_key(pool, Scope.CARRIER))
    files = Files(FolderStore(tmp_path / "files"), FileTable(pool))
    async with a_worker(temporal, pool, task_queue), called(api_over(lonely, files=files)) as http:
        document = (await http.get("/openapi.json")).json()
        attacker = Attacker(http, asyncio.get_running_loop(), document, callers, number)
        await asyncio.to_thread(attacker.each_operation, OF_EACH)
        await asyncio.to_thread(attacker.stories, STORIES)
    assert not attacker.found, attacker.report()
    assert attacker.away <= attacker.sent.total() * AWAY
    assert attacker.sent.total() >= CASES


async def test_what_the_document_does_not_foresee_is_found(pool: asyncpg.Pool) -> None:
    """A status that it does not name, and a member; else it would say nothing that none was found."""
    async with called(api_over(OrderClient(None, pool, "orders"))) as http:  # type: ignore[arg-type]
        whole = (await http.get("/openapi.json")).json()
        paths = {path: deepcopy(whole["paths"][path]) for path in ("/stuck", "/keys")}
        del paths["/stuck"]["get"]["responses"]["403"], paths["/keys"]["post"]
        key = whole["components"]["schemas"]["Key"]
        del key["properties"]["made_by"]
        key["required"].remove("made_by")
        callers = {"platform": OPS, "buyer": BUYER, "seller": SELLER}
        attacker = Attacker(http, asyncio.get_running_loop(), whole | {"paths": paths}, callers, 1)
        await new_key(pool, Scope.READ)
        await asyncio.to_thread(attacker.each_operation, 60)
    assert set(attacker.found) == {
        "GET /stuck 403: Undocumented status code",
        "GET /keys 200: Response violates schema",
    }
