"""A Bulk job beside the Collections calls, one at a time, in a thread of its own."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from more_itertools import chunked

from freee_sync.errors import SyncError
from freee_sync.salesforce.bulk_calls import Job
from freee_sync.salesforce.bulk_csv import JOB_ROWS
from freee_sync.salesforce.bulk_jobs import UNSENDABLE, BulkUpsert
from freee_sync.salesforce.race import Race
from freee_sync.salesforce.sobject_collections import CALL_ROWS, Answer, Outgoing
from freee_sync.salesforce.spool import Kept, Spool

log = logging.getLogger(__name__)

Step = Future[list[Answer] | None]
"""Until the next answers of the job, or None at its end."""


LOOK_UP = 0.5  # seconds at most until a stop is noticed while nothing is asked of the job


@dataclass
class _Load:
    """What one job carries, and a further one that sends some of it again.

    :ivar began: when the job did that is under way.
    :ivar created: whether there is a job; before that nothing of it can be anywhere.
    :ivar working: whether Salesforce has begun with its rows.
    :ivar overtaken: the calls would bring its rows sooner.
    :ivar answered: keys of the rows whose answers came.
    """

    kept: Sequence[Kept]
    began: float
    created: bool = False
    working: bool = False
    overtaken: bool = False
    answered: set[str] = field(default_factory=set)

    @property
    def rows(self) -> int:
        return sum(kept.rows for kept in self.kept)


class BulkLane:
    """Takes rows off a spool when a job brings them sooner; what a job leaves goes back to the spool, for the calls.

    :param now: seconds on a clock that never goes back.
    :ivar step: what is under way; None between two jobs.
    """

    def __init__(
        self, driver: BulkUpsert, spool: Spool[Outgoing], race: Race, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.step: Step | None = None
        self._spool = spool
        self._race = race
        self._now = now
        self._sleep, self._remember = driver.sleep, driver.remember
        self._driver = replace(
            driver, remember=self._created, sleep=self._pause, unwanted=self._unwanted, ended=self._ended
        )
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="bulk")
        self._load = _Load((), 0.0)
        self._answers: Iterator[list[Answer]] = iter(())
        self._stopped = False

    def begin(self) -> None:
        """A job, if none is under way and one is worth it now."""
        if self.step is not None or self._stopped:
            return
        wanted, kept = min(self._race.job_rows(self._spool.rows), JOB_ROWS), []
        while wanted > 0 and self._spool.rows:
            kept.append(self._spool.take())
            wanted -= kept[-1].rows
        if kept:
            self._load = _Load(kept, self._now())
            self._answers = self._driver.write(self._rows())
            self._go_on()

    def taken(self) -> list[Answer]:
        """The answers that came, if any did. At the end of a job, rows without one go back to the spool.

        A job that Salesforce refuses to create is none: it may be out of batches for the day, and still serve calls.

        :raises Stop, Retry: what the job ended with.
        """
        step, self.step = self.step, None
        try:
            answers = step.result() if step else None
        except SyncError as refusal:
            if self._load.created:
                raise
            log.warning("No Bulk job, so all rows go by Collections: %s", refusal)
            self._race.given_up()
            answers = None
        if answers is None:
            self._put_back()
            return []
        self._go_on()
        told = [answer for answer in answers if answer.code != UNSENDABLE]
        self._load.answered.update(answer.key for answer in told)
        return told

    def hurry(self) -> None:
        """The calls have nothing else to do: a job that waits for its turn is given up if they would be faster."""
        load = self._load
        if self.step is not None and not load.working:
            load.overtaken = self._race.overtaken(load.rows, self._now() - load.began)

    def stop(self) -> None:
        """The job under way is given up, and no other one begins."""
        self._stopped = True

    def close(self) -> None:
        """Stop, and wait for it."""
        self.stop()
        self._pool.shutdown()

    def _go_on(self) -> None:
        self.step = self._pool.submit(next, self._answers, None)

    def _rows(self) -> Iterator[Outgoing]:
        for kept in self._load.kept:
            yield from self._spool.read(kept)

    def _put_back(self) -> None:
        left = (row for row in self._rows() if row.key not in self._load.answered)
        for rows in chunked(left, CALL_ROWS):
            self._spool.put(rows)
        self._load = _Load((), 0.0)

    def _created(self, job: str | None) -> None:
        self._load.created = True
        self._remember(job)

    def _pause(self, seconds: float) -> None:
        """Sleep, unless there is a reason to look at the job now."""
        while seconds > 0 and not (self._stopped or self._load.overtaken):
            self._sleep(min(seconds, LOOK_UP))
            seconds -= LOOK_UP

    def _unwanted(self, job: Job) -> bool:
        self._load.working = job.processed > 0
        self._load.overtaken &= not self._load.working  # or nothing would keep us from looking at it without a pause
        return self._stopped or self._load.overtaken

    def _ended(self, job: Job) -> None:
        """A job that did nothing is tried no more than one that was given up."""
        if job.given_up or not job.processed:
            self._race.given_up()
        else:
            self._race.done(job.processed, self._now() - self._load.began, job.seconds)
        self._load.began = self._now()
