"""When the initial rows were last changed: from two days to three years before today."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.company.dice import Dice

if TYPE_CHECKING:
    from datetime import date

NEWEST, OLDEST = 2, 1095  # days before today


class Past:
    """Days for the rows of one table, yyyy-mm-dd in JST."""

    def __init__(self, seed: int, table: str, today: date) -> None:
        self._seed = seed
        self._table = table
        self._days = [(today - timedelta(days=days)).isoformat() for days in range(OLDEST + 1)]

    def day(self, number: int) -> str:
        """When the n-th row was last changed."""
        return self._days[Dice(self._seed, f"{self._table}:{number}").between(NEWEST, OLDEST)]
