"""What a search of orders can be, and an error for what cannot. How words are compared: migrations/0036_search.sql."""

from typing import Final

from workflows.messages.complaints import shown
from workflows.messages.ids import can_be_an_order
from workflows.messages.sentences import Sentence, say
from workflows.messages.told_errors import ToldError

MIN_SEARCH: Final = 3
"""Letters that one word of a search has at least, without the signs around it: with fewer begins nearly everything."""
MAX_SEARCH: Final = 100
"""Characters of a search: an order id and a title's few words, and little work for Postgres."""
MAX_FOUND: Final = 5_000
"""Orders that a search finds and puts in order by itself. Where it finds more of the caller's, all of the caller's are
walked in order until a page is full: soon, unless what it finds is all far older than the page."""
SIGNS: Final = ".,;:!?\"'`()[]{}<>/\\|&+*#@%=^$~_-"
"""What is no part of a word where it stands around one."""


class WrongSearch(ToldError, ValueError):
    """Orders cannot be looked for like that. `field`: by which of the filters."""

    def __init__(self, field: str, why: Sentence) -> None:
        super().__init__(why)
        self.field = field


def check_search(text: str | None) -> None:
    """Nothing, when orders can be searched by it, or nothing is searched for. Raises `WrongSearch`."""
    if text is not None and not _can_be_searched(text):
        why = say(
            "A search has at most {most} characters, and in it a word of at least {least}.",
            most=MAX_SEARCH,
            least=MIN_SEARCH,
        )
        raise WrongSearch("q", why)


def check_root(order_id: str | None) -> None:
    """Nothing, when that can be an order which is no part of another, or none is named. Raises `WrongSearch`."""
    if order_id is not None and not can_be_an_order(order_id):
        why = say('No order "{order_id}" can have parts: name an order by its id.', order_id=shown(order_id))
        raise WrongSearch("root", why)


def _can_be_searched(text: str) -> bool:
    if len(text) > MAX_SEARCH or not text.isprintable():
        return False
    return any(len(word.strip(SIGNS)) >= MIN_SEARCH for word in text.split(" "))
