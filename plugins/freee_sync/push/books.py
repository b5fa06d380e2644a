"""The books of one push: every flagged account and the one state it ended in. Counts add up at any moment."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy

from freee_sync.outcome import FAILED_ROWS_KEPT, FailedRow, MasterResult, RowState

INTERRUPTED = "task.interrupted"
"""Cause of what is unprocessed when a try is cut off without a word."""


class Books:
    """Counts accounts into a result. One object a try."""

    def __init__(self, result: MasterResult) -> None:
        self.result = result
        self._states: dict[str, RowState] = {}
        self._failed: dict[str, FailedRow] = {}

    def read(self, account_id: str) -> None:
        """A flagged account was read."""
        self._states[account_id] = RowState.UNPROCESSED

    def settle(self, account_id: str, state: RowState) -> None:
        """freee holds the account as it should."""
        self._states[account_id] = state

    def fail(self, row: FailedRow) -> None:
        """It was refused, or waits for a person."""
        self._states[row.key] = RowState.FAILED
        self._failed[row.key] = row

    def failed(self, account_id: str) -> bool:
        """Whether it was refused, or waits for a person."""
        return self._states.get(account_id) is RowState.FAILED

    @property
    def all_answered(self) -> bool:
        """Whether every account has an outcome, good or bad."""
        return RowState.UNPROCESSED not in self._states.values()

    def as_it_stands(self) -> MasterResult:
        """The result; the books balance at any time."""
        result, counts = deepcopy(self.result), Counter(self._states.values())
        result.read = len(self._states)
        for state in RowState:
            setattr(result, state.value, counts[state])
        causes = Counter(row.code for row in self._failed.values())
        if result.unprocessed:
            causes[result.stop.code if result.stop else INTERRUPTED] += result.unprocessed
        result.causes = dict(causes)
        result.failed_rows = list(self._failed.values())[:FAILED_ROWS_KEPT]
        result.check()
        return result
