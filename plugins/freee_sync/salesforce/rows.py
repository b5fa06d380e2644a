"""What the org holds of one master, read before anything is written.

A full load reads all rows of a scope by the beginning of their key; a small difference asks for its own keys. Either way the
records come back in the form that rows of freee are mapped to, so that comparing is one step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from more_itertools import constrained_batches

from freee_sync.bilingual import say
from freee_sync.errors import SyncError
from freee_sync.mapper import Mapper, Record
from freee_sync.mapping import Lookup
from freee_sync.salesforce.org import Org
from freee_sync.strict_json import TEXT, bad_answer
from freee_sync.verdicts import error

KEYS_BYTES = 12_000  # of a query that travels in the URL, where Salesforce takes 16 KB in all
KEY_EXTRA_BYTES = len("%27%27%2C+")  # the quotes, comma and space around each key, as the URL holds them


class HeldRows:
    """The org's rows of one master, by key."""

    def __init__(self, org: Org, mapper: Mapper) -> None:
        self._org = org
        self._mapper = mapper
        self._key = mapper.mapping.key
        self._select = f"SELECT {', '.join((self._key, *mapper.names))} FROM {mapper.mapping.object}"  # noqa: S608 - names the org's describe knows

    def by_prefix(self, prefix: str) -> Iterator[list[tuple[str, Record]]]:
        """All rows whose key begins so, by key, page by page; whoever takes them sees to it that none comes twice.

        A prefix is of digits and hyphens, so nothing in it is a wildcard of LIKE.
        """
        soql = f"{self._select} WHERE {self._key} LIKE {quoted(f'{prefix}%')}"
        for page in self._org.pages(soql, self._mapper.columns):
            yield [self._read(record, lambda key: key.startswith(prefix)) for record in page]

    def by_keys(self, keys: Iterable[str]) -> dict[str, Record]:
        """The rows of these keys that exist."""
        found: dict[str, Record] = {}
        for some in constrained_batches(keys, KEYS_BYTES, get_len=lambda key: len(key) + KEY_EXTRA_BYTES):
            wanted, waiting = ", ".join(quoted(key) for key in some), set(some)
            for record in self._org.query(f"{self._select} WHERE {self._key} IN ({wanted})", self._mapper.columns):
                key, values = self._read(record, waiting.__contains__)
                waiting.remove(key)
                found[key] = values
        return found

    def targets(self, lookup: Lookup) -> frozenset[str]:
        """The keys of this company that the org holds of what a lookup points at."""
        prefix = quoted(f"{self._mapper.company_id}-%")
        soql = f"SELECT {lookup.key} FROM {lookup.object} WHERE {lookup.key} LIKE {prefix}"  # noqa: S608 - names from mapping.yaml
        return frozenset(record[lookup.key] for record in self._org.query(soql, {lookup.key: TEXT}))

    def _read(self, record: dict[str, Any], wanted: Callable[[str], bool]) -> tuple[str, Record]:
        """A record by its key.

        :raises Retry: `salesforce.bad_answer` for a key that was not asked for, or that comes twice: it is another row's.
        """
        key: str = record[self._key]
        if not wanted(key):
            raise unasked(self._key, key)
        with bad_answer("salesforce", "GET query"):
            return key, self._mapper.held(record)


def unasked(field: str, key: str) -> SyncError:
    """An answer that is another row's than it says, or none's."""
    why = say(f"求めていないキー、または2回目の「{key:.80}」", f'not asked for, or told twice: "{key:.80}"')
    return error("salesforce.bad_answer", f"GET query: {field}: {why}")


def quoted(text: str) -> str:
    """A SOQL string literal (SOQL and SOSL Reference, "Quoted String Escape Sequences")."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\r", "\\r")
    return f"'{escaped}'"
