"""What earlier runs of a master left to compare with: their counts, and the rows that failed and have not arrived since.

It lives in Airflow's asset state store, beside `memory.py`'s slot. Lost history costs the word "unknown" and nothing else. A row is
resolved when a try that came to its end read it with a good outcome, or when a whole full read shows that freee has it no more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any, Self

from freee_sync.memory import StateStore
from freee_sync.outcome import FAILED_ROWS_KEPT, FailedRow, MasterResult, Mode
from freee_sync.tally import Tally

SLOT = "history"
RUNS_KEPT = 30  # a month of nights
NAME_KEPT = 12  # characters of a row's name that are enough to know it again


@dataclass(frozen=True)
class PastRun:
    """One run's counts, of its last try.

    :param whole: it came to its end and every listing was whole.
    """

    run_id: str
    mode: Mode | None
    whole: bool
    read: int
    created: int
    updated: int
    unchanged: int
    failed: int
    unprocessed: int
    missing: int

    @classmethod
    def of(cls, run_id: str, result: MasterResult) -> Self:
        """The counts of a result."""
        counts = ("read", "created", "updated", "unchanged", "failed", "unprocessed", "missing")
        whole = result.complete and result.stop is None
        return cls(run_id, result.mode, whole, **{count: getattr(result, count) for count in counts})


@dataclass(frozen=True)
class History:
    """One master's earlier runs, the newest last, and its open failures by key: the oldest `FAILED_ROWS_KEPT`, without details.

    :param known: false when nothing was kept: rows may have failed before, and nobody can tell since when.
    """

    runs: tuple[PastRun, ...] = ()
    open: Mapping[str, FailedRow] = field(default_factory=dict)
    known: bool = True

    def read_before(self, run_id: str, mode: Mode) -> int | None:
        """Rows that the last whole run before this one read, of those that read in the same way."""
        return next(
            (run.read for run in reversed(self.runs) if run.whole and run.mode == mode and run.run_id != run_id), None
        )

    def dated(self, row: FailedRow, run_id: str, now: str) -> FailedRow:
        """The row with when it first failed: in an earlier run, or in this one, which began `now` (ISO 8601 in JST)."""
        before = self.open.get(row.key)
        if before:
            return replace(row, since=before.since, first_run=before.first_run)
        certain = self.known and row.has_key and len(self.open) < FAILED_ROWS_KEPT
        return replace(row, since=now, first_run=run_id if certain else None)

    def resolved(self, books: Tally, *, whole: bool) -> list[FailedRow]:
        """Open failures that are over.

        :param whole: all of freee's rows were read, so that one that was not is gone.
        """
        return [row for key, row in self.open.items() if books.arrived(key) or (whole and not books.failing(key))]

    def after(self, run_id: str, result: MasterResult) -> History:
        """What the next run compares with."""
        run = PastRun.of(run_id, result)
        over = {row.key for row in result.resolved}
        still = {key: row for key, row in self.open.items() if key not in over}
        still |= {row.key: replace(row, detail="", row_code="") for row in result.failed_rows if row.has_key}
        runs = (*(past for past in self.runs if past.run_id != run_id), run)
        return History(runs[-RUNS_KEPT:], dict(islice(still.items(), FAILED_ROWS_KEPT)))


def recall_history(store: StateStore) -> History:
    """What is kept; a history that is not known when there is nothing, or nothing that can be read."""
    kept = store.get(SLOT, default=None)
    try:
        rows = [row for group in kept["open"] for row in _rows(**group)]
        return History(tuple(_run(**run) for run in kept["runs"]), {row.key: row for row in rows})
    except (TypeError, KeyError, ValueError):
        return History(known=False)


def _run(**kept: Any) -> PastRun:
    """:raises TypeError: when what the mail reckons with is no number."""
    if type(kept["read"]) is not int:
        raise TypeError(kept["read"])
    return PastRun(**kept)


def _rows(first_run: str | None, since: str, code: str, rows: list[list[str]]) -> list[FailedRow]:
    """:raises TypeError, ValueError: when `since` is no time, or a row no pair."""
    datetime.fromisoformat(since)
    return [FailedRow(key, name, "", code, "", since, first_run) for key, name in rows]


def keep_history(store: StateStore, history: History) -> None:
    """Keep it for the next run: failures of one day and cause together, so that 500 of them stay below Airflow's 64 KB a value."""
    groups: dict[tuple[str | None, str | None, str], list[list[str]]] = {}
    for row in history.open.values():
        groups.setdefault((row.first_run, row.since, row.code), []).append([row.key, row.name[:NAME_KEPT]])
    opened = [
        {"first_run": first_run, "since": since, "code": code, "rows": rows}
        for (first_run, since, code), rows in groups.items()
    ]
    store.set(SLOT, {"runs": [asdict(run) for run in history.runs], "open": opened})
