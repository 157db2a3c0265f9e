"""The words by which lists are narrowed: those that there are, and an error for every other.

A misspelt word must not be an empty list: whoever reads "no orders" believes it.
"""

from collections.abc import Collection
from typing import Final

from workflows.messages.labels import STATUSES
from workflows.messages.nearest import did_you_mean
from workflows.messages.values import NOBODY, Role, Stage

STAGES: Final = tuple(stage.value for stage in Stage)
STATUSES_AND_STAGES: Final = tuple(dict.fromkeys((*STATUSES, *STAGES)))
"""A stage's word as a status means whatever is in that stage: who asks for `cancelled` does not want to miss those
whose refund is on its way, which have another status until it is there."""
AWAITED: Final = (*(role.value for role in Role if role is not Role.SYSTEM), NOBODY)
"""Whom orders wait on. The system is nobody's turn: its deadlines pass by themselves."""
FILTER_WORDS: Final = {"status": STATUSES_AND_STAGES, "stage": STAGES, "waiting_on": AWAITED}
"""The filters that have a vocabulary, by the names that programs give them."""
_NAMED: Final = {"status": "status", "stage": "stage", "waiting_on": "party"}


class WrongFilter(ValueError):
    """A filter names a word that does not exist. The message names the word, and the nearest that does."""

    def __init__(self, name: str, word: str, known: Collection[str]) -> None:
        self.name = name
        near = did_you_mean(word, known)
        told = near or f" It is one of {', '.join(known)}."
        super().__init__(f"there is no {_NAMED[name]} {word[:64]!r}.{told}")


def check_filter(name: str, word: str | None) -> None:
    """Nothing, when the word is one of that filter's, or none is given. Raises `WrongFilter`."""
    if word is not None and word not in FILTER_WORDS[name]:
        raise WrongFilter(name, word, FILTER_WORDS[name])
