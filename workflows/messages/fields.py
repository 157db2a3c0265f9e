"""What fields hold: amounts, currencies, instants, ids and texts, and what is said of one that does not.

Who does not live here: words of vocabularies (`values.py`), windows (`windows.py`), files (`file_schemes.py`).
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, StringConstraints

from workflows.messages.complaints import Complaint
from workflows.messages.currency import CODES
from workflows.messages.sentences import say
from workflows.messages.shapes import NO_SPACES, ORDER_ID

MAX_AMOUNT: Final = 10**12
"""Minor units. Fits a JavaScript number and a Postgres bigint with room for sums of hundreds of payments."""
MAX_TEXT: Final = 4_000
"""Characters of any text a person writes (R26)."""
MAX_ID: Final = 64
"""Bytes in UTF-8 of an id that we or our callers choose: the order keeps hundreds of them in its state."""
MAX_REFERENCE: Final = 128
"""Bytes in UTF-8 of an id that a provider or carrier chooses; theirs are longer than ours."""


def plain(text: str) -> str:
    """`text`, or a complaint: control characters break logs, terminals and Postgres (NUL), and no person types them."""
    for character in text:
        if unicodedata.category(character) == "Cc" and character not in "\t\n\r":
            raise Complaint(say("must not contain control characters, found {character}", character=_code(character)))
    return text


def one_line(text: str) -> str:
    """`text`, or a complaint: what stands in one line of a list, a log or a mail must not begin another."""
    for character in text:
        if unicodedata.category(character) in ("Cc", "Zl", "Zp"):
            raise Complaint(
                say("must not contain control characters or line breaks, found {character}", character=_code(character))
            )
    return text


def _code(character: str) -> str:
    """What cannot be shown, by its number: `U+0007`."""
    return f"U+{ord(character):04X}"


def _not_blank(text: str) -> str:
    if not text.strip():
        raise Complaint(say("must not be blank"))
    return text


def _at_most(limit: int) -> Callable[[str], str]:
    """`text`, or a complaint that it has too many bytes: characters may have four each."""

    def checked(text: str) -> str:
        if (size := len(text.encode())) > limit:
            raise Complaint(say("must have at most {limit} bytes in UTF-8, has {size}", limit=limit, size=size))
        return text

    return checked


def _not_only_dots(order_id: str) -> str:
    """In an address `..` is the folder above: such an order could not be looked at."""
    if not order_id.strip("."):
        raise Complaint(say("must not consist of dots only"))
    return order_id


_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d.*")


def _rfc_3339(instant: object) -> object:
    """A string of digits is a number of seconds to pydantic, and a mistake to us."""
    if not isinstance(instant, datetime) and not (isinstance(instant, str) and _RFC_3339.fullmatch(instant)):
        raise Complaint(say('must be an RFC 3339 instant such as "2026-01-31T10:00:00Z"'))
    return instant


def _utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        raise Complaint(say("must lie between the years 1 and 9999 in UTC")) from None


Instant = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_rfc_3339), AfterValidator(_utc)]
"""An instant in UTC; RFC 3339 on the wire."""


def _known(code: str) -> str:
    if code not in CODES:
        raise Complaint(say('must be an ISO 4217 code such as "USD"'))
    return code


Currency = Annotated[str, AfterValidator(_known)]
Amount = Annotated[int, Field(ge=0, le=MAX_AMOUNT)]
"""Minor units of the order's currency."""
PositiveAmount = Annotated[int, Field(ge=1, le=MAX_AMOUNT)]
OrderId = Annotated[str, StringConstraints(pattern=ORDER_ID), AfterValidator(_not_only_dots)]
ShortText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_ID),
    AfterValidator(plain),
    AfterValidator(_not_blank),
    AfterValidator(_at_most(MAX_ID)),
]
Id = Annotated[ShortText, StringConstraints(pattern=NO_SPACES)]
RequestId = ShortText
Reference = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_REFERENCE),
    AfterValidator(one_line),
    AfterValidator(_not_blank),
    AfterValidator(_at_most(MAX_REFERENCE)),
]
"""What people copy from labels, lists and logs: a payment's id, a carrier, a tracking. One line, for the next line of
a list would be somebody else's."""
Text = Annotated[
    str, StringConstraints(min_length=1, max_length=MAX_TEXT), AfterValidator(plain), AfterValidator(_not_blank)
]
