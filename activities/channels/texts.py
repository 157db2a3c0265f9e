"""What mails say around a notice, in the reader's language."""

from dataclasses import dataclass
from typing import Final

from activities.languages import DEFAULT, code_of, language_of
from workflows.messages.notices import NoticeKind
from workflows.messages.sentences import Label

ORDER: Final = "Order"
UNTIL: Final = "Until"
POSSIBLE: Final = "What you can do now"
FOOTER: Final = "You receive this because you subscribed to notifications about your orders."
IN_MAILS: Final = (ORDER, UNTIL, POSSIBLE, FOOTER)
"""The words around a notice, whatever it is about."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The words around one notice."""

    language: str
    subject: str
    order: str
    """The label of the order's id."""
    until: str
    """The label of an instant by which somebody has to act."""
    possible: str
    """The head of what can be done."""
    footer: str


def wording(language: str, kind: str) -> Wording:
    """In the reader's language where it knows it; `de-AT` reads `de`."""
    # Half in English, a mail looks broken: of a kind that nobody here knows all of it is.
    language = language if kind in _SUBJECTS else DEFAULT
    words = language_of(language)
    order, until, possible, footer = (words.label(Label(text, "Mail")) for text in IN_MAILS)
    subject = words.label(Label(_in_english(kind), "Subject"))
    return Wording(code_of(language), subject, order, until, possible, footer)


def _in_english(kind: str) -> str:
    """The subject; of a kind that a later version has told, its name in words."""
    return _SUBJECTS.get(kind) or kind.replace("_", " ").capitalize()


_SUBJECTS: Final[dict[str, str]] = {kind: kind.subject for kind in NoticeKind}
