"""`countermand events`: pages of the feed, and the feed as it comes, for a person and for a program."""

import asyncio
import json
import os
import signal
import sys

import asyncpg

from tests.starter.feeds import happened
from tests.starter.test_cli_live import CommandLine
from tests.starter.test_feed import feed, url
from workflows.messages.sentences import say, to_wire

__all__ = ("feed", "url")  # fixtures


async def test_a_page_says_how_the_next_one_is_asked_for(feed: asyncpg.Pool, url: str) -> None:
    countermand = CommandLine(DATABASE_URL=url)
    nothing = await countermand("events")
    assert (nothing.code, nothing.out) == (0, "Nothing has happened yet.\n")
    await happened(feed, "A", 3)
    ended = await countermand("events", "--after", "1", "--limit", "1")
    line, more = ended.out.splitlines()
    assert line.split() == [
        *("2", *line.split()[1:3], "A", "seller", "s-3"),
        *("The", "seller", "has", "shipped.", "[held", "-0.05", "USD,", "released", "+0.05", "USD]"),
    ]
    assert more == "More: the same with --after 2"
    told = json.loads((await countermand("events", "--order", "A", "--json")).out)
    assert ([event["seq"] for event in told["events"]], told["after"]) == ([1, 2, 3], 3)


async def test_it_is_told_in_the_language_that_is_asked_for(feed: asyncpg.Pool, url: str) -> None:
    await happened(feed, "A", 1, said=json.dumps(to_wire(say("Note by the platform"))))
    assert "Notiz der Plattform" in (await CommandLine(DATABASE_URL=url)("events", "--language", "de")).out


async def test_what_an_event_replaces_is_said(feed: asyncpg.Pool, url: str) -> None:
    await happened(feed, "A", 1)
    await feed.execute("UPDATE events SET replaces = 1")
    assert "(instead of 1)" in (await CommandLine(DATABASE_URL=url)("events")).out


async def test_followed_it_goes_on_with_what_comes(feed: asyncpg.Pool, url: str) -> None:
    await happened(feed, "A", 1)
    following = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "starter.cli", "events", "--follow", "--json"),
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url},
        stdout=asyncio.subprocess.PIPE,
    )
    assert following.stdout
    async with asyncio.timeout(60):
        assert json.loads(await following.stdout.readline())["seq"] == 1
        await happened(feed, "B", 1)
        assert json.loads(await following.stdout.readline())["seq"] == 2
        following.send_signal(signal.SIGINT)
        assert await following.wait() == 130
