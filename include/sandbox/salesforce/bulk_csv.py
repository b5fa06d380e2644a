"""The CSV of Bulk API 2.0 jobs: the file that is uploaded, its cells as values, and the files of results.

Known: UTF-8; lines end as the job says or the job fails; an empty cell is left alone, `#N/A` is null; cells are not trimmed; a value
of the wrong type refuses its row (Bulk API 2.0 Developer Guide, "Prepare CSV Files"; messages from the field reports of others).
Guessed: a file whose quotes or columns do not fit fails as a whole; all cells of results are quoted; several errors of a row stand
one after the other.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

from sandbox.salesforce.errors import ApiError, Refusal, RowError
from sandbox.salesforce.fields import READERS, taken

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sandbox.salesforce.fields import Json, Row, Value
    from sandbox.salesforce.model import Field

NULL = "#N/A"
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
QUOTED = re.compile('"[^"]*"')
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
XSD_TYPES = {"double": "double", "boolean": "boolean", "date": "date", "datetime": "dateTime"}

csv.field_size_limit(2**31 - 1)  # Python's own limit is below what a long text area holds

Cells = list[str]


class BadFileError(Exception):
    """The job fails as a whole; the message is its `errorMessage`."""


def read_file(raw: bytes, line_ending: str) -> tuple[Cells, list[Cells]]:
    """Header and rows of an uploaded file; BadFileError when it cannot be read.

    :param line_ending: LF or CRLF.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadFileError("ClientInputError : Invalid UTF-8 in user data") from None
    _check_line_ending(text, line_ending)
    try:
        header, *rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except (csv.Error, ValueError) as problem:
        raise BadFileError(f"InvalidBatch : Unable to read the CSV : {problem}") from None
    uneven = next((row for row in rows if len(row) != len(header)), None)
    if uneven is not None:
        raise BadFileError(f"InvalidBatch : A row has {len(uneven)} columns, the header has {len(header)}")
    return header, rows


def write_file(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """A file of results."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def read_row(fields: Sequence[Field], cells: Cells) -> Row:
    """The values of a row by field, without its empty cells; Refusal when one is of the wrong type."""
    return {
        field.name: _value(field, cell, column)
        for column, (field, cell) in enumerate(zip(fields, cells, strict=True))
        if cell
    }


def row_error(errors: Iterable[RowError]) -> str:
    """`sf__Error` of a refused row."""
    return "".join(f"{error.code}:{error.message}:{_named(error.fields)}--" for error in errors)


def _named(fields: tuple[str, ...]) -> str:
    return f"{','.join(fields)} " if fields else ""


def _check_line_ending(text: str, line_ending: str) -> None:
    ending = LINE_ENDINGS[line_ending]
    if _breaks_lines(text.replace(ending, "")) and _breaks_lines(QUOTED.sub("", text).replace(ending, "")):
        raise BadFileError(
            f"ClientInputError : LineEnding is invalid on user data. Current LineEnding setting is {line_ending}"
        )


def _breaks_lines(text: str) -> bool:
    return "\r" in text or "\n" in text


def _value(field: Field, cell: str, column: int) -> Value:
    if cell == NULL:
        return None
    if field.type not in READERS:
        return cell
    try:
        return taken(field, _json(field, cell))
    except (ApiError, KeyError, ValueError):
        xsd = XSD_TYPES.get(field.type, "string")
        message = (
            f"Failed to deserialize field at col {column}. Due to, '{cell}' is not a valid value for the type xsd:{xsd}"
        )
        raise Refusal(RowError("INVALID_FIELD", message, (field.name,))) from None


def _json(field: Field, cell: str) -> Json:
    if field.type == "boolean":
        return BOOLEANS[cell.lower()]
    if field.type == "double":
        if not NUMBER.fullmatch(cell):
            raise ValueError(cell)
        return float(cell)
    return cell
