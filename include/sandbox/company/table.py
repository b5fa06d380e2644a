"""The rows of one master, kept so that a million cost little: an initial row is made when it is asked for, only edited ones are held.

Rows come in ascending order of their key. `update_date` is indexed, so that a delta of a few rows is found at once.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_left, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Row = dict[str, Any]
"""One row as freee answers it."""


class _Absent:
    """The type of ABSENT."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Final = _Absent()
"""As the value of a change: the row loses that key."""


def changed(row: Row, changes: Mapping[str, Any]) -> Row:
    """A row with some fields set, and those that are ABSENT taken away."""
    return {name: value for name, value in (row | dict(changes)).items() if value is not ABSENT}


@dataclass(frozen=True)
class Source:
    """The initial rows of a table, by their number from 0.

    :param keys: all keys, ascending.
    :param date: number to the row's update_date, yyyy-mm-dd; None where the master has none.
    :param row: number to the whole row, the same each time.
    """

    keys: Sequence[int]
    row: Callable[[int], Row]
    date: Callable[[int], str] | None = None

    @classmethod
    def of(cls, rows: Sequence[Row], key_field: str = "id") -> Source:
        """Rows that are few enough to be made at once."""
        dated = bool(rows) and "update_date" in rows[0]
        return cls(
            keys=[row[key_field] for row in rows],
            row=lambda number: rows[number],
            date=(lambda number: str(rows[number]["update_date"])) if dated else None,
        )


class Table:
    """The rows of one master now. Safe to use from any thread; rows handed out are not to be changed."""

    def __init__(self, source: Source) -> None:
        self._lock = threading.RLock()
        self._source = source
        self._first = array("q", source.keys)
        self._living = array("q", source.keys)
        self._changed: dict[int, Row] = {}
        self._hidden: dict[int, Row] = {}
        self._dates: dict[int, str] = {}
        self._by_date: dict[str, list[int]] = {}
        self._found: tuple[tuple[str | None, str | None], Sequence[int]] | None = None
        self._ever = len(self._first)
        self.version = 0  # moves with every change
        self._last_key = self._first[-1] if self._first else 0
        if source.date is not None:
            for number, key in enumerate(self._first):
                self._by_date.setdefault(source.date(number), []).append(key)

    def __len__(self) -> int:
        return len(self._living)

    def __contains__(self, key: int) -> bool:
        with self._lock:
            return _position(self._living, key) is not None

    def find(self, since: str | None = None, until: str | None = None) -> Sequence[int]:
        """Keys of the living rows, ascending; of those whose update_date lies between two days, both included."""
        with self._lock:
            if since is None and until is None:
                return self._living[:]
            if self._found is None or self._found[0] != (since, until):
                self._found = ((since, until), self._dated(since or "", until or "9"))
            return self._found[1]

    def row(self, key: int) -> Row:
        """The row of a key, archived ones too.

        :raises KeyError: when there is none.
        """
        with self._lock:
            row = self._hidden.get(key) or self._living_row(key)
            if row is None:
                raise KeyError(key)
            return row

    def rows(self, keys: Iterable[int]) -> list[Row]:
        """The rows of some keys that are still there."""
        with self._lock:
            return [row for row in map(self._living_row, keys) if row is not None]

    def touched(self) -> list[Row]:
        """The rows that are not as they began: added, edited and archived ones."""
        with self._lock:
            return [*self._changed.values(), *self._hidden.values()]

    def put(self, key: int, row: Row, dated: str | None = None) -> None:
        """Add a row or replace one.

        :param dated: the day the row is filed under; it should be the row's own update_date.
        """
        with self._lock:
            if key in self:
                self._take(key)
            else:
                self._ever += 1
                self._last_key = max(self._last_key, key)
            self._file(key, row, dated)

    def edit(self, key: int, changes: Mapping[str, Any], dated: str | None = None) -> Row:
        """Change some fields of a row, and file it under another day if one is given.

        :raises KeyError: when there is no such row.
        """
        with self._lock:
            before = self.row(key)
            row = changed(before, changes)
            self.put(key, row, dated or self._date(key))
            return row

    def remove(self, key: int) -> Row:
        """Take a row out for good."""
        with self._lock:
            row = self.row(key)
            self._take(key)
            return row

    def archive(self, key: int) -> Row:
        """Take a row out of the listing; `unarchive` brings it back."""
        with self._lock:
            self._hidden[key] = self.remove(key)
            return self._hidden[key]

    def unarchive(self, key: int, dated: str | None = None) -> Row:
        """Bring an archived row back.

        :raises KeyError: when it is not archived.
        """
        with self._lock:
            row = self._hidden.pop(key)
            self._file(key, row, dated or row.get("update_date"))
            return row

    def next(self) -> tuple[int, int]:
        """The number and the key of a row to be added: above all that were ever given, as freee never gives an id twice."""
        with self._lock:
            return self._ever, self._last_key + 1

    def _living_row(self, key: int) -> Row | None:
        if key in self._changed:
            return self._changed[key]
        number = _position(self._first, key) if key in self else None
        return None if number is None else self._source.row(number)

    def _date(self, key: int) -> str | None:
        if key in self._dates:
            return self._dates[key]
        number = _position(self._first, key)
        return None if number is None or self._source.date is None else self._source.date(number)

    def _dated(self, since: str, until: str) -> list[int]:
        days = [keys for day, keys in self._by_date.items() if since <= day <= until]
        return sorted(key for keys in days for key in keys)

    def _take(self, key: int) -> None:
        self.version += 1
        date = self._date(key)
        del self._living[bisect_left(self._living, key)]
        self._changed.pop(key, None)
        self._dates.pop(key, None)
        self._found = None
        if date is not None:
            day = self._by_date[date]
            del day[bisect_left(day, key)]

    def _file(self, key: int, row: Row, dated: str | None) -> None:
        self.version += 1
        insort(self._living, key)
        self._changed[key] = row
        self._found = None
        if dated is not None:
            self._dates[key] = dated
            insort(self._by_date.setdefault(dated, []), key)


def _position(keys: Sequence[int], key: int) -> int | None:
    place = bisect_left(keys, key)
    return place if place < len(keys) and keys[place] == key else None
