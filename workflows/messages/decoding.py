"""From bytes to a message, or a refusal that names every field at fault and what would be right."""

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from workflows.messages.base import Message
from workflows.messages.commands import MESSAGES, OFFERED
from workflows.messages.nearest import did_you_mean, nearest
from workflows.messages.refusal import Code, Refused
from workflows.messages.start import MAX_START_BYTES, StartOrder
from workflows.messages.values import FieldsError

MAX_BYTES: Final = 256 * 1024
"""Of one message. The longest honest one (a text and twenty attachments) stays under it; Temporal warns above it."""
MAX_FAULTS: Final = 8
"""How many faults one refusal names; the rest are counted."""
MAX_FIELDS: Final = 64
"""How many fields its details list; nobody's unknown fields fill ours."""

DECODED: Final = 8
"""Messages that are remembered as they were read: an update comes to its validator and at once to its handler."""

CHOICES: Final = ("enum", "literal_error")
"""What pydantic calls a word that is none of those that a field takes."""
_CHOICE: Final = re.compile("'([^']*)'")

M = TypeVar("M", bound=BaseModel)


@lru_cache(maxsize=DECODED)
def decode(name: str, payload: bytes) -> Message:
    """The command or fact `name` in the JSON `payload`. Raises `Refused` (`invalid`), never anything else."""
    kind = MESSAGES.get(name)
    if kind is None:
        raise Refused(
            Code.INVALID,
            f"There is no command or fact {name[:64]!r}."
            + (did_you_mean(name[:64], OFFERED) or f" Known are: {', '.join(OFFERED)}."),
            fields=("name",),
        )
    return decode_as(kind, name, payload)


def decode_as(kind: type[M], name: str, payload: bytes) -> M:
    """`payload` as a `kind`. Raises `Refused` (`invalid`) with the fields at fault."""
    limit = MAX_START_BYTES if kind is StartOrder else MAX_BYTES
    if len(payload) > limit:
        raise Refused(Code.INVALID, f"{name}: {len(payload)} bytes are too many, at most {limit}.")
    try:
        return kind.model_validate_json(payload)
    except ValidationError as error:
        raise _invalid(name, error) from None
    except RecursionError:
        raise Refused(Code.INVALID, f"{name}: the JSON is nested too deeply.") from None


def _invalid(name: str, error: ValidationError) -> Refused:
    faults = error.errors(include_url=False)
    told = [_told(fault) for fault in faults[:MAX_FAULTS]]
    if len(faults) > MAX_FAULTS:
        told.append(f"and {len(faults) - MAX_FAULTS} more")
    fields = tuple(dict.fromkeys(field for fault in faults for field in _fields(fault)))
    return Refused(Code.INVALID, f"{name} is not valid: {'; '.join(told)}.", fields=fields[:MAX_FIELDS])


def _fields(fault: ErrorDetails) -> tuple[str, ...]:
    """The fields at fault: where the fault is, or those that are wrong together."""
    cause = fault.get("ctx", {}).get("error")
    within = cause.fields if isinstance(cause, FieldsError) else ()
    where = _field(fault)
    return tuple(f"{where}.{field}" if where else field for field in within) or ((where,) if where else ())


def _field(fault: ErrorDetails) -> str:
    """Where the fault is, `terms.respond_within` or `lines.0.quantity`."""
    return ".".join(str(part)[:64] for part in fault["loc"])


def _told(fault: ErrorDetails) -> str:
    if fault["type"] in CHOICES and isinstance(fault["input"], str):
        return _wrong_word(_field(fault), fault["input"][:40], _CHOICE.findall(fault["ctx"]["expected"]))
    message = {
        "json_invalid": "it is not one JSON object",
        "missing": "is missing",
        "extra_forbidden": "is not a field of this message",
        "model_type": "must be a JSON object",
    }.get(fault["type"], fault["msg"].removeprefix("Value error, "))
    field = _field(fault)
    given = fault["input"]
    shown = ""
    if field and isinstance(given, str | int | float | bool) and fault["type"] != "missing":
        shown = f" (given: {json.dumps(given, ensure_ascii=True)[:40]})"
    return f"{field} {message}{shown}" if field else message


def _wrong_word(field: str, word: str, known: Sequence[str]) -> str:
    """What is wrong with a word where only some are right: the nearest of them, and where none is near, all."""
    given = json.dumps(word, ensure_ascii=True)
    if near := nearest(word, known):
        return f"{field} has no choice {given} (nearest: {' or '.join(near)})"
    return f"{field} must be one of {', '.join(known)} (given: {given})"
