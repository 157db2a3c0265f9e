"""Among which words and which things of the order each field of a command can choose now: found by asking step().

By this a form is drawn that offers nothing which would be refused for what was chosen.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final, get_args

from pydantic import ValidationError

from workflows.messages.base import Command
from workflows.messages.complaints import FieldsError
from workflows.messages.one_of import OneOf
from workflows.messages.refusal import Code, Refused
from workflows.messages.values import Role
from workflows.process.samples import CHOSEN, honest_tries
from workflows.process.state.order import Order
from workflows.process.step import settle_deadlines, step

OF_CONTENT: Final = (Code.INVALID, Code.EVIDENCE_MISSING, Code.AMOUNT_TOO_HIGH)
"""Refusals for what else stands in a try, or is missing there: the word itself can be chosen."""


def possible_choices(order: Order, role: Role, kind: type[Command], now: datetime) -> dict[str, tuple[str, ...]]:
    """Field → what it can be, of those fields that choose among words or among things of the order."""
    order, _ = settle_deadlines(order, now)
    tries = [(one, _is_taken(order, one, now)) for one in honest_tries(order, role, kind, now)]
    taken = [one for one, is_taken in tries if is_taken]
    if not taken:
        return {}
    found = {name: tuple(dict.fromkeys(str(getattr(one, name)) for one in taken)) for name in _chosen(kind)}
    for name, words in _vocabularies(kind):
        seen = {getattr(one, name): is_taken for one, is_taken in tries}
        possible = (
            word.value
            for word in words
            if (seen[word] if word in seen else any(_can_be(order, one, name, word, now) for one in taken))
        )
        found[name] = tuple(possible)
    # None at all: no word fits the tries, such as a reason to reject one that approves. Then any may.
    return {name: words for name, words in found.items() if words}


def _is_taken(order: Order, attempt: Command, now: datetime) -> bool:
    try:
        step(order, attempt, now)
    except Refused:
        return False
    return True


def _can_be(order: Order, attempt: Command, field: str, word: StrEnum, now: datetime) -> bool:
    """Whether that word can stand there, whatever else the command may then need."""
    given = attempt.model_dump(mode="json", exclude_none=True) | {field: word.value}
    try:
        step(order, type(attempt).model_validate_json(json.dumps(given)), now)
    except ValidationError as error:
        return not any(_is_about(fault, field) for fault in error.errors())
    except Refused as refused:
        return refused.code in OF_CONTENT and refused.refusal.fields != (field,)
    return True


def _is_about(fault: Any, field: str) -> bool:
    cause = fault.get("ctx", {}).get("error")
    return fault["loc"] == (field,) or (isinstance(cause, FieldsError) and cause.fields == (field,))


@cache
def _chosen(kind: type[Command]) -> tuple[str, ...]:
    return tuple(name for name in kind.model_fields if name in CHOSEN)


@cache
def _vocabularies(kind: type[Command]) -> tuple[tuple[str, tuple[StrEnum, ...]], ...]:
    """The fields that take words of a vocabulary, and the words."""
    return tuple(
        (name, words)
        for name, field in kind.model_fields.items()
        if name not in CHOSEN and (words := next(_words(field.annotation, field.metadata), None))
    )


def _words(annotation: Any, metadata: list[Any]) -> Iterator[tuple[StrEnum, ...]]:
    """Those of `OneOf` first: it takes only some of its vocabulary."""
    yield from (one.words for one in metadata if isinstance(one, OneOf))
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield tuple(annotation)
    for inner in get_args(annotation):
        yield from _words(inner, list(getattr(inner, "__metadata__", ())))
