"""How many calls the push may make in a day, counted over all runs of the day."""

from __future__ import annotations

from freee_sync.bilingual import say
from freee_sync.errors import Stop
from freee_sync.memory import StateStore

SLOT = "push_calls"
MOST_CALLS = (
    2000  # of the 3,000 a day that freee gives the smallest plan: the import and people's other work need the rest
)


class Budget:
    """The calls of one day in Japan.

    :param day: yyyy-mm-dd; freee does not say at which hour it begins to count anew.
    """

    def __init__(self, store: StateStore, day: str, most: int = MOST_CALLS) -> None:
        self._store = store
        self._day = day
        self._most = most
        kept = store.get(SLOT, default=None) or {}
        self._spent: int = kept["calls"] if kept.get("day") == day else 0

    def spend(self) -> None:
        """Count one call that is about to be made; kept at once, so that a killed try has counted it.

        :raises Stop: `push.budget` when there is none left.
        """
        if self._spent >= self._most:
            raise Stop("push.budget", say(f"本日 {self._most}回", f"{self._most} calls today"))
        self._spent += 1
        self._store.set(SLOT, {"day": self._day, "calls": self._spent})
