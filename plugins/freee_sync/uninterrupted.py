"""A stretch of work that Ctrl-C does not cut in two."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

HELD = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def uninterrupted(told: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold Ctrl-C and SIGTERM back until the block has ended, then let the first of them take its course.

    For the moment between spending a single-use token and storing what came for it. Main thread only.

    :param told: called when one of them comes, to say that it will be heeded.
    """
    came: list[int] = []

    def hold(number: int, _frame: object) -> None:
        came.append(number)
        told()

    before = {number: signal.signal(number, hold) for number in HELD}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])
