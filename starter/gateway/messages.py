"""From a request's body to a message of the registry: whose it is the credentials say, and what is wrong is said field
by field. No command has a line of its own here."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from starter.gateway.bodies import WrongFields, wrong
from starter.gateway.callers import Caller
from starter.gateway.credentials import MayNot
from starter.gateway.problems import pointer
from starter.subscriptions import Change, Wanted
from workflows.messages.base import Message
from workflows.messages.commands import OFFERED
from workflows.messages.decoding import decode, decode_as
from workflows.messages.faults import complaint_of, faults
from workflows.messages.fields import RequestId
from workflows.messages.policies import PolicyContent
from workflows.messages.refusal import Code, Refused
from workflows.messages.sentences import Sentence, say, several
from workflows.messages.start import NewOrder
from workflows.messages.values import Party
from workflows.process.refusals import action

OURS: Final = ("by", "request_id")
"""What the body does not say: who it is from the credentials know, and under which id the header says."""
M = TypeVar("M", bound=BaseModel)
_REQUEST_ID: Final[TypeAdapter[str]] = TypeAdapter(RequestId)


def request_id_of_header(given: str | None) -> str | None:
    """What `Idempotency-Key` says. Raises `WrongFields`."""
    if given is None:
        return None
    try:
        return _REQUEST_ID.validate_python(given)
    except ValidationError as error:
        raise wrong(
            "", say("{field} {complaint}.", field="Idempotency-Key", complaint=complaint_of(error.errors()[0]))
        ) from None


def speaker_of(caller: Caller, name: str) -> Party:
    """As whom the caller sends it. Raises `MayNot`."""
    party = caller.speaker(OFFERED[name])
    if party is None:
        roles = several(OFFERED[name].roles, "or")
        told = say(
            '"{action}" is sent by: {roles}. This key speaks for none of them.', action=action(name), roles=roles
        )
        raise MayNot(told)
    return party


def message_of(name: str, body: Mapping[str, Any], by: Party, request_id: str | None) -> Message:
    """The message. Raises `WrongFields`."""
    for field in OURS:
        if field in body:
            raise wrong(
                f"/{field}",
                say("{field} is not said in the body: the credentials and the headers say it.", field=field),
            )
    fields = {**body, "by": by.model_dump(mode="json")} | ({"request_id": request_id} if request_id else {})
    payload = json.dumps(fields).encode()
    try:
        return decode(name, payload)
    except Refused as refused:
        raise _field_by_field(refused, OFFERED[name], payload) from None


def start_of(body: Mapping[str, Any]) -> NewOrder:
    """The order that is to be started. Raises `WrongFields`."""
    return _read(NewOrder, say("The order"), body)


def policy_of(body: Mapping[str, Any]) -> PolicyContent:
    """What a policy is to say. Raises `WrongFields`."""
    return _read(PolicyContent, say("The policy"), body)


def subscription_of(body: Mapping[str, Any]) -> Wanted:
    """What somebody asks to be told. Raises `WrongFields`."""
    return _read(Wanted, say("The subscription"), body)


def change_of(body: Mapping[str, Any]) -> Change:
    """What becomes otherwise of a subscription. Raises `WrongFields`."""
    return _read(Change, say("The change"), body)


def _read(kind: type[M], what: Sentence, body: Mapping[str, Any]) -> M:
    payload = json.dumps(body).encode()
    try:
        return decode_as(kind, what, payload)
    except Refused as refused:
        raise _field_by_field(refused, kind, payload) from None


def _field_by_field(refused: Refused, kind: type[BaseModel], payload: bytes) -> WrongFields:
    assert refused.code is Code.INVALID, "decoding refuses nothing else"
    found = [(pointer(field), complaint) for field, complaint in faults(kind, payload)]
    return WrongFields(refused.sentence, found or [("", refused.sentence)])


@cache
def schema_of(name: str) -> dict[str, Any]:
    """The JSON Schema of the command's own fields."""
    schema = OFFERED[name].model_json_schema(ref_template="#/$defs/{model}")
    schema["properties"] = {field: told for field, told in schema["properties"].items() if field not in OURS}
    schema["required"] = [field for field in schema.get("required", ()) if field not in OURS]
    used = json.dumps(schema["properties"])
    kept = _used(schema.get("$defs", {}), used)
    schema.pop("$defs", None)
    return {**schema, **({"$defs": kept} if kept else {})}


def _used(known: Mapping[str, Any], text: str) -> dict[str, Any]:
    """The definitions that `text` refers to, and those that they refer to."""
    found: dict[str, Any] = {}
    while new := {name: told for name, told in known.items() if name not in found and f'"#/$defs/{name}"' in text}:
        found |= new
        text += json.dumps(new)
    return found
