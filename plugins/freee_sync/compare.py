"""Rows of freee beside rows of the org: what is new, what differs, what is the same, what is gone.

Pure, and the only place that decides whether a row is written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from freee_sync.bilingual import say
from freee_sync.fields import Value
from freee_sync.mapper import MappedRow, Record
from freee_sync.outcome import RowState

CEILING_ROWS = 5
"""So few rows may always be marked missing in one run."""
CEILING_SHARE = 0.05
"""Above that, at most this share of the scope's rows: freee hides partners from users without a right, so absent is not deleted."""


@dataclass(frozen=True)
class Plan:
    """What is to be done with one row, and what the org holds of it now (None: nothing)."""

    row: MappedRow
    state: RowState
    held: Record | None


def compare(rows: Iterable[MappedRow], held: Mapping[str, Record]) -> Iterator[Plan]:
    """Decide for each row: created, updated or unchanged. Equal records are never written."""
    for row in rows:
        before = held.get(row.key)
        if before is None:
            yield Plan(row, RowState.CREATED, None)
        elif before == row.values:
            yield Plan(row, RowState.UNCHANGED, before)
        else:
            yield Plan(row, RowState.UPDATED, before)


def differences(fields: Iterable[str], old: Record | None, new: Record) -> Iterator[tuple[str, Value, Value]]:
    """Field by field, what the org holds and what it would hold: (field, old, new), only where they differ."""
    before = old if old is not None else (None,) * len(new)
    for field, was, becomes in zip(fields, before, new, strict=True):
        if was != becomes:
            yield field, was, becomes


@dataclass(frozen=True)
class Missing:
    """Rows of one scope that the org holds and a complete listing did not have.

    :param keys: those to be marked now, oldest key first.
    :param held: how many are not marked because of the ceiling.
    :param why: why they were held, in figures, for the note in the mail; "" when none were.
    """

    keys: tuple[str, ...] = ()
    held: int = 0
    why: str = ""


def missing_rows(held: Collection[str], listed: Collection[str], *, approved: bool) -> Missing:
    """Which rows of a scope to mark as missing in freee.

    :param held: keys of the scope's rows in the org that are not marked yet.
    :param listed: keys that the complete listing had.
    :param approved: a person lifted the ceiling for this run.
    """
    gone = sorted(set(held) - set(listed))
    ceiling = max(CEILING_ROWS, int(len(held) * CEILING_SHARE))
    if not gone or approved:
        return Missing(keys=tuple(gone))
    if not listed:
        why = say(f"freee 0件、Salesforce {len(held)}件", f"freee lists no row, Salesforce holds {len(held)}")
        return Missing(held=len(gone), why=why)
    if len(gone) > ceiling:
        return Missing(
            held=len(gone), why=say(f"{len(gone)}件、上限 {ceiling}件", f"{len(gone)} rows, ceiling {ceiling}")
        )
    return Missing(keys=tuple(gone))
