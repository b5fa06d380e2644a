"""Writing rows by Bulk API 2.0: for more rows than Collections are made for, one job after the other.

    rows ─▶ file of at most 100,000 rows or 50 MB ─▶ create, upload, close ─▶ look, every 1 to 10 s ─▶ read the results
                                ▲                                                                        │
                                └──────── rows with a passing trouble, up to three times ◀───────────────┘

Salesforce does not keep the order of rows, so an answer is a row's by the key that comes back with it. A row that no file of results
tells of is left without an answer: nothing is known of it, and the next try looks at it anew. The file of unprocessed records is
not read, because it tells nothing that the two others do not.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO

from more_itertools import chunked, peekable

from freee_sync.bilingual import say
from freee_sync.errors import Retry, SyncError
from freee_sync.outcome import legible
from freee_sync.salesforce.bulk_calls import (
    ABORTED,
    COMPLETE,
    FAILED_RESULTS,
    OPEN,
    SUCCESSFUL_RESULTS,
    IngestJobs,
    Job,
)
from freee_sync.salesforce.bulk_csv import NULL, BulkTarget, JobFile, read_rows, row_error, unsendable
from freee_sync.salesforce.bulk_watch import Watch
from freee_sync.salesforce.faults import SHOWN
from freee_sync.salesforce.hopeless import hopeless
from freee_sync.salesforce.sobject_collections import RESEND_WAIT, RESENDS, TRANSIENT, Answer, Outgoing
from freee_sync.strict_json import bad_answer
from freee_sync.verdicts import error

log = logging.getLogger(__name__)

UNSENDABLE = "row.null_marker"
"""Verdict code of a row that Bulk cannot carry."""

BAD_ANSWER = "salesforce.bad_answer"

ANSWERS = 2_000  # rows whose answers are handed back at a time

_ILL_MADE = ("InvalidBatch", "ClientInputError")
"""How the message of a job begins whose file Salesforce could not read: it would fail again."""


@dataclass(frozen=True)
class BulkUpsert:
    """Upserts records of one object by its external id.

    :param remember: given the id of a job as soon as there is one, None once all that it tells is here.
    :param sleep: takes seconds.
    :param unwanted: whether a job that was seen so shall be given up; its rows are left without an answer, those that it saved apart.
    :param ended: told of each job that ended.
    """

    jobs: IngestJobs
    target: BulkTarget
    remember: Callable[[str | None], None]
    sleep: Callable[[float], object] = field(default=time.sleep)
    unwanted: Callable[[Job], bool] = field(default=lambda _: False)
    ended: Callable[[Job], None] = field(default=lambda _: None)

    def write(self, records: Iterable[Outgoing]) -> Iterator[list[Answer]]:
        """Send all records; yield answers as jobs end, in no order. Keys must not repeat; the first record names the columns.

        :raises Stop, Retry: when a call cannot be made, a job fails or takes too long, or all further rows would fare as these
            did. Answers that came are yielded before.
        """
        rest = peekable(records)
        while rest:
            with JobFile((self.target.key, *rest.peek().fields), self.target.times) as file:
                refused = list(_fill(file, rest))
                if refused:
                    yield refused
                if file.keys:
                    yield from self._settled(file)

    def pick_up(self, job: str) -> Iterator[list[Answer]]:
        """What became of a job that a try which was killed left behind, waiting for its end; nothing is sent again.

        :raises Stop, Retry: when it cannot be learnt. How the job ended is no matter: the rows are compared anew.
        """
        found = self.jobs.find(job)
        if found is not None and found.state != OPEN:
            yield from self._last_words(found if found.ended else self._ended(job))
            return
        if found is not None:
            self.jobs.abort(job)
        self.remember(None)

    def _settled(self, file: JobFile, resends: int = RESENDS) -> Iterator[list[Answer]]:
        """A file's answers; rows with a passing trouble have none before their last try."""
        again: set[str] = set()
        for answers in self._run(file):
            again |= {answer.key for answer in answers if resends and answer.code in TRANSIENT}
            yield [answer for answer in answers if answer.key not in again]
        if again:
            self.sleep(RESEND_WAIT * 2 ** (RESENDS - resends))
            with file.only(again) as rest:
                yield from self._settled(rest, resends - 1)

    def _run(self, file: JobFile) -> Iterator[list[Answer]]:
        """One job from its creation until its results are read."""
        waiting, trouble = set(file.keys), None
        job = self._sent(file)
        for answers in self._told(job, lambda answers: _tick_off(answers, waiting, job)):
            yield answers
            trouble = trouble or hopeless(answers)
        self.ended(job)
        if waiting:
            log.warning("Bulk job %s tells nothing of %d rows", job.id, len(waiting))
        trouble = trouble or _failure(job)
        if trouble is not None:
            raise trouble

    def _sent(self, file: JobFile) -> Job:
        job = self.jobs.create(self.target)
        with self._aborted_on_stop(job):
            self.remember(job)
            self.jobs.upload(job, file.content())
            self.jobs.close(job)
        return self._ended(job, len(file.keys))

    def _ended(self, job: str, rows: int = 0) -> Job:
        with self._aborted_on_stop(job):
            return Watch(self.jobs, job, rows, self.sleep, self.unwanted).end()

    @contextmanager
    def _aborted_on_stop(self, job: str) -> Iterator[None]:
        """Whatever stops us stops the job, if that can still be said."""
        try:
            yield
        except BaseException:
            with suppress(SyncError):
                self.jobs.abort(job)
            raise

    def _told(self, job: Job, check: Callable[[list[Answer]], object] = lambda _: None) -> Iterator[list[Answer]]:
        """All answers of a job. It is forgotten once they are believed and before anybody counts them: no other try counts them too.

        :param check: raises for answers that cannot be believed.
        """
        names = (SUCCESSFUL_RESULTS, FAILED_RESULTS) if job.failed or job.state != COMPLETE else (SUCCESSFUL_RESULTS,)
        with ExitStack() as open_files:
            files = [(name, open_files.enter_context(TemporaryFile())) for name in names]
            for name, file in files:
                self.jobs.download(job.id, name, file)
                for answers in _answers(job, name, file):
                    check(answers)
            self.remember(None)
            for name, file in files:
                yield from _answers(job, name, file)

    def _last_words(self, job: Job) -> Iterator[list[Answer]]:
        """What a job tells that nobody depends on any more: a file that cannot be read is let be."""
        try:
            yield from self._told(job)
        except Retry as problem:
            if problem.code != BAD_ANSWER:
                raise
            log.warning("The results of Bulk job %s cannot be read: %s", job.id, problem)
            self.remember(None)


def _fill(file: JobFile, rest: peekable[Outgoing]) -> Iterator[Answer]:
    """Rows into the file until it is full; an answer for each that Bulk cannot carry."""
    while rest and not file.full:
        record = next(rest)
        column = unsendable(record)
        if column is None:
            file.add(record)
        else:
            yield Answer(record.key, code=UNSENDABLE, detail=f"{column}: {NULL}", fields=(column,))


def _answers(job: Job, name: str, file: IO[bytes]) -> Iterator[list[Answer]]:
    """The answers in one file of results."""
    column, answer = _RESULTS[name]
    file.seek(0)
    with bad_answer("salesforce", f"{job.id}/{name}"):
        for rows in chunked(read_rows(file, {job.key, column}), ANSWERS):
            yield [answer(row[job.key], row[column]) for row in rows]


def _written(key: str, created: str) -> Answer:
    return Answer(key, created=created == "true")


def _refused(key: str, why: str) -> Answer:
    return Answer(key, False, *row_error(why))


_RESULTS = {SUCCESSFUL_RESULTS: ("sf__Created", _written), FAILED_RESULTS: ("sf__Error", _refused)}
"""File of results to the column that tells of a row, and what it makes of it."""


def _tick_off(answers: Iterable[Answer], waiting: set[str], job: Job) -> None:
    """Each row of a job has one answer at most, and no row that was not sent has one.

    :raises Retry: `salesforce.bad_answer`; nothing is known of the rows then.
    """
    for answer in answers:
        if answer.key not in waiting:
            why = say(
                f"送っていない行、または2回目の結果「{answer.key:.80}」",
                f'a row that was not sent, or its second result: "{answer.key:.80}"',
            )
            raise error(BAD_ANSWER, f"{job.id}: {why}")
        waiting.remove(answer.key)


def _failure(job: Job) -> SyncError | None:
    """Why a job ended that did not complete, and that we did not give up."""
    if job.state == COMPLETE or job.given_up:
        return None
    name = say(f"ジョブ{job.id}", f"job {job.id}")
    if job.state == ABORTED:
        return error("salesforce.job_aborted", name)
    code = "salesforce.refused" if job.message.startswith(_ILL_MADE) else "salesforce.job_failed"
    return error(code, f"{name}: {legible(job.message, SHOWN)}")
