"""sObject Collections: every row is written, 200 a call, 3 calls at a time, while freee's next page is on its way."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from more_itertools import chunked
from simple_salesforce.api import Salesforce

from benchmarks.contestant import RunOrder
from benchmarks.rivals.freee import pages
from benchmarks.rivals.mapping import Record, mapper
from benchmarks.rivals.org import log_in
from benchmarks.settings import KEY, OBJECT

CALL_ROWS, WORKERS = 200, 3


def prepare(order: RunOrder) -> Callable[[], None]:
    """Nothing is asked of either side yet."""

    def run() -> None:
        org, record = log_in(order), mapper(order)
        with ThreadPoolExecutor(WORKERS) as pool:
            for page in pages(order):
                for failed in pool.map(lambda rows: _upsert(org, rows), chunked(map(record, page), CALL_ROWS)):
                    if failed:
                        raise AssertionError(f"{failed} rows failed")

    return run


def _upsert(org: Salesforce, records: Sequence[Record]) -> int:
    """One call; how many of its rows were refused."""
    body = {"allOrNone": False, "records": [{"attributes": {"type": OBJECT}, **record} for record in records]}
    answers: list[dict[str, Any]] = org.restful(
        f"composite/sobjects/{OBJECT}/{KEY}", method="PATCH", data=json.dumps(body)
    )  # type: ignore[assignment]  # None only for an empty answer
    return sum(not answer["success"] for answer in answers)
