"""Words of a path or a query that are numbers, instants, or of a vocabulary, and what is said of those that are not."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from pydantic import TypeAdapter, ValidationError

from starter.gateway.bodies import wrong
from starter.gateway.doors import Ask
from starter.gateway.trouble import NotThere
from workflows.messages.complaints import one_of, shown
from workflows.messages.fields import Instant
from workflows.messages.sentences import Sentence, say, several

MAX_NUMBER: Final = 2**63 - 1
"""What Postgres numbers rows with."""
MAX_DIGITS: Final = 19
AN_INSTANT: Final = "2026-01-31T10:00:00Z"
_INSTANT: Final[TypeAdapter[datetime]] = TypeAdapter(Instant)


def number_in_path(ask: Ask, name: str) -> int:
    """The number; where it is none there is no such thing. Raises `NotThere`."""
    word = ask.path[name]
    if not (word.isascii() and word.isdecimal() and len(word) <= MAX_DIGITS and int(word) <= MAX_NUMBER):
        raise NotThere(say('There is no "{word}" here.', word=shown(word, 64)))
    return int(word)


def number_in_query(ask: Ask, name: str, least: int = 0, most: int = MAX_NUMBER) -> int | None:
    """The number, if one was given. Raises `WrongFields`."""
    word = ask.query.get(name)
    return None if word is None else number_in_word(f"?{name}", name, word, least, most)


def number_in_word(place: str, name: str, word: str, least: int = 0, most: int = MAX_NUMBER) -> int:
    """The number that `name` is, which stands at `place` of the request. Raises `WrongFields`."""
    if word.isascii() and word.isdecimal() and len(word) <= MAX_DIGITS and least <= int(word) <= most:
        return int(word)
    raise wrong(place, say("{field} must be a number from {least} to {most}.", field=name, least=least, most=most))


def version_in_header(text: str | None) -> int | None:
    """The version that `If-Match` or `If-None-Match` names; None where it is none of ours."""
    word = (text or "").removeprefix("W/").strip('"')
    return int(word) if word.isascii() and word.isdecimal() and len(word) < MAX_DIGITS else None


def instant_in_query(ask: Ask, name: str) -> datetime | None:
    """The instant, if one was given. Raises `WrongFields`."""
    if (word := ask.query.get(name)) is None:
        return None
    try:
        return _INSTANT.validate_python(word)
    except ValidationError:
        raise wrong(
            f"?{name}", say("{field} must be an instant, such as {example}.", field=name, example=AN_INSTANT)
        ) from None


def word_in_query(ask: Ask, name: str, words: Collection[str]) -> str | None:
    """The word, if one was given, which is one of `words`. Raises `WrongFields`."""
    word = ask.query.get(name)
    if word is not None and word not in words:
        raise wrong(f"?{name}", say("{field} {complaint}.", field=name, complaint=one_of(words, word)))
    return word


def truth_in_query(ask: Ask, name: str) -> bool:
    """Whether `true` was given. Raises `WrongFields` for anything but `true` and `false`."""
    return word_in_query(ask, name, ("true", "false")) == "true"


def check_query(ask: Ask, *names: str) -> None:
    """A name that is not one of these is a mistake, and would silently narrow nothing. Raises `WrongFields`."""
    for name in ask.query:
        if name not in names:
            raise wrong(f"?{name}", _no_such_name(name, names))
        if not ask.query[name].isprintable():
            raise wrong(f"?{name}", say("{field} has characters that nobody prints.", field=name))
    for name in names:
        if len(ask.request.query_params.getlist(name)) > 1:
            raise wrong(f"?{name}", say("{field} stands twice.", field=name))


def _no_such_name(name: str, names: Collection[str]) -> Sentence:
    if not names:
        return say('Nothing can be asked for here, and so no "{word}".', word=shown(name, 64))
    return say('There is no "{word}" here; there are {names}.', word=shown(name, 64), names=several(names))
