"""Which rows of a table a query asks for: each function returns their keys, ascending, before paging."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.freee import parameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.company import Row, Table
    from sandbox.freee.parameters import Query

SEARCHED = ("code", "name", "long_name", "name_kana", "shortcut1", "shortcut2")
"""The fields of a partner that `keyword` looks into."""

RATES = [f"tax_{rate}{share}" for rate in ("5", "8", "r8", "10") for share in ("", "_e80", "_e70", "_e50", "_e30")]
"""What `display_category` may be."""


def by_date(table: Table, query: Query) -> Sequence[int]:
    """Rows changed between two days, both included."""
    return table.find(parameters.day(query, "start_update_date"), parameters.day(query, "end_update_date"))


def partners(table: Table, query: Query) -> Sequence[int]:
    """By date, and by words that must all occur somewhere."""
    keys = by_date(table, query)
    words = query.get("keyword", "").split()
    return [key for key in keys if _has_words(table.row(key), words)] if words else keys


def sections(table: Table, query: Query) -> Sequence[int]:
    """By date, and with them the parents that lie outside the range, so that the tree holds."""
    keys = set(by_date(table, query))
    parents = keys
    while parents:
        parents = {row["parent_id"] for row in table.rows(parents) if row.get("parent_id")} - keys
        keys |= parents
    return sorted(key for key in keys if key in table)


def taxes(table: Table, query: Query) -> Sequence[int]:
    """By rate, and by whether the company uses them. There is no date."""
    category = parameters.choice(query, "display_category", RATES)
    available = parameters.truth(query, "available")
    return [
        key
        for key in table.find()
        if (category is None or table.row(key)["display_category"] == category)
        and (available is None or table.row(key)["available"] is available)
    ]


def _has_words(row: Row, words: list[str]) -> bool:
    text = "\n".join(row[name] for name in SEARCHED if row.get(name))
    return all(word in text for word in words)
