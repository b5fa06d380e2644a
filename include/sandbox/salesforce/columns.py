"""What a query shows of each row: its own fields, and fields of the rows that its lookups point at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sandbox.salesforce.fields import Json, Row
    from sandbox.salesforce.model import Field
    from sandbox.salesforce.tables import Table

Address: TypeAlias = "Callable[[str, Row], Json]"
"""Given an object and a row of it, the `attributes` that REST answers put before its fields."""


@dataclass(frozen=True)
class Lookup:
    """A lookup field, and the rows that it can point at."""

    field: Field
    table: Table

    def row(self, row: Row) -> Row | None:
        """The row it points at; None too where that was deleted, because the package's lookups are then emptied (SetNull)."""
        return self.table.rows.get(str(row.get(self.field.name)))


@dataclass(frozen=True)
class Column:
    """A field of the row itself, or of the row that its lookup points at."""

    field: Field
    through: Lookup | None = None


def shown(columns: Iterable[Column], row: Row, address: Address) -> dict[str, Json]:
    """The columns of a row, null where it has no value; those through a lookup are nested under its relationship."""
    record: dict[str, Json] = {}
    for column in columns:
        name = column.field.name
        if column.through is None:
            record[name] = row.get(name)
        elif (pointed := column.through.row(row)) is None:
            record[column.through.field.relationship] = None
        else:
            relationship, table = column.through.field.relationship, column.through.table
            attributes = {"attributes": address(table.object_type.name, pointed)}
            record[relationship] = {**attributes, **_nested(record.get(relationship)), name: pointed.get(name)}
    return record


def _nested(so_far: Json) -> dict[str, Json]:
    return so_far if isinstance(so_far, dict) else {}
