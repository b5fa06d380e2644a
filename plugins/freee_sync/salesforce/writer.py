"""Sends changed rows to the org, several calls at a time, and hands back each call's answers as they come."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from threading import Event

from more_itertools import chunked

from freee_sync.errors import SyncError
from freee_sync.salesforce.sobject_collections import CALL_ROWS, Answer, Outgoing
from freee_sync.verdicts import Verb, error, verdict

WORKERS = 3  # parents shared by rows lock each other; a Developer Edition serves five long calls at once

AHEAD = 2 * WORKERS  # calls, so that no worker waits while the answers of another are published

Call = Future[list[Answer]]
Upsert = Callable[[Sequence[Outgoing]], list[Answer]]


def write(records: Sequence[Outgoing], upsert: Upsert) -> Iterator[list[Answer]]:
    """Send all records; yield the answers of each call as it returns.

    No more calls than `AHEAD` are made before the answers of the first are taken: what a killed worker wrote and never told is
    at most that. When a call cannot be made, or its answers tell that all further ones would fare alike, no new call is
    started, the answers of those under way are still yielded, and then the error is raised: no answer that arrives is left
    uncounted.

    :raises Stop, Retry: see above.
    """
    chunks, begin = chunked(records, CALL_ROWS), until_trouble(upsert)
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="upsert") as pool:
        calls: set[Call] = set()
        trouble: BaseException | None = None
        try:
            while True:
                if trouble is None:
                    calls |= {pool.submit(begin, chunk) for chunk in islice(chunks, AHEAD - len(calls))}
                if not calls:
                    break
                done, calls = wait(calls, return_when=FIRST_COMPLETED)
                for call in done:
                    problem = yield from _taken(call)
                    trouble = trouble or problem
                if trouble is not None:
                    calls = _under_way(calls)
        finally:
            _under_way(calls)
    if trouble is not None:
        raise trouble


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


def _taken(call: Call) -> Generator[list[Answer], None, BaseException | None]:
    """Yield the call's answers, if it has any. Returns what keeps further calls from being of use."""
    problem = call.exception()
    if problem is not None:
        return problem
    answers = call.result()
    if answers:
        yield answers
    return hopeless(answers)


def _under_way(calls: Iterable[Call]) -> set[Call]:
    """The calls that had begun; the others are called off."""
    return {call for call in calls if not call.cancel()}


def hopeless(answers: Sequence[Answer]) -> SyncError | None:
    """Some refusals, such as full storage or maintenance, strike every row alike.

    A passing trouble of one row, a lock for instance, is a reject: it must not keep the rows behind it from being sent.
    """
    codes = {answer.code: answer for answer in answers if answer.code is not None}
    struck = (error(code, told.detail) for code, told in codes.items() if verdict(code).verb is not Verb.REJECT)
    return next(struck, None)
