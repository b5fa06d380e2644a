"""Rows on both ways at once, over real HTTP: each has exactly one answer, whatever becomes of the job beside the calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from threading import Event

import pytest

from bulk_rig import BulkRig, outgoing
from freee_sync.errors import Retry, Stop, SyncError
from freee_sync.fields import Value
from freee_sync.salesforce import bulk_lane, race, writer
from freee_sync.salesforce.org import TRIES, Org
from freee_sync.salesforce.sobject_collections import Answer, CollectionsUpsert, Outgoing
from salesforce_client import Client, OrgServer
from salesforce_org import KEY, PARTNER
from sandbox.salesforce.bulk_job import Pace
from sandbox.salesforce.errors import Refusal, RowError
from sandbox.salesforce.fields import Row
from sandbox.wire import Fault

ROWS = 400
JOB = 100  # rows of the first job, and that must wait before there is one
CALL = 20  # rows of a call, and that the org saves of a job at a time
PATIENT = 20.0  # seconds at most until another thread has done what it will do

SLOW = Pace(row_seconds=1.0)
NEVER = Pace(queue_seconds=1e9)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything a tenth of its size, or less."""
    for module, name, value in (
        (race, "PROBE_FROM", JOB),
        (race, "PROBE_ROWS", JOB),
        (writer, "CALL_ROWS", CALL),
        (bulk_lane, "CALL_ROWS", CALL),
        (writer, "LISTEN", 0.05),
    ):
        monkeypatch.setattr(module, name, value)
    monkeypatch.setattr("sandbox.salesforce.bulk_job.CHUNK", CALL)
    monkeypatch.setattr("freee_sync.salesforce.bulk_watch.PATIENCE", 1e9)


@dataclass
class Ways:
    """One stretch of writing. The calls but the first are held back until the test lets them go, so that a job has its time.

    :ivar called: keys of the rows that went by calls.
    :ivar answers: of all rows so far.
    """

    rig: BulkRig
    all_in: Event = field(default_factory=Event)
    free: Event = field(default_factory=Event)
    called: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        client = Client(self.rig.org, self.rig.server.url)
        self._numbers = count()
        self._send = CollectionsUpsert(Org(lambda: client.log_in(**client.app)), PARTNER, KEY, lambda _: None)
        self.rig.driver = replace(self.rig.driver, remember=self._remember)

    def write(self, rows: Sequence[Outgoing], ends_with: SyncError | None = None) -> SyncError | None:
        """Send them; what it ended with, if not well."""
        try:
            for answers in writer.write(self._records(rows, ends_with), self.upsert, self.rig.driver):
                self.answers += answers
        except SyncError as problem:
            return problem
        return None

    def upsert(self, records: Sequence[Outgoing]) -> list[Answer]:
        """One call."""
        number = next(self._numbers)
        assert self.all_in.wait(PATIENT)
        if number:
            assert self.free.wait(PATIENT)
        self.called += [record.key for record in records]
        return self.call(records)

    def call(self, records: Sequence[Outgoing]) -> list[Answer]:
        """What comes of it."""
        return self._send(records)

    def _records(self, rows: Sequence[Outgoing], ends_with: SyncError | None) -> Iterator[Outgoing]:
        yield from rows
        self.all_in.set()
        if ends_with is not None:
            raise ends_with

    def _remember(self, job: str | None) -> None:
        self.rig.remembered.append(job)
        if job is None:
            self.free.set()

    @property
    def held(self) -> dict[str, Value]:
        """Key to name of all rows of the org."""
        return {str(row[KEY]): row["Name"] for row in self.rig.org.rows(PARTNER)}

    def settled(self) -> bool:
        """Whether the answers tell what the org holds, one a row."""
        answered = Counter(answer.key for answer in self.answers if answer.code is None)
        return answered == Counter(self.held.keys())


@pytest.fixture
def ways(server: OrgServer) -> Ways:
    """Both ways into an org of its own."""
    return Ways(BulkRig(server))


def once(seconds: float, act: Callable[[], object]) -> Callable[[float], None]:
    """Done as soon as so many seconds were slept, and not again."""
    done: list[float] = []

    def on_sleep(slept: float) -> None:
        if slept > seconds and not done:
            done.append(slept)
            act()

    return on_sleep


def everything(ways: Ways) -> bool:
    """All rows are in the org, each of them answered once."""
    return ways.settled() and ways.held == {row.key: row.fields["Name"] for row in outgoing(*range(ROWS))}


def test_rows_go_by_both_ways_and_each_has_one_answer(ways: Ways) -> None:
    assert ways.write(outgoing(*range(ROWS))) is None
    assert everything(ways)
    by_jobs = sum(job.processed for job in ways.rig.org.jobs.all.values())
    assert by_jobs >= JOB
    assert len(ways.called) == ROWS - by_jobs
    assert set(ways.rig.states) == {"JobComplete"}
    assert ways.rig.remembered[-1] is None


def test_a_job_that_waits_for_longer_than_its_rows_take_by_calls_is_overtaken_by_them(ways: Ways) -> None:
    ways.rig.org.jobs.pace = NEVER
    ways.free.set()
    assert ways.write(outgoing(*range(ROWS))) is None
    assert everything(ways)
    assert len(ways.called) == ROWS
    assert ways.rig.states == ["Aborted"]
    assert [job is None for job in ways.rig.remembered] == [False, True]


@pytest.mark.parametrize(("asleep", "unseen"), [(30.0, 0.0), (0.4, 30.0)], ids=["seen at work", "not yet seen"])
def test_a_job_that_has_begun_is_not_given_up_and_looked_at_no_more_often(
    ways: Ways, asleep: float, unseen: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: the job has done 20 rows when the calls have nothing else to do, for some time
    idle, times, hurry = Event(), count(1), bulk_lane.BulkLane.hurry

    def hurried(lane: bulk_lane.BulkLane) -> None:
        hurry(lane)
        if next(times) == 5:
            idle.set()

    def wait_for_the_calls() -> None:
        ways.free.set()
        assert idle.wait(PATIENT)
        ways.rig.org.clock.advance(timedelta(seconds=unseen))

    monkeypatch.setattr("freee_sync.salesforce.bulk_watch.PATIENCE", 3 * JOB)
    monkeypatch.setattr(bulk_lane.BulkLane, "hurry", hurried)
    ways.rig.org.jobs.pace = SLOW
    ways.rig.on_sleep = once(asleep, wait_for_the_calls)
    # when
    assert ways.write(outgoing(*range(ROWS))) is None
    # then
    assert everything(ways)
    assert ways.rig.states == ["JobComplete"]
    assert len(ways.called) == ROWS - JOB
    assert sum(ways.rig.slept) + unseen >= JOB
    assert ways.rig.calls("GET", "/750[^/]*$") < 45


def test_a_text_that_bulk_takes_for_null_goes_by_a_call(ways: Ways) -> None:
    rows = [replace(row, fields={**row.fields, "FullName__c": "#N/A"}) for row in outgoing(*range(ROWS))]
    rows[::2] = [replace(row, fields={**row.fields, "FullName__c": "x"}) for row in rows[::2]]
    assert ways.write(rows) is None
    assert everything(ways)
    full = {str(row[KEY]): row["FullName__c"] for row in ways.rig.org.rows(PARTNER)}
    assert full == {row.key: row.fields["FullName__c"] for row in rows}
    assert 0 < sum(job.processed for job in ways.rig.org.jobs.all.values()) <= ROWS // 2


def test_rows_that_no_file_of_results_tells_of_go_by_calls_and_there_is_no_further_job(ways: Ways) -> None:
    """The batches of the day are used up."""
    ways.rig.org.jobs.pace = Pace(batches_left=0)
    assert ways.write(outgoing(*range(ROWS))) is None
    assert everything(ways)
    assert len(ways.called) == ROWS
    assert ways.rig.states == ["JobComplete"]


@pytest.mark.parametrize(
    ("status", "code"), [(400, "LIMIT_EXCEEDED"), (400, "EXCEEDEDQUOTA"), (403, "INSUFFICIENT_ACCESS"), (503, "X")]
)
def test_where_salesforce_creates_no_job_all_rows_go_by_calls_and_none_is_asked_for_again(
    ways: Ways, status: int, code: str
) -> None:
    ways.free.set()
    body = [{"errorCode": code, "message": "no job today"}]
    ways.rig.wire.add(Fault(method="POST", path="/jobs/ingest$", status=status, body=body, times=None))
    assert ways.write(outgoing(*range(ROWS))) is None
    assert everything(ways)
    assert ways.rig.calls("POST", "$") == (1 if status < 500 else TRIES)


def test_a_row_of_a_job_with_a_passing_trouble_is_sent_again_and_told_of_once(ways: Ways) -> None:
    # given
    left = [1]

    def lock(row: Row) -> None:
        if row["Name"] == "取引先200" and left:
            left.pop()
            raise Refusal(RowError("UNABLE_TO_LOCK_ROW", "locked for a while", ()))

    ways.rig.org.validation_rules[PARTNER] = lock
    # when
    assert ways.write(outgoing(*range(ROWS))) is None
    # then
    assert everything(ways)
    assert [job.processed for job in ways.rig.org.jobs.all.values()][:2] == [JOB, 1]


def in_vain(_records: Sequence[Outgoing]) -> list[Answer]:
    """Salesforce does not serve the call."""
    raise Retry("salesforce.unavailable", "503")


def full(records: Sequence[Outgoing]) -> list[Answer]:
    """Salesforce has no room for the rows."""
    return [Answer(record.key, code="salesforce.STORAGE_LIMIT_EXCEEDED", detail="full") for record in records]


@pytest.mark.parametrize(
    ("trouble", "raised"), [(in_vain, "salesforce.unavailable"), (full, "salesforce.STORAGE_LIMIT_EXCEEDED")]
)
def test_a_call_in_vain_gives_the_job_up_and_what_it_saved_is_counted(
    ways: Ways, trouble: Callable[[Sequence[Outgoing]], list[Answer]], raised: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given
    stopped, stop = Event(), bulk_lane.BulkLane.stop

    def told(lane: bulk_lane.BulkLane) -> None:
        stop(lane)
        stopped.set()

    def fail() -> None:
        monkeypatch.setattr(ways, "call", trouble)
        ways.free.set()
        assert stopped.wait(PATIENT)

    monkeypatch.setattr(bulk_lane.BulkLane, "stop", told)
    ways.rig.org.jobs.pace = SLOW
    ways.rig.on_sleep = once(45, fail)
    # when
    ended = ways.write(outgoing(*range(ROWS)))
    # then
    assert ended is not None
    assert ended.code == raised
    assert ways.rig.states == ["Aborted"]
    assert ways.settled()
    assert CALL + 2 * CALL <= len(ways.held) < CALL + JOB
    assert ways.rig.remembered[-1] is None


def test_a_job_that_fails_as_a_whole_ends_the_writing_and_tells_of_none_of_its_rows(ways: Ways) -> None:
    # given
    def spoil() -> None:
        (job,) = ways.rig.org.jobs.all.values()
        job.raw = b'"'

    ways.rig.org.jobs.pace = Pace(queue_seconds=5)
    ways.rig.on_sleep = once(0.4, spoil)
    # when
    ended = ways.write(outgoing(*range(ROWS)))
    # then
    assert isinstance(ended, Stop)
    assert ended.code == "salesforce.refused"
    assert ways.rig.states == ["Failed"]
    assert ways.settled()
    assert len(ways.held) <= ROWS - JOB
    assert ways.rig.remembered[-1] is None


def test_rows_before_an_error_of_freee_are_written_by_both_ways_first(ways: Ways) -> None:
    broken = Retry("freee.unavailable", "503")
    assert ways.write(outgoing(*range(ROWS)), ends_with=broken) is broken
    assert everything(ways)
    assert ways.rig.states[0] == "JobComplete"
    assert len(ways.called) <= ROWS - JOB
