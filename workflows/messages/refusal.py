"""How the engine says no: a code for programs, a sentence for people, and what is possible instead (R4)."""

from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict

from workflows.messages.sentences import Sentence, to_wire


class Code(StrEnum):
    """Why a command was refused; the first that fits, in this order."""

    INVALID = "invalid"
    """The message itself is wrong. `fields` names each field at fault, the sentence what would be right: mend it, and
    send it again."""
    REQUEST_ID_REUSED = "request_id_reused"
    """Its request id stands for another message of this sender. Take a new id; a repetition has the same content."""
    NOT_YOUR_ORDER = "not_your_order"
    """The buyer or seller who sends it is not that of the order. Check the order's id, and who is signed in."""
    WRONG_ROLE = "wrong_role"
    """This role may not send this message, or not now. The sentence says who may."""
    DEADLINE_PASSED = "deadline_passed"
    """There was a time for this, and it is over. The sentence names the deadline and its instant; look at `instead`."""
    ALREADY_SHIPPED = "already_shipped"
    """An order whose parcel is on its way is not cancelled any more. `instead` says what the buyer can do."""
    ORDER_CLOSED = "order_closed"
    """The order has ended, and its story takes nothing more. Show how it ended."""
    LIMIT_REACHED = "limit_reached"
    """It was done as often as the terms, or a limit of the engine, allow. The sentence says how often that is."""
    ALREADY_OPEN = "already_open"
    """What is asked for waits for an answer already. Show that, and until when it is answered."""
    NOTHING_OPEN = "nothing_open"
    """There is nothing that this could answer, withdraw or decide. Load the order anew: somebody was faster."""
    NOT_ALLOWED_NOW = "not_allowed_now"
    """The order is not where this is possible. The sentence says why, `instead` what is possible."""
    EVIDENCE_MISSING = "evidence_missing"
    """The reason demands evidence that is not there. The sentence names its kind: ask for it, and send it again."""
    AMOUNT_TOO_HIGH = "amount_too_high"
    """More than is there to be given. The sentence says how much that is."""
    REASON_NOT_ALLOWED = "reason_not_allowed"
    """This role cannot give this reason here. The sentence lists those that it can."""


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
    """The sentence in English."""
    said: dict[str, Any] | None = None
    """Of what the sentence is made, so that it can be told in another language (`sentences.to_wire`)."""
    instead: tuple[Instead, ...] = ()
    fields: tuple[str, ...] = ()
    """The fields at fault, when the code is `invalid`."""
    possible_from: datetime | None = None
    """From when the refused action is possible, if nothing else happens until then; None where no time is known."""


class Refused(Exception):
    """A message was refused, and nothing has changed."""

    def __init__(
        self,
        code: Code,
        sentence: Sentence,
        instead: tuple[Instead, ...] = (),
        fields: tuple[str, ...] = (),
        possible_from: datetime | None = None,
    ) -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence
        self.instead = instead
        self.fields = fields
        self.possible_from = possible_from

    def __str__(self) -> str:
        return str(self.sentence)

    @cached_property
    def refusal(self) -> Refusal:
        """What goes out. Made when it is asked for: most refusals only say that a try would be in vain."""
        return Refusal(
            code=self.code,
            message=str(self.sentence),
            said=to_wire(self.sentence),
            instead=self.instead,
            fields=self.fields,
            possible_from=self.possible_from,
        )
