"""A made-up company with its seven masters, and the ways in which tests and the demo change it.

Tables go by the envelope of freee's answer; the segments' by `segment_tags_1` to `segment_tags_3`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from sandbox.company import chart, lists, partners
from sandbox.company.dice import Dice
from sandbox.company.past import Past
from sandbox.company.table import Source, Table, changed
from sandbox.company.taxes import all_taxes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.clock import Clock
    from sandbox.company.table import Row

SEGMENTS = (1, 2, 3)
TABLES = (
    "partners",
    "account_items",
    "tags",
    "taxes",
    "items",
    "sections",
    *(f"segment_tags_{segment}" for segment in SEGMENTS),
)


@dataclass(frozen=True)
class Sizes:
    """How many rows each master begins with. There are as many tax codes as the law asks for."""

    partners: int = 1200
    account_items: int = 250
    tags: int = 60
    items: int = 300
    sections: int = 25
    segment_tags_1: int = 40
    segment_tags_2: int = 12
    segment_tags_3: int = 8


@dataclass
class Settings:
    """What the company's plan and settings do to freee's answers.

    :param codes: masters whose code setting is on. Off: null for partners, no key for the others.
    :param hierarchy: sections form a tree; else `indent_count` and `parent_id` are absent.
    :param segments: how many of the three segments the plan has.
    :param transfers: the plan has bulk transfers and payment terms; else four keys of partners are absent.
    :param withdrawn: rights taken from the authorising user: names in `/users/capabilities`, with `.create`, `.update` and so on for one alone.
    :param other_companies: id to name of further companies that the authorising user belongs to; they have no data.
    """

    codes: set[str] = field(default_factory=lambda: {"partners", "account_items", "items", "sections", "segment_tags"})
    hierarchy: bool = True
    segments: int = 3
    transfers: bool = True
    withdrawn: set[str] = field(default_factory=set)
    other_companies: dict[int, str] = field(default_factory=dict)


class Company:
    """One company in freee. The same seed, sizes and day give the same rows."""

    def __init__(self, seed: int, clock: Clock, sizes: Sizes | None = None) -> None:
        self.seed = seed
        self.clock = clock
        dice = Dice(seed, "company")
        self.id = dice.between(1_000_000, 11_999_999)
        self.number = dice.digits(10)
        self.name = "株式会社サンドボックス商会"
        self.user_id = dice.between(2_000_000, 9_999_999)
        self.settings = Settings()
        self.tables = {name: Table(source) for name, source in self._sources(sizes or Sizes()).items()}

    def row(self, table: str, key: int) -> Row:
        """One row, archived ones too.

        :raises KeyError: when there is none.
        """
        return self.tables[table].row(key)

    def keys(self, table: str) -> list[int]:
        """Keys of the rows that freee lists, ascending."""
        return list(self.tables[table].find())

    def add(self, table: str, fields: Mapping[str, Any], dated: date | None = None) -> Row:
        """Add a row: a believable one with these fields set; ABSENT leaves one out.

        :param dated: its update_date; today in JST if none is given.
        """
        number, key = self.tables[table].next()
        row = changed(self._template(table, number, key), self._dated(table, dated) | dict(fields))
        self.tables[table].put(key, row, row.get("update_date"))
        return row

    def edit(self, table: str, key: int, changes: Mapping[str, Any], dated: date | None = None) -> Row:
        """Change fields of a row; ABSENT takes one away.

        :param dated: its new update_date; today in JST if none is given.
        """
        day = self._dated(table, dated)
        return self.tables[table].edit(key, day | dict(changes), day.get("update_date"))

    def remove(self, table: str, key: int) -> Row:
        """Delete a row. freee keeps no trace of it."""
        return self.tables[table].remove(key)

    def archive(self, table: str, key: int) -> Row:
        """Archive a row: it leaves the listing, with its date as it was."""
        return self.tables[table].archive(key)

    def unarchive(self, table: str, key: int, dated: date | None = None) -> Row:
        """List an archived row again; whether freee moves its date is not known, so it moves only when asked."""
        row = self.tables[table].unarchive(key)
        return self.edit(table, key, {}, dated) if dated else row

    def _dated(self, table: str, dated: date | None) -> dict[str, str]:
        return {} if table == "taxes" else {"update_date": (dated or self.clock.today_jst()).isoformat()}

    def _template(self, table: str, number: int, key: int) -> Row:
        match table:
            case "partners":
                row = partners.partner(self.seed, number, self.id)
            case "account_items":
                row = chart.account_item(self.seed, number)
            case "tags":
                row = lists.tag(self.seed, number, self.id)
            case "items":
                row = lists.item(self.seed, number, self.id)
            case "sections":
                row = lists.section(self.seed, number * lists.SECTION_GROUP, self.id)
            case "taxes":
                return {
                    "code": key,
                    "name": f"new_tax_{key}",
                    "name_ja": f"新税区分{key}",
                    "display_category": None,
                    "available": True,
                }
            case _:
                row = lists.segment_tag(self.seed, int(table[-1]), number)
        return row | {"id": key}

    def _sources(self, sizes: Sizes) -> dict[str, Source]:
        today = self.clock.today_jst()
        past = {name: Past(self.seed, name, today) for name in TABLES}
        return {
            "partners": partners.source(self.seed, sizes.partners, self.id, past["partners"]),
            "account_items": chart.source(self.seed, sizes.account_items, past["account_items"]),
            "tags": lists.tags(self.seed, sizes.tags, self.id, past["tags"]),
            "taxes": Source.of(all_taxes(), key_field="code"),
            "items": lists.items(self.seed, sizes.items, self.id, past["items"]),
            "sections": lists.sections(self.seed, sizes.sections, self.id, past["sections"]),
            **{
                f"segment_tags_{segment}": lists.segment_tags(
                    self.seed, segment, getattr(sizes, f"segment_tags_{segment}"), past[f"segment_tags_{segment}"]
                )
                for segment in SEGMENTS
            },
        }
