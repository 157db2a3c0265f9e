"""What our own validators say of a field: sentences, so that whoever sent it reads them in any language.

What pydantic's say is turned into sentences in `faults.py`.
"""

import json
from collections.abc import Iterable

from workflows.messages.nearest import nearest
from workflows.messages.sentences import Sentence, Several, say, several


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


def words(those: Iterable[str]) -> Several:
    """Words of which one has to be sent, as they have to be sent: `"won" or "lost"`."""
    return several([f'"{word}"' for word in those], "or")


def one_of(those: Iterable[str], given: object = None) -> Sentence:
    """What is said of a word that is none of `those`: the nearest of them, and where none is near, all."""
    known = tuple(those)
    near = nearest(given, known) if isinstance(given, str) else ()
    if near:
        return say("has no such choice; the nearest is {words}", words=words(near))
    return say("must be one of {words}", words=words(known))


def shown(given: str | float, most: int = 40) -> str:
    """What was given, as JSON writes it without the quotes of a text, cut short: it may be anything."""
    written = json.dumps(given, ensure_ascii=not str(given).isprintable())
    return (written[1:-1] if isinstance(given, str) else written)[:most]
