"""What the programs say: whole in both languages."""

from __future__ import annotations

from string import Formatter

import pytest

from freee_sync.bilingual import Words
from freee_sync.doctor.words import TEXTS as DOCTOR
from freee_sync.link.words import TEXTS as LINK

PAIRS = [pytest.param(pair, id=name) for texts in (LINK, DOCTOR) for name, pair in texts.items()]


def values_of(text: str) -> set[str]:
    """The names of the values that a text tells."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("pair", PAIRS)
def test_both_languages_tell_the_same_values(pair: tuple[str, str]) -> None:
    japanese, english = pair
    assert japanese
    assert english
    assert values_of(japanese) == values_of(english)


@pytest.mark.parametrize("pair", PAIRS)
def test_english_is_english(pair: tuple[str, str]) -> None:
    assert not [letter for letter in pair[1] if "\u3040" <= letter <= "\u9fff"]


def test_a_text_is_filled_in_in_its_language() -> None:
    texts = {"left": ("残り {count}", "{count} left")}
    assert [Words(texts, language)("left", count=3) for language in ("ja", "en")] == ["残り 3", "3 left"]
