"""Waiting for the end of a Bulk job: looking at it often while it is young, and bearing that Salesforce does not always answer."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf

from freee_sync.bilingual import say
from freee_sync.errors import Retry
from freee_sync.salesforce.bulk_calls import IngestJobs, Job
from freee_sync.verdicts import error

log = logging.getLogger(__name__)

FIRST_LOOK, LAST_LOOK = 1.0, 10.0  # seconds between two looks at a job
PATIENCE = 7_200.0  # seconds that one job may take
SILENCES = 5  # looks in a row that may go unanswered: the job goes on without us


@dataclass
class Watch:
    """Looks at one job until it has ended.

    :param rows: that it has, 0 if nobody knows.
    :param unwanted: whether a job that was seen so shall be given up.
    :ivar waited: seconds so far.
    :ivar left: seconds that it will still take if it goes on as it went.
    :ivar silences: looks in a row that Salesforce did not answer.
    """

    jobs: IngestJobs
    job: str
    rows: int
    sleep: Callable[[float], object]
    unwanted: Callable[[Job], bool]
    waited: float = 0.0
    left: float = inf
    silences: int = 0

    def end(self) -> Job:
        """The job at its end, or given up.

        :raises Retry: `salesforce.job_failed` when that takes too long; what a look failed with, when too many did.
        """
        asked = 0.0
        while self.waited < PATIENCE:
            self._wait(asked)
            try:
                seen = self.jobs.look(self.job)
            except Retry as silence:
                asked = self._endured(silence)
                continue
            log.info("Bulk job %s: %s, %d rows done, %d refused", seen.id, seen.state, seen.processed, seen.failed)
            if seen.ended:
                return seen
            if self.unwanted(seen):
                self.jobs.abort(self.job)
                return replace(self.jobs.look(self.job), given_up=True)
            self._expect(seen)
            self.silences, asked = 0, 0.0
        minutes = f"{PATIENCE / 60:.0f}"
        endless = say(
            f"ジョブ{self.job}が{minutes}分たっても終わりません。",
            f"Job {self.job} has not ended after {minutes} minutes.",
        )
        raise error("salesforce.job_failed", endless)

    def _wait(self, asked: float) -> None:
        """An eighth of the time that it has run, less when it is nearly done, within limits; longer if Salesforce asked for it."""
        pause = min(max(min(self.waited / 8, self.left), self.waited / 100, FIRST_LOOK), LAST_LOOK)
        self.sleep(max(pause, asked))
        self.waited += max(pause, asked)

    def _expect(self, seen: Job) -> None:
        if self.rows and seen.processed:
            self.left = self.waited * (self.rows - seen.processed) / seen.processed

    def _endured(self, silence: Retry) -> float:
        """Seconds that Salesforce asks to be left alone; one silence too many is raised."""
        self.silences += 1
        if self.silences > SILENCES:
            raise silence
        log.warning("Bulk job %s: no answer, looking again: %s", self.job, silence)
        return silence.wait_seconds or 0.0
