"""Which way rows get to the org sooner: by calls of 200 rows that are answered at once, or by a job that waits for its turn.

Nobody knows beforehand: a Bulk job may begin within a second or after minutes. So the first rows go by Collections, a small job is
tried when many rows wait, and a larger one is begun only if, as fast as both have proved, it ends before Collections would.
All in seconds and rows.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

PROBE_FROM = 20_000  # rows that wait; fewer are through by Collections before a job has told how fast it is
PROBE_ROWS = 2_000  # Salesforce's own figure from which on Bulk is the better choice
CALLS_KEPT = 30  # of the newest Collections calls: their pace changes with what customers' flows do to the rows


@dataclass
class Race:
    """How fast both ways have proved so far.

    :param lanes: Collections calls at a time.
    """

    lanes: int
    _calls: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT), init=False)
    _wait: float | None = field(default=None, init=False)  # before a job's rows are worked on, and after
    _row: float = field(default=0.0, init=False)  # seconds a row of a job
    _given_up: bool = field(default=False, init=False)

    def collected(self, rows: int, seconds: float) -> None:
        """A Collections call was answered."""
        self._calls.append((rows, seconds))

    def done(self, rows: int, seconds: float, working: float) -> None:
        """A job is through. Of small ones only the first tells anything.

        :param seconds: from its creation until its results were read.
        :param working: of these, what Salesforce says that it worked on the rows.
        """
        if self._wait is None:
            self._wait, self._row = seconds - working, working / rows
        elif rows >= PROBE_ROWS:
            self._row = max(seconds - self._wait, 0.0) / rows

    def given_up(self) -> None:
        """A job was overtaken: no other one is tried."""
        self._given_up = True

    def job_rows(self, waiting: int) -> int:
        """Of the rows that wait, how many a job shall take now so that both ways end together; 0: Collections alone are as fast."""
        if self._given_up or not self._calls:
            return 0
        if self._wait is None:
            return PROBE_ROWS if waiting >= PROBE_FROM else 0
        share = (waiting * self._pace - self._wait) / (self._row + self._pace)
        return int(share) if share >= PROBE_ROWS else 0

    def overtaken(self, rows: int, waited: float) -> bool:
        """Whether Collections, which have nothing else to do, would bring a job's rows in less time than it has waited already."""
        return bool(self._calls) and rows * self._pace < waited

    @property
    def _pace(self) -> float:
        """Seconds a row by Collections."""
        calls = tuple(self._calls)  # at once: the threads that make them add to it
        return sum(seconds for _, seconds in calls) / sum(rows for rows, _ in calls) / self.lanes
