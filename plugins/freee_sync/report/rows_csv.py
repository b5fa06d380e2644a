"""The failed rows as a CSV that Excel opens as it stands: UTF-8 with BOM, CRLF, and no cell that it would run as a formula."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from freee_sync.report import wording
from freee_sync.report.judgement import ran
from freee_sync.report.plain import one_line
from freee_sync.verdicts import verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from freee_sync.masters import Master
    from freee_sync.outcome import FailedRow, RunReport
    from freee_sync.verdicts import Language

HEADER = ("master", "key", "name", "code", "cause", "hint", "owner", "since")
"""The same in every language, so that a sheet or a script can rely on it. `code` is the row's own code in freee, `since` a day in
Japan."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes Excel take a cell for a formula, the full-width ones in its Japanese edition
(https://owasp.org/www-community/attacks/CSV_Injection)."""


def render_csv(report: RunReport, language: Language = "ja") -> bytes:
    """All failed rows that are known by name, in the order the masters ran."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for master, row in _failed_rows(report):
        name = wording.master_name(master, language)
        writer.writerow(_cell(value) for value in (name, *_values(row, language), *_since(row)))
    return text.getvalue().encode("utf-8-sig")


def _failed_rows(report: RunReport) -> Iterator[tuple[Master, FailedRow]]:
    for master, result in ran(report):
        for row in result.failed_rows if result else ():
            yield master, row


def _values(row: FailedRow, language: Language) -> tuple[str, ...]:
    verdict_ = verdict(row.code)
    words = verdict_.words(language)
    told = f"{words.cause} [{row.code}] {row.detail}"
    return row.key, row.name, row.row_code, told, words.hint, verdict_.owner.label(language)


def _since(row: FailedRow) -> tuple[str]:
    """The day in Japan on which it first failed; blank when it may have failed before that."""
    return (row.since[: len("yyyy-mm-dd")] if row.since and row.first_run else "",)


def _cell(value: str) -> str:
    guard = "'" if value.startswith(_FORMULA_STARTS) else ""
    return guard + one_line(value)
