"""When the next run starts: told by the clock, the hour and the last automated run."""

from __future__ import annotations

from datetime import timedelta

import pendulum
import pytest
from airflow.exceptions import AirflowTimetableInvalid
from airflow.timetables.base import DataInterval, TimeRestriction
from pendulum import DateTime

from clockwork import NO_RESTRICTION, clocked, jst, next_start, planned_row
from freee_sync.timetable import DailyAt, StartTooLate, missed_starts

YESTERDAY_AT_6 = jst("2026-11-23 06:00")
TODAY_AT_6 = jst("06:00")
TOMORROW_AT_6 = jst("2026-11-25 06:00")


@pytest.mark.parametrize("now", ["2026-11-23 23:00", "00:00", "05:59:59", "06:00", "06:00:30", "06:05"])
def test_a_first_start_is_the_next_hour_or_one_just_passed(now: str) -> None:
    assert next_start(6, jst(now)) == TODAY_AT_6


@pytest.mark.parametrize("now", ["06:05:01", "06:20", "06:59", "12:00", "23:59"])
def test_switching_on_after_the_hour_starts_nothing_today(now: str) -> None:
    assert next_start(6, jst(now)) == TOMORROW_AT_6


@pytest.mark.parametrize("now", ["06:00", "06:05:01", "06:30", "07:00"])
def test_a_start_slept_through_is_made_up_within_the_grace(now: str) -> None:
    assert next_start(6, jst(now), last=YESTERDAY_AT_6) == TODAY_AT_6


@pytest.mark.parametrize("now", ["06:05:01", "06:20", "06:59"])
def test_switching_on_again_after_days_off_starts_nothing_today(now: str) -> None:
    assert next_start(6, jst(now), last=jst("2026-11-22 06:00")) == TOMORROW_AT_6


@pytest.mark.parametrize("now", ["07:00:01", "12:00", "2026-11-25 05:59"])
def test_a_start_slept_through_for_longer_is_not_made_up(now: str) -> None:
    assert next_start(6, jst(now), last=YESTERDAY_AT_6) == TOMORROW_AT_6


@pytest.mark.parametrize("now", ["06:00", "06:04", "06:59", "23:00"])
def test_after_todays_run_the_next_is_tomorrow(now: str) -> None:
    assert next_start(6, jst(now), last=TODAY_AT_6) == TOMORROW_AT_6


@pytest.mark.parametrize("now", ["09:20", "09:59", "15:00"])
def test_moving_the_hour_to_one_already_passed_starts_nothing(now: str) -> None:
    assert next_start(9, jst(now), last=TODAY_AT_6) == jst("2026-11-25 09:00")
    assert next_start(9, jst(now), last=YESTERDAY_AT_6) == jst("2026-11-25 09:00")


@pytest.mark.parametrize("now", ["08:00", "09:00", "09:00:40"])
def test_moving_the_hour_to_one_still_to_come_runs_today(now: str) -> None:
    assert next_start(9, jst(now), last=TODAY_AT_6) == jst("09:00")


def test_moving_the_hour_back_does_not_run_an_earlier_hour_again() -> None:
    assert next_start(6, jst("09:03"), last=jst("09:00")) == TOMORROW_AT_6


def test_midnight_belongs_to_the_day_it_begins() -> None:
    assert next_start(0, jst("2026-11-24 00:00:10"), last=jst("2026-11-23 00:00")) == jst("00:00")
    assert next_start(0, jst("23:59"), last=jst("00:00")) == jst("2026-11-25 00:00")


def test_the_run_covers_no_interval_so_that_its_date_is_its_start() -> None:
    info = clocked(6, jst("05:00")).next_dagrun_info(last_automated_data_interval=None, restriction=NO_RESTRICTION)
    assert info is not None
    assert info.data_interval == DataInterval.exact(info.run_after)


def test_a_start_date_and_an_end_date_of_the_dag_are_kept() -> None:
    def start(earliest: DateTime | None, latest: DateTime | None) -> DateTime | None:
        restriction = TimeRestriction(earliest=earliest, latest=latest, catchup=False)
        info = clocked(6, jst("05:00")).next_dagrun_info(last_automated_data_interval=None, restriction=restriction)
        return info.run_after if info else None

    assert start(jst("2026-12-01 07:00"), None) == jst("2026-12-02 06:00")
    assert start(None, jst("2026-11-24 05:30")) is None


@pytest.mark.parametrize("catchup", [False, True])
def test_airflow_can_count_ahead_for_its_calendar(catchup: bool) -> None:
    restriction = TimeRestriction(earliest=None, latest=None, catchup=catchup)
    interval = DataInterval.exact(jst("2026-12-24 06:00"))
    info = clocked(6, jst("05:00")).next_dagrun_info(last_automated_data_interval=interval, restriction=restriction)
    assert info is not None
    assert info.run_after == jst("2026-12-25 06:00")


@pytest.mark.parametrize("now", ["06:00", "06:45", "07:00"])
def test_the_scheduler_makes_a_planned_start_within_the_grace(now: str) -> None:
    info = clocked(6, jst(now)).next_run_info_from_dag_model(dag_model=planned_row(TODAY_AT_6))
    assert info is not None
    assert info.run_after == TODAY_AT_6


def test_the_scheduler_is_kept_from_a_planned_start_long_past() -> None:
    with pytest.raises(StartTooLate, match="will not be made up"):
        clocked(6, jst("07:00:01")).next_run_info_from_dag_model(dag_model=planned_row(TODAY_AT_6))


def test_the_arguments_survive_serialization() -> None:
    timetable = DailyAt(21, "Europe/Zurich", timedelta(minutes=90), timedelta(seconds=30))
    again = DailyAt.deserialize(timetable.serialize())
    assert again.serialize() == timetable.serialize()
    assert again == timetable


def test_the_ui_shows_the_hour_and_its_zone() -> None:
    assert (DailyAt(6).summary, DailyAt(6).description) == ("毎日 06:00 JST", "毎日 06:00 JST")
    assert DailyAt(21, "UTC").summary == "毎日 21:00 UTC"


def test_an_hour_that_does_not_exist_is_refused() -> None:
    with pytest.raises(AirflowTimetableInvalid):
        DailyAt(24).validate()


def test_a_manual_run_covers_no_interval_either() -> None:
    now = pendulum.datetime(2026, 11, 24, 3, 30)
    assert DailyAt(6).infer_manual_data_interval(run_after=now) == DataInterval.exact(now)


@pytest.mark.parametrize(
    ("previous", "current", "hour", "missed"),
    [
        (None, "06:00", 6, []),
        ("2026-11-23 06:00", "06:00", 6, []),
        ("2026-11-21 06:00", "06:00", 6, ["2026-11-22 06:00", "2026-11-23 06:00"]),
        ("2026-11-23 06:00", "09:00", 9, []),  # moved later, on either day
        ("2026-11-23 09:00", "06:00", 6, []),  # moved earlier, overnight
        ("2026-11-23 09:00", "2026-11-25 06:00", 6, []),  # moved to 6 today at 7: neither hour was due today
        ("2026-11-22 06:00", "09:00", 9, ["2026-11-23 09:00"]),
        ("00:00", "09:00", 9, []),  # moved later on the same day
    ],
)
def test_starts_that_did_not_happen_are_named(previous: str | None, current: str, hour: int, missed: list[str]) -> None:
    before = jst(previous) if previous else None
    assert list(missed_starts(before, jst(current), hour)) == [jst(start) for start in missed]
