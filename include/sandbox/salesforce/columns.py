"""What a query shows of each row: its own fields, and through its lookups fields of the rows that they point at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sandbox.salesforce.fields import Json, Row
    from sandbox.salesforce.model import Field
    from sandbox.salesforce.tables import Table

Address = "Callable[[str, Row], Json]"
"""Given an object and a row of it, the `attributes` that REST answers put before its fields."""


@dataclass(frozen=True)
class Column:
    """A field of the row itself; with `lookup`, a field of the row in `target` that this lookup points at."""

    field: Field
    lookup: Field | None = None
    target: Table | None = None


def shown(columns: Iterable[Column], row: Row, address: Callable[[str, Row], Json]) -> dict[str, Json]:
    """The columns of a row, null where it has no value; those of a lookup under its relationship, null where it points nowhere.

    A row that was deleted is nowhere: the lookups of the shipped package are emptied then (SetNull).

    :param address: given an object and a row of it, what REST answers put before its fields.
    """
    record: dict[str, Json] = {}
    for column in columns:
        if column.lookup is None or column.target is None:
            record[column.field.name] = row.get(column.field.name)
            continue
        pointed = column.target.rows.get(str(row.get(column.lookup.name)))
        if pointed is None:
            record[column.lookup.relationship] = None
            continue
        name = column.target.object_type.name
        nested = record.setdefault(column.lookup.relationship, {"attributes": address(name, pointed)})
        assert isinstance(nested, dict)
        nested[column.field.name] = pointed.get(column.field.name)
    return record
