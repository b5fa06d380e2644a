"""Lookups whose record the org does not hold: left empty, told, and set by a later run.

Salesforce refuses a row that points at a record which is not there, and a row without its lookup is worth more than no row. So
such a lookup is emptied before rows are compared: while the record is missing, the row is unchanged and is not written again; once
it is there, the row differs and is updated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace
from functools import cache

from freee_sync.mapper import MappedRow, Mapper
from freee_sync.mapping import Lookup


class Links:
    """The lookups of one try.

    :param arrived: whether a row of this try has a good outcome; a section points at one that was created a moment ago.
    :param held: the keys that the org holds of what a lookup points at; asked once for each lookup, if at all.
    """

    def __init__(
        self, mapper: Mapper, arrived: Callable[[str], bool], held: Callable[[Lookup], Collection[str]]
    ) -> None:
        self._own = mapper.mapping.object
        self._lookups = [(mapper.fields.index(field), field, lookup) for field, lookup in mapper.lookups.items()]
        self._arrived = arrived
        self._held = cache(held)
        self._emptied: defaultdict[str, set[str]] = defaultdict(set)

    def settable(self, rows: Iterable[MappedRow]) -> list[MappedRow]:
        """The rows, pointing only at what is there. Rows that they point at come in an earlier call."""
        return [self._settable(row) for row in rows] if self._lookups else list(rows)

    def _settable(self, row: MappedRow) -> MappedRow:
        values = list(row.values)
        for place, field, lookup in self._lookups:
            key = row.values[place]
            if key is not None and not self._is_there(lookup, str(key)):
                values[place] = None
                self._emptied[field].add(row.key)
            else:
                self._emptied[field].discard(row.key)
        return replace(row, values=tuple(values))

    def _is_there(self, lookup: Lookup, key: str) -> bool:
        return (lookup.object == self._own and self._arrived(key)) or key in self._held(lookup)

    @property
    def emptied(self) -> Iterator[tuple[str, int]]:
        """Each lookup that had to stay empty, and in how many rows."""
        return ((field, len(rows)) for field, rows in self._emptied.items() if rows)
