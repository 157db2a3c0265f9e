"""Sentences for people: a text in English with places, and what stands in them. Who reads decides in which language.

The text is the key of the catalogues (`activities/languages/`), so it is a literal, handed to `say` or `say_many`.
Amounts, instants, durations and words of a vocabulary are values, which each language writes in its own way; ids and
what people wrote stand as they are. On the wire a sentence keeps its text and its values, and is told anew from them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, Literal, Protocol

from workflows.messages.currency import money
from workflows.messages.durations import Span, parse_span
from workflows.messages.zones import time_zone

UTC: Final = "UTC"


@dataclass(frozen=True, slots=True)
class Money:
    """So many minor units of a currency."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class When:
    """An instant, as the clocks of a zone show it."""

    at: datetime
    zone: str = UTC


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar, without its year: it lies at most as far away as the longest window."""

    date: date


@dataclass(frozen=True, slots=True)
class Label:
    """A word of a vocabulary as people say it in English, and whose vocabulary that is: the catalogue's context."""

    text: str
    of: str


@dataclass(frozen=True, slots=True)
class Several:
    """Values in a row: all of them, or one of them."""

    items: tuple["Value", ...]
    last: Literal["and", "or"] = "and"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A text with places, and what stands in them by name. `str` of it is English."""

    text: str
    values: tuple[tuple[str, "Value"], ...] = ()
    many: str | None = None
    """The same text where `count` is not 1."""

    def __str__(self) -> str:
        return told(self, ENGLISH)

    @property
    def count(self) -> int | None:
        """How many, where the text depends on it."""
        return next((value for name, value in self.values if name == "count" and isinstance(value, int)), None)


Value = str | int | Money | When | Day | Span | Label | Several | Sentence
Given = Value | StrEnum | None
"""What a caller may hand in: words of a vocabulary as they are, and None where a place stays empty."""


class Language(Protocol):
    """How one language says it."""

    def translated(self, sentence: Sentence) -> str:
        """The sentence's text, the right one for its count; its places as they are."""

    def label(self, label: Label) -> str: ...
    def money(self, amount: Money) -> str: ...
    def when(self, when: When) -> str: ...
    def day(self, day: Day) -> str: ...
    def span(self, span: Span) -> str: ...
    def several(self, items: list[str], last: Literal["and", "or"]) -> str: ...


def say(text: str, **values: Given) -> Sentence:
    """The sentence `text`, in which each `{name}` stands for the value of that name."""
    return Sentence(text, _places(values))


def say_many(one: str, many: str, count: int, **values: Given) -> Sentence:
    """The sentence `one` of a single thing, or `many` of `count` of them."""
    return Sentence(one, (("count", count), *_places(values)), many)


def _places(values: Mapping[str, Given]) -> tuple[tuple[str, Value], ...]:
    return tuple([(name, value if value.__class__ is str else _value(value)) for name, value in values.items()])


def in_a_row(*sentences: Sentence) -> Sentence:
    """One sentence after the other."""
    names = [f"s{number}" for number in range(len(sentences))]
    return Sentence(" ".join(f"{{{name}}}" for name in names), tuple(zip(names, sentences, strict=True)))


def with_values(sentence: Sentence, known: Mapping[str, Value]) -> Sentence:
    """`sentence` with its places filled by name, also those of the sentences in it; the others as they are."""
    inner = {
        name: with_values(value, known) if isinstance(value, Sentence) else value for name, value in sentence.values
    }
    texts = sentence.text + (sentence.many or "")
    filled = inner | {name: value for name, value in known.items() if f"{{{name}}}" in texts or name in inner}
    return replace(sentence, values=tuple(filled.items()))


def several(items: Iterable[Given], last: Literal["and", "or"] = "and") -> Several:
    """`items` in a row."""
    return Several(tuple(_value(item) for item in items), last)


def label_of(word: StrEnum) -> Label:
    """How people say a word of a vocabulary: as the vocabulary says, else its own letters."""
    return Label(getattr(word, "label", None) or word.replace("_", " "), type(word).__name__)


def money_in(sentence: Sentence) -> Money | None:
    """The first amount of which it speaks."""
    for _, value in sentence.values:
        found = money_in(value) if isinstance(value, Sentence) else value
        if isinstance(found, Money):
            return found
    return None


def told(sentence: Sentence, language: Language) -> str:
    """The sentence in a language."""
    # Most of what stands in a sentence is a name or an id; every step tells some, and asks of none of them what it is.
    places = {
        name: value if value.__class__ is str else _told_value(value, language) for name, value in sentence.values
    }
    return language.translated(sentence).format_map(places)


def _told_value(value: Value, language: Language) -> str:
    match value:
        case str():
            return value
        case Sentence():
            return told(value, language)
        case Label():
            return language.label(value)
        case Money():
            return language.money(value)
        case When():
            return language.when(value)
        case Day():
            return language.day(value)
        case Span():
            return language.span(value)
        case Several():
            return language.several([_told_value(item, language) for item in value.items], value.last)
        case _:
            return str(value)


def _value(given: Given) -> Value:
    if given is None:
        return ""
    return label_of(given) if isinstance(given, StrEnum) else given


class English:
    """The language in which every text is written: it needs no catalogue, and so it can be told inside a workflow."""

    def translated(self, sentence: Sentence) -> str:
        return sentence.text if sentence.many is None or sentence.count == 1 else sentence.many

    def label(self, label: Label) -> str:
        return label.text

    def money(self, amount: Money) -> str:
        return money(amount.amount, amount.currency)

    def when(self, when: When) -> str:
        """`Thu 28 Nov 2026, 17:43 Berlin time`."""
        local = when.at.astimezone(time_zone(when.zone))
        zone = when.zone if when.zone == UTC else f"{place_of_zone(when.zone)} time"
        return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {zone}"

    def day(self, day: Day) -> str:
        """`1 Jan`."""
        return f"{day.date.day} {day.date:%b}"

    def span(self, span: Span) -> str:
        """`3 business days`, `2 days and 12 hours`."""
        if span.business_days:
            return _counted(span.business_days, "business day")
        return self.several([_counted(count, unit) for unit, count in units_of_span(span)], "and")

    def several(self, items: list[str], last: Literal["and", "or"]) -> str:
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {last} {items[-1]}"


ENGLISH: Final = English()


def place_of_zone(zone: str) -> str:
    """The place by which people name a clock: `Berlin` of `Europe/Berlin`."""
    return zone.rpartition("/")[2].replace("_", " ")


def units_of_span(span: Span) -> list[tuple[str, int]]:
    """A fixed length by its units, the largest first, without those of which there are none: `[("day", 3)]`."""
    minutes, seconds = divmod(int(span.length.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    counted = (("day", days), ("hour", hours), ("minute", minutes), ("second", seconds))
    return [(unit, count) for unit, count in counted if count] or [("second", 0)]


def _counted(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


def to_wire(sentence: Sentence) -> dict[str, Any]:
    """`{"say": text, "with": {name: value}}`, and `many` where the text depends on a count."""
    wire: dict[str, Any] = {"say": sentence.text}
    if sentence.values:
        wire["with"] = {
            name: value if value.__class__ is str else _value_to_wire(value) for name, value in sentence.values
        }
    if sentence.many is not None:
        wire["many"] = sentence.many
    return wire


def _value_to_wire(value: Value) -> Any:
    match value:
        case str():
            return value
        case Sentence():
            return to_wire(value)
        case Label(text, of):
            return {"label": text, "of": of}
        case Money(amount, currency):
            return {"money": amount, "currency": currency}
        case When(at, zone):
            return {"at": at.isoformat(), "zone": zone}
        case Day(day):
            return {"day": day.isoformat()}
        case Span():
            return {"span": str(value)}
        case Several(items, last):
            return {"several": [_value_to_wire(item) for item in items], "last": last}
        case _:
            return value


def from_wire(wire: Mapping[str, Any]) -> Sentence:
    """The sentence that `to_wire` wrote. Raises `ValueError` or `KeyError` for what it did not write."""
    values = tuple((name, _value_from_wire(value)) for name, value in wire.get("with", {}).items())
    return Sentence(wire["say"], values, wire.get("many"))


def _value_from_wire(value: Any) -> Value:
    match value:
        case str() | int():
            return value
        case {"say": _}:
            return from_wire(value)
        case {"label": str(text), "of": str(of)}:
            return Label(text, of)
        case {"money": int(amount), "currency": str(currency)}:
            return Money(amount, currency)
        case {"at": str(at), "zone": str(zone)}:
            return When(datetime.fromisoformat(at), zone)
        case {"day": str(day)}:
            return Day(date.fromisoformat(day))
        case {"span": written}:
            return parse_span(written)
        case {"several": list(items), "last": "and" | "or" as last}:
            return Several(tuple(_value_from_wire(item) for item in items), last)
        case _:
            raise ValueError(f"no value of a sentence: {value!r}")
