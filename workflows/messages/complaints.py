"""What our own validators say of a field: sentences, so that whoever sent it reads them in any language.

What pydantic's say is turned into sentences in `faults.py`.
"""

import json
from collections.abc import Iterable
from itertools import accumulate
from typing import Final

from workflows.messages.nearest import nearest
from workflows.messages.sentences import Sentence, Several, say, say_many, several


class Complaint(ValueError):
    """What is wrong with a field. The sentence goes on after the field's name, `must be …`, and has no period."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return str(self.sentence)


class FieldsError(Complaint):
    """Fields that are each fine alone and wrong together; the sentence is whole, and stands behind their names."""

    def __init__(self, fields: tuple[str, ...], sentence: Sentence) -> None:
        super().__init__(sentence)
        self.fields = fields


MAX_WORDS: Final = 60
"""Characters of the words that one complaint names: with the field before them and what was given behind, it stays a
sentence. At least one is named."""
REFERENCE: Final = "docs/messages.md"
"""Where all words of every vocabulary stand."""


def words(those: Iterable[str]) -> Several:
    """Words of which one has to be sent, as they have to be sent: `"won" or "lost"`. All of them: where there may be
    many, `first_words`."""
    return several([f'"{word}"' for word in those], "or")


def first_words(those: Iterable[str]) -> Sentence:
    """The first of these words, and of the others how many there are and where they stand."""
    known = tuple(those)
    ends = accumulate(len(word) + len('"", ') for word in known)
    named = max(1, sum(end <= MAX_WORDS for end in ends))
    if named == len(known):
        return say("{words}", words=words(known))
    others = say_many("one more", "{count} more", count=len(known) - named)
    first = several((*(f'"{word}"' for word in known[:named]), others), "or")
    return say("{words} (all of them: {where})", words=first, where=REFERENCE)


def one_of(those: Iterable[str], given: object = None) -> Sentence:
    """What is said of a word that is none of `those`: the nearest of them, and where none is near, the first."""
    known = tuple(those)
    near = nearest(given, known) if isinstance(given, str) else ()
    if near:
        return say("has no such choice; the nearest is {words}", words=words(near))
    return say("must be one of {words}", words=first_words(known))


def shown(given: str | float, most: int = 40) -> str:
    """What was given, as JSON writes it without the quotes of a text, cut short: it may be anything."""
    written = json.dumps(given, ensure_ascii=not str(given).isprintable())
    return (written[1:-1] if isinstance(given, str) else written)[:most]
