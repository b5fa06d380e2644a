"""One call that writes rows of one object: what it reads from JSON, and what becomes of each row."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from sandbox.salesforce.errors import ApiError, Refusal, RowError
from sandbox.salesforce.fields import BLANKS, Unfound, held, moment, taken
from sandbox.salesforce.row_rules import RowRules, deleted, no_right
from sandbox.salesforce.tables import long_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import datetime

    from sandbox.salesforce.access import Access
    from sandbox.salesforce.automation import Automation
    from sandbox.salesforce.fields import Json, Row, Value
    from sandbox.salesforce.model import Field
    from sandbox.salesforce.tables import Table

ROLLED_BACK = RowError(
    "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    "Record rolled back because not all records were valid and the request was using AllOrNone header",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row: saved when there are no errors."""

    id: str | None = None
    created: bool = False
    errors: tuple[RowError, ...] = ()


@dataclass(frozen=True)
class Writer:
    """Who writes, and into what.

    :param access: what the user may see and write.
    :param automation: the org's rules and flows.
    :param now: the time the rows are stamped with.
    :param table: an object's rows by its name; ApiError if the user sees no such object.
    """

    access: Access
    automation: Automation
    now: datetime
    table: Callable[[str], Table]


class Saving:
    """The writes of one user to one object within one call. What writes one row raises Refusal when it is not saved.

    :param table: the object's rows.
    """

    def __init__(self, table: Table, writer: Writer) -> None:
        self.table = table
        self._writer = writer
        self._rules = RowRules(table, writer.access, writer.automation)
        self._stamp = moment(writer.now)
        visible = writer.access.fields(table.object_type)
        self._named = {field.name: field for field in visible}
        self._visible = {field.name.casefold(): field for field in visible}
        self._relationships = {field.relationship.casefold(): field for field in visible if field.reference_to}
        self._undo: list[Callable[[], object]] = []

    def take(self, record: dict[str, Json]) -> Row:
        """A record's values by field; ApiError for the whole call if a column is unknown or a value of the wrong type.

        What a lookup points at may be named by an external id, `{"Tax__r": {"FreeeKey__c": "1-34"}}`. It is looked for now, so
        a row of this same call is not found.
        """
        values: Row = {}
        for name, value in record.items():
            field = self._named.get(name)  # nearly every column of a million rows
            if field is not None:
                values[name] = taken(field, value)
            elif name != "attributes":
                self._take_otherwise(values, name, value)
        return values

    def external_id(self, name: str) -> Field:
        """The field rows are upserted by; ApiError NOT_FOUND if there is none of that name, or it is no external id."""
        return _external_id(self._visible.values(), name)

    def upserts(self, key: Field, rows: list[Row]) -> Iterator[Callable[[], Outcome]]:
        """One upsert for each row, not yet run; rows of one call that share a key are all refused."""
        keys = [key.fold(str(row.get(key.name) or "").strip(BLANKS)) for row in rows]
        counts = Counter(keys)
        for row, value in zip(rows, keys, strict=True):
            repeated = value and counts[value] > 1
            yield partial(_refuse_repeated, key, row) if repeated else partial(self.upsert, key, row)

    def upsert(self, key: Field, row: Row) -> Outcome:
        """Create the row, or update the one that holds its key."""
        if key.name == "Id":
            return self.update(str(row["Id"]), row) if row.get("Id") else self.create(_without_id(row))
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
        self._rules.refuse_unwritable(values)
        identity = self.table.new_id()
        self._put(self._rules.saved({"Id": identity, **self._rules.blank, "CreatedDate": self._stamp}, values))
        self._undo.append(lambda: self.table.remove(identity))
        return Outcome(identity, created=True)

    def update(self, identity: str, values: Row) -> Outcome:
        """Save values into an existing row; what is not among them stays."""
        before = self.table.rows.get(long_id(identity))
        if before is None:
            raise deleted()
        given = _without_id(values)
        self._rules.refuse_unwritable(given)
        self._put(self._rules.saved(before, given))
        self._undo.append(lambda: self.table.put(before))
        return Outcome(str(before["Id"]))

    def delete(self, identity: str) -> Outcome:
        """Delete a row."""
        if not self._writer.access.deletes(self.table.object_type):
            raise no_right()
        removed = self.table.remove(long_id(identity))
        if removed is None:
            raise deleted()
        self._undo.append(lambda: self.table.put(removed))
        return Outcome(long_id(identity))

    def roll_back(self) -> None:
        """Undo all this call wrote."""
        for step in reversed(self._undo):
            step()

    def _put(self, row: Row) -> None:
        row["LastModifiedDate"] = row["SystemModstamp"] = self._stamp
        self.table.put(row)

    def _take_otherwise(self, values: Row, name: str, value: Json) -> None:
        """A column in another case, or a lookup by what it points at."""
        lookup = self._relationships.get(name.casefold())
        if lookup is not None and isinstance(value, dict):
            values[lookup.name] = self._pointed(lookup, value)
        else:
            field = self._column(name)
            values[field.name] = taken(field, value)

    def _pointed(self, lookup: Field, named: dict[str, Json]) -> Value:
        """The id of the row that an external id names. That Salesforce finds nothing by a blank one is guessed."""
        name, value = next((pair for pair in named.items() if pair[0] != "attributes"), ("", None))
        table = self._writer.table(lookup.reference_to)
        key = _external_id(self._writer.access.fields(table.object_type), name)
        found = table.ids(key.name, value) if value else ()
        if found:
            return found[0]
        return Unfound(
            f"Foreign key external ID: {value} not found for field {key.name} in entity {lookup.reference_to}"
        )

    def _column(self, name: str) -> Field:
        field = self._visible.get(name.casefold())
        if field is None:
            message = f"No such column '{name}' on sobject of type {self.table.object_type.name}"
            raise ApiError(400, "INVALID_FIELD", message)
        return field


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


def _external_id(fields: Iterable[Field], name: str) -> Field:
    field = next((each for each in fields if each.name.casefold() == name.casefold()), None)
    if field is None or not (field.external_id or field.name == "Id"):
        message = f"Provided external ID field does not exist or is not accessible: {name}"
        raise ApiError(404, "NOT_FOUND", message)
    return field


def _without_id(values: Row) -> Row:
    return {name: value for name, value in values.items() if name != "Id"} if "Id" in values else values


def _refuse_repeated(key: Field, row: Row) -> Outcome:
    message = f"Duplicate external id specified: {row[key.name]}"
    raise Refusal(RowError("DUPLICATE_VALUE", message, (key.name,)))
