"""Sends changed rows to the org, several calls at a time, and hands back each call's answers as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

from more_itertools import chunked

from freee_sync.errors import SyncError
from freee_sync.salesforce.sobject_collections import CALL_ROWS, Answer, Outgoing
from freee_sync.verdicts import Verb, error, verdict

WORKERS = 3  # parents shared by rows lock each other; a Developer Edition serves five long calls at once

Upsert = Callable[[Sequence[Outgoing]], list[Answer]]


def write(records: Sequence[Outgoing], upsert: Upsert) -> Iterator[list[Answer]]:
    """Send all records; yield the answers of each call as it returns.

    When a call cannot be made, or its answers tell that all further ones would fare alike, no new call is started, the
    answers of those under way are still yielded, and then the error is raised: no answer that arrives is left uncounted.

    :raises Stop, Retry: see above.
    """
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="upsert") as pool:
        calls = [pool.submit(upsert, chunk) for chunk in chunked(records, CALL_ROWS)]
        try:
            yield from _answers(calls)
        finally:
            _cancel(calls)


def _answers(calls: Sequence[Future[list[Answer]]]) -> Iterator[list[Answer]]:
    trouble: BaseException | None = None
    for call in as_completed(calls):
        if call.cancelled():
            continue
        problem = call.exception()
        if problem is None:
            yield call.result()
            problem = _hopeless(call.result())
        if problem is not None:
            trouble = trouble or problem
            _cancel(calls)
    if trouble is not None:
        raise trouble


def _hopeless(answers: Sequence[Answer]) -> SyncError | None:
    """Some refusals, such as full storage or maintenance, strike every row alike.

    A passing trouble of one row, a lock for instance, is a reject: it must not keep the rows behind it from being sent.
    """
    codes = {answer.code: answer for answer in answers if answer.code is not None}
    struck = (error(code, told.detail) for code, told in codes.items() if verdict(code).verb is not Verb.REJECT)
    return next(struck, None)


def _cancel(calls: Sequence[Future[list[Answer]]]) -> None:
    for call in calls:
        call.cancel()
