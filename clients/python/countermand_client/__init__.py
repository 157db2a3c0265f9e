"""A client of Countermand's HTTP API: every command a method, safe to repeat, and the feed to follow."""

from countermand_client import types
from countermand_client.async_client import AsyncCountermand
from countermand_client.client import Countermand
from countermand_client.errors import (
    CountermandError,
    MovedOn,
    NotFound,
    NotLetIn,
    OutcomeUnknown,
    Problem,
    Refused,
    TooManyRequests,
    Unavailable,
)
from countermand_client.exchange import Retries

__all__ = [
    "AsyncCountermand",
    "Countermand",
    "CountermandError",
    "MovedOn",
    "NotFound",
    "NotLetIn",
    "OutcomeUnknown",
    "Problem",
    "Refused",
    "Retries",
    "TooManyRequests",
    "Unavailable",
    "types",
]
