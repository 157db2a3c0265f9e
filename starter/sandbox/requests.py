"""What the provider is asked, checked: its own little API, which is not the engine's wire."""

import json
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Kind = Literal["refund", "release"]
Amount = Annotated[int, Field(ge=1)]


class Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Payment(Asked):
    """A buyer pays; with `fail` the try does not work, for that reason."""

    order_id: str
    payment_id: str
    amount: Amount
    currency: str
    method: str
    fail: str | None = None


class Transfer(Asked):
    """A refund or a release, with the key that makes its repetition the same deed."""

    kind: Kind
    key: str
    order_id: str
    refund_id: str | None = None
    release_id: str | None = None
    payment_id: str | None = None
    seller_id: str | None = None
    attempt: int
    amount: Amount
    currency: str

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        needed = ("refund_id", "payment_id") if self.kind == "refund" else ("release_id", "seller_id")
        missing = [field for field in needed if not getattr(self, field)]
        if missing:
            raise ValueError(f"a {self.kind} needs {' and '.join(missing)}")
        return self

    def canonical(self) -> str:
        """The content by which a repetition is told from another call with the same key."""
        content: dict[str, Any] = self.model_dump(exclude={"kind", "key"}, exclude_none=True)
        return json.dumps(content, sort_keys=True)


class Behaviour(Asked):
    """Something to do differently with the next `times` calls, of one order or of any.

    `settle_at_once`: no wait for the success. `decline`: a definite no. `fail_late`, `reverse_late`: accepted, and
    failed when it would have settled, or reversed some time after it has. `time_out_before`, `time_out_after`: no
    answer, without or with the deed. `error_after`, `nonsense_after`: the deed, and a wrong answer.
    """

    kind: Kind
    order_id: str | None = None
    do: Literal[
        "settle_at_once",
        "decline",
        "fail_late",
        "reverse_late",
        "time_out_before",
        "time_out_after",
        "error_after",
        "nonsense_after",
    ]
    times: Annotated[int, Field(ge=1)] = 1
