"""The fault matrix: what is made to go wrong, and what the mail, the cursor and the next run must make of it.

The suite plays every case against every master it applies to; `docs/fault-matrix.md` is written from the same rows.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from freee_sync.masters import BY_NAME, MASTERS, Master
from freee_sync.report.wording import NOTES, STATUSES
from freee_sync.verdicts import verdict
from rig import Rig
from sandbox.salesforce.automation import FieldRule
from sandbox.wire import Fault

Act = Callable[[Rig, Master], None]
"""Something done to the sandbox: a fault is set, or what was broken is mended."""

TABLES = {"memo_tags": "tags", "segment_tags": "segment_tags_1"}
"""Where the sandbox's company keeps a master's rows, when not under its own name."""

ALL = tuple(master.name for master in MASTERS)
PAGED = tuple(master.name for master in MASTERS if master.page_limit)
DELTA = tuple(master.name for master in MASTERS if master.delta)

LATE = 0.4  # seconds that a late answer takes; the suite's time-out is shorter
REFUSED = "改名3"  # a part of one new name
API, WRITES, QUERY, LOG_IN = "/api/1/", "/composite/", "/query", "/services/oauth2/token"
CONCURRENT = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."


class Arrived(StrEnum):
    """How many of the changed rows were in the org when the next run began."""

    NONE = "writes all of them"
    SOME = "finds those that had arrived unchanged, writes the others"
    ALL = "nothing is left to write"


@dataclass(frozen=True)
class Case:
    """One thing that goes wrong.

    :param fault: what, in words for the table.
    :param status: how the master ends: success, partial or failed.
    :param code: verdict or note code that the mail must tell; None when there is nothing to tell.
    :param wishes: of the run form, for both runs.
    :param impatient: time-outs are so short that a late answer comes too late.
    :param mend: what a person does before the next run, beyond waiting.
    """

    fault: str
    strike: Act
    status: str = "success"
    code: str | None = None
    arrived: Arrived = Arrived.ALL
    masters: tuple[str, ...] = ALL
    wishes: dict[str, Any] = field(default_factory=dict)
    impatient: bool = False
    mend: Act = lambda _rig, _master: None


def table_of(master: Master) -> str:
    """The sandbox's table of a master."""
    return TABLES.get(master.name, master.name)


def freee(**fault: Any) -> Act:
    """A fault of freee's API."""
    return lambda rig, _: rig.sandbox.freee_wire.add(Fault(**{"path": API, "times": None, **fault}))


def salesforce(**fault: Any) -> Act:
    """A fault of Salesforce while rows are written."""
    usual: dict[str, Any] = {"path": WRITES, "method": "PATCH", "times": None}
    return lambda rig, _: rig.sandbox.salesforce_wire.add(Fault(**{**usual, **fault}))


def error_of_freee(code: str) -> dict[str, Any]:
    """A body as freee sends it with a refusal."""
    return {"status_code": 400, "errors": [{"type": "status", "codes": [code], "messages": ["拒否されました"]}]}


def error_of_salesforce(code: str, message: str = "was hit") -> list[dict[str, str]]:
    """A body as Salesforce sends it with a refused call."""
    return [{"errorCode": code, "message": message}]


def row_error(code: str) -> list[dict[str, Any]]:
    """The answer to a call of one row that was refused."""
    return [{"success": False, "errors": [{"statusCode": code, "message": f"{code} was hit", "fields": []}]}]


def blocked_until(seconds: float) -> Act:
    """A 429 that names its end."""

    def strike(rig: Rig, _: Master) -> None:
        reset = (rig.sandbox.clock.now() + timedelta(seconds=seconds)).isoformat()
        rig.sandbox.freee_wire.add(Fault(path=API, status=429, headers={"x-ratelimit-reset": reset}))

    return strike


def revoke(rig: Rig, _: Master) -> None:
    """A person takes the app's authorisation back in freee."""
    rig.sandbox.tokens.revoke_all()


def link_again(rig: Rig, _: Master) -> None:
    """Somebody authorises anew and pastes the refresh token into the Connection."""
    os.environ["AIRFLOW_CONN_FREEE_DEFAULT"] = json.dumps(rig.sandbox.connections()["freee_default"])


def on_page(number: int, act: Act) -> Act:
    """Do something when freee is asked for a page; a master without pages has only one."""

    def strike(rig: Rig, master: Master) -> None:
        at = number if master.page_limit else 1
        nothing = Fault(path=API, at=at)
        rig.sandbox.freee_wire.add(nothing, meanwhile=lambda: act(rig, master))

    return strike


def on_write(number: int, act: Act) -> Act:
    """Do something when Salesforce is asked to write for that many times."""

    def strike(rig: Rig, master: Master) -> None:
        nothing = Fault(path=WRITES, method="PATCH", at=number)
        rig.sandbox.salesforce_wire.add(nothing, meanwhile=lambda: act(rig, master))

    return strike


def remove_first(rig: Rig, master: Master) -> None:
    """Delete a row that the first page had."""
    rig.sandbox.company.remove(table_of(master), rig.sandbox.company.keys(table_of(master))[0])


def add_one(rig: Rig, master: Master) -> None:
    """A new row comes at the end."""
    rig.sandbox.company.add(table_of(master), {master.label: "読み取り中に増えた行"})


def repeat_first_row(rig: Rig, master: Master) -> None:
    """freee sends the first row of every answer twice."""
    get = rig.freee.get

    def fetch(path: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = get(path, params)
        rows = answer[master.envelope]
        return {**answer, master.envelope: rows[:1] + rows}

    rig.freee.get = fetch  # type: ignore[method-assign]  # the wire cannot change a real answer


def withdraw(rig: Rig, master: Master) -> None:
    """The user who authorised loses the right to read it."""
    rig.sandbox.company.settings.withdrawn.add(master.scopes[0].capability)


def give_back(rig: Rig, master: Master) -> None:
    """And gets it again."""
    rig.sandbox.company.settings.withdrawn.clear()


def expire_sessions(rig: Rig, _: Master) -> None:
    """Salesforce ends every session."""
    rig.sandbox.org.expire_sessions()


def expire_sessions_and_spoil_log_ins(**fault: Any) -> Act:
    """Salesforce ends every session, and from then on log-ins go wrong."""

    def strike(rig: Rig, master: Master) -> None:
        rig.sandbox.salesforce_wire.add(Fault(path=LOG_IN, times=None, **fault))
        expire_sessions(rig, master)

    return strike


def hide(field_name: str = "") -> Act:
    """The integration user loses the sight of the object or of one field."""
    return lambda rig, master: rig.sandbox.org.integration.access.hide(rig.mapping[master.name].object + field_name)


def grant(field_name: str = "") -> Act:
    """And gets it again."""
    return lambda rig, master: rig.sandbox.org.integration.access.grant(rig.mapping[master.name].object + field_name)


def refuse_one(rig: Rig, master: Master) -> None:
    """A validation rule of the customer's refuses one of the rows."""
    rule = FieldRule("FullName__c", contains=REFUSED, message="この名前は使えません")
    rig.sandbox.org.validation_rules[rig.mapping[master.name].object] = rule


def allow_all(rig: Rig, _: Master) -> None:
    """The rule is taken back."""
    rig.sandbox.org.validation_rules.clear()


def clear_cursor(rig: Rig, master: Master) -> None:
    """A person clears the cursor while the run is on."""
    rig.variables.values[f"freee_sync_cursor_{master.name}"] = ""


NOT_JSON = b'{"partners": [{"id": 1, "na'
HTML = b"<html><body>Service Unavailable</body></html>"
FULL = {"full_load": True}

FREEE_CASES = (
    Case("freee answers one call too late", freee(delay=LATE, times=1), impatient=True),
    Case(
        "freee answers no call in time", freee(delay=LATE), "failed", "freee.unavailable", Arrived.NONE, impatient=True
    ),
    Case("freee: 429 with `x-ratelimit-reset`, once", blocked_until(120)),
    Case("freee: 403 without a code (its block), once", freee(status=403, times=1)),
    Case("freee: 403 without a code, also after the wait", freee(status=403), "failed", "freee.blocked", Arrived.NONE),
    Case(
        "freee: 403 `access_denied`",
        freee(status=403, body=error_of_freee("access_denied")),
        "failed",
        "freee.access_denied",
        Arrived.NONE,
    ),
    Case(
        "freee: 401 `expired_access_token`, once",
        freee(status=401, body=error_of_freee("expired_access_token"), times=1),
    ),
    Case(
        "freee: 401 `expired_access_token`, also after the refresh",
        freee(status=401, body=error_of_freee("expired_access_token")),
        "failed",
        "freee.expired_access_token",
        Arrived.NONE,
    ),
    Case(
        "freee: the authorisation is revoked (`invalid_grant`)",
        revoke,
        "failed",
        "token.invalid_grant",
        Arrived.NONE,
        mend=link_again,
    ),
    Case("freee: 500, once", freee(status=500, times=1)),
    Case("freee: 502 at every call", freee(status=502, body=HTML), "failed", "freee.unavailable", Arrived.NONE),
    Case(
        "freee: 503 with JSON",
        freee(status=503, body=error_of_freee("maintenance")),
        "failed",
        "freee.maintenance",
        Arrived.NONE,
    ),
    Case("freee: 503 with HTML", freee(status=503, body=HTML), "failed", "freee.maintenance", Arrived.NONE),
    Case("freee: 503 with nothing", freee(status=503, body=b""), "failed", "freee.maintenance", Arrived.NONE),
    Case("freee: truncated JSON", freee(body=NOT_JSON), "failed", "freee.bad_answer", Arrived.NONE),
    Case("freee: cut in the middle of an answer, once", freee(cut=True, after=True, times=1)),
    Case(
        "freee: every answer cut in its middle", freee(cut=True, after=True), "failed", "freee.bad_answer", Arrived.NONE
    ),
    Case("freee: every connection dropped", freee(cut=True), "failed", "freee.unavailable", Arrived.NONE),
    Case("freee: a row removed between two pages", on_page(2, remove_first), wishes=FULL, masters=PAGED),
    Case("freee: a row added between two pages", on_page(2, add_one), wishes=FULL, masters=PAGED),
    Case("freee: a row sent twice in every answer", repeat_first_row, "partial", "listing_moved"),
    Case(
        "freee: the right withdrawn in the middle",
        on_page(2, withdraw),
        "failed",
        "freee.user_do_not_have_permission",
        Arrived.NONE,
        tuple(name for name in ALL if name not in PAGED),
        mend=give_back,
    ),
    Case(
        "freee: the right withdrawn between two pages",
        on_page(2, withdraw),
        "failed",
        "freee.user_do_not_have_permission",
        Arrived.SOME,
        PAGED,
        mend=give_back,
    ),
)

SALESFORCE_CASES = (
    Case(
        "Salesforce answers one write too late, not applied",
        salesforce(delay=LATE, status=504, times=1),
        impatient=True,
    ),
    Case("Salesforce answers one write too late, applied", salesforce(delay=LATE, after=True, times=1), impatient=True),
    Case(
        "Salesforce answers no write in time, applied",
        salesforce(delay=LATE, after=True),
        "failed",
        "salesforce.unavailable",
        Arrived.SOME,
        impatient=True,
    ),
    Case("Salesforce: 500 at a write, once", salesforce(status=500, times=1)),
    Case(
        "Salesforce: 503 with HTML", salesforce(status=503, body=HTML), "failed", "salesforce.unavailable", Arrived.NONE
    ),
    Case(
        "Salesforce: 503 from the third write on",
        salesforce(status=503, at=3),
        "failed",
        "salesforce.unavailable",
        Arrived.SOME,
    ),
    Case(
        "Salesforce: the answer to every write truncated, applied",
        salesforce(after=True, body=b'[{"id":"a0'),
        "failed",
        "salesforce.bad_answer",
        Arrived.SOME,
    ),
    Case("Salesforce: one answer cut in its middle, applied", salesforce(after=True, cut=True, times=1)),
    Case(
        "Salesforce: every write's connection dropped, not applied",
        salesforce(cut=True),
        "failed",
        "salesforce.unavailable",
        Arrived.NONE,
    ),
    Case(
        "Salesforce: what the org holds cannot be read",
        salesforce(path=QUERY, method="GET", status=500),
        "failed",
        "salesforce.unavailable",
        Arrived.NONE,
    ),
    Case(
        "Salesforce: 200, one row refused by a validation rule",
        refuse_one,
        "partial",
        "salesforce.FIELD_CUSTOM_VALIDATION_EXCEPTION",
        Arrived.SOME,
        mend=allow_all,
    ),
    Case(
        "Salesforce: 200, `UNABLE_TO_LOCK_ROW` twice, then well",
        salesforce(body=row_error("UNABLE_TO_LOCK_ROW"), times=2),
    ),
    Case(
        "Salesforce: 200, `UNABLE_TO_LOCK_ROW` for every row",
        salesforce(body=row_error("UNABLE_TO_LOCK_ROW")),
        "partial",
        "salesforce.UNABLE_TO_LOCK_ROW",
        Arrived.NONE,
    ),
    Case(
        "Salesforce: 403 `REQUEST_LIMIT_EXCEEDED` from the third write on",
        salesforce(
            status=403, body=error_of_salesforce("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), at=3
        ),
        "failed",
        "salesforce.REQUEST_LIMIT_EXCEEDED",
        Arrived.SOME,
    ),
    Case(
        "Salesforce: 403 `REQUEST_LIMIT_EXCEEDED` of concurrent calls, once",
        salesforce(status=403, body=error_of_salesforce("REQUEST_LIMIT_EXCEEDED", CONCURRENT), times=1),
    ),
    Case(
        "Salesforce: 403 `REQUEST_LIMIT_EXCEEDED` of concurrent calls from the third write on",
        salesforce(status=403, body=error_of_salesforce("REQUEST_LIMIT_EXCEEDED", CONCURRENT), at=3),
        "failed",
        "salesforce.concurrent_requests",
        Arrived.SOME,
    ),
    Case(
        "Salesforce: 503 with `Retry-After: 3600` from the third write on",
        salesforce(status=503, headers={"Retry-After": "3600"}, at=3),
        "failed",
        "salesforce.unavailable",
        Arrived.SOME,
    ),
    Case(
        "Salesforce: 200, rows refused because of maintenance from the third write on",
        salesforce(body=row_error("INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE"), at=3),
        "failed",
        "salesforce.INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
        Arrived.SOME,
    ),
    Case(
        "Salesforce: `STORAGE_LIMIT_EXCEEDED` from the third write on",
        salesforce(body=row_error("STORAGE_LIMIT_EXCEEDED"), at=3),
        "failed",
        "salesforce.STORAGE_LIMIT_EXCEEDED",
        Arrived.SOME,
    ),
    Case("Salesforce: the session ends in the middle", on_write(4, expire_sessions)),
    Case(
        "Salesforce: the session ends in the middle, and the log-in is refused",
        on_write(4, expire_sessions_and_spoil_log_ins(status=400, body={"error": "invalid_grant"})),
        "failed",
        "login.invalid_grant",
        Arrived.SOME,
    ),
    Case(
        "Salesforce: the session ends in the middle, and the log-in drops every connection",
        on_write(4, expire_sessions_and_spoil_log_ins(cut=True)),
        "failed",
        "salesforce.unavailable",
        Arrived.SOME,
    ),
    Case(
        "Salesforce: every session is refused",
        salesforce(status=401, body=error_of_salesforce("INVALID_SESSION_ID")),
        "failed",
        "salesforce.INVALID_SESSION_ID",
        Arrived.NONE,
    ),
    Case(
        "Salesforce: the object withdrawn in the middle",
        on_write(4, hide()),
        "failed",
        "salesforce.object",
        Arrived.SOME,
        mend=grant(),
    ),
    Case(
        "Salesforce: a field withdrawn in the middle",
        on_write(4, hide(".CompanyId__c")),
        "failed",
        "salesforce.field",
        Arrived.SOME,
        mend=grant(".CompanyId__c"),
    ),
    Case(
        "Airflow: the cursor cleared in the middle",
        on_write(1, clear_cursor),
        "success",
        "cursor_changed",
        masters=DELTA,
    ),
)

CASES = FREEE_CASES + SALESFORCE_CASES

HEADER = """\
# What every fault did

Written by `tests/suite/test_fault_matrix.py`, which plays each fault against each master it applies to, on the sandbox: the org
holds freee's rows, six rows are renamed in freee, the fault strikes. The test asserts every cell below; in each case also
that the counts add up, that freee's token was refreshed at most once and Salesforce's log-in asked for at most twice, and that after
the next run without the fault Salesforce holds what freee says (`tests/oracle.py`).

Where the cursor moved, every row has arrived. Masters without a cursor are always read in full.

| fault | masters | the mail | tried again by itself | cursor | the next run |
|---|---|---|---|---|---|
"""


def document() -> str:
    """The matrix as Markdown."""
    return HEADER + "".join(f"| {' | '.join(_cells(case))} |\n" for case in CASES)


def _cells(case: Case) -> Iterator[str]:
    yield case.fault
    yield "all seven" if case.masters == ALL else ", ".join(BY_NAME[name].japanese for name in case.masters)
    yield f"{STATUSES[case.status].ja}{'' if case.code is None else f': {words_of(case.code)}'}"
    yield again(case)
    yield "moved" if moves_cursor(case) else "left as it was"
    yield case.arrived.value


def words_of(code: str) -> str:
    """What the mail says of a verdict or a note."""
    if code in NOTES:
        return NOTES[code].ja.partition("{")[0]
    return verdict(code).ja.cause


def again(case: Case) -> str:
    """Whether Airflow tries the task again."""
    if case.status == "success":
        return "not needed"
    if case.code == "listing_moved" or (case.status == "failed" and verdict(str(case.code)).verb == "retry"):
        return "yes"
    return "no"


def moves_cursor(case: Case) -> bool:
    """Only a clean end moves it, and never over a person's change."""
    return case.status == "success" and case.code != "cursor_changed"
