"""Which problem each error of the engine becomes. How a problem looks lives in `problems.py`."""

import logging
from typing import Final

from starlette.responses import Response

from activities.languages import DEFAULT
from starter.client.reads import WrongPage
from starter.errors import (
    CommandRefused,
    EngineUnavailable,
    OrderExists,
    OrderNotFound,
    OutcomeUnknown,
    PaymentElsewhere,
    PostgresAway,
)
from starter.gateway.bodies import NotTaken, WrongFields
from starter.gateway.credentials import MayNot, NotLetIn
from starter.gateway.limits import TooMany
from starter.gateway.problems import NOT_THERE, Trouble, problem, refused
from starter.gateway.spoken import spoken
from workflows.messages.refusal import Code, Refusal, Refused

LOG: Final = logging.getLogger("countermand.gateway")
RETRY_AFTER: Final = "5"
"""Seconds after which to try again when a part of the engine is away: a restart takes about as long."""


class NotThere(Exception):
    """What was asked for does not exist, or not for this caller."""


def problem_of(error: Exception, language: str = DEFAULT) -> Response:
    """What the caller hears of it, in their language. What nobody foresaw is logged whole, and told as our fault."""
    match error:
        case NotLetIn():
            return problem(401, Trouble.UNAUTHORIZED, str(error), {"WWW-Authenticate": "Bearer"})
        case MayNot():
            return problem(403, Code.WRONG_ROLE, str(error))
        case TooMany():
            return problem(429, Trouble.TOO_MANY_REQUESTS, str(error), {"Retry-After": str(error.seconds)})
        case NotTaken():
            return problem(error.status, error.code, str(error), {"Connection": "close"} if error.unread else None)
        case WrongFields():
            told = [{"pointer": pointer, "message": spoken(message, language)} for pointer, message in error.errors]
            return refused(Refusal(code=Code.INVALID, message=spoken(error.why, language)), language, told)
        case WrongPage():
            found = [{"pointer": "", "message": str(error)}]
            return refused(Refusal(code=Code.INVALID, message=str(error)), language, found)
        case Refused() | CommandRefused():
            return refused(error.refusal, language)
        case NotThere() | OrderNotFound():
            return problem(404, Trouble.NOT_FOUND, str(error) if isinstance(error, NotThere) else NOT_THERE)
        case OrderExists():
            return problem(409, Trouble.ORDER_EXISTS, str(error))
        case PaymentElsewhere():
            return problem(409, Trouble.PAYMENT_CONFLICT, str(error))
    return _away(error)


def _away(error: Exception) -> Response:
    match error:
        case OutcomeUnknown():
            told = {"request_id": error.request_id}
            return problem(503, Trouble.OUTCOME_UNKNOWN, str(error), {"Retry-After": RETRY_AFTER}, **told)
        case EngineUnavailable():
            LOG.warning("Not available: %s", error)
            # The driver's words name hosts and users, and whoever has no key hears this too.
            told_of_it = (
                "Postgres does not answer; try again in a moment." if isinstance(error, PostgresAway) else str(error)
            )
            return problem(503, Trouble.UNAVAILABLE, told_of_it, {"Retry-After": RETRY_AFTER})
    LOG.error("The gateway failed", exc_info=error)
    told_all = "The gateway failed. Send it again later: nothing is carried out twice."
    return problem(500, Trouble.INTERNAL_ERROR, told_all)
