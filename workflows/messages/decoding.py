"""From bytes to a message, or a refusal that names every field at fault and what would be right."""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError

from workflows.messages.base import Message
from workflows.messages.commands import MESSAGES, OFFERED
from workflows.messages.complaints import first_words, shown, words
from workflows.messages.faults import unreadable
from workflows.messages.nearest import nearest
from workflows.messages.policies import MAX_POLICY_BYTES, PolicyContent
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, in_a_row, say
from workflows.messages.start import MAX_START_BYTES, NewOrder, StartOrder

MAX_BYTES: Final = 256 * 1024
"""Of one message. The longest honest one (a text and twenty attachments) stays under it; Temporal warns above it."""
DECODED: Final = 8
"""Messages that are remembered as they were read: an update comes to its validator and at once to its handler."""

_LIMITS: Final[Mapping[type[BaseModel], int]] = MappingProxyType(
    {StartOrder: MAX_START_BYTES, NewOrder: MAX_START_BYTES, PolicyContent: MAX_POLICY_BYTES}
)
"""Bytes of what is kept longer than a message is."""

M = TypeVar("M", bound=BaseModel)


@lru_cache(maxsize=DECODED)
def decode(name: str, payload: bytes) -> Message:
    """The command or fact `name` in the JSON `payload`. Raises `Refused` (`invalid`), never anything else."""
    kind = MESSAGES.get(name)
    if kind is None:
        raise _unknown(name)
    return decode_as(kind, say('"{message}"', message=kind.called()), payload)


def decode_as(kind: type[M], what: Sentence, payload: bytes) -> M:
    """`payload` as a `kind`, which people call `what`. Raises `Refused` (`invalid`) with the fields at fault."""
    limit = _LIMITS.get(kind, MAX_BYTES)
    if len(payload) > limit:
        size = len(payload)
        told = say("{what} has {size} bytes, and may have at most {limit}.", what=what, size=size, limit=limit)
        raise Refused(Code.INVALID, told)
    try:
        return kind.model_validate_json(payload)
    except ValidationError as error:
        raise unreadable(what, error) from None
    except RecursionError:
        raise Refused(Code.INVALID, say("The JSON of {what} is nested too deeply.", what=what)) from None


def _unknown(name: str) -> Refused:
    """There is no such message: with those that may have been meant."""
    near = nearest(name, OFFERED)
    told = say('There is no command or fact "{name}".', name=shown(name))
    # Without any of them, whoever has misread a name would not know where to look.
    others = (
        say("Did you mean {words}?", words=words(near))
        if near
        else say("Known are: {words}.", words=first_words(OFFERED))
    )
    told = in_a_row(told, others)
    return Refused(Code.INVALID, told, fields=("name",))
