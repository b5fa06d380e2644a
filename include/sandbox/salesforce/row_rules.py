"""What a save makes of one row, in Salesforce's order: rights, fields, flows, required fields, validation rules, unique fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.salesforce.errors import Refusal, RowError
from sandbox.salesforce.fields import held

if TYPE_CHECKING:
    from sandbox.salesforce.access import Access
    from sandbox.salesforce.automation import Automation
    from sandbox.salesforce.fields import Row
    from sandbox.salesforce.tables import Table


class RowRules:
    """The rules for one user's rows of one object; each method refuses with every reason it finds."""

    def __init__(self, table: Table, access: Access, automation: Automation) -> None:
        fields = table.object_type.fields
        self._table = table
        self._automation = automation
        self._fields = {field.name: field for field in fields}
        self._required = [field.name for field in fields if field.required]
        self._named_by_id = any(field.name == "Name" and field.defaulted for field in fields)
        self._forbidden = not access.writes(table.object_type)
        self._locked = {field.name for field in fields if not access.writes(table.object_type, field)}
        self.blank: Row = {field.name: False for field in fields if field.type == "boolean"}

    def refuse_unwritable(self, values: Row) -> None:
        """Refuse what the user has no right to write."""
        if self._forbidden:
            raise no_right()
        locked = tuple(name for name in values if name in self._locked)
        if locked:
            message = (
                f"Unable to create/update fields: {', '.join(locked)}. Please check the security settings of this field "
                "and verify that it is read/write for your profile or permission set."
            )
            raise Refusal(RowError("INVALID_FIELD_FOR_INSERT_UPDATE", message, locked))

    def saved(self, before: Row, values: Row) -> Row:
        """The row as it is saved, without nulls; a new dict."""
        row = self._with(before, values)
        if self._automation.flows:
            row = self._with(row, self._automation.changes(self._table.object_type.name, row))
        if self._named_by_id:
            row.setdefault("Name", row["Id"])
        self._refuse_missing(row)
        self._automation.check(self._table.object_type.name, row)
        self._refuse_duplicate(row)
        return row

    def _with(self, row: Row, values: Row) -> Row:
        merged, errors = dict(row), list[RowError]()
        for name, value in values.items():
            try:
                kept = held(self._fields[name], value)
            except Refusal as refusal:
                errors += refusal.errors
                continue
            if kept is None:
                merged.pop(name, None)
            else:
                merged[name] = kept
        if errors:
            raise Refusal(*errors)
        return merged

    def _refuse_missing(self, row: Row) -> None:
        missing = tuple(name for name in self._required if name not in row)
        if missing:
            message = f"Required fields are missing: [{', '.join(missing)}]"
            raise Refusal(RowError("REQUIRED_FIELD_MISSING", message, missing))

    def _refuse_duplicate(self, row: Row) -> None:
        for name, index in self._table.indexes.items():
            holders = index.ids(row[name]) if index.field.unique and name in row else ()
            others = [each for each in holders if each != row["Id"]]
            if others:
                message = f"duplicate value found: {name} duplicates value on record with id: {others[0]}"
                raise Refusal(RowError("DUPLICATE_VALUE", message))


def no_right() -> Refusal:
    """Guessed: which code a missing right on an object gives depends on the operation."""
    return Refusal(RowError("INSUFFICIENT_ACCESS_OR_READONLY", "insufficient access rights on object id"))


def deleted() -> Refusal:
    """There is no row of that id, or no longer."""
    return Refusal(RowError("ENTITY_IS_DELETED", "entity is deleted"))
