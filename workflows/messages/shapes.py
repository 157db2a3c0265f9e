"""Texts that have a form, as a pattern, and how people say that form."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from workflows.messages.sentences import Sentence, say

ORDER_ID: Final = r"^[A-Za-z0-9._-]{1,64}$"
NO_SPACES: Final = r"^\S+$"
SHA256: Final = r"^[0-9a-f]{64}$"
LOCALE: Final = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,4}$"
MEDIA_TYPE: Final = r"^[a-z]+/[A-Za-z0-9.+-]{1,100}$"

SAID: Final[Mapping[str, Sentence]] = MappingProxyType(
    {
        ORDER_ID: say("must have 1 to 64 letters, digits, dots, underscores and hyphens"),
        NO_SPACES: say("must not contain spaces or line breaks"),
        SHA256: say("must be a hash by SHA-256, 64 of the characters 0 to 9 and a to f"),
        LOCALE: say('must be a language tag such as "en" or "de-AT"'),
        MEDIA_TYPE: say('must be a media type such as "image/jpeg"'),
    }
)
"""What is said of a text that does not have the form: it goes on after the field's name."""
