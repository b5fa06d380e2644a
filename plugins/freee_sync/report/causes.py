"""The report's blocks of rows: what kept rows from arriving, and in a preview what would change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from freee_sync.report import wording
from freee_sync.report.judgement import causes, problems, ran
from freee_sync.report.plain import one_line, shorten
from freee_sync.report.standing import standing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from freee_sync.outcome import Change, FailedRow, RunReport
    from freee_sync.report.judgement import Cause
    from freee_sync.verdicts import Language

ROWS_SHOWN = 5
"""Failed rows that the mail's body names for each cause; the CSV names the others."""
NAME_SHOWN, VALUE_SHOWN, DETAIL_SHOWN = 60, 80, 200
"""Characters shown of each; a text that was cut ends in an ellipsis."""


@dataclass(frozen=True)
class RowLine:
    """One row by name: a failed one with its reason and since when, one of a preview with its change."""

    key: str
    name: str
    text: str
    standing: str = ""


@dataclass(frozen=True)
class CauseBlock:
    """One cause in words, with the first of its rows and what is said of the others."""

    code: str
    cause: str
    count: str
    hint: str
    owner: str
    detail: str
    rows: tuple[RowLine, ...]
    more: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """What there is to say of a master beyond its counts."""

    name: str
    causes: tuple[CauseBlock, ...] = ()
    changes: tuple[RowLine, ...] = ()


def run_problems(report: RunReport, language: Language) -> tuple[CauseBlock, ...]:
    """Why the whole run did not happen."""
    return tuple(_block(cause, report, language) for cause in problems(report))


def failures(report: RunReport, language: Language) -> Iterator[Section]:
    """The masters that are no success, with their causes; those struck by the very same thing share a section."""
    struck: dict[tuple[CauseBlock, ...], list[str]] = {}
    for master, result in ran(report):
        blocks = tuple(_block(cause, report, language) for cause in causes(result))
        if blocks:
            struck.setdefault(blocks, []).append(wording.master_name(master, language))
    for blocks, names in struck.items():
        yield Section(wording.SEPARATOR.say(language).join(names), causes=blocks)


def changes(report: RunReport, language: Language) -> Iterator[Section]:
    """Each master of a preview, with the changes it would make."""
    for master, result in ran(report):
        if result is not None and result.changes:
            rows = tuple(_change(change, language) for change in result.changes)
            yield Section(wording.master_name(master, language), changes=rows)


def _block(cause: Cause, report: RunReport, language: Language) -> CauseBlock:
    words = cause.verdict.words(language)
    return CauseBlock(
        code=cause.code,
        cause=words.cause,
        count=_count(cause, language),
        hint=words.hint,
        owner=cause.verdict.owner.label(language),
        detail=one_line(cause.detail),
        rows=tuple(_failed(row, report, language) for row in cause.rows[:ROWS_SHOWN]),
        more=tuple(_more(cause, language)),
    )


def _count(cause: Cause, language: Language) -> str:
    if cause.count is None:
        return wording.label("unknown_count", language)
    return wording.COUNT.say(language, n=cause.count) if cause.count else ""


def _failed(row: FailedRow, report: RunReport, language: Language) -> RowLine:
    row_code = f" ({wording.label('row_code', language)} {one_line(row.row_code)})" if row.row_code else ""
    name = shorten(one_line(row.name), NAME_SHOWN) + row_code
    return RowLine(
        one_line(row.key), name, shorten(one_line(row.detail), DETAIL_SHOWN), standing(row, report, language)
    )


def _more(cause: Cause, language: Language) -> Iterator[str]:
    in_csv = len(cause.rows) - ROWS_SHOWN
    if in_csv > 0:
        yield wording.ROWS_IN_CSV.say(language, n=in_csv)
    unnamed = (cause.count or 0) - len(cause.rows)
    if unnamed > 0:
        yield wording.ROWS_UNNAMED.say(language, n=unnamed)


def _change(change: Change, language: Language) -> RowLine:
    old = wording.label("new_row", language) if change.old is None else _value(change.old, language)
    text = f"{one_line(change.field)}: {old} → {_value(change.new, language)}"
    return RowLine(one_line(change.key), shorten(one_line(change.name), NAME_SHOWN), text)


def _value(value: str | None, language: Language) -> str:
    return shorten(one_line(value), VALUE_SHOWN) if value else wording.label("blank", language)
