"""One run as JSON for programs, as published in `include/report.schema.json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from freee_sync.masters import MASTERS
from freee_sync.outcome import MasterResult, Status
from freee_sync.report import wording
from freee_sync.report.judgement import causes, overall, problems, skip_reason, status, totals

if TYPE_CHECKING:
    from freee_sync.masters import Master
    from freee_sync.outcome import Note, RunReport
    from freee_sync.report.judgement import Cause
    from freee_sync.verdicts import Language

SCHEMA_VERSION = 4
"""Raised when a reader of the JSON would have to change."""

EXAMPLES = 3
"""Rows that a cause names; `failed_rows` has them all."""

_COUNTS = (
    "read",
    "created",
    "updated",
    "unchanged",
    "failed",
    "unprocessed",
    "missing",
    "marked",
    "mark_failed",
    "held",
    "restored",
)


def to_json(report: RunReport, language: Language = "ja") -> dict[str, Any]:
    """The whole report. Codes are for programs; `cause`, `hint` and `text` are words in the given language."""
    link = report.link
    return {
        "schema_version": SCHEMA_VERSION,
        "run_id": report.run_id,
        "dag_id": report.dag_id,
        "kind": report.kind,
        "sandbox": report.sandbox,
        "company": {"id": link.company_id, "name": link.company_name},
        "authorised_by": link.authorised_by,
        "org_id": link.org_id,
        "started": report.started,
        "finished": report.finished,
        "verdict": overall(report),
        "totals": asdict(totals(report)),
        "masters": [_master(report, master, language) for master in MASTERS],
        "problems": [_cause(cause, language) for cause in problems(report)],
        "notes": [_note(note, language) for note in link.warnings],
        "missed_starts": list(report.missed_starts),
        "run_url": report.run_url,
        "org_url": report.org_url,
    }


def _master(report: RunReport, master: Master, language: Language) -> dict[str, Any]:
    skipped = skip_reason(report, master)
    if skipped is not None:
        nothing = _entry(MasterResult(master.name), language)
        return nothing | {"status": Status.SKIPPED, "skipped": skipped, "causes": []}
    result = report.results[master.name]
    if result is not None:
        return _entry(result, language)
    unknown = dict.fromkeys(_COUNTS)
    told = [_cause(cause, language) for cause in causes(None)]
    return (
        _entry(MasterResult(master.name), language)
        | unknown
        | {"status": status(None), "earlier": None, "calls": None, "causes": told}
    )


def _entry(result: MasterResult, language: Language) -> dict[str, Any]:
    return {
        "master": result.master,
        "status": status(result),
        "skipped": None,
        "mode": result.mode,
        "since": result.since,
        "reason": result.reason,
        **{count: getattr(result, count) for count in _COUNTS},
        "earlier": asdict(result.earlier),
        "calls": asdict(result.calls),
        "complete": result.complete,
        "cursor": result.cursor,
        "org_rows": result.org_rows,
        "previous_read": result.previous_read,
        "causes": [_cause(cause, language) for cause in causes(result)],
        "notes": [_note(note, language) for note in result.notes],
        "failed_rows": [asdict(row) for row in result.failed_rows],
        "resolved": [asdict(row) for row in result.resolved],
        "changes": [asdict(change) for change in result.changes],
    }


def _cause(cause: Cause, language: Language) -> dict[str, Any]:
    words = cause.verdict.words(language)
    return {
        "code": cause.code,
        "cause": words.cause,
        "hint": words.hint,
        "owner": cause.verdict.owner,
        "count": cause.count,
        "detail": cause.detail,
        "examples": [{"key": row.key, "name": row.name, "detail": row.detail} for row in cause.rows[:EXAMPLES]],
    }


def _note(note: Note, language: Language) -> dict[str, str]:
    return {"code": note.code, "detail": note.detail, "text": wording.note_text(note, language)}
