"""What one Salesforce field holds: from its describe, the form in which both sides are compared and written.

Salesforce changes some values on the way in: text loses the white space at its ends, '' becomes null, numbers are rounded to
the field's scale, times lose their fractions of a second, a null checkbox becomes false. Both sides are brought into that same
form, so that equal means equal, and a row is written only when a reader of the org would see a difference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from freee_sync.bilingual import say
from freee_sync.errors import Reject
from freee_sync.masters import Kind
from freee_sync.strict_json import FLAG, NULL, NUMBER, TEXT, Kinds

Value = str | float | bool | None
"""The form both sides share: text, number, checkbox, or null. Dates and times are text."""

Convert = Callable[[Any], Value]
"""Brings a value into the shared form, or raises Reject."""

TEXT_TYPES = frozenset({"string", "textarea", "picklist", "email", "phone", "url", "combobox", "encryptedstring"})
NUMBER_TYPES = frozenset({"double", "currency", "percent", "int", "long"})

_UNSPEAKABLE = re.compile("[\0\ud800-\udfff]")
"""NUL and halves of surrogate pairs: legal in JSON, but no answer, log or database could carry them on."""

_FITS: dict[Kind, frozenset[str]] = {
    "integer": TEXT_TYPES | NUMBER_TYPES,
    "text": TEXT_TYPES,
    "boolean": frozenset({"boolean"}),
    "date": TEXT_TYPES | {"date"},
    "list": TEXT_TYPES,
}

_PYTHON: dict[Kind, type] = {"integer": int, "text": str, "boolean": bool, "date": str, "list": list}


@dataclass(frozen=True)
class SalesforceField:
    """One field as `describe` tells it.

    :param length: in characters, 0 where the type has none.
    :param reference_to: the objects that a lookup may point at; empty for any other type.
    :param relationship: how queries and writes name the record that a lookup points at: `Tax__r` of `Tax__c`.
    """

    name: str
    type: str
    length: int = 0
    scale: int = 0
    nillable: bool = True
    createable: bool = True
    updateable: bool = True
    external_id: bool = False
    unique: bool = False
    defaulted: bool = False
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None

    @classmethod
    def from_describe(cls, field: Mapping[str, Any]) -> SalesforceField:
        """One entry of `fields` in the answer of `/sobjects/{object}/describe`."""
        return cls(
            name=field["name"],
            type=field["type"],
            length=field["length"],
            scale=field["scale"],
            nillable=field["nillable"],
            createable=field["createable"],
            updateable=field["updateable"],
            external_id=field["externalId"],
            unique=field["unique"],
            defaulted=field["defaultedOnCreate"],
            reference_to=tuple(field["referenceTo"]),
            relationship=field["relationshipName"],
        )

    @property
    def required(self) -> bool:
        """Whether an insert without it is refused."""
        return self.createable and not self.nillable and not self.defaulted and self.type != "boolean"

    def fits(self, kind: Kind) -> bool:
        """Whether a freee field of this kind can be kept here."""
        return self.type in _FITS[kind]

    @property
    def kinds(self) -> Kinds:
        """The JSON types in which Salesforce answers a value of this field."""
        if self.type in NUMBER_TYPES:
            return NUMBER | NULL
        return (FLAG if self.type == "boolean" else TEXT) | NULL

    def read(self) -> Convert:
        """How a value that Salesforce answered is brought into the shared form."""
        if self.type in NUMBER_TYPES:
            return _rounded(self.scale)
        if self.type == "boolean":
            return bool
        return _trimmed if self.type in TEXT_TYPES else _as_is

    def write(self, kind: Kind, *, truncate: bool = False, join: str | None = None) -> Convert:
        """How a value of freee is brought into the shared form; the converter raises Reject when it cannot be.

        :param truncate: cut text at the field's length instead of rejecting the row.
        :param join: what stands between the parts of a list.
        """
        to_field = self._from_kind(kind, truncate=truncate, join=join)
        expected = _PYTHON[kind]

        def convert(value: Any) -> Value:
            if value is None:
                return False if kind == "boolean" else None
            if type(value) is not expected:
                raise _unfit(self.name, value, kind)
            return to_field(value)

        return convert

    def point(self, prefix: str) -> Convert:
        """How freee's id or code of another row becomes the key of the record that this lookup points at."""

        def convert(value: Any) -> Value:
            if value is None:
                return None
            if type(value) is not int:
                raise _unfit(self.name, value, "integer")
            return f"{prefix}{value}"

        return convert

    def _from_kind(self, kind: Kind, *, truncate: bool, join: str | None) -> Convert:
        if self.type in NUMBER_TYPES:
            return self._number()
        if self.type == "boolean":
            return bool
        if self.type == "date":
            return self._calendar_date
        text = self._text(truncate=truncate)
        if kind == "list":
            return lambda parts: text(self._joined(parts, join or ""))
        return text if kind == "text" else lambda value: text(str(value))

    def _number(self) -> Convert:
        rounded = _rounded(self.scale)

        def convert(value: int) -> Value:
            number = rounded(value)
            if number != value:  # a number field holds 15 digits or so; a cut id would be another row's
                raise _unfit(self.name, value, "number")
            return number

        return convert

    def _joined(self, parts: list[Any], join: str) -> str:
        if not all(isinstance(part, str) for part in parts):
            raise _unfit(self.name, parts, "list")
        return join.join(parts)

    def _text(self, *, truncate: bool) -> Convert:
        length = self.length

        def convert(value: str) -> Value:
            text = _trimmed(value)
            if text is not None and _UNSPEAKABLE.search(text):
                raise _unfit(self.name, value, "text")
            if text is None or len(text) <= length // 2 or utf16_length(text) <= length:
                return text
            if truncate:
                return _trimmed(cut(text, length))
            raise _too_long(self.name, utf16_length(text), length)

        return convert

    def _calendar_date(self, value: str) -> Value:
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            raise _unfit(self.name, value, "date") from None


_KINDS = {
    "integer": ("整数", "a whole number"),
    "number": ("有効桁数に収まる整数", "a whole number within the field's digits"),
    "text": ("文字列", "text"),
    "boolean": ("true/false", "true/false"),
    "date": ("yyyy-mm-ddの日付", "a date yyyy-mm-dd"),
    "list": ("文字列の配列", "a list of texts"),
}


def _unfit(name: str, value: Any, wanted: str) -> Reject:
    kind = say(*_KINDS[wanted])
    why = say(f"freeeの値は{value!r:.80}、{kind}のはずです", f"freee has {value!r:.80}, should be {kind}")
    return Reject("row.wrong_type", f"{name}: {why}")


def _too_long(name: str, held: int, length: int) -> Reject:
    why = say(f"{held}文字、項目の長さは{length}文字", f"{held} characters, the field takes {length}")
    return Reject("row.too_long", f"{name}: {why}")


def utf16_length(text: str) -> int:
    """Characters as Salesforce counts them: an emoji is two (not verified on a real org; Apex and Java count so)."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, length: int) -> str:
    """The longest beginning that fits `length`, never half of an emoji."""
    return text.encode("utf-16-le", "surrogatepass")[: length * 2].decode("utf-16-le", "ignore")


def whole_seconds(value: str | datetime | None) -> str | None:
    """A time as Salesforce answers it: `2026-11-24T04:45:48.000+0000`.

    :raises ValueError: when the text is no time.
    """
    if value is None:
        return None
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _trimmed(value: str | None) -> str | None:
    if not value:
        return None
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
    return value.strip() or None


def _rounded(scale: int) -> Convert:
    step = Decimal(1).scaleb(-scale)

    def convert(value: Any) -> Value:
        if value is None:
            return None
        try:
            return float(Decimal(str(value)).quantize(step, rounding=ROUND_HALF_UP))
        except InvalidOperation:  # more digits than decimal works with: nothing to round
            return float(str(value))  # by its digits: a whole number too large for a float is infinite, and no error

    return convert


def _as_is(value: Any) -> Value:
    return value  # type: ignore[no-any-return]  # a JSON scalar of a type we neither trim nor round
