"""Full or difference, since when, and when the cursor moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from fakes import FakeVariables
from freee_sync.cursors import JST, Cursor, Wish, choose_window, parse_cursor
from freee_sync.errors import Stop
from freee_sync.masters import BY_NAME, MASTERS
from freee_sync.memory import Memory
from freee_sync.settings import PREFIX, VARIABLES

PARTNERS = BY_NAME["partners"]
NOW = datetime(2026, 11, 24, 6, 0, tzinfo=JST)
WISH = Wish(now=NOW, full_load=False, full_every_days=7, context="same")
FRESH = Memory(context="same", last_full=NOW - timedelta(days=2))
YESTERDAY = NOW - timedelta(days=1)
NAME = f"{PREFIX}cursor_partners"


def test_a_delta_asks_from_the_day_before_the_cursors_day_in_japan() -> None:
    window = choose_window(PARTNERS, YESTERDAY, FRESH, WISH)
    assert (window.mode, window.since, window.reason) == ("delta", date(2026, 11, 22), "delta")


def test_the_day_is_japans_even_when_the_cursor_was_written_in_utc() -> None:
    late_evening_utc = datetime.fromisoformat("2026-11-22T15:30:00+00:00")  # 00:30 of the 23rd in Japan
    assert choose_window(PARTNERS, late_evening_utc, FRESH, WISH).since == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("cursor", "memory", "wish", "reason"),
    [
        (None, FRESH, WISH, "cursor_blank"),
        (YESTERDAY, FRESH, replace(WISH, full_load=True), "full_load"),
        (YESTERDAY, None, WISH, "memory_lost"),
        (YESTERDAY, replace(FRESH, context="other"), WISH, "context_changed"),
        (YESTERDAY, replace(FRESH, last_full=NOW - timedelta(days=7)), WISH, "full_every_days"),
    ],
)
def test_reasons_for_a_full_read(cursor: datetime | None, memory: Memory | None, wish: Wish, reason: str) -> None:
    window = choose_window(PARTNERS, cursor, memory, wish)
    assert (window.mode, window.since, window.reason) == ("full", None, reason)


def test_a_full_read_is_not_due_a_day_early_and_never_when_it_is_switched_off() -> None:
    six_days = replace(FRESH, last_full=NOW - timedelta(days=6, hours=6))
    assert choose_window(PARTNERS, YESTERDAY, six_days, WISH).mode == "delta"
    ancient = replace(FRESH, last_full=NOW - timedelta(days=900))
    assert choose_window(PARTNERS, YESTERDAY, ancient, replace(WISH, full_every_days=0)).mode == "delta"


def test_a_run_that_begins_seconds_earlier_than_the_last_full_one_does_not_put_it_off_a_day() -> None:
    a_week_ago = replace(FRESH, last_full=NOW - timedelta(days=7) + timedelta(seconds=3))
    assert choose_window(PARTNERS, YESTERDAY, a_week_ago, WISH).reason == "full_every_days"


def test_masters_that_freee_lists_only_whole_are_always_full() -> None:
    always = {
        master.name for master in MASTERS if choose_window(master, YESTERDAY, FRESH, WISH).reason == "always_full"
    }
    assert always == {"taxes", "account_items", "sections", "segment_tags"}


@pytest.mark.parametrize("text", [None, "", "   ", "\n"])
def test_missing_and_blank_mean_that_a_full_load_is_owed(text: str | None) -> None:
    assert parse_cursor(NAME, text, NOW) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-23T06:00:00+09:00", "2026-11-23T06:00:00+09:00"),
        ("2026-11-22T21:00:00+00:00", "2026-11-23T06:00:00+09:00"),
        ("2026-11-22T21:00:00Z", "2026-11-23T06:00:00+09:00"),
        (" 2026-11-23 06:00:00 ", "2026-11-23T06:00:00+09:00"),
        ("2026-11-23", "2026-11-23T00:00:00+09:00"),
    ],
)
def test_a_cursor_is_a_time_in_japan_unless_it_says_otherwise(text: str, moment: str) -> None:
    assert parse_cursor(NAME, text, NOW) == datetime.fromisoformat(moment)


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13-01", "24/11/2026", "2026-11-24T06:10:01+09:00", "2027-01-01", "0001-01-01"]
)
def test_no_time_and_a_time_ahead_stop_the_master_by_name(text: str) -> None:
    with pytest.raises(Stop) as refused:
        parse_cursor(NAME, text, NOW)
    assert refused.value.code == "settings.cursor"
    assert NAME in refused.value.detail
    assert text in refused.value.detail


def test_clocks_may_differ_by_ten_minutes() -> None:
    assert parse_cursor(NAME, "2026-11-24T06:10:00+09:00", NOW) is not None


def test_the_cursor_moves_to_when_the_try_began_and_keeps_its_description() -> None:
    variables = FakeVariables({NAME: "2026-11-23T06:00:00+09:00"})
    cursor = Cursor(variables, PREFIX, PARTNERS)
    assert cursor.advance(NOW) == "2026-11-24T06:00:00+09:00"
    assert variables.values[NAME] == "2026-11-24T06:00:00+09:00"
    assert variables.descriptions[NAME] == VARIABLES["cursor_partners"].description


def test_a_cursor_that_a_person_cleared_meanwhile_is_left_alone() -> None:
    variables = FakeVariables({NAME: "2026-11-23T06:00:00+09:00"})
    cursor = Cursor(variables, PREFIX, PARTNERS)
    variables.values[NAME] = ""
    assert cursor.advance(NOW) is None
    assert variables.values[NAME] == ""


def test_an_owed_full_load_is_recorded_before_it_begins_and_paid_at_its_end() -> None:
    variables = FakeVariables({})
    cursor = Cursor(variables, PREFIX, PARTNERS)
    cursor.owe_full_load()
    assert variables.values[NAME] == ""
    assert cursor.advance(NOW) is not None
    assert variables.values[NAME] == "2026-11-24T06:00:00+09:00"
