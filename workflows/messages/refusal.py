"""How the engine says no: a code for programs, a sentence for people, and what is possible instead (R4)."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Code(StrEnum):
    """Why a command was refused; the first that fits, in this order."""

    INVALID = "invalid"
    REQUEST_ID_REUSED = "request_id_reused"
    NOT_YOUR_ORDER = "not_your_order"
    WRONG_ROLE = "wrong_role"
    DEADLINE_PASSED = "deadline_passed"
    ALREADY_SHIPPED = "already_shipped"
    ORDER_CLOSED = "order_closed"
    LIMIT_REACHED = "limit_reached"
    ALREADY_OPEN = "already_open"
    NOTHING_OPEN = "nothing_open"
    NOT_ALLOWED_NOW = "not_allowed_now"
    EVIDENCE_MISSING = "evidence_missing"
    AMOUNT_TOO_HIGH = "amount_too_high"
    REASON_NOT_ALLOWED = "reason_not_allowed"


class Instead(BaseModel):
    """Something that the refused party can do, and until when."""

    model_config = ConfigDict(frozen=True)

    action: str
    until: datetime | None = None


class Refusal(BaseModel):
    """What stands in the details of the application failure that answers a refused update."""

    model_config = ConfigDict(frozen=True)

    code: Code
    message: str
    instead: tuple[Instead, ...] = ()
    fields: tuple[str, ...] = ()
    """The fields at fault, when the code is `invalid`."""


class Refused(Exception):
    """A message was refused, and nothing has changed."""

    def __init__(
        self, code: Code, message: str, instead: tuple[Instead, ...] = (), fields: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.refusal = Refusal(code=code, message=message, instead=instead, fields=fields)

    @property
    def code(self) -> Code:
        return self.refusal.code
