"""One upsert a row, as the first example of every tutorial has it."""

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
        record, upsert = mapper(order), getattr(log_in(order), OBJECT).upsert
        for page in pages(order):
            for row in page:
                fields = record(row)
                upsert(f"{KEY}/{fields.pop(KEY)}", fields)

    return run
