"""What the provider is asked, checked: its own little API, which is not the engine's wire."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from starter.sandbox.faults import OF_A_CALL, OF_A_WEBHOOK

MAX_AMOUNT: Final = 10**12
"""Minor units: the engine's own limit, and far from what SQLite's integers can hold."""
MAX_COUNT: Final = 10**6
"""Of attempts and of misbehaviour: more is a unit mistaken."""
MAX_SHARES: Final = 50
"""Orders that one payment is for."""
MAX_WORD: Final = 128
"""Characters of an id or a reason."""

Kind = Literal["refund", "void", "capture", "release"]
NEEDS: Final[Mapping[str, tuple[str, str]]] = {
    "refund": ("refund_id", "payment_id"),
    "void": ("refund_id", "payment_id"),
    "capture": ("capture_id", "payment_id"),
    "release": ("release_id", "seller_id"),
}
"""What each is about."""
Amount = Annotated[int, Field(ge=1, le=MAX_AMOUNT)]
Count = Annotated[int, Field(ge=1, le=MAX_COUNT)]
Word = Annotated[str, Field(min_length=1, max_length=MAX_WORD)]
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$")]
Shares = Annotated[dict[Word, Amount], Field(min_length=1, max_length=MAX_SHARES)]
Cursor = Annotated[str, Field(pattern=r"^[0-9.]{1,32} .{1,200}$")]


class NotUnderstood(ValueError):
    """What was asked is not a request of this API. The message names the field."""


class Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    @classmethod
    def read(cls, body: bytes, **known: str) -> Self:
        """What stands in `body`, and what is `known` from path and headers. Raises `NotUnderstood`."""
        try:
            said = json.loads(body)
        except (ValueError, RecursionError):
            raise NotUnderstood("the body is not JSON") from None
        if not isinstance(said, dict):
            raise NotUnderstood("the body must be a JSON object")
        try:
            return cls.model_validate({**said, **known})
        except ValidationError as error:
            raise NotUnderstood("; ".join(_told(fault) for fault in error.errors())) from None


class Deed(Asked):
    """Something that happens at the provider. With `quiet` its webhook never comes."""

    quiet: bool = False


class Payment(Deed):
    """A buyer pays; with `authorize` the bank only promises to; with `fail` the try does not work, for that reason.

    For one order, or for several: then `shares` says how much is whose.
    """

    order_id: Word | None = None
    shares: Shares | None = None
    payment_id: Word
    amount: Amount
    currency: Currency
    method: Word
    authorize: bool = False
    fail: Word | None = None

    @model_validator(mode="after")
    def _is_somebody_s(self) -> Self:
        if (self.order_id is None) == (self.shares is None):
            raise ValueError("a payment names its order_id, or the shares of its orders")
        return self


class Transfer(Asked):
    """Money to be moved or given back, with the key that makes its repetition the same deed."""

    kind: Kind
    key: Word
    order_id: Word
    refund_id: Word | None = None
    capture_id: Word | None = None
    release_id: Word | None = None
    payment_id: Word | None = None
    seller_id: Word | None = None
    attempt: Count
    amount: Amount
    currency: Currency

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        missing = [field for field in NEEDS[self.kind] if not getattr(self, field)]
        if missing:
            raise ValueError(f"a {self.kind} needs {' and '.join(missing)}")
        return self

    def canonical(self) -> str:
        """The content by which a repetition is told from another call with the same key."""
        content: dict[str, Any] = self.model_dump(exclude={"kind", "key"}, exclude_none=True)
        return json.dumps(content, sort_keys=True)


class Page(BaseModel):
    """Which entries of the book: created in this time, after the cursor. Instants as RFC 3339."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: AwareDatetime
    until: AwareDatetime
    cursor: Cursor | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """Raises `NotUnderstood`."""
        try:
            return cls.model_validate(dict(query))
        except ValidationError as error:
            raise NotUnderstood("; ".join(_told(fault) for fault in error.errors())) from None


class ConsoleRefund(Deed):
    """Somebody gives money of a payment back by hand, which no order knows of. In the end it `becomes` that."""

    amount: Amount
    becomes: Literal["succeeded", "failed", "reversed"] = "succeeded"


class Chargeback(Deed):
    """The buyer's bank takes money of a payment back, or tries to. Of a shared payment it names no order."""

    chargeback_id: Word
    order_id: Word | None = None
    payment_id: Word
    amount: Amount
    currency: Currency | None = None


class Verdict(Deed):
    """How the bank has decided, or that it thinks anew; `amount` where it is another than was disputed."""

    outcome: Literal["won", "lost", "open"]
    amount: Amount | None = None


class Behaviour(Asked):
    """Something to do differently with the next `times` calls or webhooks, of one order or of any.

    `settle_at_once`: no wait for the success. `decline`: a definite no. `fail_late`, `reverse_late`: accepted, and
    failed when it would have settled, or reversed some time after it has. `time_out_before`, `time_out_after`: no
    answer, without or with the deed. `error_before`: 500 without the deed; `error_after`, `nonsense_after`: the deed,
    and a wrong answer. `too_many`: 429, without the deed. Of webhooks: told `twice`, `late`, `out_of_order` or `never`.
    """

    kind: Kind | Literal["webhook"]
    order_id: Word | None = None
    do: Word
    times: Count = 1

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        possible = OF_A_WEBHOOK if self.kind == "webhook" else OF_A_CALL
        if self.do not in possible:
            raise ValueError(f"do: of a {self.kind} there are {', '.join(possible)}")
        return self


def _told(fault: ErrorDetails) -> str:
    """The field and what is wrong with it."""
    field = ".".join(str(part)[:MAX_WORD] for part in fault["loc"])
    message = fault["msg"].removeprefix("Value error, ")
    return f"{field}: {message}" if field else message
