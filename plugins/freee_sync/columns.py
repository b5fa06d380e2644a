"""How a mapped field is named in queries and writes, and how a record of an answer is read.

A plain field is named and held by itself. A lookup is read and written by the external id of the record that it points at, because
freee does not know Salesforce's ids: `SELECT Tax__r.FreeeKey__c` answers `{"Tax__r": {"FreeeKey__c": "1-34"}}`, or null where it
points nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from freee_sync.fields import SalesforceField, Value
from freee_sync.mapping import Lookup
from freee_sync.strict_json import NULL, OBJECT, TEXT, Kinds, members


class Column(Protocol):
    """One field of the org's object.

    :ivar name: in queries and writes.
    :ivar member: under which name a record of an answer holds it.
    :ivar kinds: the JSON types it may have there.
    """

    name: str
    member: str
    kinds: Kinds

    def read(self, record: Mapping[str, Any]) -> Value:
        """The value in a record of an answer, in the shared form.

        :raises MisshapenError: when a lookup's record is not what was asked for.
        """


class PlainColumn:
    """A field that holds its own value."""

    def __init__(self, field: SalesforceField) -> None:
        self.name = self.member = field.name
        self.kinds = field.kinds
        self._convert: Callable[[Any], Value] = field.read()

    def read(self, record: Mapping[str, Any]) -> Value:
        """See `Column`."""
        return self._convert(record[self.member])


class LookupColumn:
    """A field that points at another record."""

    kinds = OBJECT | NULL

    def __init__(self, field: SalesforceField, lookup: Lookup) -> None:
        self._key = lookup.key
        self.member = str(field.relationship)
        self.name = f"{self.member}.{self._key}"

    def read(self, record: Mapping[str, Any]) -> Value:
        """See `Column`. A record without the external id is none of ours, and counts as pointing nowhere."""
        pointed = record[self.member]
        key: str | None = (
            None if pointed is None else members(pointed, {self._key: TEXT | NULL}, self.member)[self._key]
        )
        return key


def column(field: SalesforceField, lookup: Lookup | None) -> Column:
    """The field, as its rule in mapping.yaml has it."""
    return PlainColumn(field) if lookup is None else LookupColumn(field, lookup)
