"""Who took a mail already, kept for the next try of its task: a recipient who was refused gets it then, nobody gets it twice.

It lives in Airflow's task state store, which outlives retries and clearing. After a cleared master the news is another one, has
another Message-ID, and goes to everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from freee_sync.memory import StateStore

SLOT = "mailed"


class Receipts:
    """The receipts for one mail, known by its Message-ID."""

    def __init__(self, store: StateStore, message_id: str) -> None:
        self._store = store
        self._message_id = message_id
        self._taken = _readable(store.get(SLOT, default=None), message_id)

    def pending(self, recipients: Sequence[str]) -> list[str]:
        """Those who do not have it yet."""
        return [address for address in recipients if address not in self._taken]

    def keep(self, recipients: Collection[str]) -> None:
        """These have it now."""
        self._taken |= set(recipients)
        self._store.set(SLOT, {"message_id": self._message_id, "taken": sorted(self._taken)})


def _readable(kept: object, message_id: str) -> set[str]:
    """What was kept of this mail; what cannot be read was not kept by this package."""
    if not isinstance(kept, dict) or kept.get("message_id") != message_id or not isinstance(kept.get("taken"), list):
        return set()
    return {address for address in kept["taken"] if isinstance(address, str)}
