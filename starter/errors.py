"""What a call can come to besides its answer: refused, other content, outcome unknown, nobody there, no stack to run.

A refusal's code and sentence come from the process, not from here.
"""

from workflows.messages.refusal import Code, Refusal
from workflows.messages.sentences import Sentence, say
from workflows.messages.told_errors import ToldError


class OrderNotFound(LookupError):
    """There is no such order."""

    code = "not_found"

    def __init__(self, order_id: str) -> None:
        super().__init__(f"There is no order {order_id}. Look for it with `countermand list`.")
        self.order_id = order_id


class PaymentElsewhere(LookupError):
    """The payment is another order's, or its shares do not fit: it was kept as unplaced, and told to nobody."""

    code = "payment_conflict"

    def __init__(self, order_id: str, reason: Sentence) -> None:
        super().__init__(
            f"Order {order_id} was told nothing of it ({reason}). It is kept as unplaced: look at "
            "`countermand unplaced`."
        )
        self.order_id = order_id
        self.reason = reason


class CommandRefused(Exception):
    """The order refused the command, and nothing has changed. The refusal says why, and what is possible instead."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal

    @property
    def code(self) -> Code:
        return self.refusal.code


class OrderExists(ToldError):
    """There is already an order with this id and other content."""

    code = "order_exists"

    def __init__(self, order_id: str) -> None:
        super().__init__(
            say(
                "There is already an order {order_id}, and its content differs from this one. Look at it, or start "
                "this one under another id.",
                order_id=order_id,
            )
        )
        self.order_id = order_id


class NoSuchPolicy(ToldError, LookupError):
    """There is no such policy, or no such version of it. The message names what there is."""

    code = "not_found"


class PolicyChanged(ToldError):
    """Somebody has changed the policy since the version was read on which this change is based: nothing is changed."""

    code = "policy_changed"

    def __init__(self, name: str, current: int) -> None:
        super().__init__(
            say(
                "Policy {name} is at version {version} by now, which is not what this change is based on: look at it, "
                "and decide anew.",
                name=name,
                version=current,
            )
            if current
            else say(
                "Policy {name} has no version yet, which is not what this change is based on: look at it, and decide "
                "anew.",
                name=name,
            )
        )
        self.name = name
        self.current = current


class FileNotTaken(Exception):
    """The gateway did not take a file, and says why. The message names the file; `code` is the gateway's."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code


class EngineUnavailable(ToldError):
    """Temporal, its workers, Postgres or this one order did not answer as it should. The message says which, and what
    to do."""


class PostgresAway(EngineUnavailable):
    """Postgres did not answer. The message has the driver's words, which are for who operates it."""


class Unanswered(EngineUnavailable):
    """One try brought no answer. Another one is safe."""


class CannotBeAsked(Unanswered):
    """The worker cannot put a question to the order's workflow, mostly because it cannot replay it."""


class OrderPaused(EngineUnavailable):
    """The order is paused in Temporal, which refused the message: nothing was taken."""

    def __init__(self, order_id: str, name: str, why: str) -> None:
        super().__init__(f"Order {order_id} took no {name}: {why}, then send it again.")
        self.order_id = order_id
        self.reason = why


class OrderStuck(EngineUnavailable):
    """The order answers nobody until somebody helps. The message says why, and what helps."""

    def __init__(self, order_id: str, why: str) -> None:
        super().__init__(f"Order {order_id} answers nobody: {why}.")
        self.order_id = order_id
        self.reason = f"{why[:1].upper()}{why[1:]}."


class OutcomeUnknown(EngineUnavailable):
    """Nobody answered in time: the message may or may not have been taken. Send it again with the same request id."""

    def __init__(self, order_id: str, name: str, request_id: str, reason: str) -> None:
        super().__init__(
            f"Whether order {order_id} took {name} is unknown. {reason} "
            f"Send it again with request_id {request_id}: it is never carried out twice."
        )
        self.order_id = order_id
        self.name = name
        self.request_id = request_id


class StackError(Exception):
    """The embedded stack cannot start or go on. The message says which part, why, and what to do."""
