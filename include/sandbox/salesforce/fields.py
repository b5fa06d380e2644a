"""What a field takes from JSON, and what it then holds.

Known: a wrong JSON type refuses the whole call; text is trimmed and '' is null; a number is rounded half up to its scale; a
date/time is cut to whole seconds and given back as `2026-11-24T04:45:48.000+0000`; a null checkbox is false.
Left out: a lookup takes any text for an id, whether there is such a row or not.
Guessed, because no document says so: text is trimmed of characters up to U+0020 as Java's trim does; its length counts UTF-16
units; a number sent as a string, or a boolean as a string, is a wrong type.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from sandbox.salesforce.errors import ApiError, Refusal, RowError
from sandbox.salesforce.model import TEXT_TYPES
from sandbox.salesforce.tables import long_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.salesforce.model import Field

Value: TypeAlias = "str | float | bool | None"
Row: TypeAlias = "dict[str, Value]"
Json: TypeAlias = "str | int | float | bool | dict[str, Json] | list[Json] | None"

BLANKS = "".join(map(chr, range(0x21)))  # U+0000 to U+0020: what Java's String.trim takes off
FIRST_DATE, LAST_DATE = "1700-01-01", "4000-12-31"  # what a Salesforce date can be
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
DATETIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:?\d{2})")
TIMES_KEPT = 4096  # a load repeats few days and still fewer times
EMAIL = re.compile(r"[^\s@<>(),;:\"]+@[^\s@.]+(\.[^\s@.]+)+")


class Unfound(str):
    """Stands where a row's id should be: no row has the external id that a lookup was given. Holds what Salesforce says to that."""

    __slots__ = ()


def moment(when: datetime) -> str:
    """A time as Salesforce writes it: UTC, cut to whole seconds."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def taken(field: Field, value: Json) -> Value:
    """A JSON value as the field's type reads it; ApiError JSON_PARSER_ERROR when it is of another type."""
    if value is None or (type(value) is str and field.type not in READERS):
        return value
    try:
        return READERS.get(field.type, _read_text)(value)
    except (TypeError, ValueError):
        raise _wrong_type(field, value) from None


def held(field: Field, value: Value) -> Value:
    """What the field holds after a save of a taken value; Refusal when it cannot hold it."""
    if type(value) is str and field.type in TEXT_TYPES:  # first, because most values are texts
        return _held_text(field, value.strip(BLANKS))
    if isinstance(value, Unfound):
        raise Refusal(RowError("INVALID_FIELD", str(value)))
    if field.type == "boolean":
        return bool(value)
    if value is None:
        return None
    if field.type == "reference":
        return long_id(str(value).strip(BLANKS)) or None
    if field.type == "double":
        return _held_number(field, Decimal(str(value)))
    return _held_date(field, str(value))


def _read_text(value: Json) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _read_boolean(value: Json) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _read_number(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return value


def _read_date(value: Json) -> str:
    return _day(_read_text(value))


def _read_datetime(value: Json) -> str:
    return _second(_read_text(value))


@lru_cache(TIMES_KEPT)
def _day(text: str) -> str:
    if not DATE.fullmatch(text):
        raise ValueError
    return date.fromisoformat(text).isoformat()


@lru_cache(TIMES_KEPT)
def _second(text: str) -> str:
    if not DATETIME.fullmatch(text):
        raise ValueError
    return moment(datetime.fromisoformat(text))


READERS: dict[str, Callable[[Json], Value]] = {
    "boolean": _read_boolean,
    "double": _read_number,
    "date": _read_date,
    "datetime": _read_datetime,
}


def _held_text(field: Field, text: str) -> str | None:
    if not text:
        return None
    if field.length and len(text) * 2 > field.length and _utf16_units(text) > field.length:
        raise _refused(field, "STRING_TOO_LONG", f"data value too large: {text} (max length={field.length})")
    if field.type == "email" and not EMAIL.fullmatch(text):
        raise _refused(field, "INVALID_EMAIL_ADDRESS", f"invalid email address: {text}")
    if field.type == "picklist" and text not in field.values:
        raise _refused(
            field, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", f"bad value for restricted picklist field: {text}"
        )
    return text


def _held_number(field: Field, number: Decimal) -> float:
    rounded = number.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP)
    if abs(rounded) >= Decimal(10) ** (field.precision - field.scale):
        raise _refused(field, "NUMBER_OUTSIDE_VALID_RANGE", f"value outside of valid range on numeric field: {number}")
    return float(rounded)


def _held_date(field: Field, text: str) -> str:
    if not FIRST_DATE <= text[:10] <= LAST_DATE:
        raise _refused(field, "INVALID_TYPE_ON_FIELD_IN_RECORD", f"invalid date: {text}")
    return text


def _utf16_units(text: str) -> int:
    return len(text) + sum(character > "\uffff" for character in text)


def _refused(field: Field, code: str, reason: str) -> Refusal:
    return Refusal(RowError(code, f"{field.label}: {reason}", (field.name,)))


def _wrong_type(field: Field, value: Json) -> ApiError:
    """The real message names the place in the body; the sandbox does not know it and always says column 1."""
    return ApiError(
        400,
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {field.type} from {_token(value)} or request may be missing a required field "
        "at [line:1, column:1]",
    )


def _token(value: Json) -> str:
    match value:
        case dict():
            return "START_OBJECT value"
        case list():
            return "START_ARRAY value"
        case bool():
            return f"VALUE_{str(value).upper()} value {str(value).lower()}"
        case int():
            return f"VALUE_NUMBER_INT value {value}"
        case float():
            return f"VALUE_NUMBER_FLOAT value {value}"
        case _:
            return f"VALUE_STRING value {value}"
