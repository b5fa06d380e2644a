"""Runs a SOQL query against a table: which rows, in which order, and how each is shown.

Text is compared without regard to case unless the field is case-sensitive; `!=` is true of a null; `<` and `>` never are; ''
is null. A lookup can be followed in SELECT (`Tax__r.Name`), one step far, and nowhere else.
"""

from __future__ import annotations

import operator
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from sandbox.salesforce.columns import Column, Lookup
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.fields import moment
from sandbox.salesforce.model import ID_TYPES, TEXT_TYPES
from sandbox.salesforce.soql import Both, Comparison, Either, Negation, at_place
from sandbox.salesforce.tables import long_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sandbox.salesforce.fields import Row, Value
    from sandbox.salesforce.model import Field
    from sandbox.salesforce.soql import Condition, Literal, Order, Query
    from sandbox.salesforce.tables import Table

Test: TypeAlias = "Callable[[Row], bool]"
Visible: TypeAlias = "Callable[[str], tuple[Table, tuple[Field, ...]]]"
"""An object's rows and the fields of it that the user sees; ApiError if there is no such object to the user."""

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
LITERAL_OF_TYPE = {"boolean": "boolean", "double": "number", "date": "date", "datetime": "datetime"}
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
PREFIX = re.compile(r"[^\\%_]+%")  # the LIKE patterns that need no regular expression
LIKE_PART = re.compile(r"\\.|%|_|[^\\%_]+", re.DOTALL)

EQUALITIES = frozenset({"=", "!=", "IN", "NOT IN"})


class Selection:
    """A query bound to the rows and fields its user sees; ApiError INVALID_FIELD names a column that is not there.

    `columns` is empty for COUNT().
    """

    def __init__(self, query: Query, visible: Visible) -> None:
        self.query = query
        self._visible = visible
        self.table, self._fields = visible(query.object_name)
        self.columns = [self._column(name) for name in query.fields]
        self._test: Test = self._compiled(query.where) if query.where else lambda _: True
        self._order = [(self._field(each.field), each) for each in query.order]

    def ids(self) -> list[str]:
        """Ids of the rows found, in the query's order."""
        found = [row for row in self._candidates() if self._test(row)]
        for field, order in reversed(self._order):
            found.sort(key=_sort_key(field, order), reverse=order.descending)
        end = None if self.query.limit is None else self.query.offset + self.query.limit
        return [str(row["Id"]) for row in found[self.query.offset : end]]

    def _candidates(self) -> Iterable[Row]:
        ids = self._ids_by_index(self.query.where)
        rows = self.table.rows
        return rows.values() if ids is None else [rows[each] for each in sorted(ids)]

    def _ids_by_index(self, where: Condition | None) -> set[str] | None:
        """Ids that an index narrows the search to; None when it must look at every row."""
        if isinstance(where, Both):
            return next((ids for part in where.parts if (ids := self._ids_by_index(part)) is not None), None)
        if not isinstance(where, Comparison) or where.operator not in {"=", "IN"}:
            return None
        field = self._field(where.field)
        values = [_value(field, literal) for literal in where.values]
        if None in values or not (field.name == "Id" or field.name in self.table.indexes):
            return None
        return {each for value in values for each in self.table.ids(field.name, value)}

    def _column(self, name: str) -> Column:
        relationship, _, pointed = name.rpartition(".")
        if not relationship:
            return Column(self._field(name))
        try:
            lookup = next(each for each in self._fields if each.relationship.casefold() == relationship.casefold())
            table, fields = self._visible(lookup.reference_to)
        except (StopIteration, ApiError):
            problem = (
                f"Didn't understand relationship '{relationship}' in field path. If you are attempting to use a custom "
                "relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or "
                "the describe call for the appropriate names."
            )
            raise self._invalid(name, problem) from None
        return Column(self._named(pointed, table, fields), Lookup(lookup, table))

    def _field(self, name: str) -> Field:
        return self._named(name, self.table, self._fields)

    def _named(self, name: str, table: Table, fields: Iterable[Field]) -> Field:
        field = next((each for each in fields if each.name.casefold() == name.casefold()), None)
        if field is None:
            problem = (
                f"No such column '{name}' on entity '{table.object_type.name}'. If you are attempting to use a custom "
                "field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe "
                "call for the appropriate names."
            )
            raise self._invalid(name, problem)
        return field

    def _invalid(self, name: str, problem: str) -> ApiError:
        return ApiError(400, "INVALID_FIELD", at_place(self.query.text, self.query.text.find(name), problem))

    def _compiled(self, condition: Condition) -> Test:
        if isinstance(condition, Negation):
            refused = self._compiled(condition.part)
            return lambda row: not refused(row)
        if isinstance(condition, Comparison):
            return _comparison(self._field(condition.field), condition)
        tests = [self._compiled(part) for part in condition.parts]
        if isinstance(condition, Either):
            return lambda row: any(test(row) for test in tests)
        return lambda row: all(test(row) for test in tests)


def _comparison(field: Field, comparison: Comparison) -> Test:
    read = _reader(field)
    if comparison.operator == "LIKE":
        return _like(field, read, comparison.values[0])
    values = [_folded(field, _value(field, literal)) for literal in comparison.values]
    if comparison.operator in EQUALITIES:
        wanted = frozenset(values)
        if comparison.operator in {"=", "IN"}:
            return lambda row: read(row) in wanted
        return lambda row: read(row) not in wanted
    compare, limit = COMPARE[comparison.operator], values[0]
    if limit is None or field.type == "boolean":
        raise _bad_operator(field)
    return lambda row: (value := read(row)) is not None and compare(value, limit)


def _like(field: Field, read: Callable[[Row], Value], literal: Literal) -> Test:
    if field.type not in TEXT_TYPES:
        raise _bad_operator(field)
    pattern = _folded(field, literal.text) or ""
    parts = LIKE_PART.findall(str(pattern))
    if PREFIX.fullmatch(str(pattern)):
        return lambda row: str(read(row) or "").startswith(parts[0])
    like = re.compile("".join(map(_like_part, parts)), re.DOTALL)
    return lambda row: (value := read(row)) is not None and like.fullmatch(str(value)) is not None


def _like_part(part: str) -> str:
    if part in {"%", "_"}:
        return ".*" if part == "%" else "."
    return re.escape(_unescaped(part))


def _reader(field: Field) -> Callable[[Row], Value]:
    """Reads the field of a row as it is compared."""
    name = field.name
    if field.type in TEXT_TYPES and not field.case_sensitive:
        return lambda row: value.casefold() if isinstance(value := row.get(name), str) else None
    return lambda row: row.get(name)


def _folded(field: Field, value: Value) -> Value:
    return field.fold(value) if isinstance(value, str) and field.type in TEXT_TYPES else value


def _value(field: Field, literal: Literal) -> Value:
    """What a literal means to the field; ApiError INVALID_FIELD if it is of another type."""
    if literal.kind == "null":
        return None
    wanted = LITERAL_OF_TYPE.get(field.type, "string")
    if literal.kind != wanted:
        quotes = "should be enclosed in quotes" if wanted == "string" else "should not be enclosed in quotes"
        message = f"value of filter criterion for field '{field.name}' must be of type {field.type} and {quotes}"
        raise ApiError(400, "INVALID_FIELD", message)
    match literal.kind:
        case "boolean":
            return literal.text == "true"
        case "number":
            return float(literal.text)
        case "date":
            return literal.text
        case "datetime":
            return moment(datetime.fromisoformat(literal.text))
    text = _unescaped(literal.text)
    return long_id(text) if field.type in ID_TYPES else text or None


def _unescaped(text: str) -> str:
    return ESCAPE.sub(lambda found: ESCAPED.get(found[1], found[1]), text)


def _sort_key(field: Field, order: Order) -> Callable[[Row], tuple[bool, Value]]:
    """Nulls come first, in either direction, unless the query says last."""
    read = _reader(field)
    null_rank = order.nulls_last != order.descending

    def key(row: Row) -> tuple[bool, Value]:
        value = read(row)
        return (null_rank, 0) if value is None else (not null_rank, value)

    return key


def _bad_operator(field: Field) -> ApiError:
    return ApiError(400, "INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on {field.type} field {field.name}")
