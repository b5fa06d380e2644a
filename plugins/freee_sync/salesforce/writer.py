"""Sends changed rows to the org, several calls at a time, and hands back each call's answers as they come.

    rows ──▶ 200 a call, four calls at a time ──────────▶ answers
       └──▶ spool, while no call may be begun ──▶ a Bulk job, when many wait and it brings them sooner

Rows are taken in as fast as they come, so that reading freee goes on while Salesforce writes, and those that cannot be sent yet wait
on disk.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from itertools import islice
from threading import Event
from typing import Any

from freee_sync.errors import SyncError
from freee_sync.salesforce.bulk_jobs import BulkUpsert
from freee_sync.salesforce.bulk_lane import BulkLane
from freee_sync.salesforce.hopeless import hopeless
from freee_sync.salesforce.race import Race
from freee_sync.salesforce.sobject_collections import CALL_ROWS, Answer, Outgoing
from freee_sync.salesforce.spool import Spool

WORKERS = 4  # a Developer Edition serves five long calls at once, and more would lock the parents that rows share

AHEAD = 2 * WORKERS  # calls, so that no worker waits while the answers of another are published

Upsert = Callable[[Sequence[Outgoing]], list[Answer]]

LISTEN = 1.0  # seconds after which a job that waits for its turn is thought about again


def write(records: Iterable[Outgoing], upsert: Upsert, bulk: BulkUpsert | None = None) -> Iterator[list[Answer]]:
    """Send all records; yield the answers of each call as it returns, and those of jobs as they are read.

    No more calls than `AHEAD` are made before the answers of the first are taken: what a killed worker wrote and never told is
    at most that, and the rows of one job, whose id is remembered. When a call cannot be made, or its answers tell that all further
    ones would fare alike, no new call is started, the answers of those under way are still yielded, and then the error is raised:
    no answer that arrives is left uncounted. When the records themselves end in an error of ours, those that came before it are
    written first.

    :param bulk: None where no jobs are wanted.
    :raises Stop, Retry: see above.
    """
    race = Race(WORKERS)
    with closing(Spool[Outgoing]()) as spool, ThreadPoolExecutor(WORKERS, thread_name_prefix="upsert") as pool:
        lane = BulkLane(bulk, spool, race) if bulk else None
        writing = _Writing(_Waiting(records, spool), pool, until_trouble(timed(upsert, race)), lane)
        try:
            yield from writing.answers()
        finally:
            writing.call_off()
            if lane:
                lane.close()


class _Waiting:
    """Rows that are not sent yet: those on disk, then those that are still to come.

    :ivar trouble: what the rows to come ended with.
    """

    def __init__(self, records: Iterable[Outgoing], spool: Spool[Outgoing]) -> None:
        self._coming = iter(records)
        self._spool = spool
        self.ended = False
        self.trouble: SyncError | None = None

    def next(self) -> list[Outgoing]:
        """As many as one call takes; none when there are no more."""
        return self._spool.read(self._spool.take()) if self._spool.rows else self._come()

    def take_in(self) -> None:
        """Some more of those to come, to disk."""
        rows = self._come()
        if rows:
            self._spool.put(rows)

    def _come(self) -> list[Outgoing]:
        rows: list[Outgoing] = []
        try:
            rows.extend(islice(self._coming, CALL_ROWS))  # an error leaves those before it in the list
        except SyncError as problem:
            self.trouble = problem
        self.ended = len(rows) < CALL_ROWS
        return rows


class _Writing:
    """One stretch of writing: the calls under way, the job under way, and what put an end to it."""

    def __init__(self, waiting: _Waiting, pool: ThreadPoolExecutor, upsert: Upsert, lane: BulkLane | None) -> None:
        self._waiting = waiting
        self._pool = pool
        self._upsert = upsert
        self._lane = lane
        self._calls: set[Future[list[Answer]]] = set()
        self._trouble: BaseException | None = None

    def answers(self) -> Iterator[list[Answer]]:
        """See `write`."""
        while under_way := self._begun():
            self._take_in(under_way)
            for ended in wait(under_way, LISTEN, FIRST_COMPLETED).done:
                yield from self._taken(ended)
        trouble = self._trouble or self._waiting.trouble
        if trouble is not None:
            raise trouble

    def call_off(self) -> None:
        """The calls that have not begun never will, and the job is given up."""
        self._calls = {call for call in self._calls if not call.cancel()}
        if self._lane:
            self._lane.stop()

    def _begun(self) -> set[Future[Any]]:
        """Begin what may begin; all that is under way."""
        while self._trouble is None and len(self._calls) < AHEAD and (rows := self._waiting.next()):
            self._calls.add(self._pool.submit(self._upsert, rows))
        if self._lane is None:
            return {*self._calls}
        self._lane.begin()
        if not self._calls:
            self._lane.hurry()
        return {*self._calls, self._lane.step} if self._lane.step else {*self._calls}

    def _take_in(self, under_way: Collection[Future[Any]]) -> None:
        """Let rows come for as long as there is nothing to hear."""
        while not (self._waiting.ended or self._trouble or any(future.done() for future in under_way)):
            self._waiting.take_in()

    def _taken(self, ended: Future[Any]) -> Iterator[list[Answer]]:
        """The answers, if there are any; what keeps further calls from being of use is remembered."""
        try:
            answers = self._heard(ended)
        except BaseException as problem:  # noqa: BLE001 - it is raised once all answers are taken
            self._give_up(problem)
            return
        if answers:
            yield answers
        reason = hopeless(answers)
        if reason is not None:
            self._give_up(reason)

    def _heard(self, ended: Future[Any]) -> list[Answer]:
        if self._lane and ended is self._lane.step:
            return self._lane.taken()
        self._calls.remove(ended)
        answers: list[Answer] = ended.result()
        return answers

    def _give_up(self, problem: BaseException) -> None:
        self._trouble = self._trouble or problem
        self.call_off()


def timed(upsert: Upsert, race: Race) -> Upsert:
    """The same, and the race learns how long each call took."""

    def begin(records: Sequence[Outgoing]) -> list[Answer]:
        began = time.monotonic()
        answers = upsert(records)
        race.collected(len(records), time.monotonic() - began)
        return answers

    return begin


def until_trouble(upsert: Upsert) -> Upsert:
    """The same, but once a call was in vain no further one begins: a worker would take the next before anybody could call it off.

    What did not begin has no answers.
    """
    in_vain = Event()

    def begin(records: Sequence[Outgoing]) -> list[Answer]:
        if in_vain.is_set():
            return []
        try:
            answers = upsert(records)
        except BaseException:
            in_vain.set()
            raise
        if hopeless(answers):
            in_vain.set()
        return answers

    return begin
