"""docs/http.md and what follows it, as a new user types it: every line, against `countermand dev`'s own stack."""

import asyncio
import json
import os
import re
from pathlib import Path
from time import monotonic
from typing import Any, Final

import pytest

from starter.embedded import EmbeddedStack, StackOptions
from tests.acceptance.programs import LOOK_EVERY, PATIENCE

PAGES: Final = [Path(__file__).parents[2] / "docs" / name for name in ("http.md", "http_stories.md")]
FIRST_REFUND: Final = 4
"""How many are typed until the first order is cancelled and its money seen to be back."""
SECONDS: Final = 60.0
"""Which that takes at most."""


def typed() -> list[tuple[str, str]]:
    """Each command of the page, and what it shows of the answer."""
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    blocks = re.findall(r"^```console\n(.*?)^```$", pages, re.MULTILINE | re.DOTALL)
    steps = [step for block in blocks for step in re.split(r"^\$ ", block, flags=re.MULTILINE) if step]
    return [(step[: step.rindex("\n{")], step[step.rindex("\n{") :]) for step in steps]


def stands_in(shown: Any, told: Any) -> bool:
    """Whether what the page shows stands in what was answered; of a list, each in its order, and more between."""
    match shown, told:
        case dict(), dict():
            return all(name in told and stands_in(one, told[name]) for name, one in shown.items())
        case list(), list():
            rest = iter(told)
            return all(any(stands_in(one, other) for other in rest) for one in shown)
        case _:
            return bool(shown == told)


async def _said(command: str, environment: dict[str, str]) -> Any:
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", command), env=os.environ | environment, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await process.communicate()
    assert process.returncode == 0, command
    return json.loads(out)


@pytest.mark.needs_curl
async def test_every_line_of_the_page_does_what_it_shows() -> None:
    """What changes by itself is asked for again until it has."""
    assert len(typed()) == 56
    # As the page says: unset, nobody needs a second person.
    given = {**os.environ, "COUNTERMAND_FOUR_EYES_ABOVE": "USD=2000"}
    options = StackOptions(data=None, temporal_port=0, ui_port=0, gateway_port=0, environment=given)
    async with EmbeddedStack(options) as stack:
        keys = {f"{role}_key".upper(): key for role, key in stack.keys.items()}
        environment = stack.environment | keys | {"GATEWAY": stack.gateway_url}
        begun = monotonic()
        for number, (command, shown) in enumerate(typed(), 1):
            told, until = await _said(command, environment), monotonic() + PATIENCE
            while not stands_in(json.loads(shown), told):
                assert " -d " not in command, f"{command}\n{told}"
                assert monotonic() < until, f"{command}\n{told}"
                await asyncio.sleep(LOOK_EVERY)
                told = await _said(command, environment)
            if number == FIRST_REFUND:
                assert told["refunded"] == told["captured"]
                assert monotonic() - begun < SECONDS


def test_a_page_that_shows_something_else_would_be_found() -> None:
    assert stands_in({"a": [{"b": 1}, {"c": 2}]}, {"a": [{"b": 1, "x": 0}, {"y": 0}, {"c": 2}], "d": 0})
    assert not stands_in({"a": [{"c": 2}, {"b": 1}]}, {"a": [{"b": 1}, {"c": 2}]})
    assert not stands_in({"a": None}, {})
