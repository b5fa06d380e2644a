"""The Bulk driver at work on the sandbox's Salesforce, whose clock moves when the driver sleeps."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from freee_sync.errors import SyncError
from freee_sync.fields import Value
from freee_sync.salesforce.bulk_calls import IngestJobs
from freee_sync.salesforce.bulk_csv import BulkTarget
from freee_sync.salesforce.bulk_jobs import BulkUpsert
from freee_sync.salesforce.org import Org
from freee_sync.salesforce.sobject_collections import Answer, Outgoing
from salesforce_client import Client, OrgServer
from salesforce_org import KEY, PARTNER, new_org
from sandbox.salesforce import salesforce_app
from sandbox.wire import Wire

JOBS = "/jobs/ingest"  # in whichever version of the API


@dataclass
class BulkRig:
    """One org, the driver that writes partners into it, and what comes of it.

    :ivar remembered: what the driver gave to be remembered, in turn.
    :ivar slept: seconds, in turn.
    :ivar answers: of all rows so far.
    :param on_sleep: done after each sleep, given all the seconds slept so far.
    """

    server: OrgServer
    on_sleep: Callable[[float], object] = lambda _: None
    remembered: list[str | None] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.org = new_org()
        self.wire = Wire(salesforce_app(self.org), "salesforce")
        self.server.serve(self.wire)
        client = Client(self.org, self.server.url)
        calls = Org(lambda: client.log_in(**client.app), self.sleep)
        target = BulkTarget(PARTNER, KEY, frozenset({"SyncChangedAt__c"}))
        self.driver = BulkUpsert(IngestJobs(calls), target, self.remembered.append, self.sleep)

    def sleep(self, seconds: float) -> None:
        """Time passes in the org."""
        self.slept.append(seconds)
        self.org.clock.advance(timedelta(seconds=seconds))
        self.on_sleep(sum(self.slept))

    def write(self, records: Iterable[Outgoing]) -> SyncError | None:
        """Send records; what it ended with, if not well."""
        return self._taken(self.driver.write(records))

    def pick_up(self, job: str) -> SyncError | None:
        """Pick up a job; what it ended with, if not well."""
        return self._taken(self.driver.pick_up(job))

    def _taken(self, answers: Iterable[list[Answer]]) -> SyncError | None:
        try:
            for some in answers:
                self.answers += some
        except SyncError as problem:
            return problem
        return None

    @property
    def said(self) -> dict[str, str | None]:
        """Key to `created`, `updated` or the code of its refusal."""
        return {answer.key: answer.code or ("created" if answer.created else "updated") for answer in self.answers}

    @property
    def states(self) -> list[str]:
        """States of all jobs, in the order of their creation."""
        return [job.state for job in self.org.jobs.all.values()]

    def calls(self, method: str, path: str) -> int:
        """How often a call was made; the path is from `jobs/ingest` on."""
        return len(self.wire.calls(method, f"{JOBS}{path}"))


def outgoing(*numbers: int, **fields: Value) -> list[Outgoing]:
    """Partners with these numbers."""
    return [Outgoing(f"1-{number}", {"Name": f"取引先{number}", **fields}) for number in numbers]
