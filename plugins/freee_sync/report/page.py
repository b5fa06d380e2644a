"""The report as a reader sees it: every number judged, every word chosen, nothing left for a template but the layout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from freee_sync.outcome import Status
from freee_sync.report import causes, lines, wording
from freee_sync.report.judgement import Overall, all_causes, overall, owners, ran, status, totals
from freee_sync.report.lines import Line
from freee_sync.report.plain import one_line
from freee_sync.report.standing import trend
from freee_sync.report.table import TableRow, methods, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from freee_sync.outcome import RunReport
    from freee_sync.report.causes import CauseBlock, Section
    from freee_sync.verdicts import Language


@dataclass(frozen=True)
class Page:
    """One report in one language, in the order it is read."""

    subject: str
    verdict: Overall
    verdict_word: str
    badge: str
    title: str
    headline: str
    todo: str
    who: str
    tiles: tuple[Line, ...]
    facts: tuple[Line, ...]
    missed_starts: tuple[str, ...]
    problems: tuple[CauseBlock, ...]
    table: tuple[TableRow, ...]
    methods: tuple[Line, ...]
    failures: tuple[Section, ...]
    trend: tuple[Line, ...]
    changes: tuple[Section, ...]
    missing: tuple[Line, ...]
    checks: tuple[Line, ...]
    calls: tuple[Line, ...]
    notes: tuple[Line, ...]
    links: tuple[Line, ...]


def build_page(report: RunReport, language: Language) -> Page:
    """Turn one run into what its reader sees."""
    rows = tuple(table(report, language))
    notes = tuple(lines.notes(report, language))
    verdict_word = wording.OVERALL[overall(report)].say(language)
    return Page(
        subject=subject(report, language),
        verdict=overall(report),
        verdict_word=verdict_word,
        badge=_marked(report, wording.BADGE.say(language, verdict=verdict_word)),
        title=_marked(report, wording.label("title", language)),
        headline=_headline(report, language),
        todo=_todo(report, language, len(notes)),
        who=_who(report, language),
        tiles=tuple(_tiles(report, language)),
        facts=tuple(lines.facts(report, language)),
        missed_starts=tuple(lines.in_jst(start) for start in report.missed_starts),
        problems=causes.run_problems(report, language),
        table=rows,
        methods=tuple(methods(rows, language)),
        failures=tuple(causes.failures(report, language)),
        trend=tuple(trend(report, language)),
        changes=tuple(causes.changes(report, language)),
        missing=tuple(lines.missing(report, language)),
        checks=tuple(lines.checks(report, language)),
        calls=tuple(lines.calls(report, language)),
        notes=notes,
        links=tuple(lines.links(report, language)),
    )


def subject(report: RunReport, language: Language) -> str:
    """The mail's subject: verdict, time in JST, rows read and failed; how many masters did not come to their end."""
    sums = totals(report)
    unfinished = sum(status(result) is Status.FAILED for _, result in ran(report))
    text = wording.SUBJECT.say(
        language,
        verdict=wording.OVERALL[overall(report)].say(language),
        title=wording.label("title", language),
        time=lines.in_jst(report.started)[len("yyyy/") :],
        read=sums.read,
        unsuccessful=sums.unsuccessful,
    )
    text += wording.UNFINISHED.say(language, masters=unfinished) if unfinished else ""
    return one_line(_marked(report, text))


def _marked(report: RunReport, text: str) -> str:
    return f"[SANDBOX] {text}" if report.sandbox else text


def _headline(report: RunReport, language: Language) -> str:
    verdict, statuses = overall(report), [status(result) for _, result in ran(report)]
    bad = sum(each is not Status.SUCCESS for each in statuses)
    text = wording.HEADLINES[verdict].say(language, masters=len(statuses), bad=bad)
    if report.kind == "dry_run" and verdict in {Overall.PARTIAL, Overall.FAILED}:
        return f"{text} {wording.HEADLINES[Overall.PREVIEW].say(language)}"
    return text


def _todo(report: RunReport, language: Language, notes: int) -> str:
    hints = list(dict.fromkeys(cause.verdict.words(language).hint for cause in all_causes(report)))
    if len(hints) > 1:
        return wording.MORE_TO_DO.say(language, first=hints[0], n=len(hints) - 1)
    if hints:
        return hints[0]
    if not report.results:
        return wording.SKIPS_TO_READ.say(language)
    if overall(report) is Overall.PREVIEW:
        return wording.PREVIEW_TO_DO.say(language)
    return wording.NOTES_TO_READ.say(language, n=notes) if notes else wording.NOTHING_TO_DO.say(language)


def _who(report: RunReport, language: Language) -> str:
    named = [owner.label(language) for owner in owners(all_causes(report))]
    return wording.SEPARATOR.say(language).join(named) or wording.NOBODY.say(language)


def _tiles(report: RunReport, language: Language) -> Iterator[Line]:
    """The three numbers of the product's own mail, 対象件数 成功件数 失敗件数, and what they do not cover."""
    if not report.results:
        return
    sums = totals(report)
    for name in ("read", "succeeded", "unsuccessful"):
        yield Line(wording.label(name, language), wording.TILE.say(language, n=getattr(sums, name)))
    if sums.unknown:
        text = wording.MASTERS_COUNTED.say(language, n=sums.unknown)
        yield Line(wording.label("unknown_count", language), text)
