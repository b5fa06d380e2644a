"""Rows of freee beside rows of the org: what is new, what differs, what is the same, what is gone.

Pure, and the only place that decides whether a row is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from freee_sync.bilingual import say
from freee_sync.fields import Value
from freee_sync.ledger import NOTHING, Entry
from freee_sync.mapper import MappedRow, Record
from freee_sync.outcome import RowState

CEILING_ROWS = 5
"""So few rows may always be marked missing in one run."""
CEILING_SHARE = 0.05
"""Above that, at most this share of the scope's rows: freee hides partners from users without a right, so absent is not deleted."""


@dataclass(frozen=True)
class Plan:
    """What is to be done with one row.

    :param digest: of the row's values.
    """

    row: MappedRow
    state: RowState
    digest: int


def compare(rows: Iterable[MappedRow], held: Mapping[str, Entry]) -> Iterator[Plan]:
    """Decide for each row: created, updated or unchanged. Equal records are never written."""
    for row in rows:
        now, before = digest(row.values), held.get(row.key, NOTHING).held
        if before is None:
            yield Plan(row, RowState.CREATED, now)
        else:
            yield Plan(row, RowState.UNCHANGED if before == now else RowState.UPDATED, now)


def digest(record: Record) -> int:
    """64 bits that stand for a record; two different ones share them once in 10^19 times.

    `repr` tells texts, numbers, checkboxes and nulls apart, and any two different values of each.
    """
    return int.from_bytes(blake2b(repr(record).encode(), digest_size=8).digest(), signed=True)


def differences(fields: Iterable[str], old: Record | None, new: Record) -> Iterator[tuple[str, Value, Value]]:
    """Field by field, what the org holds and what it would hold: (field, old, new), only where they differ."""
    before = old if old is not None else (None,) * len(new)
    for field, was, becomes in zip(fields, before, new, strict=True):
        if was != becomes:
            yield field, was, becomes


@dataclass(frozen=True)
class Missing:
    """Rows of one scope that the org holds and a complete listing did not have.

    :param marked: how many are to be marked now: all or none.
    :param held: how many are not marked because of the ceiling.
    :param why: why they were held, in figures, for the note in the mail; "" when none were.
    """

    marked: int = 0
    held: int = 0
    why: str = ""


def judge_missing(gone: int, held: int, listed: int, *, approved: bool) -> Missing:
    """Whether missing rows may be marked.

    :param gone: rows of the scope that the org holds unmarked and the complete listing did not have.
    :param held: rows of the scope that the org holds unmarked.
    :param listed: rows that the listing had.
    :param approved: a person lifted the ceiling for this run.
    """
    ceiling = max(CEILING_ROWS, int(held * CEILING_SHARE))
    if not gone or approved:
        return Missing(marked=gone)
    if not listed:
        why = say(f"freee 0件、Salesforce {held}件", f"freee lists no row, Salesforce holds {held}")
        return Missing(held=gone, why=why)
    if gone > ceiling:
        return Missing(held=gone, why=say(f"{gone}件、上限 {ceiling}件", f"{gone} rows, ceiling {ceiling}"))
    return Missing(marked=gone)
