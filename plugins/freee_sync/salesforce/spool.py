"""Rows that wait, to be compared or to be sent: in an unnamed temporary file, so that a million of them take no memory."""

from __future__ import annotations

import os
import pickle
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from tempfile import TemporaryFile
from typing import IO, Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True)
class Kept:
    """Where some rows lie in the file."""

    start: int
    size: int
    rows: int


@dataclass
class Spool(Generic[Row]):
    """Rows in the order in which they came, as many together as came together.

    :ivar rows: how many wait.
    """

    rows: int = field(default=0, init=False)
    _file: IO[bytes] = field(default_factory=TemporaryFile, init=False)
    _end: int = field(default=0, init=False)
    _waiting: deque[Kept] = field(default_factory=deque, init=False)

    def put(self, rows: Sequence[Row]) -> None:
        """Let them wait."""
        content = pickle.dumps(rows)
        os.pwrite(self._file.fileno(), content, self._end)
        self._waiting.append(Kept(self._end, len(content), len(rows)))
        self._end += len(content)
        self.rows += len(rows)

    def take(self) -> Kept:
        """Those that waited longest, which wait no more.

        :raises IndexError: when none do.
        """
        first = self._waiting.popleft()
        self.rows -= first.rows
        return first

    def read(self, kept: Kept) -> list[Row]:
        """The rows themselves. Any thread may ask, as often as it likes."""
        rows: list[Row] = pickle.loads(os.pread(self._file.fileno(), kept.size, kept.start))  # noqa: S301 - a file without a name, written above
        return rows

    def close(self) -> None:
        """Give the file back."""
        self._file.close()
