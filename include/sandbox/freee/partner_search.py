"""Finds the partner that has a name or a code: of those that freee lets only one have."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.company import Table

UNIQUE = ("name", "code")


class PartnerSearch:
    """Looks through all partners of a company, archived ones too.

    The first search reads every row, half a minute for a million; later ones read only those that were touched since the start.
    """

    def __init__(self, table: Table) -> None:
        self._table = table

    def holder(self, field: str, value: str) -> int | None:
        """The id of the partner with this very name or code: case and width count."""
        key = self._first[field].get(value)
        if key is not None and key in self._table and self._table.row(key).get(field) == value:
            return key
        return next((row["id"] for row in self._table.touched() if row.get(field) == value), None)

    @cached_property
    def _first(self) -> dict[str, dict[str, int]]:
        """By field and value the ids of those that were listed at the first search; what has changed since is touched."""
        rows = self._table.rows(self._table.find())
        return {field: {row[field]: row["id"] for row in rows if row.get(field)} for field in UNIQUE}
