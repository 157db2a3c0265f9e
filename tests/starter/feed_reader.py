"""A program that follows the feed over HTTP, by pages and streams in turns, and keeps in a file what it has dealt with.

With nothing but Python's own library, so that it begins quickly where a test kills it again and again.
"""

import json
import os
import random
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from typing import Any, Final

from tests.activities.feed_parts.kept import opened

PAUSE: Final = 0.02
"""Seconds between two requests."""
STREAMED: Final = 200
"""Events, at most, that it takes of one stream."""
SILENT_SECONDS: Final = 2.0
"""Without a word from the gateway, after which it comes again."""
NOT_NOW: Final = (429, 503)


class NotNow(Exception):
    """The gateway has told it to come again."""


class Reader:
    """What was dealt with up to now, and how it goes on."""

    def __init__(self, address: str, key: str, file: Path) -> None:
        self._address = address
        self._headers = {"Authorization": f"Bearer {key}"}
        self._kept, lines = opened(file)
        self._after: int = json.loads(lines[-1])["seq"] if lines else 0

    def read_page(self) -> None:
        with self._asked(f"?after={self._after}&limit=500") as answer:
            for event in json.loads(answer.read())["events"]:
                self._deal_with(event, "page")

    def read_stream(self, count: int) -> None:
        """Each event once it is whole: its empty line has come."""
        data = ""
        with self._asked("", {"Accept": "text/event-stream", "Last-Event-ID": str(self._after)}) as answer:
            while count and (line := answer.readline().decode()):
                field, _, value = line.partition(": ")
                if field == "data":
                    data = value
                elif line == "\n" and data:
                    self._deal_with(json.loads(data), "stream")
                    data, count = "", count - 1

    def _deal_with(self, event: dict[str, Any], how: str) -> None:
        self._kept.write(json.dumps({**event, "how": how}).encode() + b"\n")
        self._kept.flush()
        self._after = event["seq"]

    @contextmanager
    def _asked(self, query: str, more: dict[str, str] | None = None) -> Iterator[HTTPResponse]:
        with closing(HTTPConnection(self._address, timeout=SILENT_SECONDS)) as connection:
            connection.request("GET", f"/events{query}", headers=self._headers | (more or {}))
            answer = connection.getresponse()
            if answer.status in NOT_NOW:
                raise NotNow
            assert answer.status == 200, answer.read()
            yield answer


def follow(reader: Reader, chance: random.Random) -> None:
    """Go on, until killed."""
    while True:
        try:
            if chance.random() < 0.5:
                reader.read_page()
            else:
                reader.read_stream(chance.randint(1, STREAMED))
        except (OSError, HTTPException, NotNow):
            pass  # the gateway is gone, or not there yet
        time.sleep(PAUSE)


if __name__ == "__main__":
    address, file, variable_of_key = sys.argv[1:]
    made = Reader(address, os.environ[variable_of_key], Path(file))
    sys.stdout.write("works\n")
    sys.stdout.flush()
    follow(made, random.Random())
