"""Every fault against every master: what the mail said, what the cursor did, and what the next run without it made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import oracle
from fault_cases import CASES, LOG_IN, Arrived, Case, again, document, moves_cursor, table_of, words_of
from freee_sync.errors import Retry, Stop
from freee_sync.freee.hook import FreeeHook, Pace
from freee_sync.freee.tokens import TOKEN_PATH
from freee_sync.masters import BY_NAME, Master
from freee_sync.outcome import Link, MasterResult, RunReport
from freee_sync.report import render_text
from freee_sync.report.wording import STATUSES
from freee_sync.salesforce.login import open_org
from freee_sync.salesforce.org import Org
from freee_sync.salesforce.renewal import LOG_INS
from rig import SMALL, Rig, no_sleep, rigged
from sandbox.company import Sizes

CLONE = Path(__file__).parents[2]
CHANGED = 6  # rows renamed in freee before each fault
SHORT = (10.0, 0.25)  # seconds

PLAYS = [pytest.param(name, case, id=f"{name}-{case.fault}") for case in CASES for name in case.masters]


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    """One company and one org for all: each play ends with both alike, and the next one begins with that."""
    with rigged(Sizes(**(vars(SMALL) | {"segment_tags_1": 12}))) as made:
        made.run("taxes")  # what account items point at
        yield made


@pytest.fixture
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four rows a page and one row a write, so that even a small company has a middle to be struck in."""
    monkeypatch.setattr("freee_sync.salesforce.writer.CALL_ROWS", 1)
    for name, master in BY_NAME.items():
        if master.page_limit:
            monkeypatch.setitem(BY_NAME, name, replace(master, page_limit=4))


@pytest.mark.usefixtures("small_steps")
@pytest.mark.parametrize(("name", "case"), PLAYS)
def test_fault(rig: Rig, name: str, case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    master = BY_NAME[name]
    names = given_renamed_rows(rig, master)
    cursor = rig.cursor(name)

    with monkeypatch.context() as patched:
        if case.impatient:
            patched.setattr("freee_sync.freee.session.TIMEOUT", SHORT)
            patched.setattr("freee_sync.salesforce.session.TIMEOUT", SHORT)
        case.strike(rig, master)
        result, raised = run_to_its_end(rig, master, case)

    for published in rig.published:
        published.check()
    assert len(rig.sandbox.salesforce_wire.calls(path=LOG_IN)) <= LOG_INS
    assert len(rig.sandbox.freee_wire.calls(path=TOKEN_PATH)) <= 1
    assert result.status == case.status
    assert raised is expected_error(case)
    assert_mail_tells(result, case)
    assert (rig.cursor(name) != cursor) == (case.code == "cursor_changed" or (master.delta and moves_cursor(case)))

    rig.sandbox.freee_wire.heal()
    rig.sandbox.salesforce_wire.heal()
    case.mend(rig, master)
    arrived = sum(row["FullName__c"] in names for row in rig.held(name).values())
    assert how_many(arrived) is case.arrived
    next_run = clean_run(rig, master, case)
    assert next_run.updated == CHANGED - arrived
    assert_org_holds_what_freee_says(rig, master)


def given_renamed_rows(rig: Rig, master: Master) -> set[str]:
    """Both sides alike, a day passes, six rows get new names in freee; both sides logged in. The new names."""
    clean_run(rig, master, None)
    rig.sandbox.clock.advance(timedelta(days=1))
    keys = rig.sandbox.company.keys(table_of(master))[1 : CHANGED + 1]
    names = [f"{rig.sandbox.clock.now():%m%d%H%M%S}改名{number}" for number in range(CHANGED)]
    for key, name in zip(keys, names, strict=True):
        rig.sandbox.company.edit(table_of(master), key, {master.label: name})
    rig.freee, rig.org = new_hook(rig), new_org()
    rig.freee.user()
    rig.org.organization()
    rig.forget()
    return set(names)


def new_hook(rig: Rig) -> FreeeHook:
    """A hook as a new task has one; where it would wait, the sandbox's time passes."""

    def sleep(seconds: float) -> None:
        rig.sandbox.clock.advance(timedelta(seconds=seconds))

    return FreeeHook(variables=rig.variables, pace=Pace(sleep=sleep, now=rig.sandbox.clock.now))


def new_org() -> Org:
    """An org as a new task has it: logged in, once."""
    return open_org("salesforce_default", sleep=no_sleep)


def run_to_its_end(rig: Rig, master: Master, case: Case) -> tuple[MasterResult, type[Exception] | None]:
    """The last thing that was published, and what the task would raise."""
    raised = None
    try:
        rig.run(master.name, full_every_days=0, **case.wishes)
    except (Stop, Retry) as problem:
        raised = Retry if isinstance(problem, Retry) else Stop
    return rig.published[-1], raised


def clean_run(rig: Rig, master: Master, case: Case | None) -> MasterResult:
    """A run that nothing strikes, and its result."""
    rig.freee, rig.org = new_hook(rig), new_org()
    result = rig.run(master.name, full_every_days=0, **(case.wishes if case else {}))
    assert result.status == "success"
    return result


def expected_error(case: Case) -> type[Exception] | None:
    """What the task raises so that Airflow does what the table says."""
    if case.status != "failed":
        return None
    return Retry if again(case) == "yes" else Stop


def assert_mail_tells(result: MasterResult, case: Case) -> None:
    """Its verdict and the cause, in the words that the table has."""
    began, ended = "2026-11-24T06:00:00+09:00", "2026-11-24T06:01:00+09:00"
    report = RunReport("run", "dag", "manual", began, ended, Link(), {result.master: result})
    mail = render_text(report, CLONE / "include" / "templates")
    assert STATUSES[case.status].ja in mail
    assert case.code is None or words_of(case.code) in mail


def how_many(arrived: int) -> Arrived:
    """In the words of the table."""
    return {0: Arrived.NONE, CHANGED: Arrived.ALL}.get(arrived, Arrived.SOME)


def assert_org_holds_what_freee_says(rig: Rig, master: Master) -> None:
    """By the oracle, which knows nothing of freee_sync."""
    freee, company = oracle.log_in_to_freee(rig.sandbox.freee_url)
    salesforce = oracle.log_in_to_salesforce(rig.sandbox.salesforce_url)
    name = rig.mapping[master.name].object
    expected = oracle.EXPECTED[name]
    rows = list(oracle.freee_rows(freee, company, expected))
    records = list(oracle.salesforce_records(salesforce, name, expected.fields))
    assert list(oracle.differences(name, expected, rows, records)) == []


def test_the_committed_table_is_the_one_that_was_played() -> None:
    written = CLONE / "docs" / "fault-matrix.md"
    played = CLONE / "var" / "tests" / "fault-matrix.md"
    played.parent.mkdir(parents=True, exist_ok=True)
    played.write_text(document(), encoding="utf-8")
    assert written.read_text(encoding="utf-8") == document(), f"copy {played} to {written}"
