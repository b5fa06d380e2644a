"""Fetching the next thing while the present one is used."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar, cast

Item = TypeVar("Item")

_END = object()


@contextmanager
def one_ahead(items: Iterator[Item]) -> Iterator[Iterator[Item]]:
    """The items, each fetched by a worker while the one before is used; the first one at once.

    What fetching raises is raised where the item is taken. Leaving early waits for the item that is being fetched.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as worker:
        yield _taken(worker, items, worker.submit(next, items, _END))


def _taken(worker: ThreadPoolExecutor, items: Iterator[Item], coming: Future[Item | object]) -> Generator[Item]:
    while (item := coming.result()) is not _END:
        coming = worker.submit(next, items, _END)
        yield cast("Item", item)
