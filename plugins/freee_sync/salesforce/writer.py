"""Sends changed rows to the org, several calls at a time, and hands back each call's answers as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed

from more_itertools import chunked

from freee_sync.salesforce.sobject_collections import CALL_ROWS, Answer, Outgoing

WORKERS = 3  # parents shared by rows lock each other; a Developer Edition serves five long calls at once

Upsert = Callable[[Sequence[Outgoing]], list[Answer]]


def write(records: Sequence[Outgoing], upsert: Upsert) -> Iterator[list[Answer]]:
    """Send all records; yield the answers of each call as it returns.

    When a call cannot be made no new one is started, the answers of those under way are still yielded, and then its error
    is raised: a row that Salesforce wrote is never left uncounted.
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
        elif trouble is None:
            trouble = problem
            _cancel(calls)
    if trouble is not None:
        raise trouble


def _cancel(calls: Sequence[Future[list[Answer]]]) -> None:
    for call in calls:
        call.cancel()
