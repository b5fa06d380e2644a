"""What a run amounts to: its verdict, its totals, and what stood in the way of the rows that did not arrive."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from freee_sync.masters import MASTERS, Master
from freee_sync.outcome import Problem, Status
from freee_sync.verdicts import Owner, Verdict, verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from freee_sync.outcome import FailedRow, MasterResult, RunReport


class Overall(StrEnum):
    """The verdict of one run."""

    SUCCESS = "success"
    PARTIAL = "partial"  # something arrived whole, something did not
    FAILED = "failed"  # no master came to its end
    NOT_RUN = "not_run"  # no master was tried
    PREVIEW = "preview"


@dataclass(frozen=True)
class Cause:
    """One thing that stood in the way of a master or of the whole run.

    :param count: rows that did not arrive because of it; 0 when it struck before any row was read, None when unknown.
    :param detail: what happened and where, when it struck more than a row.
    :param rows: the rows by name, at most `outcome.FAILED_ROWS_KEPT` of the master.
    """

    code: str
    count: int | None
    detail: str = ""
    rows: tuple[FailedRow, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """Who has to act, and the words."""
        return verdict(self.code)


@dataclass(frozen=True)
class Totals:
    """Rows over all masters whose counts are known, and how many masters' are not."""

    read: int
    succeeded: int
    unsuccessful: int
    unknown: int


def ran(report: RunReport) -> list[tuple[Master, MasterResult | None]]:
    """The masters that were tried, in the order they ran."""
    return [(master, report.results[master.name]) for master in MASTERS if master.name in report.results]


def skip_reason(report: RunReport, master: Master) -> str | None:
    """Why a master was not tried, or None when it was. One of which nothing is known was not run."""
    if master.name in report.results:
        return None
    return report.skipped.get(master.name, "not_run")


def status(result: MasterResult | None) -> Status:
    """How a master that was tried ended; without a result it failed."""
    return Status.FAILED if result is None else result.status


def overall(report: RunReport) -> Overall:
    """The verdict. A preview in which a master could not be read to its end is a failure like any other."""
    statuses = [status(result) for _, result in ran(report)]
    if report.link.problems or not statuses:
        return Overall.NOT_RUN
    if Status.FAILED in statuses:
        return Overall.FAILED if set(statuses) == {Status.FAILED} else Overall.PARTIAL
    if report.kind == "dry_run":
        return Overall.PREVIEW
    return Overall.PARTIAL if Status.PARTIAL in statuses else Overall.SUCCESS


def totals(report: RunReport) -> Totals:
    """Sum up what is known."""
    known = [result for _, result in ran(report) if result is not None]
    return Totals(
        read=sum(result.read for result in known),
        succeeded=sum(result.succeeded for result in known),
        unsuccessful=sum(result.unsuccessful for result in known),
        unknown=len(report.results) - len(known),
    )


def causes(result: MasterResult | None) -> list[Cause]:
    """Why a master is no success: what ended it first, then the causes of single rows, the most frequent first."""
    if result is None:
        return [Cause("task.no_result", None)]
    ending = _ending(result)
    others = sorted(result.causes.keys() - {ending and ending.code}, key=lambda code: (-result.causes[code], code))
    by_row = [Cause(code, result.causes[code], rows=_rows(result, code)) for code in others]
    return [ending, *by_row] if ending else by_row


def _ending(result: MasterResult) -> Cause | None:
    stop = result.stop
    if stop is None and not result.finished:
        stop = Problem("task.interrupted", "")
    elif stop is None and not (result.complete or result.unsuccessful):
        stop = Problem("freee.listing_moved", "")
    if stop is None:
        return None
    return Cause(stop.code, result.causes.get(stop.code, 0), stop.detail, _rows(result, stop.code))


def _rows(result: MasterResult, code: str) -> tuple[FailedRow, ...]:
    return tuple(row for row in result.failed_rows if row.code == code)


def problems(report: RunReport) -> list[Cause]:
    """What stopped the whole run before any master was tried."""
    return [Cause(problem.code, 0, problem.detail) for problem in report.link.problems]


def all_causes(report: RunReport) -> list[Cause]:
    """Everything that stood in the way, what a person must see to first, and of that the most rows first."""
    found = [*problems(report), *(cause for _, result in ran(report) for cause in causes(result))]
    return sorted(
        found, key=lambda cause: (cause.verdict.owner is Owner.NOBODY, bool(cause.count), -(cause.count or 0))
    )


def owners(found: Iterable[Cause]) -> list[Owner]:
    """Who has to act, without repeats; people before nobody."""
    named = list(dict.fromkeys(cause.verdict.owner for cause in found))
    return [owner for owner in named if owner is not Owner.NOBODY] or named
