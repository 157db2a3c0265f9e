"""What somebody may have meant who wrote a word that is not known."""

import difflib
from collections.abc import Iterable
from typing import Final

MOST: Final = 3
"""Words that are offered: with more of them one reads a list again."""


def nearest(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known words that look like `word`, the likeliest first; none, where none does."""
    by_spelling = {_spelt(each): each for each in known}
    return tuple(by_spelling[near] for near in difflib.get_close_matches(_spelt(word), list(by_spelling), n=MOST))


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` Did you mean carrier?`, with the space before it; nothing, where nothing is near."""
    near = nearest(word, known)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _spelt(word: str) -> str:
    return word.strip().lower().replace(" ", "_").replace("-", "_")
