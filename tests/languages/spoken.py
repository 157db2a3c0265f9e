"""Whether a sentence is one for people: no slug, no duration or instant as programs write them, and not too long."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from tests.exploration.rules import require
from tests.languages.texts import labels_of_vocabularies, words_of_vocabularies
from workflows.messages.commands import MESSAGES
from workflows.messages.sentences import ENGLISH, Label, Sentence, Several, Value, told

CHECKED: Final = 20_000
"""Sentences that are remembered as right: an exploration says few of them, each of them often."""
LONGEST: Final = 200
"""Characters of one sentence."""
FOR_PROGRAMS: Final = re.compile(
    r"[A-Za-z]_[A-Za-z]"  # a slug
    r"|\bP(?:\d+[YMWD]|T\d)"  # an ISO duration
    r"|\d{4}-\d\d-\d\d"  # an ISO instant
    r"|\b(?:None|True|False)\b|[{}\[\]<>]|'[^' ]+'"  # what Python writes of a value
)
SLUGS: Final = frozenset({*MESSAGES, *words_of_vocabularies()})
"""Words for programs: as a value of a sentence each must be the label of its vocabulary."""
LABELS: Final = frozenset(labels_of_vocabularies())
FIELDS: Final = ("field", "fields")
"""Places for the names of fields, which stand as whoever sent them has typed them."""
VERBATIM: Final = "A-1"
"""Stands for ids and people's own words, which stand as they are."""


@lru_cache(maxsize=CHECKED)
def require_spoken(sentence: Sentence) -> None:
    """Raises `AssertionError` where a sentence is not for people."""
    for one in _single_sentences(sentence):
        spoken = told(_with_ids_out(one), ENGLISH)
        wrong = FOR_PROGRAMS.search(spoken)
        require(wrong is None, f"people are told no such thing as {wrong and wrong[0]!r}: {spoken}")
        require(len(spoken) <= LONGEST, f"{len(spoken)} characters are too many: {spoken}")


def _single_sentences(sentence: Sentence) -> Iterator[Sentence]:
    """Those of which one is made that is nothing but sentences in a row."""
    inner = [value for _, value in sentence.values if isinstance(value, Sentence)]
    if inner and len(inner) == len(sentence.values) and not re.sub(r"\{\w+\}", "", sentence.text).strip():
        for one in inner:
            yield from _single_sentences(one)
    else:
        yield sentence


def _with_ids_out(sentence: Sentence) -> Sentence:
    values = tuple((name, VERBATIM if name in FIELDS else _checked(value)) for name, value in sentence.values)
    return Sentence(sentence.text, values, sentence.many)


def _checked(value: Value) -> Value:
    match value:
        case Sentence():
            return _with_ids_out(value)
        case Several(items, last):
            return Several(tuple(map(_checked, items)), last)
        case Label():
            require(value in LABELS, f"{value} stands in no vocabulary, so in no catalogue")
            return value
        case str():
            require(
                value not in SLUGS, f"{value!r} is a word for programs: give the word of the vocabulary, not its text"
            )
            return VERBATIM
        case _:
            return value
