"""The client in TypeScript's own SDK, as docs/clients.md shows it, against the whole engine."""

import asyncio
import json
import re
import shutil
from pathlib import Path
from typing import Any, Final

import pytest

from starter.embedded import EmbeddedStack
from tests.acceptance.orders import an_order
from tests.acceptance.programs import ran

CLIENT: Final = Path(__file__).parents[2] / "clients/typescript/temporal"
PAGE: Final = Path(__file__).parents[2] / "docs/clients.md"


@pytest.fixture
async def installed(tmp_path: Path) -> Path:
    """A copy with its packages in the locked versions: nothing is left beside the source."""
    copy = tmp_path / "client"
    shutil.copytree(CLIENT, copy, ignore=shutil.ignore_patterns("node_modules"))
    process = await asyncio.create_subprocess_exec("npm", "ci", "--silent", cwd=copy)
    assert await process.wait() == 0
    return copy


@pytest.mark.needs_node
async def test_it_cancels_an_order_and_disputes_another_at_the_first_try(stack: EmbeddedStack, installed: Path) -> None:
    orders = [json.dumps(an_order(name)) for name in ("TS-1", "TS-2")]
    said = await ran(stack.environment, shutil.which("node") or "node", str(installed / "walk.mjs"), *orders)
    assert said.code == 0, said.err
    seen = [json.loads(line) for line in said.out.splitlines()]
    told: dict[str, Any] = {each["seen"]: each["value"] for each in reversed(seen)}
    assert (told["paid"]["stage"], told["paid"]["held"]) == ("awaiting_shipment", 2299)
    assert "request_cancellation" in [each["action"] for each in told["paid"]["allowed"]["buyer"]]
    assert told["asked"]["stage"] == "cancellation_pending"
    assert told["asked again"] == told["asked"], "the same request is carried out once, and gets the same answer"
    assert told["approved"]["refund_id"] == "TS-1-refund-1"
    assert (told["settled"]["stage"], told["settled"]["refunded"]) == ("cancelled", 2299)
    assert told["refused"]["code"] == "order_closed"
    assert told["refused"]["message"]
    assert told["disputed"]["status"] == "dispute_open"
    ended = seen[-1]["value"]
    assert (ended["stage"], ended["refunded"], ended["released"]) == ("partially_refunded", 800, 1499)


def test_the_page_shows_lines_of_the_client_that_is_tested() -> None:
    source = (CLIENT / "orders.mjs").read_text(encoding="utf-8")
    shown = re.findall(r"^```js\n(.*?)^```", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    assert len(shown) == 4
    assert [snippet for snippet in shown if snippet not in source] == []
