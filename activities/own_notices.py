"""Notices of the engine's own, of no order's record: told in each reader's language, like those of orders."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from activities.database import storable_text
from activities.read_model import storable
from workflows.messages.sentences import Sentence, in_a_row, say, to_wire

LARGER: Final = say("Something larger may be broken.")


def own_notices(notices: Iterable[tuple[str, *tuple[Sentence, ...]]]) -> tuple[list[str], list[str], list[str]]:
    """Notices, each the order that it is about and its sentences, as the statements take them: the orders, the English
    texts, and of what these are made, as JSON."""
    orders, texts, said = [], [], []
    for order_id, *sentences in notices:
        whole = in_a_row(*sentences)
        orders.append(order_id)
        texts.append(str(whole))
        said.append(said_of(whole))
    return orders, texts, said


def said_of(sentence: Sentence) -> str:
    """Of what a sentence is made, as its column takes it."""
    return json_of(to_wire(sentence))


def json_of(said: Mapping[str, Any]) -> str:
    """What `to_wire` wrote, as Postgres takes it."""
    return storable(storable_text(json.dumps(said, ensure_ascii=False)))


def more_of_them(command: str) -> tuple[Sentence, Sentence]:
    """What follows one sentence that stands for many notices; the command lists them all."""
    return LARGER, say("All of them: {command}", command=command)
