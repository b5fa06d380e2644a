"""simple-salesforce's `bulk2.upsert` of all rows, with its own defaults."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.contestant import RunOrder
from benchmarks.rivals.freee import pages
from benchmarks.rivals.mapping import mapper
from benchmarks.rivals.org import log_in
from benchmarks.settings import KEY, OBJECT


def prepare(order: RunOrder) -> Callable[[], None]:
    """Nothing is asked of either side yet."""

    def run() -> None:
        org, record = log_in(order), mapper(order)
        records = [record(row) for page in pages(order) for row in page]
        jobs = getattr(org.bulk2, OBJECT).upsert(records=records, external_id_field=KEY)
        if failed := sum(job["numberRecordsFailed"] for job in jobs):
            raise AssertionError(f"{failed} rows failed")

    return run
