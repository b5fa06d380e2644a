"""The ledger of one try: for each key that either side has, what the org holds and how the row stands.

It is a temporary SQLite database, in memory while it is small and in an unnamed file beyond `CACHE`, so that a million rows take
no more memory than ten thousand. Rows go in and out as JSON, many in one statement: SQLite lets other threads run at each step, and a
statement a row would have to wait for its turn as often. What a row holds is kept as a digest; values are never in it. It is gone when the try ends.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import NamedTuple, Self

from freee_sync.outcome import PLACE, RowState

CACHE = 16_000  # KiB that SQLite keeps in memory

_STATES = tuple(RowState)
_NUMBERS = {state: number for number, state in enumerate(_STATES)}

_ROWS = """
CREATE TABLE rows (
    key TEXT PRIMARY KEY,
    held INTEGER,                          -- digest of what the org holds; null: nothing
    marked INTEGER NOT NULL DEFAULT 0,     -- the org has it marked as missing
    candidate INTEGER NOT NULL DEFAULT 0,  -- the org held it unmarked before the first write
    listed INTEGER NOT NULL DEFAULT 0,     -- the last sweep that listed it; 0: none did
    state INTEGER,                         -- how it stands; null: it was not read
    sent INTEGER,                          -- digest of what this try writes
    name TEXT NOT NULL DEFAULT '',         -- by which people know a row that this try writes
    row_code TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID
"""
_HOLD = """
INSERT INTO rows (key, held, marked, candidate)
SELECT
    json_extract(value, '$[0]'),
    json_extract(value, '$[1]'),
    json_extract(value, '$[2]'),
    NOT json_extract(value, '$[2]')
FROM json_each(?)
"""
_LOOK = """
SELECT json_group_array(json_array(key, held, marked, state, sent, name, row_code))
FROM rows WHERE key IN (SELECT value FROM json_each(?))
"""
_STAND = """
INSERT INTO rows (key, state, listed)
SELECT key, value, ? FROM json_each(?) WHERE TRUE
ON CONFLICT (key) DO UPDATE SET listed = excluded.listed, state = excluded.state
"""
_SEND = """
UPDATE rows SET
    sent = json_extract(new.value, '$[0]'),
    name = json_extract(new.value, '$[1]'),
    row_code = json_extract(new.value, '$[2]')
FROM json_each(?) AS new WHERE rows.key = json_extract(new.value, '$[3]')
"""
_ARRIVE = "UPDATE rows SET held = sent, marked = 0 WHERE key IN (SELECT value FROM json_each(?))"
_MARK = "UPDATE rows SET marked = 1 WHERE key IN (SELECT value FROM json_each(?))"
_PLACES = "DELETE FROM rows WHERE key >= ? AND key < ? AND listed < ? RETURNING key, state"
_WITHIN = "FROM rows WHERE key >= ? AND key < ?"


class Entry(NamedTuple):
    """What the ledger says of one key.

    :param held: digest of what the org holds; None: it holds nothing.
    :param state: None when the row was not read.
    :param sent: digest of what this try writes, with the row's name and its own code.
    """

    held: int | None = None
    marked: bool = False
    state: RowState | None = None
    sent: int | None = None
    name: str = ""
    row_code: str = ""


NOTHING = Entry()


class Sending(NamedTuple):
    """A row that is about to be written: the digest of its values, and how people know it."""

    digest: int
    name: str
    row_code: str
    key: str


class KeyTwiceError(ValueError):
    """The org was said to hold two records of one key."""


class Ledger:
    """One ledger a try, used by one thread. `sweep` counts the readings of freee's listings; each begins anew."""

    def __init__(self) -> None:
        self.sweep = 0
        self._rows = sqlite3.connect("", isolation_level=None)
        for pragma in ("journal_mode = MEMORY", "synchronous = OFF", f"cache_size = -{CACHE}"):
            self._rows.execute(f"PRAGMA {pragma}")
        self._rows.execute(_ROWS)

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let it go."""
        self._rows.close()

    def hold(self, records: Iterable[tuple[str, int, bool]]) -> None:
        """Records of the org before anything is written: key, digest, marked.

        :raises KeyTwiceError: when a key comes twice.
        """
        try:
            self._rows.execute(_HOLD, (json.dumps(list(records)),))
        except sqlite3.IntegrityError:
            raise KeyTwiceError from None

    def look(self, keys: Iterable[str]) -> dict[str, Entry]:
        """The entries of those keys that have one."""
        (found,) = self._rows.execute(_LOOK, (json.dumps(list(keys)),)).fetchone()
        return {
            key: Entry(held, bool(marked), None if state is None else _STATES[state], *rest)
            for key, held, marked, state, *rest in json.loads(found)
        }

    def stand(self, states: Mapping[str, RowState]) -> None:
        """The rows are listed in this sweep, and stand so."""
        numbers = {key: _NUMBERS[state] for key, state in states.items()}
        self._rows.execute(_STAND, (self.sweep, json.dumps(numbers)))

    def send(self, rows: Iterable[Sending]) -> None:
        """The rows are about to be written."""
        self._rows.execute(_SEND, (json.dumps(list(rows)),))

    def arrive(self, keys: Iterable[str]) -> None:
        """The org holds what was sent."""
        self._rows.execute(_ARRIVE, (json.dumps(list(keys)),))

    def mark(self, keys: Iterable[str]) -> None:
        """The org has them marked as missing."""
        self._rows.execute(_MARK, (json.dumps(list(keys)),))

    def drop_places(self, prefix: str) -> list[tuple[str, RowState]]:
        """Forget the rows of a scope that an earlier sweep named by their place; their keys and how they stood."""
        dropped = self._rows.execute(_PLACES, (*_between(prefix + PLACE), self.sweep))
        return [(key, _STATES[state]) for key, state in dropped]

    def unlisted(self, prefix: str) -> list[str]:
        """Keys of the scope that the org held unmarked and the last sweep did not list, in their order."""
        gone = f"SELECT key {_WITHIN} AND candidate AND listed < ? ORDER BY key"
        return [key for (key,) in self._rows.execute(gone, (*_between(prefix), self.sweep))]

    def candidates(self, prefix: str) -> int:
        """How many rows of the scope the org held unmarked."""
        return self._count(prefix, "AND candidate")

    def listed(self, prefix: str) -> int:
        """How many rows of the scope the last sweep listed."""
        return self._count(prefix, f"AND listed = {self.sweep}")

    def present(self, prefix: str) -> int:
        """How many rows of the scope the org holds unmarked now."""
        return self._count(prefix, "AND held IS NOT NULL AND NOT marked")

    def _count(self, prefix: str, which: str) -> int:
        return int(self._rows.execute(f"SELECT COUNT(*) {_WITHIN} {which}", _between(prefix)).fetchone()[0])


def _between(prefix: str) -> tuple[str, str]:
    """The keys that begin so: from the first, and up to but without the second.

    :param prefix: not empty.
    """
    return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)
