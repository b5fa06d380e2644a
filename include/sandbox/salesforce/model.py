"""What an org's objects and fields are, in the words of a describe."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

FieldType = Literal[
    "id",
    "string",
    "textarea",
    "email",
    "phone",
    "url",
    "picklist",
    "boolean",
    "double",
    "date",
    "datetime",
    "reference",
]

ID_TYPES: frozenset[FieldType] = frozenset({"id", "reference"})
TEXT_TYPES: frozenset[FieldType] = frozenset({"string", "textarea", "email", "phone", "url", "picklist"})


@dataclass(frozen=True)
class Field:
    """One field.

    :param length: characters a text may have; 0 for other types.
    :param precision: digits of a number in all, `scale` of them after the point.
    :param required: a row without a value is refused.
    :param defaulted: a row without a value gets one on create.
    :param case_sensitive: whether `A` and `a` are two values to a unique field and to a query.
    :param writable: false for what Salesforce itself keeps, such as `LastModifiedDate`.
    :param values: the values of a picklist, which refuses any other.
    :param reference_to: the object whose rows a lookup points at.
    """

    name: str
    label: str
    type: FieldType = "string"
    length: int = 0
    precision: int = 0
    scale: int = 0
    required: bool = False
    defaulted: bool = False
    unique: bool = False
    external_id: bool = False
    case_sensitive: bool = False
    writable: bool = True
    values: tuple[str, ...] = ()
    reference_to: str = ""

    @property
    def relationship(self) -> str:
        """How a query and an upsert by external id name the row that a lookup points at: `Tax__c` is `Tax__r`."""
        return f"{self.name.removesuffix('__c')}__r" if self.reference_to else ""

    @property
    def custom(self) -> bool:
        """Whether the customer made it."""
        return self.name.endswith("__c")

    @property
    def indexed(self) -> bool:
        """Whether rows are looked up by it."""
        return self.unique or self.external_id

    def fold(self, value: str) -> str:
        """The value as Salesforce compares it: without regard to case, unless the field is case-sensitive."""
        return value if self.case_sensitive or self.type in ID_TYPES else value.casefold()


@dataclass(frozen=True)
class ObjectType:
    """One object.

    :param key_prefix: the three characters every record id of it starts with.
    :param fields: in the order they are described.
    """

    name: str
    label: str
    plural: str
    key_prefix: str
    fields: tuple[Field, ...]

    def field(self, name: str) -> Field | None:
        """The field of that name in any case, as Salesforce reads field names."""
        return next((field for field in self.fields if field.name.casefold() == name.casefold()), None)

    def with_field(self, added: Field) -> ObjectType:
        """The object with one field more, or with the field of that name replaced."""
        kept = tuple(field for field in self.fields if field.name != added.name)
        return replace(self, fields=(*kept, added))
