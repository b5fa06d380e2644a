"""A day passes: people edit, stop, archive, delete and add rows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import TYPE_CHECKING

from sandbox.company.company import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sandbox.company.company import Company

STOPPING = {"partners", "account_items", "items", "sections"}
"""Masters with a switch `available` that people turn off now and then."""

ARCHIVING = {"partners"}
"""The only master that freee archives."""

Deeds = dict[str, list[int]]
"""What was done to one table: removed, edited, stopped, archived, added, each with the keys."""


@dataclass(frozen=True)
class Counts:
    """How many rows of each master are touched; fewer where there are not so many."""

    edited: int = 3
    stopped: int = 1
    archived: int = 1
    removed: int = 1
    added: int = 2


def pass_day(company: Company, counts: Counts | None = None, tables: Iterable[str] | None = None) -> dict[str, Deeds]:
    """Change every table but the taxes, which are the law's; the rows are dated today in JST. No row is touched twice.

    :param tables: only these, if given.
    :return: what was done, by table.
    """
    chosen = [name for name in tables or TABLES if name != "taxes"]
    return {name: _change(company, name, counts or Counts()) for name in chosen}


def _change(company: Company, table: str, counts: Counts) -> Deeds:
    keys = company.keys(table)
    chance = Random(f"{company.seed}:{table}:{company.tables[table].version}")  # noqa: S311 - chance, not secrecy
    drawn = chance.sample(keys, len(keys))
    removed = list(islice(_removable(company, table, drawn), counts.removed))
    others = (key for key in drawn if key not in removed)
    edited = list(islice(others, counts.edited))
    stopped = list(islice(others, counts.stopped if table in STOPPING else 0))
    archived = list(islice(others, counts.archived if table in ARCHIVING else 0))
    for key in removed:
        company.remove(table, key)
    for key in edited:
        _edit(company, table, key)
    for key in stopped:
        company.edit(table, key, {"available": False})
    for key in archived:
        company.archive(table, key)
    added = [company.add(table, {})["id"] for _ in range(counts.added)]
    return {"removed": removed, "edited": edited, "stopped": stopped, "archived": archived, "added": added}


def _removable(company: Company, table: str, keys: Iterable[int]) -> Iterator[int]:
    """Those that freee lets go: no standard account, no section with sections below it."""
    parents = (
        {company.row("sections", key)["parent_id"] for key in company.keys("sections")}
        if table == "sections"
        else set()
    )
    for key in keys:
        standard = table == "account_items" and company.row(table, key)["group_name"] is not None
        if not standard and key not in parents:
            yield key


def _edit(company: Company, table: str, key: int) -> None:
    field = "shortcut" if table == "account_items" else "shortcut1"
    company.edit(table, key, {field: f"変更{company.tables[table].version + 1}"})
