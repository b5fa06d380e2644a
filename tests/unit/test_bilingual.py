"""What the package says: whole in both languages, side by side."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from string import Formatter

import pytest

from freee_sync.bilingual import Words, say, speak, speaking, spoken
from freee_sync.doctor.words import TEXTS as DOCTOR
from freee_sync.link.words import TEXTS as LINK
from two_languages import JAPANESE, Found, Pair, found_in, places, shown

PACKAGE = Path(__file__).parents[2] / "plugins" / "freee_sync"

FIXED = {
    "dag.py": {"_params", "_fail_run_on_failure.fail_run_on_failure"},
    "doctor/__main__.py": {"_parser"},
    "freee/hook.py": {"NOT_ASKED", "FreeeHook.hook_name", "FreeeHook.test_connection"},
    "link/__main__.py": {"_parser"},
    "link/listener.py": {"TAKEN"},
    "masters.py": {"TAXES", "ACCOUNT_ITEMS", "SECTIONS", "SEGMENT_TAGS", "PARTNERS", "ITEMS", "MEMO_TAGS"},
    "push/names.py": {"KINDS", "_PASSED_OVER", "_DASHES", "_SMALL", "_KATAKANA"},
    "push/partner_fields.py": {"_PREFECTURES", "FIELDS", "_prefecture"},
    "provider.py": {"_EXTRAS", "get_provider_info"},
    "report/rows_csv.py": {"_FORMULA_STARTS"},
    "settings.py": {"SEPARATORS", "VARIABLES", "_CURSOR", "_WRITTEN", "describe"},
    "timetable.py": {"DailyAt.summary"},
}
"""Japanese that stands alone: what Airflow's UI shows before any Variable is read, both languages in one text, and names of freee."""

PAIRS = [pytest.param(pair, id=name) for texts in (LINK, DOCTOR) for name, pair in texts.items()]

CODE = {
    str(file.relative_to(PACKAGE)): found_in(file.read_text(encoding="utf-8")) for file in sorted(PACKAGE.rglob("*.py"))
}

SAID = [pytest.param(pair, id=f"{file}:{pair.line}") for file, found in CODE.items() for pair in found.pairs]


def fixed_by(name: str, fixed: set[str]) -> str | None:
    """Which of the fixed names this one is, or lies in."""
    return next((each for each in fixed if f"{name}.".startswith(f"{each}.")), None)


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
    assert not JAPANESE.search(pair[1])


@pytest.mark.parametrize("pair", SAID)
def test_beside_all_japanese_of_the_code_stands_english_with_the_same_places(pair: Pair) -> None:
    assert not JAPANESE.search(shown(pair.en))
    assert places(pair.en) == places(pair.ja)


@pytest.mark.parametrize("file", CODE)
def test_no_japanese_of_the_code_stands_alone_but_what_is_fixed(file: str) -> None:
    fixed = FIXED.get(file, set())
    held = {(name, line): fixed_by(name, fixed) for name, line in CODE[file].alone}
    assert [place for place, reason in held.items() if reason is None] == []
    assert set(held.values()) == fixed


@pytest.mark.parametrize(
    ("code", "alone", "pairs"),
    [
        ('def f(n):\n    """説明"""\n    return say(f"{n}件", f"{n} rows")', 0, 1),
        ('def f(n):\n    return f"{n}件"', 1, 0),
        ('def f(n):\n    return say("rows", "件")', 1, 0),
        ('def f(n):\n    return say(JA, f"{n}件")', 1, 0),
        ('KINDS = {"text": ("文字列", "text")}', 0, 1),
        ('KINDS = {"text": "文字列"}', 1, 0),
        ('def f(n):\n    return error("a.b", f"{n}件")', 1, 0),
    ],
)
def test_japanese_that_stands_alone_is_found(code: str, alone: int, pairs: int) -> None:
    found = found_in(code)
    assert (len(found.alone), len(found.pairs)) == (alone, pairs)


def test_a_place_that_the_english_leaves_out_is_found() -> None:
    found: Found = found_in('say(f"{name}: {n:,}件", f"{n:,} rows")')
    (pair,) = found.pairs
    assert places(pair.ja) - places(pair.en) == {"{name}"}


def test_a_text_is_filled_in_in_its_language() -> None:
    texts = {"left": ("残り {count}", "{count} left")}
    assert [Words(texts, language)("left", count=3) for language in ("ja", "en")] == ["残り 3", "3 left"]


def test_japanese_is_spoken_until_somebody_says_otherwise() -> None:
    assert (spoken(), say("はい", "yes")) == ("ja", "はい")


def test_what_is_spoken_is_spoken_by_threads_too() -> None:
    speak("en")
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(say, "はい", "yes").result() == "yes"


def test_a_language_spoken_for_a_while_ends_with_it_also_when_that_fails() -> None:
    with suppress(ZeroDivisionError), speaking("en"):
        assert say("はい", "yes") == "yes"
        raise ZeroDivisionError
    assert spoken() == "ja"
