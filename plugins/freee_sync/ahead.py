"""Fetching the next thing while the present one is used."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, Generic, TypeVar, cast

Item = TypeVar("Item")
Other = TypeVar("Other")

_END = object()


class Ahead(Iterator[Item], Generic[Item]):
    """Items, each fetched by a worker while the one before is used; the first one at once.

    What fetching raises is raised where the item is taken.

    :ivar coming: the next item, or the end.
    """

    def __init__(self, worker: ThreadPoolExecutor, items: Iterator[Item]) -> None:
        self._worker = worker
        self._items = items
        self.coming: Future[Any] = worker.submit(next, items, _END)

    def __next__(self) -> Item:
        """The next item, when it has come."""
        item = self.coming.result()
        if item is _END:
            raise StopIteration
        self.coming = self._worker.submit(next, self._items, _END)
        return cast("Item", item)

    @property
    def is_here(self) -> bool:
        """Whether the next item can be taken without waiting; an end or an error is none."""
        return self.coming.done() and self.coming.exception() is None and self.coming.result() is not _END


@contextmanager
def one_ahead(items: Iterator[Item]) -> Iterator[Ahead[Item]]:
    """The items, one ahead. Leaving early waits for the item that is being fetched."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as worker:
        yield Ahead(worker, items)


def meanwhile(wanted: Ahead[Item], other: Ahead[Other], keep: Callable[[Other], object]) -> Iterator[Item]:
    """All the wanted items; those of the other that are here before the next wanted one are handed to `keep`.

    What the other ends in is left to whoever takes its next item.
    """
    while True:
        waiting = {wanted.coming, other.coming} if other.is_here or not other.coming.done() else {wanted.coming}
        wait(waiting, return_when=FIRST_COMPLETED)
        if wanted.coming.done():
            try:
                item = next(wanted)
            except StopIteration:
                return
            yield item
        elif other.is_here:
            keep(next(other))
