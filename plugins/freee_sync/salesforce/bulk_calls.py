"""The calls about ingest jobs of Bulk API 2.0. A call whose answer was lost is made again without harm.

A second job stays empty and is deleted by Salesforce after seven days; data that had arrived is not taken twice; a state that was
reached is not reached again (Bulk API 2.0 Developer Guide, "Reference").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Any

import requests

from freee_sync.errors import Stop
from freee_sync.salesforce.answers import Columns
from freee_sync.salesforce.bulk_csv import BulkTarget
from freee_sync.salesforce.faults import CallRefused
from freee_sync.salesforce.org import Org, answered
from freee_sync.salesforce.renewal import Session
from freee_sync.strict_json import TEXT, WHOLE, bad_answer, members
from freee_sync.verdicts import error

OPEN, UPLOADED, COMPLETE, FAILED, ABORTED = "Open", "UploadComplete", "JobComplete", "Failed", "Aborted"
ENDED = frozenset({COMPLETE, FAILED, ABORTED})
SUCCESSFUL_RESULTS, FAILED_RESULTS = "successfulResults", "failedResults"

PART = 1 << 20  # bytes of a file of results that are in memory at a time

_JOB: Columns = {
    **dict.fromkeys(("id", "state", "externalIdFieldName"), TEXT),
    **dict.fromkeys(("numberRecordsProcessed", "numberRecordsFailed"), WHOLE),
}


@dataclass(frozen=True)
class Job:
    """One job as Salesforce told of it.

    :param key: the external id field.
    :param processed: rows saved or refused so far.
    :param message: why it failed as a whole.
    :param seconds: that Salesforce worked on it, without the time that it waited.
    :param given_up: we let it be before it had begun, and aborted it ourselves.
    """

    id: str
    state: str
    key: str
    processed: int
    failed: int
    message: str
    seconds: float = 0.0
    given_up: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self.state in ENDED


class IngestJobs:
    """The ingest jobs of one org.

    :raises Stop, Retry: as every call to the org.
    """

    def __init__(self, org: Org) -> None:
        self._org = org

    def create(self, target: BulkTarget) -> str:
        """A new upsert, open for data; its id."""
        body = {
            "object": target.object,
            "externalIdFieldName": target.key,
            "operation": "upsert",
            "contentType": "CSV",
            "lineEnding": "LF",
        }
        answer = self._org.call("POST", "jobs/ingest", body=body)
        with bad_answer("salesforce", "POST jobs/ingest"):
            return str(members(answer, {"id": TEXT})["id"])

    def upload(self, job: str, content: IO[bytes]) -> None:
        """Its data, whole."""
        self._org.made(_Upload(f"{_path(job)}/batches", content))

    def close(self, job: str) -> None:
        """All data has come: Salesforce may begin."""
        try:
            self._set(job, UPLOADED)
        except CallRefused:
            if self.look(job).state == OPEN:
                raise

    def abort(self, job: str) -> None:
        """Let it not go on. What it saved stays saved."""
        try:
            self._set(job, ABORTED)
        except CallRefused:
            if not self.look(job).ended:
                raise

    def look(self, job: str) -> Job:
        """How far it is."""
        answer = self._org.call("GET", _path(job))
        with bad_answer("salesforce", f"GET {_path(job)}"):
            return _read(answer)

    def find(self, job: str) -> Job | None:
        """How far it is, or None when the org has no such job any more."""
        try:
            return self.look(job)
        except Stop as refusal:
            if refusal.code != "salesforce.object":
                raise
            return None

    def download(self, job: str, name: str, file: IO[bytes]) -> None:
        """One of its files of results, into a file that is left at its beginning."""
        self._org.made(_Download(f"{_path(job)}/{name}", file))
        file.seek(0)

    def _set(self, job: str, state: str) -> None:
        self._org.call("PATCH", _path(job), body={"state": state})


def _path(job: str) -> str:
    return f"jobs/ingest/{job}"


def _read(answer: Any) -> Job:
    told = members(answer, _JOB)
    return Job(
        told["id"],
        told["state"],
        told["externalIdFieldName"],
        told["numberRecordsProcessed"],
        told["numberRecordsFailed"],
        str(told.get("errorMessage", "")),
        float(told.get("totalProcessingTime") or 0) / 1000,
    )


@dataclass
class _Upload:
    """The one upload of a job."""

    path: str
    content: IO[bytes]
    made_before: bool = False

    def __call__(self, session: Session) -> None:
        """Make it. A repetition that is refused had arrived; if that is not so, no row is told of and none counts as written."""
        self.content.seek(0)
        again, self.made_before = self.made_before, True
        try:
            answered(session, "PUT", self.path, data=self.content, headers={"Content-Type": "text/csv; charset=UTF-8"})
        except CallRefused:
            if not again:
                raise


@dataclass(frozen=True)
class _Download:
    """One file of results."""

    path: str
    file: IO[bytes]

    def __call__(self, session: Session) -> None:
        """Get it whole."""
        self.file.seek(0)
        self.file.truncate()
        with answered(session, "GET", self.path, headers={"Accept": "text/csv"}, stream=True) as response:
            try:
                for part in response.iter_content(PART):
                    self.file.write(part)
            except requests.RequestException as problem:
                raise error("salesforce.unavailable", f"GET {self.path}: {type(problem).__name__}") from problem
