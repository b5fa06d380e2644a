"""A try is killed while a Bulk job of it is under way: the next one hears what became of the job, and writes nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

import oracle
from freee_sync.errors import Retry
from freee_sync.memory import recall_job
from freee_sync.outcome import Written
from freee_sync.salesforce import bulk_lane, race, writer
from freee_sync.salesforce.bulk_calls import IngestJobs
from freee_sync.salesforce.sobject_collections import Answer
from mortal import Fate, Killed, mortal
from rig import SMALL, Rig, rigged
from sandbox.company import Sizes
from sandbox.salesforce.bulk_job import Job, Pace
from sandbox.wire import Fault

ROWS = 400
JOB = 100  # rows of the first job, and that must wait before there is one
CALL = 20  # rows of a call, and that the org saves of a job at a time
JOBS = "/jobs/ingest"


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything a tenth of its size, or less."""
    for module, name, value in (
        (race, "PROBE_FROM", JOB),
        (race, "PROBE_ROWS", JOB),
        (writer, "CALL_ROWS", CALL),
        (bulk_lane, "CALL_ROWS", CALL),
    ):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr("sandbox.salesforce.bulk_job.CHUNK", CALL)


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A few hundred partners, an empty org whose jobs take their time, and first calls late enough for rows to wait."""
    with rigged(Sizes(**(vars(SMALL) | {"partners": ROWS}))) as made:
        made.sandbox.org.jobs.pace = Pace(queue_seconds=10, row_seconds=1)
        made.sandbox.salesforce_wire.add(Fault(path="composite", method="PATCH", delay=0.3, times=writer.WORKERS))
        yield made


@pytest.fixture
def fate() -> Iterator[Fate]:
    """Whether tries live."""
    with mortal() as found:
        yield found


Murder = Callable[[Rig, Fate, pytest.MonkeyPatch], None]
"""Sees to it that the next try dies at some moment of its job."""


def at_a_call(name: str) -> Murder:
    """Before a call of the job is made."""

    def plan(_rig: Rig, fate: Fate, monkeypatch: pytest.MonkeyPatch) -> None:
        really = getattr(IngestJobs, name)

        deaths: list[str] = []

        def act(jobs: IngestJobs, *given: Any) -> Any:
            if deaths:
                return really(jobs, *given)
            deaths.append(name)
            fate.dead = True
            raise Killed

        monkeypatch.setattr(IngestJobs, name, act)

    return plan


def after(seconds: float) -> Murder:
    """So many seconds after it began to wait for the job's end."""

    def plan(rig: Rig, fate: Fate, monkeypatch: pytest.MonkeyPatch) -> None:
        really, slept = rig.sleep, [0.0]

        def sleep(some: float) -> None:
            really(some)
            before, slept[0] = slept[0], slept[0] + some
            fate.dead = fate.dead or before <= seconds < slept[0]

        monkeypatch.setattr(rig, "sleep", sleep)

    return plan


MOMENTS: dict[str, Murder] = {
    "Open": at_a_call("upload"),
    "UploadComplete": after(5),
    "InProgress": after(55),
    "JobComplete": at_a_call("download"),
}
"""State in which the job is left."""


@pytest.fixture(params=MOMENTS)
def killed(request: pytest.FixtureRequest, rig: Rig, fate: Fate, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """A try has just died beside a job in this state; the next one lives."""
    MOMENTS[request.param](rig, fate, monkeypatch)
    with suppress(Killed):
        rig.run("partners", run_id="first")
    assert fate.dead
    assert job(rig).state == request.param
    fate.spare()
    return rig


def job(rig: Rig) -> Job:
    """The job that was left behind."""
    return next(iter(rig.sandbox.org.jobs.all.values()))


def differences(rig: Rig) -> list[str]:
    """Between freee's partners and the org's."""
    freee, company = oracle.log_in_to_freee(rig.sandbox.freee_url)
    salesforce = oracle.log_in_to_salesforce(rig.sandbox.salesforce_url)
    name = "FreeePartner__c"
    expected = oracle.EXPECTED[name]
    rows = list(oracle.freee_rows(freee, company, expected))
    return list(
        oracle.differences(name, expected, rows, list(oracle.salesforce_records(salesforce, name, expected.fields)))
    )


def test_the_next_try_counts_what_the_job_wrote_and_writes_the_rest_once(killed: Rig) -> None:
    # given
    left, by_calls = job(killed), len(killed.held("partners")) - job(killed).processed
    assert recall_job(killed.store("partners")) == left.id
    # when
    result = killed.run("partners", run_id="first")
    # then
    assert left.state in {"Aborted", "JobComplete"}
    assert result.earlier == Written(created=left.processed)
    assert (result.created, result.unchanged, result.updated) == (
        ROWS - by_calls - left.processed,
        by_calls + left.processed,
        0,
    )
    assert differences(killed) == []
    assert recall_job(killed.store("partners")) is None
    # when
    again = killed.run("partners", full_load=True)
    # then
    assert (again.earlier, again.unchanged) == (Written(), ROWS)


@pytest.mark.parametrize("killed", ["Open", "InProgress"], indirect=True)
def test_a_preview_leaves_the_job_alone_and_a_later_run_hears_of_it(killed: Rig) -> None:
    # given
    left = job(killed)
    state = left.state
    killed.forget()
    # when
    result = killed.run("partners", dry_run=True)
    # then
    assert result.earlier == Written()
    assert killed.sandbox.salesforce_wire.calls(path=JOBS) == []
    assert left.state == state
    assert recall_job(killed.store("partners")) == left.id
    # when: a run that is another one
    assert killed.run("partners", run_id="next day").earlier == Written(created=left.processed)
    assert recall_job(killed.store("partners")) is None


def test_what_a_dead_try_told_of_a_job_is_counted_by_no_other(
    rig: Rig, fate: Fate, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: it dies between the first answers of its job and the next
    monkeypatch.setattr("freee_sync.salesforce.bulk_jobs.ANSWERS", CALL)
    really, heard = bulk_lane.BulkLane.taken, list[Answer]()

    def taken(lane: bulk_lane.BulkLane) -> list[Answer]:
        fate.dead = bool(heard)
        answers = really(lane)
        heard.extend(answers)
        return answers

    monkeypatch.setattr(bulk_lane.BulkLane, "taken", taken)
    with suppress(Killed):
        rig.run("partners", run_id="first")
    told, held = rig.published[-1].created, len(rig.held("partners"))
    assert 0 < told < held
    # when
    monkeypatch.undo()
    fate.spare()
    result = rig.run("partners", run_id="first")
    # then
    assert (result.earlier, result.unchanged, result.created) == (Written(), held, ROWS - held)
    assert differences(rig) == []


def test_a_job_that_the_org_has_forgotten_is_forgotten_too(
    rig: Rig, fate: Fate, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    after(55)(rig, fate, monkeypatch)
    with suppress(Killed):
        rig.run("partners")
    fate.spare()
    rig.sandbox.org.jobs.all.clear()
    # when
    result = rig.run("partners")
    # then
    assert result.earlier == Written()
    assert differences(rig) == []
    assert recall_job(rig.store("partners")) is None


def test_a_try_that_cannot_hear_of_the_job_leaves_its_id_to_the_next(
    rig: Rig, fate: Fate, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    at_a_call("download")(rig, fate, monkeypatch)
    with suppress(Killed):
        rig.run("partners")
    fate.spare()
    rig.sandbox.salesforce_wire.add(Fault(path="/successfulResults", status=503, times=None))
    # when
    with pytest.raises(Retry):
        rig.run("partners")
    rig.sandbox.salesforce_wire.heal()
    # then
    assert recall_job(rig.store("partners")) == job(rig).id
    assert rig.run("partners").earlier == Written(created=JOB)
