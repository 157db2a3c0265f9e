"""Sentences in the reader's language: English as it is written, the others from their catalogues, numbers by locale.

A catalogue is `de.po` beside this file; its keys are the texts in the code (`workflows/messages/sentences.py`), and
`python -m tests.languages` keeps it in step with them. What a catalogue does not have is told in English.
"""

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any, Final, Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton, format_time, get_timezone_location
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from babel.support import Translations
from babel.units import format_unit

from workflows.messages.currency import decimals
from workflows.messages.durations import Span
from workflows.messages.sentences import (
    ENGLISH,
    UTC,
    Day,
    Label,
    Language,
    Money,
    Sentence,
    When,
    from_wire,
    place_of_zone,
    told,
    units_of_span,
)
from workflows.messages.zones import time_zone

DEFAULT: Final = "en"
CATALOGUES: Final = ("de", "es")
LANGUAGES: Final = (DEFAULT, *CATALOGUES)
"""Every language that is complete."""
BUSINESS_DAYS: Final = ("{count} business day", "{count} business days")
LOCAL_TIME: Final = "{place} time"
"""The clock of a place: `Berlin time`."""


@cache
def language_of(tag: str) -> Language:
    """The best that is known for a language tag: `de-AT` reads German, with Austria's dates and numbers."""
    code = tag.replace("_", "-").partition("-")[0].lower()
    if code not in CATALOGUES:
        return ENGLISH
    return Translated(_locale(tag, code), catalogue(code))


def code_of(tag: str) -> str:
    """The language that `language_of` tells it in: `de` for `de-AT`, `en` for what is not known."""
    code = tag.replace("_", "-").partition("-")[0].lower()
    return code if code in CATALOGUES else DEFAULT


def retold(text: str, said: Mapping[str, Any] | None, language: str) -> str:
    """`text` in another language, by what it is made of (`sentences.to_wire`); as it is where nobody can tell that."""
    sentence = sentence_in(said)
    return told(sentence, language_of(language)) if sentence else text


def sentence_in(said: Mapping[str, Any] | None) -> Sentence | None:
    """What a row's text is made of; None where nobody kept that."""
    # Raised, what a later version has written would keep its notice from leaving while workers of both are there.
    try:
        return from_wire(said) if said else None
    except (LookupError, TypeError, ValueError):
        return None


@cache
def catalogue(code: str) -> Translations:
    """What a language says for each text."""
    source = BytesIO(files(__package__).joinpath(f"{code}.po").read_bytes())
    compiled = BytesIO()
    write_mo(compiled, read_po(source, locale=code))
    compiled.seek(0)
    return Translations(compiled)


def _locale(tag: str, code: str) -> Locale:
    try:
        return Locale.parse(tag.replace("_", "-"), sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale.parse(code)


class Translated:
    """A language with a catalogue."""

    def __init__(self, locale: Locale, texts: Translations) -> None:
        self._locale = locale
        self._texts = texts

    def translated(self, sentence: Sentence) -> str:
        if sentence.many is None:
            return self._text(sentence.text)
        return str(self._texts.ngettext(sentence.text, sentence.many, sentence.count or 0))

    def label(self, label: Label) -> str:
        return str(self._texts.pgettext(label.of, label.text))

    def money(self, amount: Money) -> str:
        """`22,99 USD`: the currency by its code, for a sign may be that of several."""
        places = decimals(amount.currency)
        number = Decimal(amount.amount).scaleb(-places)
        pattern = f"#,##0{'.' if places else ''}{'0' * places}"
        return f"{format_decimal(number, format=pattern, locale=self._locale)}\N{NO-BREAK SPACE}{amount.currency}"

    def when(self, when: When) -> str:
        """`Do., 28. Nov. 2026, 17:43 Berliner Zeit`."""
        local = when.at.astimezone(time_zone(when.zone))
        day = format_skeleton("yMMMEd", local, locale=self._locale)
        return f"{day}, {format_time(local, 'HH:mm', locale=self._locale)} {self._zone(when.zone)}"

    def day(self, day: Day) -> str:
        """`1. Jan.`, `1 ene`."""
        return format_skeleton("MMMd", day.date, locale=self._locale)

    def span(self, span: Span) -> str:
        if count := span.business_days:
            return str(self._texts.ngettext(*BUSINESS_DAYS, count)).format(count=count)
        parts = [format_unit(count, f"duration-{unit}", locale=self._locale) for unit, count in units_of_span(span)]
        return self.several(parts, "and")

    def several(self, items: list[str], last: Literal["and", "or"]) -> str:
        return format_list(items, style="standard" if last == "and" else "or", locale=self._locale)

    def _zone(self, zone: str) -> str:
        return zone if zone == UTC else self._text(LOCAL_TIME).format(place=self._place(zone))

    def _place(self, zone: str) -> str:
        """`Berlín`: the zone's city as the locale writes it; its own name where it has none."""
        if "/" not in zone:
            return place_of_zone(zone)
        return get_timezone_location(time_zone(zone), locale=self._locale, return_city=True)

    def _text(self, text: str) -> str:
        # The empty key is the catalogue's head.
        return str(self._texts.gettext(text)) if text else text
