"""Failed rows beside those of earlier runs: new, continued since when, and resolved."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from freee_sync.cursors import JST
from freee_sync.report import wording
from freee_sync.report.judgement import ran
from freee_sync.report.lines import Line
from freee_sync.report.plain import one_line, shorten

if TYPE_CHECKING:
    from collections.abc import Iterator

    from freee_sync.outcome import FailedRow, MasterResult, RunReport
    from freee_sync.verdicts import Language

RESOLVED_SHOWN = 5
"""Resolved rows that the mail names."""
NAME_SHOWN = 60


def standing(row: FailedRow, report: RunReport, language: Language) -> str:
    """新規, 継続(n日目), or that nobody can tell since when."""
    kind = _kind(row, report)
    return wording.STANDINGS[kind].say(language, days=_days(row, report))


def _kind(row: FailedRow, report: RunReport) -> str:
    if row.first_run == report.run_id:
        return "new"
    if row.first_run is not None:
        return "continued"
    return "unknown" if _days(row, report) <= 1 else "continued_at_least"


def _days(row: FailedRow, report: RunReport) -> int:
    """Days in Japan that it has been failing, the first counted; 0 when unknown."""
    if row.since is None:
        return 0
    first, last = (datetime.fromisoformat(moment).astimezone(JST).date() for moment in (row.since, report.finished))
    return (last - first).days + 1


def trend(report: RunReport, language: Language) -> Iterator[Line]:
    """For each master with failed or resolved rows, how many of which kind, and the resolved ones by name."""
    for master, result in ran(report):
        if result is not None and (result.failed_rows or result.resolved):
            name = wording.master_name(master, language)
            yield Line(name, wording.SEPARATOR.say(language).join(_counts(result, report, language)))
            yield from (Line(name, text) for text in _resolved(result, language))


def _counts(result: MasterResult, report: RunReport, language: Language) -> Iterator[str]:
    kinds = Counter(_kind(row, report) for row in result.failed_rows)
    kinds["resolved"] = len(result.resolved)
    for kind, words in wording.TREND.items():
        if kinds[kind]:
            yield words.say(language, n=kinds[kind])
    unnamed = result.failed + result.mark_failed - len(result.failed_rows)
    if unnamed > 0:
        yield wording.ROWS_UNNAMED.say(language, n=unnamed)


def _resolved(result: MasterResult, language: Language) -> Iterator[str]:
    for row in result.resolved[:RESOLVED_SHOWN]:
        yield wording.RESOLVED.say(language, key=one_line(row.key), name=shorten(one_line(row.name), NAME_SHOWN))
    more = len(result.resolved) - RESOLVED_SHOWN
    if more > 0:
        yield wording.MORE_RESOLVED.say(language, n=more)
