"""The language in which a caller is answered: found here, and used here on every text for people.

Codes, instants and amounts are the same in every language.
"""

from typing import Final

from starlette.datastructures import Headers

ENGLISH: Final = "en"


def language_of_caller(headers: Headers) -> str:
    """The language that the caller asks for, as far as we speak it."""
    del headers  # English is what there is
    return ENGLISH
