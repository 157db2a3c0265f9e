"""Raw payloads in, failures out: the shell decodes for itself, so that nothing malformed can hang a task."""

from typing import Final

from pydantic import BaseModel
from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from workflows.messages.refusal import Code, Refused
from workflows.messages.values import Role

NOTHING: Final = RawValue(Payload())
"""Stands in for the argument that a foreign client left out."""
_PLAIN: Final = b"json/plain"


def body(message: RawValue) -> bytes:
    """The JSON of a message; empty when it came as anything else, so that decoding says what is wrong."""
    plain = message.payload.metadata.get("encoding") == _PLAIN
    return message.payload.data if plain else b""


def raw(message: BaseModel) -> RawValue:
    """A message of our own as it would come from outside."""
    data = message.model_dump_json(exclude_none=True).encode()
    return RawValue(Payload(metadata={"encoding": _PLAIN}, data=data))


def role_of(message: RawValue) -> Role:
    """The role that a query asks about."""
    try:
        return Role(body(message).decode().strip().strip('"'))
    except ValueError:
        raise ApplicationError(f"Ask with one of {', '.join(Role)}.", type=Code.INVALID) from None


def failure(refused: Refused) -> ApplicationError:
    """The refusal as the failure that a client of any language reads: type, message, details."""
    details = refused.refusal.model_dump(mode="json", exclude_none=True)
    return ApplicationError(str(refused), details, type=refused.code, non_retryable=True)
