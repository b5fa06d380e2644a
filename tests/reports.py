"""Builders of runs for the tests of report and mail: each is one believable run, its books in balance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from freee_sync.masters import MASTERS
from freee_sync.outcome import Change, FailedRow, Link, MasterResult, Note, Problem, RunReport

VALIDATION = "salesforce.FIELD_CUSTOM_VALIDATION_EXCEPTION"
MALICIOUS_NAME = '=HYPERLINK("http://x")<script>alert(1)</script>\r\nBcc: thief@example.com'

RUN_ID = "scheduled__2026-11-23T21:00:00+00:00"
STARTED = "2026-11-24T06:00:03+09:00"

LINK = Link(
    company_id=1234567,
    company_name="株式会社あおば商事",
    authorised_by="山田 花子 (hanako@aoba.example)",
    org_id="00D5g000008abcDEAQ",
)


def result(master: str, **counts: Any) -> MasterResult:
    """A master that came to its end; `read` follows from the counts given."""
    fields: dict[str, Any] = {"mode": "full", "reason": "always_full", "complete": True, "finished": True, **counts}
    rows = sum(fields.get(state, 0) for state in ("created", "updated", "unchanged", "failed", "unprocessed"))
    made = MasterResult(master, **{"read": rows, **fields})
    made.check()
    return made


def delta(master: str, **counts: Any) -> MasterResult:
    """A master of which only the difference since 2026-11-22 was read."""
    return result(master, **{"mode": "delta", "reason": "delta", "since": "2026-11-22", **counts})


def failed_row(number: int = 1, **values: str | None) -> FailedRow:
    """A row that a validation rule refused in this run for the first time."""
    usual: dict[str, Any] = {"key": f"1234567-{number}", "name": f"品目{number}", "row_code": "", "code": VALIDATION}
    usual |= {"since": STARTED, "first_run": RUN_ID}
    return FailedRow(**{**usual, "detail": "品目名に「一式」は使えません", **values})


def refused_items(count: int, kept: int | None = None) -> MasterResult:
    """Items of which `count` rows were refused, `kept` of them known by name."""
    rows = [failed_row(number) for number in range(1, (count if kept is None else kept) + 1)]
    notes = [Note("cursor_waits")]
    return delta("items", updated=4, failed=count, causes={VALIDATION: count}, failed_rows=rows, notes=notes)


def seven(**others: MasterResult | None) -> dict[str, MasterResult | None]:
    """All seven masters after an ordinary day, some replaced by name."""
    usual: dict[str, MasterResult | None] = {
        "taxes": result("taxes", unchanged=178, org_rows=178, previous_read=176),
        "account_items": result("account_items", unchanged=250, org_rows=250),
        "sections": result("sections", updated=1, unchanged=24, org_rows=25),
        "segment_tags": result("segment_tags", unchanged=37, org_rows=37),
        "partners": delta("partners", created=3, updated=12, unchanged=5),
        "items": delta("items", updated=4, unchanged=1),
        "memo_tags": delta("memo_tags", unchanged=2),
    }
    return usual | others


def success(**changes: Any) -> RunReport:
    """A scheduled run in which everything arrived."""
    run = RunReport(
        run_id=RUN_ID,
        dag_id="freee_master_sync",
        kind="scheduled",
        started=STARTED,
        finished="2026-11-24T06:02:11+09:00",
        link=LINK,
        results=seven(),
        run_url="http://localhost:8080/dags/freee_master_sync/runs/scheduled__2026-11-23T21:00:00+00:00",
        org_url="https://aoba.my.salesforce.example/lightning/o/FreeeItem__c/list",
    )
    return replace(run, **changes)


def partial(**changes: Any) -> RunReport:
    """One item was refused by a validation rule; everything else arrived."""
    return success(**{"results": seven(items=refused_items(1)), **changes})


def failed(**changes: Any) -> RunReport:
    """freee's token was revoked while partners were read, and no later master could begin."""
    problem = Problem("token.invalid_grant", "POST /public_api/token 401 invalid_grant")
    partners = delta(
        "partners", created=200, unprocessed=1000, causes={problem.code: 1000}, stop=problem, complete=False
    )
    others = {master.name: MasterResult(master.name, stop=problem) for master in MASTERS}
    return success(**{"results": others | {"partners": partners}, **changes})


def not_run(**changes: Any) -> RunReport:
    """Two settings are wrong, so nothing was read or written."""
    found = (
        Problem("settings.invalid", "freee_sync_hour は「25」です。0〜23の整数にしてください。"),
        Problem("freee.source_ip_address_limit", "GET /api/1/users/me 403"),
    )
    skipped = {master.name: "not_run" for master in MASTERS}
    return success(**{"link": Link(problems=found), "results": {}, "skipped": skipped, **changes})


def preview(**changes: Any) -> RunReport:
    """What a run would do to two rows."""
    changed = [
        Change("1234567-1", "あおば銀行", "FullName__c", "青葉銀行", "あおば銀行"),
        Change("1234567-2", "わかば商店", "FullName__c", None, "わかば商店"),
    ]
    partners = delta("partners", created=1, updated=1, unchanged=18, changes=changed, dry_run=True)
    return success(**{"kind": "dry_run", "results": seven(partners=partners), **changes})


def no_result(**changes: Any) -> RunReport:
    """The task of partners was killed before it left anything."""
    return success(**{"results": seven(partners=None), **changes})
