"""Plays an example to an order, with everything that comes before it."""

import json
from typing import Any

from starter.reference.examples import BEGIN, EXAMPLES, START, STEP, body
from workflows.messages.decoding import decode
from workflows.messages.start import StartOrder
from workflows.process.state.changes import Step
from workflows.process.step import open_order, step


def played(name: str) -> Step:
    """What the example comes to, at the order that it is sent to. Raises `Refused` when something is not taken."""
    example = EXAMPLES[name]
    start = START | {"terms": dict(example.terms)}
    taken = open_order(StartOrder.model_validate_json(json.dumps(start)), BEGIN)
    for count, (each, fields) in enumerate((*map(_before, example.after), (name, example.fields)), start=1):
        event = decode(each, json.dumps(body(each, fields)).encode())
        taken = step(taken.order, event, BEGIN + count * STEP)
    return taken


def _before(told: str | tuple[str, dict[str, Any]]) -> tuple[str, dict[str, Any]]:
    """Name and fields of an example that comes before another; fields that are None there are left out."""
    name, other = (told, {}) if isinstance(told, str) else told
    fields = EXAMPLES[name].fields | other if name in EXAMPLES else other  # the engine's own have none
    return name, {field: value for field, value in fields.items() if value is not None}
