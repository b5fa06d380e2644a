"""What each try of one task wrote, kept for the tries after it: Airflow clears a task's XCom when a new try begins.

It lives in Airflow's task state store, which belongs to one task of one run. It outlives retries and clearing, so that a cleared
task is one more try of its run, and no other run ever sees it.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import reduce
from operator import add

from freee_sync.memory import StateStore
from freee_sync.outcome import MasterResult, Written

SLOT = "written"


class Tries:
    """The tallies of one task's tries, seen by the newest of them."""

    def __init__(self, store: StateStore, number: int) -> None:
        """:param number: of this try, from 1; the first asks the store nothing."""
        self._store = store
        self._number = str(number)
        self._kept = _readable(store.get(SLOT, default=None)) if number > 1 else {}
        self.earlier = reduce(add, (kept for try_, kept in self._kept.items() if try_ != self._number), Written())
        self._last = Written()

    def carry(self, result: MasterResult) -> MasterResult:
        """The result with what earlier tries wrote; its own `earlier` is what this one heard of a job that they left running.

        Keeps what this one wrote and heard, as soon as that is more than before.
        """
        if result.written + result.earlier != self._last:
            self._last = result.written + result.earlier
            self._kept[self._number] = self._last
            self._store.set(SLOT, {number: asdict(written) for number, written in self._kept.items()})
        return replace(result, earlier=self.earlier + result.earlier)


def _readable(kept: object) -> dict[str, Written]:
    """Tallies by try; what cannot be read was not kept by this package and is left out."""
    try:
        return {number: Written(**written) for number, written in kept.items()}  # type: ignore[attr-defined]  # any JSON
    except (AttributeError, TypeError):
        return {}
