"""The rows of one object, as plain dicts without their nulls, with an index on each unique or external-id field."""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase, digits
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.salesforce.fields import Row
    from sandbox.salesforce.model import Field, ObjectType

BASE62 = digits + ascii_uppercase + ascii_lowercase
CHECK_CHARACTERS = ascii_uppercase + "012345"
INSTANCE = "5i00000"  # the characters of a record id that say which instance made it
SHORT_ID, LONG_ID = 15, 18


def record_id(key_prefix: str, number: int) -> str:
    """An 18-character record id: prefix, instance, number in base 62, and three characters that check the case of the rest."""
    counted = ""
    for _ in range(5):
        number, digit = divmod(number, len(BASE62))
        counted = BASE62[digit] + counted
    return long_id(key_prefix + INSTANCE + counted)


def long_id(text: str) -> str:
    """The 18-character form of a 15-character id; any other text as it is."""
    if len(text) != SHORT_ID:
        return text
    groups = (text[start : start + 5] for start in range(0, SHORT_ID, 5))
    return text + "".join(
        CHECK_CHARACTERS[sum(each.isupper() << place for place, each in enumerate(group))] for group in groups
    )


class Index:
    """Ids of the rows that hold a value of one field."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self._ids: dict[str, tuple[str, ...]] = {}

    def ids(self, value: object) -> tuple[str, ...]:
        """Ids of the rows that hold the value, by the field's own rule about case."""
        return self._ids.get(self.field.fold(str(value)), ())

    def add(self, row: Row) -> None:
        """Take a row in."""
        value = row.get(self.field.name)
        if value is not None:
            self._ids[self.field.fold(str(value))] = (*self.ids(value), str(row["Id"]))

    def drop(self, row: Row) -> None:
        """Let a row go."""
        value = row.get(self.field.name)
        if value is None:
            return
        left = tuple(each for each in self.ids(value) if each != row["Id"])
        if left:
            self._ids[self.field.fold(str(value))] = left
        else:
            del self._ids[self.field.fold(str(value))]


class Table:
    """The rows of one object by their id, in the order they were created."""

    def __init__(self, object_type: ObjectType) -> None:
        self.object_type = object_type
        self.rows: dict[str, Row] = {}
        self._created = 0
        self.indexes: dict[str, Index] = {}
        self.index()

    def index(self) -> None:
        """Index the object's fields anew, after a field was added."""
        self.indexes = {field.name: Index(field) for field in self.object_type.fields if field.indexed}
        for row in self.rows.values():
            for index in self.indexes.values():
                index.add(row)

    def new_id(self) -> str:
        """The next record id."""
        self._created += 1
        return record_id(self.object_type.key_prefix, self._created)

    def put(self, row: Row) -> Row | None:
        """Keep the row; returns the one it replaces."""
        replaced = self.rows.get(str(row["Id"]))
        self.rows[str(row["Id"])] = row
        for name, index in self.indexes.items():
            if replaced is None:
                index.add(row)
            elif replaced.get(name) != row.get(name):
                index.drop(replaced)
                index.add(row)
        return replaced

    def remove(self, identity: str) -> Row | None:
        """Forget the row; returns it."""
        row = self.rows.pop(identity, None)
        if row is not None:
            for index in self.indexes.values():
                index.drop(row)
        return row

    def ids(self, field_name: str, value: object) -> tuple[str, ...]:
        """Ids of the rows whose indexed field, or whose Id, is the value."""
        if field_name == "Id":
            identity = long_id(str(value))
            return (identity,) if identity in self.rows else ()
        return self.indexes[field_name].ids(value)
