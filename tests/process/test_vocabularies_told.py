"""What is said of a word that is none of a vocabulary: the first of those that there are, however many (R4)."""

from collections.abc import Iterator

import pytest

from activities.languages import language_of
from tests.languages.spoken import LONGEST
from workflows.messages.commands import MESSAGES, OFFERED
from workflows.messages.complaints import MAX_WORDS, one_of
from workflows.messages.decoding import decode
from workflows.messages.faults import invalid
from workflows.messages.refusal import Refused
from workflows.messages.sentences import say, told


def vocabularies(schema: object) -> Iterator[tuple[str, ...]]:
    """Every list of words that a schema has."""
    match schema:
        case {"enum": list(words)}:
            yield tuple(map(str, words))
        case dict():
            for inner in schema.values():
                yield from vocabularies(inner)
        case list():
            for inner in schema:
                yield from vocabularies(inner)


KNOWN = sorted({words for kind in MESSAGES.values() for words in vocabularies(kind.model_json_schema())})


@pytest.mark.parametrize("language", ["en", "de", "es"])
def test_no_vocabulary_is_too_long_to_be_told_in_one_sentence(language: str) -> None:
    """Of every message, every field that takes words, by a word that is none of them."""
    assert max(map(len, KNOWN)) > 10
    for known in KNOWN:
        fault = say("{field} {complaint}", field="requested_resolution", complaint=one_of(known, "zzz"))
        sentence = invalid(say("The order"), [fault], ("requested_resolution",)).sentence
        assert len(told(sentence, language_of(language))) <= LONGEST
        assert f'"{known[0]}"' in str(sentence)


def test_an_unknown_message_is_answered_with_the_first_of_those_that_there_are() -> None:
    with pytest.raises(Refused) as caught:
        decode("zzz", b"{}")
    message = caught.value.refusal.message
    assert f'Known are: "{next(iter(OFFERED))}", ' in message
    assert message.endswith(" more (all of them: docs/messages.md).")
    assert len(message) <= LONGEST


@pytest.mark.parametrize(("beyond", "end"), [(0, '"aaaaa"'), (1, "one more (all of them: docs/messages.md)")])
def test_a_vocabulary_that_fits_is_told_whole_and_of_a_longer_one_how_many_are_left(beyond: int, end: str) -> None:
    fitting = MAX_WORDS // len('"aaaaa", ')
    known = ["bbbbb", *["aaaaa"] * (fitting - 1 + beyond)]
    assert str(one_of(known, 7)).endswith(f" or {end}")


def test_a_word_that_is_too_long_by_itself_is_named_all_the_same() -> None:
    assert str(one_of(["a" * MAX_WORDS, "b"], 7)).startswith(f'must be one of "{"a" * MAX_WORDS}" or one more')


def test_the_nearest_is_told_instead_where_one_is_near() -> None:
    long = max(KNOWN, key=len)
    assert str(one_of(long, f"{long[-1]}s")).startswith("has no such choice; the nearest is ")
