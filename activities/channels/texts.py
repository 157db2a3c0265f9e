"""What mails say around a notice, by language. English knows every kind, and says what another language does not know.

The notice's own sentence is the engine's, in English; a translated subject and lead stand above it.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from workflows.messages.notices import NoticeKind

DEFAULT: Final = "en"


@dataclass(frozen=True, slots=True)
class Wording:
    """The words around one notice."""

    language: str
    subject: str
    order: str
    """The label of the order's id."""
    until: str
    """The label of an instant by which somebody has to act."""
    footer: str


@cache
def languages() -> dict[str, dict[str, Any]]:
    """Every language by its code."""
    found: dict[str, dict[str, Any]] = json.loads(files(__package__).joinpath("texts.json").read_text(encoding="utf-8"))
    return found


def wording(language: str, kind: str) -> Wording:
    """In the reader's language where it knows the kind; `de-AT` reads `de`."""
    known = languages()
    code = language.lower().partition("-")[0]
    subject = known.get(code, {}).get("subjects", {}).get(kind)
    if subject is None:
        code, subject = DEFAULT, _in_english(kind)
    texts = known[code]
    return Wording(code, subject, texts["order"], texts["until"], texts["footer"])


def _in_english(kind: str) -> str:
    """The subject; of a kind that a later version has told, its name in words."""
    return _SUBJECTS.get(kind) or kind.replace("_", " ").capitalize()


_SUBJECTS: Final[dict[str, str]] = {kind: kind.subject for kind in NoticeKind}
