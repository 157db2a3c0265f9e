"""What a person is shown of words that somebody else wrote."""

import unicodedata

import pytest

from activities.visible_text import SEPARATORS, TURNING, WITHOUT_WIDTH, visible_text


@pytest.mark.parametrize("character", TURNING + WITHOUT_WIDTH, ids=lambda character: f"U+{ord(character):04X}")
def test_what_turns_or_hides_what_others_show_is_dropped(character: str) -> None:
    assert visible_text(f"a{character}b") == "ab"


@pytest.mark.parametrize("character", SEPARATORS, ids=lambda character: f"U+{ord(character):04X}")
def test_what_begins_a_line_unseen_is_a_space(character: str) -> None:
    assert visible_text(f"a{character}b") == "a b"


def test_everything_that_unicode_calls_a_direction_is_dropped() -> None:
    turning = {"LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
    every = {chr(code) for code in range(0x110000) if unicodedata.bidirectional(chr(code)) in turning}
    assert every <= set(TURNING)


@pytest.mark.parametrize("text", ["Ärger mit Maß", "שלום", "الطلب", "日本語\nよ", "👍🏽", "e\u0301", "1\u00a0000"])
def test_what_people_write_stays_as_it_is(text: str) -> None:
    assert visible_text(text) == text
