"""The table of the report: one row per master, and the total."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from freee_sync.masters import MASTERS
from freee_sync.outcome import Status
from freee_sync.report import wording
from freee_sync.report.judgement import ran, skip_reason, status
from freee_sync.report.lines import Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from freee_sync.outcome import MasterResult, RunReport
    from freee_sync.verdicts import Language

COUNTS = ("read", "created", "updated", "unchanged", "succeeded", "unsuccessful", "unprocessed")
"""The columns of numbers, named like the counts of `MasterResult`."""

COLUMNS = (*COUNTS, "difference")
"""All columns behind the words: the numbers, and how many more rows were read than by the last whole run of the same mode."""


@dataclass(frozen=True)
class TableRow:
    """One master in the table. The total is a row too, with status `total`.

    :param reason: why it was read in full, as a difference, or not at all.
    :param counts: in the order of `COLUMNS`.
    """

    name: str
    status: str
    result: str
    method: str
    reason: str
    counts: tuple[str, ...]


def table(report: RunReport, language: Language) -> Iterator[TableRow]:
    """Every master of `masters.py`, tried or not, in the order they run; then the total, if any was tried."""
    for master in MASTERS:
        name = wording.master_name(master, language)
        skipped = skip_reason(report, master)
        if skipped is None:
            yield _tried(name, report.results[master.name], language)
        else:
            yield _skipped(name, skipped, language)
    if report.results:
        yield _total(report, language)


def _tried(name: str, result: MasterResult | None, language: Language) -> TableRow:
    ended = status(result)
    return TableRow(
        name=name,
        status=ended,
        result=wording.STATUSES[ended].say(language),
        method=_method(result, language),
        reason=wording.word_of(wording.REASONS, result.reason, language) if result and result.reason else "",
        counts=_counts(result, language),
    )


def _method(result: MasterResult | None, language: Language) -> str:
    if result is None or result.mode is None:
        return wording.label("none", language)
    return wording.MODES[result.mode].say(language, since=(result.since or "").replace("-", "/"))


def _counts(result: MasterResult | None, language: Language) -> tuple[str, ...]:
    if result is None:
        return (wording.label("unknown", language),) * len(COLUMNS)
    return (*(f"{getattr(result, count):,}" for count in COUNTS), _difference(result, language))


def _difference(result: MasterResult, language: Language) -> str:
    """Of two whole runs only: what a run that broke off has read says nothing about freee."""
    if result.previous_read is None or not result.complete:
        return wording.label("none", language)
    change = result.read - result.previous_read
    return f"{change:+,}" if change else "0"


def _skipped(name: str, reason: str, language: Language) -> TableRow:
    none = wording.label("none", language)
    words = wording.STATUSES[Status.SKIPPED].say(language)
    return TableRow(
        name, Status.SKIPPED, words, none, wording.word_of(wording.SKIPS, reason, language), (none,) * len(COLUMNS)
    )


def _total(report: RunReport, language: Language) -> TableRow:
    known = [result for _, result in ran(report) if result is not None]
    name = wording.label("total" if len(known) == len(report.results) else "total_of_known", language)
    sums = (sum(getattr(result, count) for result in known) for count in COUNTS)
    return TableRow(name, "total", "", "", "", (*(f"{total:,}" for total in sums), wording.label("none", language)))


def methods(rows: Iterable[TableRow], language: Language) -> Iterator[Line]:
    """The masters grouped by how they were read and why, so that an ordinary day takes two lines."""
    groups: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.reason:
            method = row.result if row.status == Status.SKIPPED else row.method
            groups.setdefault((method, row.reason), []).append(row.name)
    for (method, reason), names in groups.items():
        yield Line(method, f"{wording.SEPARATOR.say(language).join(names)}: {reason}")
