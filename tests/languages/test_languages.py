"""The catalogues are complete and in step with the code, and each language writes numbers and dates in its own way."""

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message

from activities.languages import CATALOGUES, LANGUAGES, code_of, language_of, retold
from tests.languages.texts import FOLDERS, ROOT, SAYING, in_step, kept, texts
from workflows.messages.durations import parse_span
from workflows.messages.sentences import (
    Label,
    Money,
    Sentence,
    Several,
    When,
    from_wire,
    in_a_row,
    label_of,
    money_in,
    say,
    say_many,
    several,
    to_wire,
    told,
)
from workflows.messages.values import CancellationReason, Stage

THURSDAY = datetime(2026, 11, 26, 16, 43, 59, tzinfo=UTC)
ALIKE = re.compile(r"[\W\d_]*(\{\w+\}[\W\d_]*)*")
"""A text without a word of its own may read the same in every language."""


def words_of(code: str) -> list[Message]:
    return [message for message in kept(code) if message.id]


def strings_of(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ("",))


def _edges(text: str) -> tuple[str, str]:
    """The blanks with which it begins and ends: what goes on after another text begins with one."""
    return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]


def places_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("code", CATALOGUES)
def test_a_catalogue_has_every_text_of_the_code_and_no_other(code: str) -> None:
    """`python -m tests.languages` brings it in step; what is new must then be translated."""
    known = {(message.id, message.context) for message in kept(code) if message.id}
    wanted = {(message.id, message.context) for message in in_step(code) if message.id}
    assert known == wanted


@pytest.mark.parametrize("code", CATALOGUES)
def test_nothing_is_left_untranslated(code: str) -> None:
    missing = [message.id for message in words_of(code) if not all(strings_of(message))]
    assert not missing


@pytest.mark.parametrize("code", CATALOGUES)
def test_a_translation_has_the_places_of_its_text(code: str) -> None:
    """With one missing, an amount or a date is; with another one, the sentence cannot be told."""
    for message in words_of(code):
        one = message.id if isinstance(message.id, str) else message.id[-1]
        for string in strings_of(message):
            may_be_left_out = {"count"} if not isinstance(message.id, str) else set()
            assert places_in(one) - may_be_left_out <= places_in(string) <= places_in(one), message.id


@pytest.mark.parametrize("code", CATALOGUES)
def test_a_translation_ends_as_its_text_does_and_is_no_slug(code: str) -> None:
    for message in words_of(code):
        one = message.id if isinstance(message.id, str) else message.id[0]
        for string in strings_of(message):
            assert _edges(string) == _edges(one), message.id
            assert one.endswith((".", "?", "!")) is string.endswith((".", "?", "!")), message.id
            assert not re.search(r"[a-z]_[a-z]", re.sub(r"\{\w+\}", "", string)), message.id


def test_every_text_that_is_said_is_a_literal() -> None:
    """One that is built when it is said stands in no catalogue."""
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _said_in(path):
                    count = 2 if node.func.id == "say_many" else 1
                    for given in node.args[:count]:
                        assert isinstance(given, ast.Constant), f"{path}:{node.lineno}"


def _said_in(path: Path) -> frozenset[str]:
    """The functions of ours that a module has imported: another one's `say` may be anything."""
    imported = re.search(
        r"from workflows.messages.sentences import ([^\n(]+|\([^)]*\))", path.read_text(encoding="utf-8")
    )
    return frozenset(SAYING) & frozenset(re.findall(r"\w+", imported[1] if imported else ""))


@pytest.mark.parametrize(
    ("language", "zone", "says"),
    [
        ("es", "Europe/Berlin", "17:43 hora de Berlín"),
        ("es", "America/New_York", "11:43 hora de Nueva York"),
        ("de", "Asia/Kolkata", "22:13 Ortszeit Kalkutta"),
        ("de", "Japan", "01:43 Ortszeit Japan"),
        ("es", "UTC", "16:43 UTC"),
    ],
)
def test_a_place_has_the_name_that_the_language_has_for_it(language: str, zone: str, says: str) -> None:
    when = When(datetime(2026, 11, 26, 16, 43, tzinfo=UTC), zone)
    assert language_of(language).when(when).endswith(says)


def test_no_text_is_too_long_to_be_one_sentence_of_a_notice() -> None:
    for text, _ in texts():
        longest = text if isinstance(text, str) else text[1]
        assert len(longest) <= 240, longest


@pytest.mark.parametrize(
    ("language", "amount", "day", "span", "days", "row"),
    [
        (
            "en",
            "1299.50 EUR",
            "Thu 26 Nov 2026, 17:43 Berlin time",
            "2 days and 12 hours",
            "5 business days",
            "A, B or C",
        ),
        ("de", "1.299,50\xa0EUR", "Do., 26. Nov. 2026, 17:43", "2 Tage und 12 Stunden", "5 Werktage", "A, B oder C"),
        ("es", "1.299,50\xa0EUR", "jue, 26 nov 2026, 17:43", "2 días y 12 horas", "5 días laborables", "A, B o C"),
    ],
)
def test_a_language_writes_values_in_its_own_way(
    language: str, amount: str, day: str, span: str, days: str, row: str
) -> None:
    words = language_of(language)
    assert words.money(Money(129950, "EUR")) == amount
    assert words.when(When(THURSDAY, "Europe/Berlin")).startswith(day)
    assert words.span(parse_span("PT60H")) == span
    assert words.span(parse_span("5 business days")) == days
    assert words.several(["A", "B", "C"], "or") == row


def test_a_region_writes_as_it_does_there_and_an_unknown_language_is_told_in_english() -> None:
    assert language_of("de-CH").money(Money(129950, "CHF")) == "1'299.50\xa0CHF"
    assert code_of("de-CH") == "de"
    assert language_of("tlh") is language_of("en")
    assert (code_of("tlh"), code_of("DE_at")) == ("en", "de")
    assert language_of("de-xyz-what").money(Money(5, "JPY")) == "5\xa0JPY"


SENTENCES = (
    say("Plain."),
    say("{amount} by {at}, {reason}.", amount=Money(5, "JPY"), at=When(THURSDAY), reason=CancellationReason.FRAUD),
    say_many("{count} day of {whose}", "{count} days of {whose}", 3, whose=several([Stage.SHIPPED, "A-1"], "or")),
    say("{what} ({window})", what=say("Nested {id}", id="b-7"), window=parse_span("5 business days")),
    in_a_row(say("One."), say("Two.")),
)


@pytest.mark.parametrize("sentence", SENTENCES, ids=str)
def test_what_a_sentence_is_made_of_survives_the_wire(sentence: Sentence) -> None:
    assert from_wire(to_wire(sentence)) == sentence
    assert retold("unused", to_wire(sentence), "en") == str(sentence)


@pytest.mark.parametrize(
    "broken", [{}, {"say": "{a}", "with": {"a": {"what": 1}}}, {"say": "{a}", "with": {"a": None}}], ids=str
)
def test_what_nobody_wrote_is_no_sentence(broken: dict[str, object]) -> None:
    with pytest.raises((KeyError, ValueError)):
        from_wire(broken)


def test_a_row_of_before_is_told_as_it_was_written() -> None:
    assert retold("Paid: 22.99 USD", None, "de") == "Paid: 22.99 USD"


def test_one_and_many_are_two_texts() -> None:
    def left(count: int) -> str:
        return str(say_many("{count} request is left", "{count} requests are left", count))

    assert (left(1), left(2), left(0)) == ("1 request is left", "2 requests are left", "0 requests are left")


def test_the_first_amount_of_a_sentence_is_found_however_deep_it_stands() -> None:
    inner = say("{amount} goes back", amount=Money(2299, "USD"))
    assert money_in(say("{id}: {what}", id="A-1", what=inner)) == Money(2299, "USD")
    assert money_in(say("Nothing moves")) is None


def test_a_word_of_a_vocabulary_is_told_by_its_label() -> None:
    assert label_of(Stage.SHIPPED) == Label("on its way", "Stage")
    assert label_of(CancellationReason.OUT_OF_STOCK) == Label("out of stock", "CancellationReason")
    assert told(say("{one}", one=Stage.SHIPPED), language_of("en")) == "on its way"
    assert Several((Label("out of stock", "CancellationReason"),)) == several([CancellationReason.OUT_OF_STOCK])


def test_every_language_knows_a_second_and_a_year_of_seconds() -> None:
    for code in LANGUAGES:
        assert language_of(code).span(parse_span("PT1S"))
        assert language_of(code).span(parse_span(f"PT{int(timedelta(days=365).total_seconds())}S"))
