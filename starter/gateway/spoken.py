"""The language in which a caller is answered: found here, and used on every text for people.

Codes, instants and amounts are the same in every language, and so are the names of fields, headers and scopes.
"""

import re
from collections.abc import Iterator
from typing import Final

from starlette.datastructures import Headers

from activities.languages import DEFAULT, LANGUAGES, code_of, language_of
from workflows.messages.sentences import Sentence, told

HEADER: Final = "accept-language"
MAX_RANGES: Final = 16
"""Of a header that are looked at: browsers send a handful."""
ANY: Final = "*"
_RANGE: Final = re.compile(r"\s*(\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")
_TAG: Final = re.compile(r"([A-Za-z]{2,3})(?:-([A-Za-z]{2}|[0-9]{3}))?(?:-.*)?")


def language_of_caller(headers: Headers) -> str | None:
    """The best of the languages that the caller asks for and we speak, as a tag; English where we speak none of them;
    None where any is as good as another, or none is named."""
    ranges = [one for value in headers.getlist(HEADER) for one in _ranges(value)]
    for _, language in sorted(ranges, key=lambda one: -one[0]):
        if language == ANY:
            return None
        if code_of(language) in LANGUAGES and code_of(language) == _primary(language):
            return tag(language)
    return DEFAULT if ranges else None


def tag(language: str) -> str:
    """A language and its region, as far as they matter: every other tag would be remembered for nothing."""
    found = _TAG.fullmatch(language.replace("_", "-"))
    if found is None:
        return DEFAULT
    return f"{found[1].lower()}-{found[2].upper()}" if found[2] else found[1].lower()


def spoken(text: Sentence | str, language: str) -> str:
    """A sentence in the language; a text as it is."""
    return told(text, language_of(language)) if isinstance(text, Sentence) else text


def _primary(language: str) -> str:
    return language.partition("-")[0].lower()


def _ranges(header: str) -> Iterator[tuple[float, str]]:
    """Each language that a header names with how much it is wanted; those that are not wanted at all are not there."""
    for part in header.split(",")[:MAX_RANGES]:
        if (found := _RANGE.fullmatch(part)) and (wanted := float(found[2] or 1)) > 0:
            yield wanted, found[1]
