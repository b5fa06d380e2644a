"""The report's lines, a label and a text each: what ran, what was compared, what is missing, what there is to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from freee_sync.cursors import JST
from freee_sync.outcome import Status
from freee_sync.report import wording
from freee_sync.report.judgement import ran
from freee_sync.report.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from freee_sync.masters import Master
    from freee_sync.outcome import MasterResult, RunReport
    from freee_sync.verdicts import Language


@dataclass(frozen=True)
class Line:
    """A label and what there is to say under it."""

    label: str
    text: str


def in_jst(moment: str) -> str:
    """An ISO 8601 time as people in Japan write it, to the minute."""
    return f"{datetime.fromisoformat(moment).astimezone(JST):%Y/%m/%d %H:%M}"


def facts(report: RunReport, language: Language) -> Iterator[Line]:
    """When and how it ran, its three numbers, which company and org, and who authorised."""
    yield Line(wording.label("run", language), _when(report, language))
    link = report.link
    if link.company_id is not None:
        name = one_line(link.company_name or "")
        yield Line(wording.label("company", language), wording.COMPANY.say(language, name=name, number=link.company_id))
    for label, value in (("authorised_by", link.authorised_by), ("org", link.org_id)):
        if value:
            yield Line(wording.label(label, language), one_line(value))


def _when(report: RunReport, language: Language) -> str:
    kind = wording.word_of(wording.KINDS, report.kind, language)
    start, end = in_jst(report.started), in_jst(report.finished)
    same_day = start.partition(" ")[0] + " "
    return wording.WHEN.say(language, kind=kind, start=start, end=end.removeprefix(same_day))


def checks(report: RunReport, language: Language) -> Iterator[Line]:
    """After a full read: how many rows freee listed, and how many the org holds."""
    for master, result in _known(report):
        if result.mode == "full" and result.org_rows is not None:
            sign = "=" if result.read == result.org_rows else "≠"
            text = wording.CHECK.say(language, freee=result.read, sign=sign, org=result.org_rows)
            yield Line(wording.master_name(master, language), text)


def calls(report: RunReport, language: Language) -> Iterator[Line]:
    """What each master asked of the two APIs, and how much of the org's calls everybody had used by then."""
    for master, result in _known(report):
        made = result.calls
        if made.freee or made.salesforce:
            text = wording.CALLS.say(language, freee=made.freee, salesforce=made.salesforce)
            text += "" if made.org_percent is None else wording.ORG_USED.say(language, percent=made.org_percent)
            yield Line(wording.master_name(master, language), text)


def missing(report: RunReport, language: Language) -> Iterator[Line]:
    """Rows of the org that freee does not list, and rows that it lists again."""
    for master, result in _known(report):
        name, counts = wording.master_name(master, language), vars(result)
        if result.missing:
            yield Line(name, wording.MISSING.say(language, **counts))
        if result.restored:
            yield Line(name, wording.RESTORED.say(language, **counts))


def notes(report: RunReport, language: Language) -> Iterator[Line]:
    """What the reader should know that is no failure: of the run, then of each master."""
    for warning in report.link.warnings:
        yield Line(wording.label("run", language), one_line(wording.note_text(warning, language)))
    for master, result in _known(report):
        name = wording.master_name(master, language)
        for note in result.notes:
            yield Line(name, one_line(wording.note_text(note, language)))
        if result.earlier:
            yield Line(name, wording.EARLIER.say(language, **vars(result.earlier)))
        if result.status is Status.PARTIAL and result.tolerated(report.max_failed_rows):
            text = wording.TOLERATED.say(language, n=result.unsuccessful, limit=report.max_failed_rows)
            yield Line(name, text)


def links(report: RunReport, language: Language) -> Iterator[Line]:
    """Where to look further."""
    for label, address in (("run_url", report.run_url), ("org_url", report.org_url)):
        if address:
            yield Line(wording.label(label, language), one_line(address))


def _known(report: RunReport) -> list[tuple[Master, MasterResult]]:
    return [(master, result) for master, result in ran(report) if result is not None]
