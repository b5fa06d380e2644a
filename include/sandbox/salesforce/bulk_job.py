"""Ingest jobs of Bulk API 2.0: their states, and how their rows are saved while time passes.

    Open ── upload, close ──▶ UploadComplete ── queue ──▶ InProgress ── 200 rows after 200 rows ──▶ JobComplete
      └──────────────────────────┴────────── abort ──────────┴──▶ Aborted        a file that cannot be read ──▶ Failed

A job is moved on by the clock alone, whenever a call comes in (`Jobs.advance`): what is due by then is saved by then. Rows that were
saved before an abort stay saved. Batches beyond the day's allocation are neither saved nor told of in any file ("Get Job Unprocessed
Record Results": results are not recorded for them).
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Literal

from sandbox.salesforce.bulk_csv import NULL, BadFileError, read_file, read_row, row_error, write_file
from sandbox.salesforce.errors import ApiError, Refusal
from sandbox.salesforce.saving import Outcome, Saving, save_each
from sandbox.salesforce.tables import long_id, record_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sandbox.salesforce.bulk_csv import Cells
    from sandbox.salesforce.fields import Json, Row
    from sandbox.salesforce.model import Field
    from sandbox.salesforce.sessions import User

State = Literal["Open", "UploadComplete", "InProgress", "JobComplete", "Failed", "Aborted"]

RUNNING: frozenset[State] = frozenset({"UploadComplete", "InProgress"})
CHUNK = 200  # rows that Salesforce saves at a time


@dataclass
class Pace:
    """How fast jobs are done, and how many batches the day still has; of all jobs created while it is the org's.

    :param queue_seconds: from the end of the upload until the first row is looked at.
    :param row_seconds: for each row.
    :param batch_rows: rows of a batch, into which Salesforce parts a job.
    """

    queue_seconds: float = 0.0
    row_seconds: float = 0.0
    batch_rows: int = 10_000
    batches_left: int = 15_000


@dataclass(frozen=True)
class Work:
    """What a job in progress is about to do: one save for each of its rows."""

    saving: Saving
    saves: list[Callable[[], Outcome]]


@dataclass(frozen=True)
class Order:
    """What a job was created with.

    :param saving: begins the saves of the job's user to its object.
    """

    object: str
    key: str
    line_ending: str
    version: str
    user: User
    created: datetime
    saving: Callable[[], Saving]


class Job:
    """One ingest job.

    :param shuffled: puts results out of order, as Salesforce does.
    """

    def __init__(self, identity: str, order: Order, pace: Pace, shuffled: random.Random) -> None:
        self.id = identity
        self.order = order
        self.state: State = "Open"
        self.error = ""
        self.raw = b""
        self.changed = order.created
        self._pace = pace
        self._shuffled = shuffled
        self._closed = order.created
        self._work: Work | None = None
        self._rows: int | None = None  # of the batches that the day's allocation has room for, once the file was read
        self._outcomes: list[Outcome] = []

    @property
    def processed(self) -> int:
        """Rows saved or refused so far."""
        return len(self._outcomes)

    @property
    def failed(self) -> int:
        """Rows refused so far."""
        return sum(bool(outcome.errors) for outcome in self._outcomes)

    @property
    def milliseconds(self) -> int:
        """Time spent on the rows so far."""
        return int(self.processed * self._pace.row_seconds * 1000)

    def close(self, now: datetime) -> None:
        """All data has come."""
        self._move("UploadComplete", now)
        self._closed = now

    def abort(self, now: datetime) -> None:
        """Leave the rest alone."""
        self._move("Aborted", now)

    def advance(self, now: datetime) -> None:
        """Do what is due by now."""
        if self.state == "UploadComplete" and now >= self._begins:
            self._begin(now)
        if self._work is not None:
            due = self._due(self._work, now)
            self._outcomes += save_each(self._work.saving, self._work.saves[self.processed : due], all_or_none=False)
            if due == len(self._work.saves):
                self._move("JobComplete", now)

    def successful(self) -> bytes:
        """Rows that were saved."""
        return self._results("sf__Created", failed=False)

    def refused(self) -> bytes:
        """Rows that were refused, and why."""
        return self._results("sf__Error", failed=True)

    def unprocessed(self) -> bytes:
        """Rows that a job which failed or was aborted never came to; the file as it was sent, when it was not even read."""
        if self._rows is None:
            return self.raw
        header, rows = self._sent()
        return self._file(header, rows[self.processed : self._rows])

    @property
    def _begins(self) -> datetime:
        return self._closed + timedelta(seconds=self._pace.queue_seconds)

    def _move(self, state: State, now: datetime) -> None:
        self.state = state
        self.changed = now
        if state not in RUNNING:
            self._work = None

    def _begin(self, now: datetime) -> None:
        self._move("InProgress", now)
        try:
            saving = self.order.saving()
            saves = list(_saves(saving, self.order.key, *self._sent()))
        except (BadFileError, ApiError) as bad:  # what the user may see can have changed since the job was created
            self.error = str(bad)
            self._move("Failed", now)
            return
        batches = min(-(-len(saves) // self._pace.batch_rows), self._pace.batches_left)
        self._pace.batches_left -= batches
        self._work = Work(saving, saves[: batches * self._pace.batch_rows])
        self._rows = len(self._work.saves)

    def _sent(self) -> tuple[Cells, list[Cells]]:
        """Header and rows; not kept, because a job holds many and is asked for them seldom."""
        return read_file(self.raw, self.order.line_ending)

    def _due(self, work: Work, now: datetime) -> int:
        """How many rows must be done by now."""
        rows, seconds = len(work.saves), (now - self._begins).total_seconds()
        if seconds >= rows * self._pace.row_seconds:
            return rows
        return int(seconds / self._pace.row_seconds) // CHUNK * CHUNK

    def _results(self, column: str, *, failed: bool) -> bytes:
        if not self.processed:
            return self._file(("sf__Id", column), ())
        header, rows = self._sent()
        told = (
            (outcome.id or "", row_error(outcome.errors) if failed else str(outcome.created).lower(), *cells)
            for outcome, cells in zip(self._outcomes, rows, strict=False)
            if bool(outcome.errors) is failed
        )
        return self._file(("sf__Id", column, *header), told)

    def _file(self, header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
        told = list(rows)
        self._shuffled.shuffle(told)
        return write_file(header, told)


class Jobs:
    """The ingest jobs of an org, and its pace."""

    def __init__(self) -> None:
        self.pace = Pace()
        self.all: dict[str, Job] = {}
        self._created = 0

    def create(self, order: Order) -> Job:
        """A new job, open for data."""
        self._created += 1
        shuffled = random.Random(self._created)  # noqa: S311 - an order, not a secret
        job = Job(record_id("750", self._created), order, self.pace, shuffled)
        self.all[job.id] = job
        return job

    def find(self, identity: str) -> Job | None:
        """The job of that id."""
        return self.all.get(long_id(identity))

    def advance(self, now: datetime) -> None:
        """Do what is due by now, in all jobs."""
        for job in self.all.values():
            job.advance(now)


def _saves(saving: Saving, key: str, header: Cells, rows: list[Cells]) -> Iterator[Callable[[], Outcome]]:
    """What is to be done with each row; BadFileError when a column is not known, or there is none of the key."""
    fields = [_field(saving, name) for name in header]
    key_field = saving.external_id(key)
    if key_field not in fields:
        raise BadFileError(f"InvalidBatch : Field name not found : {key_field.name}")
    pointing = [(place, name) for place, name in enumerate(header) if "." in name]
    read = [_read(fields, cells, _pointed(saving, cells, pointing)) for cells in rows]
    upserts = saving.upserts(key_field, [row for row in read if not isinstance(row, Refusal)])
    for row in read:
        yield partial(_refuse, row) if isinstance(row, Refusal) else next(upserts)


def _field(saving: Saving, name: str) -> Field:
    try:
        (known,) = saving.take(_named(name, None))
    except ApiError:
        raise BadFileError(f"InvalidBatch : Field name not found : {name}") from None
    field = saving.table.object_type.field(known)
    assert field is not None  # noqa: S101 - `take` knows it
    return field


def _named(column: str, value: Json) -> dict[str, Json]:
    """A column as REST has it: `Tax__r.FreeeKey__c` is nested."""
    relationship, _, key = column.rpartition(".")
    return {relationship: {key: value}} if relationship else {column: value}


def _pointed(saving: Saving, cells: Cells, columns: Iterable[tuple[int, str]]) -> Row:
    """The ids of the rows that lookups point at by external id."""
    row: Row = {}
    for place, name in columns:
        if cells[place] not in {"", NULL}:
            row |= saving.take(_named(name, cells[place]))
    return row


def _read(fields: list[Field], cells: Cells, pointed: Row) -> Row | Refusal:
    try:
        return read_row(fields, cells) | pointed
    except Refusal as refusal:
        return refusal


def _refuse(refusal: Refusal) -> Outcome:
    raise refusal
