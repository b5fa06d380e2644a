"""One call that writes rows of one object: the checks of a save, in Salesforce's order, row by row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from .errors import ApiError, Refusal, RowError
from .fields import BLANKS, held, moment, taken
from .tables import long_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from .access import Access
    from .automation import Automation
    from .fields import Json, Row, Value
    from .model import Field
    from .tables import Table

ROLLED_BACK = RowError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)


@dataclass(frozen=True)
class Outcome:
    """What became of one row: saved when there are no errors."""

    id: str | None = None
    created: bool = False
    errors: tuple[RowError, ...] = ()


class Saving:
    """The writes of one user to one object within one call.

    :param table: the object's rows.
    :param access: what the user may write.
    :param automation: the org's rules and flows.
    :param now: the time the rows are stamped with.
    """

    def __init__(self, table: Table, access: Access, automation: Automation, now: datetime) -> None:
        self.table = table
        self.access = access
        self.automation = automation
        self._stamp = moment(now)
        self._fields = {field.name.casefold(): field for field in access.fields(table.object_type)}
        self._undo: list[Callable[[], object]] = []

    def take(self, record: dict[str, Json]) -> Row:
        """A record's values by field; ApiError for the whole call if a column is unknown or a value of the wrong type."""
        values: Row = {}
        for name, value in record.items():
            if name != "attributes":
                field = self._field(name)
                values[field.name] = taken(field, value)
        return values

    def external_id(self, name: str) -> Field:
        """The field rows are upserted by; ApiError NOT_FOUND if there is none of that name, or it is no external id."""
        field = self._fields.get(name.casefold())
        if field is None or not (field.external_id or field.name == "Id"):
            raise ApiError(404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: " + name)
        return field

    def upserts(self, key: Field, rows: list[Row]) -> Iterator[Callable[[], Outcome]]:
        """One upsert for each row, not yet run; rows of one call that share a key are all refused."""
        counts = Counter(self._key(key, row) for row in rows)
        for row in rows:
            repeated = counts[self._key(key, row)] > 1 and row.get(key.name) is not None
            yield partial(self._refuse_repeated, key, row) if repeated else partial(self.upsert, key, row)

    def upsert(self, key: Field, row: Row) -> Outcome:
        """Create the row, or update the one that holds its key."""
        if key.name == "Id":
            return self.create(row) if row.get("Id") is None else self.update(str(row["Id"]), row)
        value = held(key, row.get(key.name))
        if value is None:
            raise Refusal(RowError("MISSING_ARGUMENT", f"{key.name} not specified"))
        found = self.table.ids(key.name, value)
        if len(found) > 1:
            message = f"{key.name}: more than one record found for external id field: [{', '.join(found)}]"
            raise Refusal(RowError("DUPLICATE_EXTERNAL_ID", message, (key.name,)))
        return self.update(found[0], row) if found else self.create(row)

    def create(self, values: Row) -> Outcome:
        """Save a new row."""
        self._refuse_unwritable(values)
        identity = self.table.new_id()
        stamps: Row = {"Id": identity, "IsDeleted": False, "CreatedDate": self._stamp}
        checkboxes: Row = {field.name: False for field in self.table.object_type.fields if field.type == "boolean"}
        self._save({**checkboxes, **stamps}, values)
        self._undo.append(lambda: self.table.remove(identity))
        return Outcome(identity, created=True)

    def update(self, identity: str, values: Row) -> Outcome:
        """Save values into an existing row; what is not among them stays."""
        before = self.table.rows.get(long_id(identity))
        if before is None:
            raise Refusal(RowError("ENTITY_IS_DELETED", "entity is deleted"))
        changes = {name: value for name, value in values.items() if name != "Id"}
        self._refuse_unwritable(changes)
        self._save(before, changes)
        self._undo.append(lambda: self.table.put(before))
        return Outcome(str(before["Id"]))

    def delete(self, identity: str) -> Outcome:
        """Delete a row."""
        if not self.access.deletes(self.table.object_type):
            raise Refusal(_no_right())
        removed = self.table.remove(long_id(identity))
        if removed is None:
            raise Refusal(RowError("ENTITY_IS_DELETED", "entity is deleted"))
        self._undo.append(lambda: self.table.put(removed))
        return Outcome(long_id(identity))

    def roll_back(self) -> None:
        """Undo all this call wrote."""
        for step in reversed(self._undo):
            step()

    @staticmethod
    def _key(key: Field, row: Row) -> str:
        return key.fold(str(row.get(key.name) or "").strip(BLANKS))

    @staticmethod
    def _refuse_repeated(key: Field, row: Row) -> Outcome:
        raise Refusal(RowError("DUPLICATE_VALUE", f"Duplicate external id specified: {row[key.name]}", (key.name,)))

    def _field(self, name: str) -> Field:
        field = self._fields.get(name.casefold())
        if field is None:
            raise ApiError(
                400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {self.table.object_type.name}"
            )
        return field

    def _refuse_unwritable(self, values: Row) -> None:
        if not self.access.writes(self.table.object_type):
            raise Refusal(_no_right())
        fields = (self._field(name) for name in values)
        locked = tuple(field.name for field in fields if not self.access.writes(self.table.object_type, field))
        if locked:
            message = (
                f"Unable to create/update fields: {', '.join(locked)}. Please check the security settings of this field and "
                "verify that it is read/write for your profile or permission set."
            )
            raise Refusal(RowError("INVALID_FIELD_FOR_INSERT_UPDATE", message, locked))

    def _save(self, before: Row, values: Row) -> None:
        row = self._with(before, values)
        row = self._with(row, self.automation.changes(self.table.object_type.name, row))
        if any(field.name == "Name" and field.defaulted for field in self.table.object_type.fields):
            row.setdefault("Name", row["Id"])
        self._refuse_missing(row)
        self.automation.check(self.table.object_type.name, row)
        self._refuse_duplicate(row)
        self.table.put(row | {"LastModifiedDate": self._stamp, "SystemModstamp": self._stamp})

    def _with(self, row: Row, values: Row) -> Row:
        """The row with the values in it as their fields hold them, without nulls; Refusal with all that do not fit."""
        merged, errors = dict(row), list[RowError]()
        for name, value in values.items():
            try:
                merged[name] = held(self._known(name), value)
            except Refusal as refusal:
                errors += refusal.errors
        if errors:
            raise Refusal(*errors)
        return {name: value for name, value in merged.items() if value is not None}

    def _known(self, name: str) -> Field:
        field = self.table.object_type.field(name)
        assert field is not None, f"{self.table.object_type.name} has no field {name}"  # noqa: S101 - a test's flow misspells it
        return field

    def _refuse_missing(self, row: Row) -> None:
        missing = tuple(
            each.name for each in self.table.object_type.fields if each.required and row.get(each.name) is None
        )
        if missing:
            raise Refusal(
                RowError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)
            )

    def _refuse_duplicate(self, row: Row) -> None:
        for field in (index.field for index in self.table.indexes.values() if index.field.unique):
            value: Value = row.get(field.name)
            others = (
                [each for each in self.table.ids(field.name, value) if each != row["Id"]] if value is not None else []
            )
            if others:
                message = f"duplicate value found: {field.name} duplicates value on record with id: {others[0]}"
                raise Refusal(RowError("DUPLICATE_VALUE", message))


def save_each(saving: Saving, saves: Iterable[Callable[[], Outcome]], *, all_or_none: bool) -> list[Outcome]:
    """Run saves one after the other, a refused one as an outcome; with `all_or_none` one refused row undoes all."""
    outcomes = [_outcome(save) for save in saves]
    if all_or_none and any(outcome.errors for outcome in outcomes):
        saving.roll_back()
        return [outcome if outcome.errors else Outcome(errors=(ROLLED_BACK,)) for outcome in outcomes]
    return outcomes


def _outcome(save: Callable[[], Outcome]) -> Outcome:
    try:
        return save()
    except Refusal as refusal:
        return Outcome(errors=refusal.errors)


def _no_right() -> RowError:
    """Guessed: which code a missing object right gives depends on the operation."""
    return RowError("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id")
