"""How much one caller may ask for: requests a second, and commands a minute to one order. Counted in this process.

An order takes ten updates in flight and two thousand per run: one caller must not use them up for all others.
"""

from dataclasses import dataclass
from math import ceil
from time import monotonic
from typing import Final

from workflows.messages.sentences import Sentence, say
from workflows.messages.told_errors import ToldError

BURST: Final = 2
"""Seconds' worth of requests that may come at once: a page that opens asks for several things."""
ANEW_A_MINUTE: Final = 6
"""Tests and resends of one caller: each makes us call somebody else's server, some a thousand times."""
MAX_COUNTED: Final = 20_000
"""Callers, or pairs of caller and order, that are counted at once; those who have not called for longest are dropped,
and they have their whole measure again by then, or nearly."""


class TooMany(ToldError):
    """More than this caller may send."""

    def __init__(self, why: Sentence, seconds: int) -> None:
        super().__init__(why)
        self.seconds = seconds


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Rate:
    """So many a second for each name, and `most` at once."""

    def __init__(self, per_second: float, most: int, why: Sentence) -> None:
        self._per_second = per_second
        self._most = most
        self._why = why
        self._buckets: dict[object, _Bucket] = {}

    def take(self, name: object, now: float | None = None) -> None:
        """Count one. Raises `TooMany`, with the seconds after which one more is free."""
        now = monotonic() if now is None else now
        bucket = self._buckets.pop(name, None) or _Bucket(float(self._most), now)
        bucket.left = min(self._most, bucket.left + (now - bucket.at) * self._per_second)
        bucket.at = now
        # Put in anew at the end: the first is then always who has not called for longest.
        self._buckets[name] = bucket
        if len(self._buckets) > MAX_COUNTED:
            del self._buckets[next(iter(self._buckets))]
        if bucket.left < 1:
            raise TooMany(self._why, max(1, ceil((1 - bucket.left) / self._per_second)))
        bucket.left -= 1


def caller_rate(per_second: int) -> Rate:
    """Of requests by caller."""
    told = say("One caller may send {most} requests a second. Wait a moment.", most=per_second)
    return Rate(per_second, BURST * per_second, told)


def order_rate(per_minute: int) -> Rate:
    """Of commands by caller and order."""
    told = say("One caller may send {most} commands a minute to one order. Wait a moment.", most=per_minute)
    return Rate(per_minute / 60, per_minute, told)


def anew_rate() -> Rate:
    """Of tests and resends by caller."""
    told = say("One caller may send {most} tests and resends a minute. Wait a moment.", most=ANEW_A_MINUTE)
    return Rate(ANEW_A_MINUTE / 60, ANEW_A_MINUTE, told)
