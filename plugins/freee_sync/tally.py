"""The books of one try: every key that was read, and the one state it ended in.

Counts move as rows settle, so that a result can be published at any moment and always adds up: what has been read and has no
state yet is unprocessed, and a missing row that is neither marked nor held could not be marked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from copy import deepcopy

from freee_sync.outcome import FAILED_ROWS_KEPT, FailedRow, MasterResult, RowState

GOOD = frozenset({RowState.CREATED, RowState.UPDATED, RowState.UNCHANGED})
"""How a row ends that the org holds as freee does."""

INTERRUPTED = "task.interrupted"
"""Cause of what is unprocessed when a try is cut off without a word."""


class Tally:
    """Counts rows into a result. One object a try."""

    def __init__(self, result: MasterResult) -> None:
        self._result = result
        self._states: dict[str, RowState] = {}
        self._counts: Counter[RowState] = Counter()
        self._codes: dict[str, str] = {}
        self._causes: Counter[str] = Counter()
        self._failed: dict[str, FailedRow] = {}
        self._mark_causes: Counter[str] = Counter()
        self._unmarked: set[str] = set()

    def read(self, key: str) -> None:
        """A row was listed. A key that was listed before stays as it is."""
        if key not in self._states:
            self._states[key] = RowState.UNPROCESSED
            self._counts[RowState.UNPROCESSED] += 1

    def settle(self, key: str, state: RowState) -> None:
        """A row that was read has arrived. What this try did first stays: created and then found unchanged, or changed again."""
        before = self._states[key]
        if before is RowState.CREATED or (before is RowState.UPDATED and state is RowState.UNCHANGED):
            return
        self._move(key, state)

    def fail(self, row: FailedRow) -> None:
        """A row that was read was refused, by us or by Salesforce."""
        self._move(row.key, RowState.FAILED)
        self._codes[row.key] = row.code
        self._causes[row.code] += 1
        if len(self._failed) < FAILED_ROWS_KEPT:
            self._failed[row.key] = row

    def forget(self, keys: Iterable[str]) -> None:
        """Rows without a key that an earlier sweep named by their place: the next sweep names them anew."""
        for key in keys:
            self._move(key, RowState.UNPROCESSED)
            self._counts[self._states.pop(key)] -= 1

    def mark_failed(self, row: FailedRow) -> None:
        """A missing row could not be marked. It was not read, so it is counted apart."""
        self._mark_causes[row.code] += 1
        self._unmarked.add(row.key)
        if len(self._failed) < FAILED_ROWS_KEPT:
            self._failed[row.key] = row

    def _move(self, key: str, state: RowState) -> None:
        before = self._states[key]
        self._counts[before] -= 1
        self._counts[state] += 1
        self._states[key] = state
        if before is RowState.FAILED:
            self._causes[self._codes.pop(key)] -= 1
            self._failed.pop(key, None)

    @property
    def settled_well(self) -> bool:
        """Whether every row that was read has a good outcome, and no missing row was refused its mark."""
        return not (self._counts[RowState.FAILED] or self._counts[RowState.UNPROCESSED] or self._unmarked)

    def arrived(self, key: str) -> bool:
        """Whether this row was read and has a good outcome."""
        return self._states.get(key) in GOOD

    def failing(self, key: str) -> bool:
        """Whether this row was read without a good outcome, or is missing and could not be marked."""
        return key in self._unmarked or (key in self._states and not self.arrived(key))

    def result(self) -> MasterResult:
        """The result as it stands; the books balance at any time.

        :raises AssertionError: when they do not.
        """
        result = deepcopy(self._result)
        result.read = len(self._states)
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
