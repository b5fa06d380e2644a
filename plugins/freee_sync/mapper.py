"""freee row to Salesforce record: one master's rules bound to what the org's object really is.

A record is a tuple of values in the order of `Mapper.fields`, in the form that `fields.py` gives both sides, so that two
records are compared in one step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from freee_sync.bilingual import say
from freee_sync.columns import column
from freee_sync.errors import Reject
from freee_sync.fields import Convert, SalesforceField, Value
from freee_sync.mapping import COMPANY, SEGMENT, FieldRule, MasterMapping, source_kind
from freee_sync.masters import Master, Scope
from freee_sync.outcome import PLACE, legible
from freee_sync.strict_json import TEXT, Kinds
from freee_sync.target import check_target

Record = tuple[Value, ...]
"""The values of one row in the order of `Mapper.fields`."""

Step = tuple[Callable[[Mapping[str, Any]], Any], Convert]
"""How one field gets its value: find it in the row, then bring it into the shared form."""

HIDDEN = "***"
"""What a report shows of a private value."""
VALUE_SHOWN = 255  # characters of a value that a preview repeats
NAME_SHOWN = 100  # characters of a row's name that a report repeats


@dataclass(frozen=True)
class MappedRow:
    """One row of freee, ready to be compared: its key, how people know it, and its values."""

    key: str
    name: str
    row_code: str
    level: int
    values: Record


@dataclass(frozen=True)
class RejectedRow:
    """One row of freee that cannot become a record, and why. Without a key of its own it goes by its place: `{prefix}#{position}`."""

    key: str
    name: str
    row_code: str
    reason: Reject


class Mapper:
    """One master bound to the org's object.

    :param described: field name to field, from the describe of `mapping.object`.
    :raises Stop: `salesforce.field` when the object cannot hold what the mapping sends.
    """

    def __init__(
        self, master: Master, mapping: MasterMapping, described: Mapping[str, SalesforceField], company_id: int
    ) -> None:
        self.master = master
        self.mapping = mapping
        self.company_id = company_id
        check_target(master, mapping, described)
        flag = (mapping.missing,) if mapping.missing else ()
        self.fields: tuple[str, ...] = (*mapping.fields, *flag)
        self.private = frozenset(name for name, rule in mapping.fields.items() if rule.private)
        self._private_sources = frozenset(rule.source for rule in mapping.fields.values() if rule.private)
        self._label = next((name for name, rule in mapping.fields.items() if rule.source == master.label), None)
        self._flag: Record = (False,) * len(flag)
        self._steps = {scope: self._bind(scope, described) for scope in master.scopes}
        stamped = (*self.fields, *([mapping.changed_at] if mapping.changed_at else []))
        self.times = frozenset(name for name in stamped if described[name].type == "datetime")
        self.lookups = {name: rule.lookup for name, rule in mapping.fields.items() if rule.lookup}
        self._columns = [column(described[name], self.lookups.get(name)) for name in self.fields]
        self.columns: Mapping[str, Kinds] = {mapping.key: TEXT, **{each.member: each.kinds for each in self._columns}}

    def row(self, row: Any, scope: Scope, position: int) -> MappedRow | RejectedRow:
        """One row of freee's listing; `position` counts from 1 and names a row without a key. Never raises for bad data."""
        prefix = self.master.key_prefix(self.company_id, scope)
        if not isinstance(row, dict):
            why = say(f"{position}行目: {row!r:.80}は行ではありません", f"row {position}: {row!r:.80} is no row")
            reason = Reject("row.wrong_type", why)
            return RejectedRow(f"{prefix}{PLACE}{position}", "", "", reason)
        name, row_code = self._told(row, self.master.label), self._told(row, "code")
        key = row.get(self.master.key_field)
        if type(key) is not int:
            field = self.master.key_field
            why = say(f"{position}行目: {field}が{key!r:.80}です", f"row {position}: {field} is {key!r:.80}")
            reason = Reject("row.no_key", why)
            return RejectedRow(f"{prefix}{PLACE}{position}", name, row_code, reason)
        full_key = f"{prefix}{key}"
        try:
            values = self._values(row, scope)
        except Reject as reason:
            return RejectedRow(full_key, name, row_code, reason)
        return MappedRow(full_key, name, row_code, self._level(row), values)

    def _bind(self, scope: Scope, described: Mapping[str, SalesforceField]) -> list[Step]:
        added = {COMPANY: self.company_id, SEGMENT: scope.segment}
        return [_step(self.master, rule, described[name], added) for name, rule in self.mapping.fields.items()]

    def _values(self, row: Mapping[str, Any], scope: Scope) -> Record:
        return (*[convert(find(row)) for find, convert in self._steps[scope]], *self._flag)

    def _level(self, row: Mapping[str, Any]) -> int:
        level = row.get(self.master.level_field) if self.master.level_field else 0
        return level if isinstance(level, int) else 0

    def held(self, record: Mapping[str, Any]) -> Record:
        """One record of a SOQL answer, in the same form as a row's values.

        :raises MisshapenError: when a lookup's record is not what was asked for.
        """
        return tuple([each.read(record) for each in self._columns])

    @property
    def names(self) -> tuple[str, ...]:
        """What queries and writes call the fields; a lookup is `Tax__r.FreeeKey__c`."""
        return tuple([each.name for each in self._columns])

    def sent(self, values: Record) -> dict[str, Value]:
        """The fields to write, by the names that writes use."""
        return dict(zip(self.names, values, strict=True))

    def marked(self, values: Record) -> bool:
        """Whether a held record is marked as missing in freee."""
        return bool(self._flag) and values[-1] is True

    def shown(self, field: str, value: Value) -> str | None:
        """A value for a person's eyes: private ones as ***."""
        if value is None:
            return None
        return HIDDEN if field in self.private else legible(str(value), VALUE_SHOWN)

    def refusal(self, detail: str, fields: Iterable[str]) -> str:
        """What a report repeats of Salesforce's message, which may hold any value of the row: no word of it if one is private."""
        named = ", ".join(fields)
        if self.private:
            return named or HIDDEN
        return f"{detail} ({named})" if named else detail

    def name_of(self, values: Record) -> str:
        """How people know a row that the org holds."""
        record = dict(zip(self.fields, values, strict=True))
        return self.shown(self._label, record[self._label]) or "" if self._label else ""

    def _told(self, row: Mapping[str, Any], source: str) -> str:
        """A freee field by which a report may name the row."""
        value = row.get(source)
        if value is None:
            return ""
        return HIDDEN if source in self._private_sources else legible(str(value), NAME_SHOWN)


def _step(master: Master, rule: FieldRule, field: SalesforceField, added: Mapping[str, int | None]) -> Step:
    if rule.lookup:
        convert = field.point(f"{added[COMPANY]}-")
    else:
        convert = field.write(source_kind(master, rule), truncate=rule.truncate, join=rule.join)
    if not field.nillable and field.type != "boolean":
        convert = _required(field.name, convert)
    if rule.private:
        convert = _silent(field.name, convert)
    if rule.source in added:
        constant = added[rule.source]
        return (lambda _row: constant), convert
    return _finder(rule.source), convert


def _required(name: str, convert: Convert) -> Convert:
    def checked(value: Any) -> Value:
        result = convert(value)
        if result is None:
            raise Reject("row.required", f"{name}: {say('freeeで空です', 'blank in freee')}")
        return result

    return checked


def _silent(name: str, convert: Convert) -> Convert:
    def checked(value: Any) -> Value:
        try:
            return convert(value)
        except Reject as reason:
            raise Reject(reason.code, f"{name}: {HIDDEN}") from None

    return checked


def _finder(source: str) -> Callable[[Mapping[str, Any]], Any]:
    outer, _, inner = source.partition(".")
    if not inner:
        return lambda row: row.get(outer)

    def find(row: Mapping[str, Any]) -> Any:
        nested = row.get(outer)
        if nested is None:
            return None
        if not isinstance(nested, dict):
            why = say(
                f"freeeの値は{nested!r:.80}、オブジェクトのはずです", f"freee has {nested!r:.80}, should be an object"
            )
            raise Reject("row.wrong_type", f"{outer}: {why}")
        return nested.get(inner)

    return find
