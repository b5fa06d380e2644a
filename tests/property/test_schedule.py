"""Whatever people and machines do, a day has at most one run an hour setting, and no run comes late without a reason.

The model below does what Airflow does: it keeps the next start in a row, writes it anew at every parse and after every run, and
makes the run when a scheduler that is up finds it due.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pendulum
from airflow.timetables.base import DataInterval
from hypothesis import given
from hypothesis import strategies as st

from clockwork import NO_RESTRICTION, clocked, jst, planned_row
from freee_sync.timetable import FRESH, GRACE, TOKYO, StartTooLate

if TYPE_CHECKING:
    from airflow.models.dag import DagModel
    from pendulum import DateTime

BEGINNING = jst("2026-11-24 03:00")


@dataclass
class Run:
    """One automated run: its planned start, when it was planned and when it was made, and the one before it."""

    start: DateTime
    planned: DateTime
    made: DateTime
    hour: int
    before: DateTime | None


@dataclass
class Step:
    """The time of day to wait for, after so many whole days, and what is done then."""

    hour: int
    minute: int
    days: int
    action: str
    new_hour: int
    scheduler_first: bool

    def moment(self, now: DateTime) -> DateTime:
        """The next time the clock in Tokyo shows it."""
        local = now.in_timezone(TOKYO)
        today = local.set(hour=self.hour, minute=self.minute, second=0, microsecond=0)
        return today.add(days=self.days if today >= local else self.days + 1)


@dataclass
class Airflow:
    """The part of Airflow that decides about starts. `up` is the whole installation, scheduler and DAG processor."""

    hour: int
    now: DateTime = BEGINNING
    planned: DateTime = BEGINNING
    paused: bool = True
    up: bool = True
    runs: list[Run] = field(default_factory=list)
    row: DagModel = field(default_factory=planned_row)

    def parse(self) -> None:
        """The DAG processor, or the scheduler after a run, writes down the next start."""
        last = DataInterval.exact(self.runs[-1].start) if self.runs else None
        info = clocked(self.hour, self.now).next_dagrun_info(
            last_automated_data_interval=last, restriction=NO_RESTRICTION
        )
        assert info is not None
        if info.run_after != self.row.next_dagrun_create_after:
            self.planned = self.now
        self.row.next_dagrun = self.row.next_dagrun_create_after = info.run_after
        self.row.next_dagrun_data_interval = info.data_interval

    def look(self) -> None:
        """The scheduler looks whether a run is due."""
        due = self.row.next_dagrun_create_after
        if self.paused or due is None or due > self.now:
            return
        try:
            info = clocked(self.hour, self.now).next_run_info_from_dag_model(dag_model=self.row)
        except StartTooLate:
            return
        assert info is not None
        before = self.runs[-1].start if self.runs else None
        assert before is None or before < info.run_after
        self.runs.append(Run(info.run_after, self.planned, self.now, self.hour, before))
        self.parse()

    def wait(self, until: DateTime, scheduler_first: bool) -> None:
        """Time passes; while Airflow is up, nothing that is due waits, and it ends with a parse."""
        if self.up:
            due = self.row.next_dagrun_create_after
            while not self.paused and due is not None and due <= until:
                self.now = max(self.now, pendulum.instance(due))
                self.look()
                self.parse()
                due = self.row.next_dagrun_create_after
        self.now = until
        if self.up:
            self.tick(scheduler_first)

    def tick(self, scheduler_first: bool) -> None:
        """One parse and one look, in either order."""
        for step in (self.look, self.parse) if scheduler_first else (self.parse, self.look):
            step()

    def do(self, action: str, hour: int, scheduler_first: bool) -> None:
        """What people and machines do to it."""
        if action == "switch":
            self.paused = not self.paused
        elif action == "power":
            self.up = not self.up
        elif action == "move" and self.up:
            self.hour = hour
            self.parse()
        if self.up:
            self.tick(scheduler_first)


HOURS = st.sampled_from([0, 6, 7])
MINUTES = st.sampled_from([0, 1, 5, 6, 20, 59])
DAYS = st.sampled_from([0, 0, 0, 1, 2])
ACTIONS = st.sampled_from(["switch", "power", "move", "nothing"])


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Wait for the next time the clock shows this, and do this then."""
    return Step(draw(HOURS), draw(MINUTES), draw(DAYS), draw(ACTIONS), draw(HOURS), draw(st.booleans()))


@given(hour=HOURS, plan=st.lists(steps(), min_size=3, max_size=30))
def test_runs_come_once_and_in_time(hour: int, plan: list[Step]) -> None:
    airflow = Airflow(hour)
    airflow.parse()
    for step in plan:
        airflow.wait(step.moment(airflow.now), step.scheduler_first)
        airflow.do(step.action, step.new_hour, step.scheduler_first)

    for run in airflow.runs:
        local = run.start.in_timezone(TOKYO)
        assert (local.hour, local.minute, local.second) == (run.hour, 0, 0)
        late = run.made - run.start
        assert timedelta(0) <= late <= GRACE
        ran_the_day_before = run.before == run.start.subtract(days=1)
        announced = run.planned <= run.start
        assert ran_the_day_before or announced or late <= FRESH


@given(hour=HOURS, days=st.integers(1, 5))
def test_an_airflow_that_stays_up_runs_every_day_at_the_hour(hour: int, days: int) -> None:
    airflow = Airflow(hour, paused=False)
    airflow.parse()
    airflow.wait(BEGINNING.add(days=days), scheduler_first=True)
    assert [run.made for run in airflow.runs] == [run.start for run in airflow.runs]
    assert len(airflow.runs) == days
