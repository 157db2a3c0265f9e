"""Raw payloads in, failures out: the shell decodes for itself, so that nothing malformed can hang a task."""

import inspect
from collections.abc import Callable
from typing import Any, Final, TypeVar

from temporalio.api.common.v1 import Payload
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from workflows.messages.refusal import Code, Refused
from workflows.messages.values import Role

NOTHING: Final = RawValue(Payload())
"""Stands in for the argument that a foreign client left out."""
F = TypeVar("F", bound=Callable[..., Any])
_PLAIN: Final = b"json/plain"


def one_parameter(function: F) -> F:
    """Let the SDK see one parameter of a function that takes more.

    It hands out raw payloads only where the counts agree, and calls with whatever came: a second argument of a foreign
    client would be a TypeError, which hangs a start for ever and names no field. So it arrives, and is refused by us.
    """
    signature = inspect.signature(function)
    shown = [each for each in signature.parameters.values() if each.kind is not inspect.Parameter.VAR_POSITIONAL]
    function.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]  # as inspect reads it
    return function


def body(message: RawValue = NOTHING, *more: object) -> bytes:
    """The JSON of a message; empty when anything else came, or more than one, so that decoding says what is wrong."""
    if more or not isinstance(message, RawValue):
        return b""
    plain = message.payload.metadata.get("encoding") == _PLAIN
    return message.payload.data if plain else b""


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
