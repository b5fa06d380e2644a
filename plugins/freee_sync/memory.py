"""What survives a run, for each master: in which context its rows were last read in full, and when.

It lives in Airflow's asset state store. Lost memory costs a full read and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

SLOT = "full_read"
BULK_JOB = "bulk_job"


@dataclass(frozen=True)
class Memory:
    """One master's memory.

    :param context: digest of what the rows depend on besides freee; see `context_of`.
    :param last_full: when the last full read began that was complete and clean, aware.
    """

    context: str
    last_full: datetime


class StateStore(Protocol):
    """A place for JSON values, like one asset's accessor of Airflow's asset state store."""

    def get(self, key: str, default: Any = None) -> Any:
        """The value, or the default."""

    def set(self, key: str, value: Any) -> None:
        """Keep the value."""


def recall(store: StateStore) -> Memory | None:
    """What is remembered; None when there is nothing, or nothing that can be read."""
    kept = store.get(SLOT, default=None)
    try:
        return Memory(kept["context"], datetime.fromisoformat(kept["last_full"]))
    except (TypeError, KeyError, ValueError):
        return None


def remember(store: StateStore, memory: Memory) -> None:
    """Keep it for the next run."""
    store.set(SLOT, {"context": memory.context, "last_full": memory.last_full.isoformat()})


def recall_job(store: StateStore) -> str | None:
    """The id of a Bulk job whose results nobody has read, if there is one."""
    return str(store.get(BULK_JOB, default="")) or None


def remember_job(store: StateStore, job: str | None) -> None:
    """Keep the id of a job that was begun; None once all that it tells has been read."""
    store.set(BULK_JOB, job or "")


def context_of(**parts: Any) -> str:
    """A digest of everything a delta takes for granted: API base, company, org, object, key field, mapping block."""
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
