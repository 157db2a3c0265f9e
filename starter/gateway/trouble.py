"""Which problem each error of the engine becomes. How a problem looks lives in `problems.py`."""

import logging
from typing import Final

from starlette.responses import Response

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
from starter.four_eyes import ApprovalEnded, SecondPersonNeeded
from starter.gateway.bodies import NotTaken, WrongFields
from starter.gateway.credentials import MayNot, NotLetIn
from starter.gateway.limits import TooMany
from starter.gateway.problems import NOT_THERE, Trouble, invalid, problem, refused
from starter.leases import LeaseHeld
from starter.subscriptions import NoSuchSubscription
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, say
from workflows.messages.told_errors import ToldError
from workflows.process.refusals import action

LOG: Final = logging.getLogger("countermand.gateway")
RETRY_AFTER: Final = "5"
"""Seconds after which to try again when a part of the engine is away: a restart takes about as long."""

SOON: Final = "1"
"""The same when this gateway stops: another one, or the next one, is there."""


class NotThere(ToldError):
    """What was asked for does not exist, or not for this caller."""


def problem_of(error: Exception, request_id: str = "") -> Response:
    """What the caller hears of it. What nobody foresaw is logged whole, and told as our fault."""
    match error:
        case NotLetIn():
            return problem(401, Trouble.UNAUTHORIZED, error.why, {"WWW-Authenticate": "Bearer"})
        case MayNot():
            return problem(403, Code.WRONG_ROLE, error.why)
        case TooMany():
            return problem(429, Trouble.TOO_MANY_REQUESTS, error.why, {"Retry-After": str(error.seconds)})
        case NotTaken():
            return problem(error.status, error.code, error.why, {"Connection": "close"} if error.unread else None)
        case WrongFields():
            return invalid(error.why, error.errors)
        case WrongPage():
            return invalid(error.why, [("", error.why)])
        case Refused() | CommandRefused():
            return refused(error.refusal)
        case NotThere():
            return problem(404, Trouble.NOT_FOUND, error.why)
        case OrderNotFound():
            return problem(404, Trouble.NOT_FOUND, NOT_THERE)
        case NoSuchSubscription():
            return problem(404, Trouble.NOT_FOUND, NO_SUBSCRIPTION)
        case OrderExists():
            return problem(409, Trouble.ORDER_EXISTS, error.why)
        case SecondPersonNeeded():
            return problem(403, Trouble.SECOND_PERSON_NEEDED, error.why)
        case ApprovalEnded():
            return problem(409, Trouble.APPROVAL_ENDED, error.why, approval=error.approval.shown())
        case LeaseHeld():
            return problem(409, Trouble.LEASE_HELD, error.why, lease=error.lease.brief())
        case PaymentElsewhere():
            told = say("Order {order_id} was told nothing of it: {why}.", order_id=error.order_id, why=error.reason)
            return problem(409, Trouble.PAYMENT_CONFLICT, told)
    return _away(error, request_id)


def broken_off(method: str, *, keyed: bool) -> Response:
    """What whoever still waits hears from a gateway that stops: another one goes on. `keyed`: whether what was asked
    for has an Idempotency-Key, under which it may be sent again."""
    amid = STOPS_AMID if keyed else STOPS_UNSEEN
    code, told = (Trouble.UNAVAILABLE, STOPS) if method == "GET" else (Trouble.OUTCOME_UNKNOWN, amid)
    return problem(503, code, told, {"Retry-After": SOON})


def _away(error: Exception, request_id: str) -> Response:
    """What is told of it is for whoever calls; what operators need, such as the driver's words, stands in the log."""
    if isinstance(error, EngineUnavailable):
        LOG.warning("Not available, asked by request %s: %s", request_id, error)
    match error:
        case OutcomeUnknown():
            told = say(
                "Whether order {order_id} took {action} is unknown. Send it again with the same Idempotency-Key: it is "
                "never carried out twice.",
                order_id=error.order_id,
                action=action(error.name),
            )
            key = {"idempotency_key": error.request_id}
            return problem(503, Trouble.OUTCOME_UNKNOWN, told, {"Retry-After": RETRY_AFTER}, **key)
        case EngineUnavailable():
            return problem(503, Trouble.UNAVAILABLE, told_of(error), {"Retry-After": RETRY_AFTER})
    LOG.error("The gateway failed at request %s", request_id, exc_info=error)
    return problem(500, Trouble.INTERNAL_ERROR, FAILED)


def told_of(error: EngineUnavailable) -> Sentence:
    """What whoever calls is told of it: nothing of a driver's words, which name servers and people."""
    if isinstance(error, PostgresAway):
        return POSTGRES_AWAY
    return error.why if isinstance(error.why, Sentence) else AWAY


AWAY: Final = say("A part of the engine does not answer at this moment. Send it again later.")
STOPS: Final = say("This gateway stops; send it again.")
STOPS_AMID: Final = say(
    "This gateway stops, and cannot say any more whether it was taken. Send it again with the same Idempotency-Key: it "
    "is never carried out twice."
)
STOPS_UNSEEN: Final = say(
    "This gateway stops, and cannot say any more whether it was done. Look whether it was before you send it again."
)
"""For what has no key: to rotate a secret twice is to lose the first."""
POSTGRES_AWAY: Final = say("Postgres does not answer; try again in a moment.")
FAILED: Final = say("The gateway failed. Send it again later: nothing is carried out twice.")
NO_SUBSCRIPTION: Final = say("There is no such subscription, or it is not yours.")
"""In the same words for both."""
