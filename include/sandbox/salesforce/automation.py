"""What the customer's own org does on save: validation rules that refuse a row, flows that change it.

A key is an object, or an object and a name: `FreeeItem__c`, `FreeeItem__c.no_test_names`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from sandbox.salesforce.errors import Refusal, RowError

if TYPE_CHECKING:
    from sandbox.salesforce.fields import Row, Value

Rule: TypeAlias = "Callable[[Row], str | None]"
"""Given the row as it would be saved, the message it is refused with, or None. A null field is absent from the row."""

Flow: TypeAlias = "Callable[[Row], Row]"
"""Given the row as it would be saved, the fields to change in it."""


@dataclass
class Automation:
    """The rules and flows of an org."""

    validation_rules: dict[str, Rule] = field(default_factory=dict)
    flows: dict[str, Flow] = field(default_factory=dict)

    def changes(self, object_name: str, row: Row) -> Row:
        """What the object's flows change in the row, one flow after the other."""
        changed: Row = {}
        for key, flow in self.flows.items():
            if key.partition(".")[0] == object_name:
                changed |= flow(row | changed)
        return changed

    def check(self, object_name: str, row: Row) -> None:
        """Refusal with the message of every rule that the row breaks."""
        rules = [rule for key, rule in self.validation_rules.items() if key.partition(".")[0] == object_name]
        messages = [message for rule in rules if (message := rule(row)) is not None]
        if messages:
            raise Refusal(*(RowError("FIELD_CUSTOM_VALIDATION_EXCEPTION", message) for message in messages))


@dataclass(frozen=True)
class FieldRule:
    """Refuses rows whose field is, or contains, a text."""

    field: str
    message: str
    equals: Value = None
    contains: str | None = None

    def __call__(self, row: Row) -> str | None:
        """The message if the row breaks the rule."""
        value = row.get(self.field)
        broken = value == self.equals if self.contains is None else self.contains in str(value or "")
        return self.message if broken else None


@dataclass(frozen=True)
class FieldFlow:
    """Replaces a text within a field, or the whole of it when no text to find is given."""

    field: str
    replace_with: Value
    find: str | None = None

    def __call__(self, row: Row) -> Row:
        """The field as it is saved."""
        if self.find is None:
            return {self.field: self.replace_with}
        return {self.field: str(row.get(self.field) or "").replace(self.find, str(self.replace_with))}
