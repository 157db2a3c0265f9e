"""What is said of a message that cannot be read: for every kind of error that pydantic finds, a sentence of ours.

Pydantic's own words are for whoever writes Python, in English only, and its own affair: none of them goes out.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from workflows.messages.complaints import Complaint, FieldsError, one_of, shown
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, say, say_many
from workflows.messages.shapes import SAID

MAX_FAULTS: Final = 8
"""How many faults one refusal names; the rest are counted."""
MAX_FIELDS: Final = 64
"""How many fields its details list; nobody's unknown fields fill ours."""
NOT_VALID: Final = say("is not valid")
"""What is said where nothing better is known."""


def invalid(what: Sentence, faults: Sequence[Sentence], fields: tuple[str, ...]) -> Refused:
    """The refusal of `what` for these faults, each a clause without its period."""
    told = say("{what} is not valid: {faults}.", what=what, faults=_one_after_the_other(faults))
    return Refused(Code.INVALID, told, fields=fields[:MAX_FIELDS])


def unreadable(what: Sentence, error: ValidationError) -> Refused:
    """The refusal of `what`, in which pydantic has found this."""
    found = _without_what_follows(error.errors(include_url=False))
    told = [_told(fault) for fault in found[:MAX_FAULTS]]
    if len(found) > MAX_FAULTS:
        told.append(say_many("and one more", "and {count} more", count=len(found) - MAX_FAULTS))
    return invalid(what, told, tuple(dict.fromkeys(field for fault in found for field in _fields(fault))))


def _without_what_follows(found: Sequence[ErrorDetails]) -> Sequence[ErrorDetails]:
    """Pydantic counts only the entries of a list that are right: who sent one that is wrong has not sent too few."""
    return [
        fault
        for fault in found
        if fault["type"] != "too_short"
        or not any(other["loc"][: len(fault["loc"])] == fault["loc"] for other in found if other is not fault)
    ]


def _one_after_the_other(faults: Sequence[Sentence]) -> Sentence:
    first, *others = faults
    return say("{first}; {others}", first=first, others=_one_after_the_other(others)) if others else first


def _fields(fault: ErrorDetails) -> tuple[str, ...]:
    """The fields at fault: where the fault is, or those that are wrong together."""
    cause = _cause(fault)
    within = cause.fields if isinstance(cause, FieldsError) else ()
    where = _field(fault)
    return tuple(f"{where}.{field}" if where else field for field in within) or ((where,) if where else ())


def _field(fault: ErrorDetails) -> str:
    """Where the fault is, `terms.respond_within` or `lines.0.quantity`."""
    return ".".join(str(part)[:64] for part in fault["loc"])


def _cause(fault: ErrorDetails) -> Exception | None:
    """What one of our own validators has raised."""
    return fault.get("ctx", {}).get("error")


def faults(kind: type[BaseModel], payload: bytes) -> list[tuple[str, Sentence]]:
    """What is wrong with each field of a payload that was refused as unreadable: field and clause; none where the fault
    is no field's."""
    try:
        kind.model_validate_json(payload)
    except ValidationError as error:
        found = _without_what_follows(error.errors(include_url=False))[:MAX_FIELDS]
        return [(field, _told(fault)) for fault in found for field in _fields(fault)]
    except RecursionError:
        pass  # the refusal says it
    return []


def _told(fault: ErrorDetails) -> Sentence:
    complaint, fields = complaint_of(fault), ", ".join(_fields(fault))
    if not fields:
        return say("it {complaint}", complaint=complaint)
    if isinstance(_cause(fault), FieldsError):
        return say("{fields}: {complaint}", fields=fields, complaint=complaint)
    given = fault["input"]
    if fault["type"] == "missing" or not isinstance(given, str | int | float | bool):
        return say("{field} {complaint}", field=fields, complaint=complaint)
    return say("{field} {complaint} (given: {given})", field=fields, complaint=complaint, given=shown(given))


def complaint_of(fault: ErrorDetails) -> Sentence:
    """What would be right, as it goes on after the field's name."""
    cause = _cause(fault)
    if isinstance(cause, Complaint):
        return cause.sentence
    about = COMPLAINTS.get(fault["type"])
    return about({**fault.get("ctx", {}), "given": fault["input"]}) if about else NOT_VALID


def _words(context: Mapping[str, Any]) -> Sentence:
    """Pydantic has the words of a vocabulary in one text: `'won' or 'lost'`; and what is no text without quotes."""
    expected = str(context["expected"])
    return one_of(re.findall(r"'([^']*)'", expected) or [expected.lower()], context["given"])


def _always(sentence: Sentence) -> Callable[[Mapping[str, Any]], Sentence]:
    return lambda _: sentence


_OBJECT: Final = _always(say("must be one JSON object"))
_TEXT: Final = _always(say("must be a text"))
_WHOLE: Final = _always(say("must be a whole number"))
_INSTANT: Final = _always(say('must be an instant that there is, with its offset, such as "2026-01-31T10:00:00Z"'))
_DATE: Final = _always(say('must be a date such as "2026-01-31"'))

COMPLAINTS: Final[Mapping[str, Callable[[Mapping[str, Any]], Sentence]]] = MappingProxyType(
    {
        "missing": _always(say("is missing")),
        "extra_forbidden": _always(say("is not a field of this message")),
        "json_invalid": _OBJECT,
        "model_type": _OBJECT,
        "string_type": _TEXT,
        "string_too_short": lambda context: say_many(
            "must have at least one character", "must have at least {count} characters", count=context["min_length"]
        ),
        "string_too_long": lambda context: say_many(
            "must have at most one character", "must have at most {count} characters", count=context["max_length"]
        ),
        "string_pattern_mismatch": lambda context: SAID.get(context["pattern"], NOT_VALID),
        "int_type": _WHOLE,
        "greater_than_equal": lambda context: say("must be at least {limit}", limit=context["ge"]),
        "less_than_equal": lambda context: say("must be at most {limit}", limit=context["le"]),
        "bool_type": _always(say("must be true or false")),
        "enum": _words,
        "literal_error": _words,
        "tuple_type": _always(say("must be a list")),
        "too_short": lambda context: say_many(
            "must have at least one entry", "must have at least {count} entries", count=context["min_length"]
        ),
        "too_long": lambda context: say_many(
            "must have at most one entry", "must have at most {count} entries", count=context["max_length"]
        ),
        "datetime_parsing": _INSTANT,
        "datetime_from_date_parsing": _INSTANT,
        "timezone_aware": _INSTANT,
        "date_type": _DATE,
        "date_parsing": _DATE,
    }
)
"""What is said for every kind of error that the fields of a message can have, by pydantic's name of it."""
