"""Sends changed rows to the org, several calls at a time, and hands back each call's answers as they come.

    rows ──▶ 200 a call, three calls at a time ──▶ answers
       └──▶ spool, while all calls that may be made ahead are made

Rows are taken in as fast as they come, so that reading freee goes on while Salesforce writes, and those that cannot be sent yet wait
on disk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from itertools import islice
from threading import Event

from freee_sync.errors import SyncError
from freee_sync.salesforce.sobject_collections import CALL_ROWS, Answer, Outgoing
from freee_sync.salesforce.spool import Spool
from freee_sync.verdicts import Verb, error, verdict

WORKERS = 3  # parents shared by rows lock each other; a Developer Edition serves five long calls at once

AHEAD = 2 * WORKERS  # calls, so that no worker waits while the answers of another are published

Call = Future[list[Answer]]
Upsert = Callable[[Sequence[Outgoing]], list[Answer]]


def write(records: Iterable[Outgoing], upsert: Upsert) -> Iterator[list[Answer]]:
    """Send all records; yield the answers of each call as it returns.

    No more calls than `AHEAD` are made before the answers of the first are taken: what a killed worker wrote and never told is
    at most that. When a call cannot be made, or its answers tell that all further ones would fare alike, no new call is
    started, the answers of those under way are still yielded, and then the error is raised: no answer that arrives is left
    uncounted. When the records themselves end in an error of ours, those that came before it are written first.

    :raises Stop, Retry: see above.
    """
    with closing(Spool()) as spool, ThreadPoolExecutor(WORKERS, thread_name_prefix="upsert") as pool:
        writing = _Writing(_Waiting(records, spool), pool, until_trouble(upsert))
        try:
            yield from writing.answers()
        finally:
            writing.call_off()


class _Waiting:
    """Rows that are not sent yet: those on disk, then those that are still to come.

    :ivar trouble: what the rows to come ended with.
    """

    def __init__(self, records: Iterable[Outgoing], spool: Spool) -> None:
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
    """One stretch of writing: the calls under way, and what put an end to it."""

    def __init__(self, waiting: _Waiting, pool: ThreadPoolExecutor, upsert: Upsert) -> None:
        self._waiting = waiting
        self._pool = pool
        self._upsert = upsert
        self._calls: set[Call] = set()
        self._trouble: BaseException | None = None

    def answers(self) -> Iterator[list[Answer]]:
        """See `write`."""
        while self._begun():
            self._take_in()
            ended, self._calls = wait(self._calls, return_when=FIRST_COMPLETED)
            for call in ended:
                yield from self._taken(call)
        trouble = self._trouble or self._waiting.trouble
        if trouble is not None:
            raise trouble

    def call_off(self) -> None:
        """The calls that have not begun never will."""
        self._calls = {call for call in self._calls if not call.cancel()}

    def _begun(self) -> bool:
        """Make the calls that may be made ahead; whether any is under way."""
        while self._trouble is None and len(self._calls) < AHEAD and (rows := self._waiting.next()):
            self._calls.add(self._pool.submit(self._upsert, rows))
        return bool(self._calls)

    def _take_in(self) -> None:
        """Let rows come for as long as there is nothing to hear."""
        while not (self._waiting.ended or self._trouble or any(call.done() for call in self._calls)):
            self._waiting.take_in()

    def _taken(self, call: Call) -> Iterator[list[Answer]]:
        """The call's answers, if it has any; what keeps further calls from being of use is remembered."""
        problem = call.exception()
        if problem is None:
            answers = call.result()
            if answers:
                yield answers
            problem = hopeless(answers)
        if problem is not None:
            self._trouble = self._trouble or problem
            self.call_off()


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


def hopeless(answers: Sequence[Answer]) -> SyncError | None:
    """Some refusals, such as full storage or maintenance, strike every row alike.

    A passing trouble of one row, a lock for instance, is a reject: it must not keep the rows behind it from being sent.
    """
    codes = {answer.code: answer for answer in answers if answer.code is not None}
    struck = (error(code, told.detail) for code, told in codes.items() if verdict(code).verb is not Verb.REJECT)
    return next(struck, None)
