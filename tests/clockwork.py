"""Time as tests see it: a timetable with hands to set, and moments written as people say them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pendulum
from airflow.models.dag import DagModel
from airflow.timetables.base import DataInterval, TimeRestriction

from freee_sync.timetable import TOKYO, DailyAt

if TYPE_CHECKING:
    from datetime import datetime

    from pendulum import DateTime

NO_RESTRICTION = TimeRestriction(earliest=None, latest=None, catchup=False)
"""What Airflow passes for a DAG without start date, end date and catch-up."""


class ClockedDailyAt(DailyAt):
    """`DailyAt` on a clock that the test sets through `now`."""

    now: DateTime

    def _now(self) -> DateTime:
        return self.now.in_timezone("UTC")


def jst(text: str) -> DateTime:
    """A moment in JST, written `2026-11-24 06:00` or, on that day, `06:00`."""
    moment = pendulum.parse(text if " " in text else f"2026-11-24 {text}", tz=TOKYO)
    assert isinstance(moment, pendulum.DateTime)
    return moment


def clocked(hour: int, now: DateTime) -> ClockedDailyAt:
    """The timetable of this hour, at this moment."""
    timetable = ClockedDailyAt(hour)
    timetable.now = now
    return timetable


def next_start(hour: int, now: DateTime, last: datetime | None = None) -> DateTime | None:
    """When the next run starts, in JST, as Airflow learns it after a last automated run."""
    interval = DataInterval.exact(pendulum.instance(last)) if last else None
    info = clocked(hour, now).next_dagrun_info(last_automated_data_interval=interval, restriction=NO_RESTRICTION)
    return info.run_after.in_timezone(TOKYO) if info else None


def planned_row(start: datetime | None = None) -> DagModel:
    """Airflow's row of a DAG, with the start it has planned."""
    row = DagModel(dag_id="daily")  # type: ignore[no-untyped-call]  # Airflow's models are only partly typed
    if start is not None:
        row.next_dagrun = row.next_dagrun_create_after = start
        row.next_dagrun_data_interval = DataInterval.exact(pendulum.instance(start))
    return row
