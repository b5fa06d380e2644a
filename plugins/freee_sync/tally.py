"""The books of one try: every key that was read, and the one state it ended in.

Counts move as rows settle, so that a result can be published at any moment and always adds up: what has been read and has no
state yet is unprocessed, and a missing row that is neither marked nor held could not be marked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from copy import deepcopy

from freee_sync.ledger import NOTHING, Ledger
from freee_sync.outcome import FAILED_ROWS_KEPT, FailedRow, MasterResult, RowState

GOOD = frozenset({RowState.CREATED, RowState.UPDATED, RowState.UNCHANGED})
"""How a row ends that the org holds as freee does."""

INTERRUPTED = "task.interrupted"
"""Cause of what is unprocessed when a try is cut off without a word."""


class Tally:
    """Counts rows into a result; how each row stands is in the ledger. One object a try."""

    def __init__(self, result: MasterResult, ledger: Ledger) -> None:
        self._result = result
        self._ledger = ledger
        self._counts: Counter[RowState] = Counter()
        self._codes: dict[str, str] = {}
        self._causes: Counter[str] = Counter()
        self._failed: dict[str, FailedRow] = {}
        self._mark_causes: Counter[str] = Counter()
        self._unmarked: set[str] = set()

    def stand(self, states: Mapping[str, RowState]) -> None:
        """Rows are listed in this sweep, and stand so. What this try did first stays: created and then found unchanged, or changed
        again; and a row that is listed anew stands as it did until it is settled anew.
        """
        known = self._ledger.look(states)
        moves = {key: _after(known.get(key, NOTHING).state, state) for key, state in states.items()}
        for key, state in moves.items():
            self._move(key, known.get(key, NOTHING).state, state)
        self._ledger.stand(moves)

    def fail(self, rows: Iterable[FailedRow]) -> None:
        """Rows that were listed were refused, by us or by Salesforce."""
        refused = {row.key: row for row in rows}
        known = self._ledger.look(refused)
        for key, row in refused.items():
            self._move(key, known.get(key, NOTHING).state, RowState.FAILED)
            self._forgive(key)
            self._codes[key] = row.code
            self._causes[row.code] += 1
            self._keep(row)
        self._ledger.stand(dict.fromkeys(refused, RowState.FAILED))

    def begin_sweep(self, prefix: str) -> None:
        """A listing begins anew, and names its rows without a key anew."""
        self._ledger.sweep += 1
        for key, state in self._ledger.drop_places(prefix):
            self._move(key, state, None)

    def mark_failed(self, row: FailedRow) -> None:
        """A missing row could not be marked. It was not read, so it is counted apart."""
        self._mark_causes[row.code] += 1
        self._unmarked.add(row.key)
        self._keep(row)

    def _keep(self, row: FailedRow) -> None:
        if len(self._failed) < FAILED_ROWS_KEPT:
            self._failed[row.key] = row

    def _move(self, key: str, before: RowState | None, after: RowState | None) -> None:
        if before is not None:
            self._counts[before] -= 1
        if after is not None:
            self._counts[after] += 1
        if before is RowState.FAILED and after is not RowState.FAILED:
            self._forgive(key)

    def _forgive(self, key: str) -> None:
        """What it failed of before counts no more."""
        if key in self._codes:
            self._causes[self._codes.pop(key)] -= 1
            self._failed.pop(key, None)

    @property
    def settled_well(self) -> bool:
        """Whether every row that was read has a good outcome, and no missing row was refused its mark."""
        return not (self._counts[RowState.FAILED] or self._counts[RowState.UNPROCESSED] or self._unmarked)

    def arrived(self, key: str) -> bool:
        """Whether this row was read and has a good outcome."""
        return self._state(key) in GOOD

    def failing(self, key: str) -> bool:
        """Whether this row was read without a good outcome, or is missing and could not be marked."""
        return key in self._unmarked or self._state(key) in {RowState.FAILED, RowState.UNPROCESSED}

    def _state(self, key: str) -> RowState | None:
        return self._ledger.look([key]).get(key, NOTHING).state

    def result(self) -> MasterResult:
        """The result as it stands; the books balance at any time.

        :raises AssertionError: when they do not.
        """
        result = deepcopy(self._result)
        result.read = self._counts.total()
        for state in RowState:
            setattr(result, state.value, self._counts[state])
        result.mark_failed = result.missing - result.marked - result.held
        causes = self._causes + self._mark_causes
        unanswered = result.unprocessed + result.mark_failed - self._mark_causes.total()
        if unanswered:
            causes[result.stop.code if result.stop else INTERRUPTED] += unanswered
        result.causes = dict(causes)
        result.failed_rows = list(self._failed.values())
        result.check()
        return result


def _after(before: RowState | None, state: RowState) -> RowState:
    """How a row stands that stood so before."""
    if before is None:
        return state
    written = before is RowState.CREATED or (before is RowState.UPDATED and state is RowState.UNCHANGED)
    return before if written or state is RowState.UNPROCESSED else state
