"""The feed of events as a stream, line by line, and where to go on when it breaks off. Nothing is read here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import httpx

from countermand_client.errors import problem_of
from countermand_client.exchange import retry_after, told_of

if TYPE_CHECKING:
    from countermand_client import types

PATH = "/events"
SILENCE = 60.0
"""Seconds without a word after which a stream is taken for dead: the engine says something every fifteen."""
_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
"""Seconds between two attempts to follow it, where nobody says how long to wait."""
_LONGEST_WAIT = 3600.0
"""Seconds between two attempts at most, whatever is said: an hour."""


class Reader:
    """Who follows the feed: what they had last, and when they come again."""

    def __init__(self, after: int) -> None:
        self.after = after
        """The number of the last event that was given out."""
        self._pause = _FIRST_PAUSE
        self._data: list[str] = []

    @property
    def headers(self) -> dict[str, str]:
        """Of the request for the stream."""
        return {"Accept": "text/event-stream", "Last-Event-ID": str(self.after)}

    def take(self, line: str) -> types.Event | None:
        """The event that ends with this line of the stream, if one does."""
        if line.startswith("data:"):
            self._data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and self._data:
            event = cast("types.Event", json.loads("\n".join(self._data)))
            self._data.clear()
            self._pause = _FIRST_PAUSE
            if event["seq"] > self.after:
                self.after = event["seq"]
                return event
        return None

    def pause_after(self, answer: httpx.Response | None) -> float:
        """Seconds until it is asked for again: `answer` was no stream, or (None) it broke off or ended. What was half
        heard is heard again. Raises a `Problem` where to wait does not help."""
        self._data.clear()
        pause, self._pause = self._pause, min(2 * self._pause, _LONGEST_PAUSE)
        if answer is None:
            return pause
        if answer.status_code not in (429, 502, 503, 504):
            raise problem_of(answer.status_code, told_of(answer))
        # "Retry-After: 0" is no leave to ask without a pause, for ever.
        return min(max(retry_after(answer, pause), _FIRST_PAUSE), _LONGEST_WAIT)
