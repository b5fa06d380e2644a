"""The shipped DAG's schedule on a real Airflow whose clock the test moves: six days in about two minutes.

Its tasks are replaced by an empty one, so that a run is over at once; that runs are made, and when, is the scheduler's doing.
Days are counted from 0, the day after the test runs; times are JST.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pendulum
import pytest

from sandbox.airflow import Airflow
from sandbox.airflow_api import ENDED, AirflowApi, DagApi, until
from shifted_clock import ShiftedClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pendulum import DateTime

DAG_ID = "only_the_schedule"
DAGS = Path(__file__).with_name("scheduled")
TOKYO = "Asia/Tokyo"
WITHIN_A_MINUTE = 60.0
SOON = 45.0  # seconds for a due run to be made and to end
FIRST_DAY = pendulum.tomorrow(TOKYO)

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]


def at(day: int, time: str) -> DateTime:
    """A moment of the test's days."""
    hour, minute, second = (int(part) for part in f"{time}:00".split(":")[:3])
    return FIRST_DAY.add(days=day, hours=hour, minutes=minute, seconds=second)


class Stage:
    """The Airflow, its clock, and what is asked of both."""

    def __init__(self, airflow: Airflow, clock: ShiftedClock) -> None:
        self.airflow = airflow
        self.clock = clock

    @property
    def dag(self) -> DagApi:
        """The DAG, through a session of its own: the last one may have expired by the clock."""
        return AirflowApi(self.airflow.url).dag(DAG_ID)

    def set(self, name: str, value: str) -> None:
        """Edit a Variable."""
        AirflowApi(self.airflow.url).set_variable(f"freee_sync_{name}", value)

    def pause(self, paused: bool) -> None:
        """Work the DAG's switch in the UI."""
        self.dag.airflow.call("PATCH", f"dags/{DAG_ID}?update_mask=is_paused", {"is_paused": paused})

    def next_start(self) -> DateTime | None:
        """The next run as the UI shows it."""
        details = self.dag.details()
        shown = details and details["next_dagrun_run_after"]
        return pendulum.parse(shown, tz=TOKYO) if shown else None  # type: ignore[return-value]  # a time, not a duration

    def wait_next(self, start: DateTime | None) -> None:
        """Wait until the UI shows this as the next run."""
        until(lambda: self.next_start() == start, WITHIN_A_MINUTE, f"the next run to be shown as {start}")

    def starts(self) -> list[DateTime]:
        """The starts of all runs so far."""
        return [pendulum.parse(run["run_after"], tz=TOKYO) for run in self.dag.runs()]  # type: ignore[misc]  # same

    def wait_runs(self, *starts: DateTime) -> None:
        """Wait until the last of these starts has been made and its run is over; there must be no others."""
        until(lambda: starts[-1] in self.starts(), SOON, f"the run of {starts[-1]}")
        until(lambda: self.dag.runs()[-1]["state"] in ENDED, SOON, f"the end of the run of {starts[-1]}")
        assert self.starts() == list(starts)

    def sleep_until(self, moment: DateTime) -> None:
        """The machine is down and comes up again at this moment."""
        self.airflow.stop()
        self.clock.move(moment)
        self.airflow.start()


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """A fresh Airflow at 06:20 of the first day, its DAG paused and its Variables as shipped."""
    clock = ShiftedClock(tmp_path / "clock", at(0, "06:20"))
    with Airflow(tmp_path / "airflow", DAGS, environment=clock.environment) as airflow:
        stage = Stage(airflow, clock)
        stage.dag.wait_parsed()
        yield stage


def test_the_schedule_day_by_day(stage: Stage) -> None:
    # As shipped it is off: no next run, switched on or not.
    assert stage.next_start() is None
    stage.pause(False)

    # Switched on at minute 20 of its hour, 6: the next run is tomorrow's, and none starts.
    stage.set("enabled", "true")
    stage.wait_next(at(1, "06:00"))

    # Paused and switched on again at minute 59.
    stage.clock.move(at(0, "06:59"))
    stage.pause(True)
    stage.pause(False)

    # The hour moved to one that has just passed, at its minute 20 and at its minute 59.
    stage.clock.move(at(0, "07:20"))
    stage.set("hour", "7")
    stage.wait_next(at(1, "07:00"))
    stage.clock.move(at(0, "08:59"))
    stage.set("hour", "8")
    stage.wait_next(at(1, "08:00"))
    assert stage.starts() == []

    # The hour comes: one run, and none again before the next day.
    stage.clock.move(at(1, "07:59:57"))
    stage.wait_runs(at(1, "08:00"))
    for time in ("08:20", "08:59", "23:59"):
        stage.clock.move(at(1, time))
        stage.wait_next(at(2, "08:00"))
    stage.clock.move(at(2, "07:59:57"))
    stage.wait_runs(at(1, "08:00"), at(2, "08:00"))

    # Down over the hour: made up 40 minutes late.
    stage.sleep_until(at(3, "08:40"))
    stage.wait_runs(at(1, "08:00"), at(2, "08:00"), at(3, "08:00"))

    # Down for longer than the grace: not made up. The scheduler is up before the DAG file has been parsed again.
    stage.sleep_until(at(4, "09:05"))
    stage.wait_next(at(5, "08:00"))
    stage.clock.move(at(5, "07:59:57"))
    stage.wait_runs(at(1, "08:00"), at(2, "08:00"), at(3, "08:00"), at(5, "08:00"))

    # Off again: no next run.
    stage.set("enabled", "false")
    stage.wait_next(None)
