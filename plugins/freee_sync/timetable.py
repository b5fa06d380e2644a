"""When the sync runs: once a day at a whole hour, and never because somebody switched it on or moved the hour.

Airflow asks for the next start after every run and again at every parse of the DAG file (about twice a minute), and keeps the
answer in its database. The stock `CronTriggerTimetable` answers with the latest start that has passed, so that switching a DAG on
at noon runs it at once. `DailyAt` answers with a start that has passed only while it is recent:

    within `grace` of the hour   if the start before it happened: the machine was down over the hour, the start is made up
    within `fresh` of the hour   otherwise (switched on, for the first time or again, or the hour moved): just long enough that a
                                 parse between the hour and the scheduler's next look loses no run
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

import pendulum
from airflow.sdk.timezone import coerce_datetime, utcnow
from airflow.timetables.base import DagRunInfo
from airflow.timetables.trigger import CronTriggerTimetable

if TYPE_CHECKING:
    from datetime import datetime

    from airflow.models.dag import DagModel
    from airflow.timetables.base import DataInterval, TimeRestriction
    from pendulum import DateTime

TOKYO = "Asia/Tokyo"
GRACE = timedelta(hours=1)
FRESH = timedelta(minutes=5)


class StartTooLate(RuntimeError):  # noqa: N818 - it is a decision, not a defect
    """The scheduler came to a start so late that it must not happen any more."""


class DailyAt(CronTriggerTimetable):
    """Every day at `hour`, with the rules of this module.

    :param hour: 0-23 on the clock of `timezone`.
    :param timezone: IANA name.
    :param grace: how late a start that the machine slept through may still happen.
    :param fresh: how late a start may happen that was not yet planned when its hour came.
    """

    def __init__(self, hour: int, timezone: str = TOKYO, grace: timedelta = GRACE, fresh: timedelta = FRESH) -> None:
        super().__init__(f"0 {hour} * * *", timezone=timezone)
        self._hour = hour
        self._zone = timezone
        self._grace = grace
        self._fresh = fresh
        self.description = self.summary

    @property
    def summary(self) -> str:
        """What the UI shows as the schedule: 毎日 06:00 JST."""
        return f"毎日 {self._hour:02d}:00 {'JST' if self._zone == TOKYO else self._zone}"

    def serialize(self) -> dict[str, Any]:
        """The arguments as JSON, durations in seconds."""
        return {
            "hour": self._hour,
            "timezone": self._zone,
            "grace": self._grace.total_seconds(),
            "fresh": self._fresh.total_seconds(),
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Self:
        """Read back what `serialize` wrote."""
        grace, fresh = (timedelta(seconds=data[name]) for name in ("grace", "fresh"))
        return cls(data["hour"], data["timezone"], grace, fresh)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The start to make next; one that has passed only by the rules above."""
        if restriction.catchup:  # Airflow counting through a range of days, as for the calendar
            return super().next_dagrun_info(
                last_automated_data_interval=last_automated_data_interval, restriction=restriction
            )
        start = self._next_start(last_automated_data_interval.end if last_automated_data_interval else None)
        if restriction.earliest is not None:
            start = max(start, self._align_to_next(restriction.earliest))
        if restriction.latest is not None and restriction.latest < start:
            return None
        return DagRunInfo.exact(start)

    def next_run_info_from_dag_model(self, *, dag_model: DagModel) -> DagRunInfo | None:
        """The planned start, as the scheduler is about to make it.

        A scheduler that was down for hours finds a start of the past in the database and would make it before the DAG file is
        parsed again. Airflow logs the refusal and comes back; the next parse plans the next day.

        :raises StartTooLate: when it is later than `grace`.
        """
        planned = super().next_run_info_from_dag_model(dag_model=dag_model)
        if planned is not None and self._now() - planned.run_after > self._grace:
            raise StartTooLate(
                f"The start of {planned.run_after} is more than {self._grace} ago and will not be made up."
            )
        return planned

    def _next_start(self, last: DateTime | None) -> DateTime:
        now = self._now()
        due = self._align_to_prev(now)
        if last is not None and last >= due:
            return self._get_next(max(last, now))
        late = self._grace if last == self._get_prev(due) else self._fresh
        return due if now - due <= late else self._get_next(now)

    def _now(self) -> DateTime:
        """The clock, apart for tests."""
        return coerce_datetime(utcnow())


def missed_starts(
    previous: datetime | None, current: datetime, hour: int, timezone: str = TOKYO
) -> tuple[DateTime, ...]:
    """Starts that were due between two automated runs and did not happen, in local time.

    The day after `previous` is the first that could be missed: an hour moved on the same day leaves no gap.
    """
    if previous is None:
        return ()
    earliest = pendulum.instance(previous).in_timezone(timezone).add(days=1)
    start = earliest.set(hour=hour, minute=0, second=0, microsecond=0)
    if start < earliest:
        start = start.add(days=1)
    missed = []
    while start < current:
        missed.append(start)
        start = start.add(days=1)
    return tuple(missed)
