"""One try of one master: what was asked of it, what it works with, and what has come of it so far."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from freee_sync.cursors import JST, Cursor
from freee_sync.history import History, keep_history, recall_history
from freee_sync.ledger import Ledger
from freee_sync.mapper import Mapper
from freee_sync.masters import Master
from freee_sync.memory import StateStore
from freee_sync.outcome import MasterResult, Note
from freee_sync.salesforce.bulk_jobs import BulkUpsert
from freee_sync.salesforce.rows import HeldRows
from freee_sync.salesforce.writer import Upsert
from freee_sync.tally import Tally

log = logging.getLogger(__name__)

Fetch = Callable[[str, dict[str, Any]], dict[str, Any]]
"""One GET to freee: path and parameters to the JSON object of its answer."""


@dataclass(frozen=True)
class Order:
    """What is asked of this try.

    :param began: when it began, aware; where the cursor goes if all ends well.
    :param context: digest of what a delta takes for granted; see `memory.context_of`.
    :param run_id: the run this try belongs to; several tries of one run share it.
    """

    began: datetime
    context: str
    run_id: str
    full_load: bool = False
    full_every_days: int = 0
    dry_run: bool = False
    approve_missing: bool = False


@dataclass(frozen=True)
class Tools:
    """The two sides, and what outlives a try.

    :param cursor: None for a master that is always read in full.
    :param bulk: None where every row goes by a call that is answered at once.
    :param publish: keeps the result as it stands, where the report finds it, and returns it as it was kept.
    """

    fetch: Fetch
    held: HeldRows
    upsert: Upsert
    store: StateStore
    cursor: Cursor | None
    publish: Callable[[MasterResult], MasterResult]
    bulk: BulkUpsert | None = None


@dataclass
class Attempt:
    """The try itself. Its rows are in the ledger, its counts in the tally, everything else that the report tells in the result."""

    mapper: Mapper
    order: Order
    tools: Tools
    ledger: Ledger
    result: MasterResult = field(init=False)
    tally: Tally = field(init=False)
    history: History = field(init=False)

    def __post_init__(self) -> None:
        self.result = MasterResult(self.master.name, dry_run=self.order.dry_run)
        self.tally = Tally(self.result, self.ledger)
        self.history = recall_history(self.tools.store)

    @property
    def master(self) -> Master:
        """The master that is synced."""
        return self.mapper.master

    def publish(self) -> MasterResult:
        """Let the report see how far this is."""
        return self.tools.publish(self._result())

    def _result(self) -> MasterResult:
        result, now = self.tally.result(), self.order.began.astimezone(JST).isoformat(timespec="seconds")
        result.failed_rows = [self.history.dated(row, self.order.run_id, now) for row in result.failed_rows]
        return result

    def remember(self) -> None:
        """Keep counts and open failures for the next run. A preview leaves no trace, a try that was cut off resolves nothing."""
        if self.order.dry_run:
            return
        if self.result.stop is None:
            whole = self.result.complete and self.result.mode == "full"
            self.result.resolved = self.history.resolved(self.tally, whole=whole)
        keep_history(self.tools.store, self.history.after(self.order.run_id, self._result()))

    def note(self, code: str, detail: str) -> None:
        """Something the reader of the mail should know."""
        log.warning("%s: %s: %s", self.master.name, code, detail)
        self.result.notes.append(Note(code, detail))
