"""The files of Bulk API 2.0: rows as Salesforce reads them, and the results it writes.

UTF-8; every cell quoted; `#N/A` clears a field, an empty cell leaves it alone; true and false; numbers without exponent; times in
UTC (Bulk API 2.0 Developer Guide, "Prepare CSV Files" and "Valid Date Format in Records"). No file is ever in memory as a whole.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Self

from freee_sync.bilingual import say
from freee_sync.fields import Value
from freee_sync.salesforce.faults import row_fault
from freee_sync.salesforce.sobject_collections import Outgoing
from freee_sync.strict_json import MisshapenError

NULL = "#N/A"
JOB_ROWS = 100_000  # ten of the batches that Salesforce makes of a job
JOB_BYTES = 50_000_000  # half of what Salesforce takes, before it makes base64 of it

csv.field_size_limit(1_000_000)  # Python's own limit is what one long text area holds, and an error may repeat it

_ROW_ERROR = re.compile(
    r"([A-Z][A-Z0-9_]*):(.*?):([\w.]*(?:, ?[\w.]+)*) ?--(?=$|[A-Z][A-Z0-9_]*:)", re.DOTALL | re.ASCII
)
"""`CODE:message:FIELD1,FIELD2 --`, or `CODE:message:--`; of several, the first."""


@dataclass(frozen=True)
class BulkTarget:
    """Where rows go.

    :param key: the external id field.
    :param times: names of the fields that hold a date and time.
    """

    object: str
    key: str
    times: frozenset[str] = frozenset()


def unsendable(record: Outgoing) -> str | None:
    """The field whose text Bulk would take for null, if there is one: only another API can send that row."""
    return next((name for name, value in record.fields.items() if value == NULL), None)


class JobFile:
    """The rows of one job, in a temporary file that is gone once this is closed.

    :param header: the column of the key, then the fields.
    :ivar keys: of its rows.
    """

    def __init__(self, header: Sequence[str], times: AbstractSet[str] = frozenset()) -> None:
        self.keys: set[str] = set()
        self._key, *self._columns = header
        self._times = times
        self._file = TemporaryFile()  # noqa: SIM115 - this object is the context that closes it
        self._size = 0
        self._writer = csv.writer(self, quoting=csv.QUOTE_ALL, lineterminator="\n")
        self._writer.writerow(header)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Delete the file."""
        self._file.close()

    @property
    def full(self) -> bool:
        """Whether a job takes no further row."""
        return len(self.keys) >= JOB_ROWS or self._size >= JOB_BYTES

    def add(self, record: Outgoing) -> None:
        """One more row; a field that it does not name is left alone.

        :raises ValueError: for a field that is no column: it would be lost.
        """
        cells = [self._cell(name, record.fields[name]) if name in record.fields else "" for name in self._columns]
        if len(record.fields) != len(cells) - cells.count(""):
            raise ValueError(f"{record.key}: not all of {list(record.fields)} are among {self._columns}")
        self._put([record.key, *cells])

    def content(self) -> IO[bytes]:
        """The file, at its beginning."""
        self._file.seek(0)
        return self._file

    def only(self, keys: AbstractSet[str]) -> JobFile:
        """The rows of these keys again, in a file of their own."""
        again = JobFile((self._key, *self._columns))
        for row in read_rows(self.content()):
            if row[self._key] in keys:
                again._put(list(row.values()))
        return again

    def write(self, line: str) -> int:
        """What csv's writer hands over."""
        raw = line.encode()
        self._size += len(raw)
        return self._file.write(raw)

    def _put(self, cells: Sequence[str]) -> None:
        self._writer.writerow(cells)
        self.keys.add(cells[0])

    def _cell(self, name: str, value: Value) -> str:
        cell = as_cell(value)
        return cell.replace("+0000", "Z") if name in self._times else cell


def as_cell(value: Value) -> str:
    """A value as Bulk reads it; never empty, for that would leave the field as it is."""
    if value is None or value == "":
        return NULL
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() else f"{Decimal(str(value)):f}"  # an int field refuses 10.0


def read_rows(file: IO[bytes], columns: AbstractSet[str] = frozenset()) -> Iterator[dict[str, str]]:
    """The rows of a file, by its header; an empty file has none.

    :param columns: that each of them must have.
    :raises MisshapenError: naming the line from which on it is no CSV, or no UTF-8.
    """
    text = io.TextIOWrapper(file, "utf-8", newline="")
    reader = csv.reader(text, strict=True)
    try:
        header = next(reader, [])
        for row in reader:
            _require(columns, header)
            yield dict(zip(header, row, strict=True))
    except MisshapenError:
        raise
    except (csv.Error, ValueError):  # a byte that is no UTF-8 is a ValueError too
        raise MisshapenError(_line(reader.line_num), say("CSVとして読めません", "not CSV")) from None
    finally:
        text.detach()


def _require(columns: AbstractSet[str], header: Sequence[str]) -> None:
    missing = columns - set(header)
    if missing:
        names = ", ".join(sorted(missing))
        raise MisshapenError(_line(1), say(f"列 {names} がありません", f"the columns {names} are missing"))


def _line(number: int) -> str:
    return say(f"{number}行目", f"line {number}")


def row_error(text: str) -> tuple[str, str, tuple[str, ...]]:
    """Verdict code, message and fields of a refused row, from its `sf__Error`."""
    found = _ROW_ERROR.match(text)
    if found:
        code, message, fields = found.groups()
    else:
        code, _, message = text.partition(":")
        fields = ""
    names = [name.strip() for name in fields.split(",") if name.strip()]
    return row_fault([{"statusCode": code, "message": message or text, "fields": names}])
