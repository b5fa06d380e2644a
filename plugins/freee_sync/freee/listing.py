"""One listing of freee, all its pages, and whether absence from it means anything.

freee pages by offset over a living table: a row deleted before the offset shifts the rest, and the next page skips a living row
without any trace. So each page begins at the last row of the page before, the joint, and must start with that row. As long as
living rows keep their order (freee lists by id), every row that lived through a listing whose joints all held was read.

freee tells no total, so a short page is not taken for the last one: the end is asked for, one call more, and is a page that holds
the joint alone. So rows that an answer left out, wherever in it, come after all or break a joint, unless it left out all but the joint.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from freee_sync import verdicts
from freee_sync.bilingual import say
from freee_sync.strict_json import LIST, bad_answer, members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date

    from freee_sync.masters import Master, Scope

Row = dict[str, Any]

SWEEPS = (1, 2)
"""A listing whose rows moved is read again from its start, once; then it goes on to the end and is not complete."""

LONGEST_ID = 2**63 - 1  # freee's ids are int64

PAGES_AT_MOST = 1000  # a third of freee's daily calls: a table that grows as fast as we read must not hold us forever


@dataclass(frozen=True)
class Page:
    """Rows that this sweep had not yielded yet.

    :param sweep: 1, or 2 when the listing had to be read again from its start.
    """

    rows: list[Row]
    sweep: int


@dataclass
class Listing:
    """One scope of one master, read page by page.

    :param fetch: one GET: path and parameters to the JSON object that freee answers.
    :param since: only what changed on or after this JST date; None for everything.
    :ivar complete: after `pages` is through: every page came, every joint held, every row has a key and no key came twice.
    :ivar moved: after `pages` is through: rows moved in both sweeps, so that living ones may not have been read.
    :ivar calls: how many requests were made.
    """

    fetch: Callable[[str, dict[str, Any]], dict[str, Any]]
    master: Master
    scope: Scope
    company_id: int
    since: date | None = None
    complete: bool = field(default=False, init=False)
    moved: bool = field(default=False, init=False)
    calls: int = field(default=0, init=False)

    def pages(self) -> Iterator[Page]:
        """Yield all rows. A row without a key, or that is no object, is yielded as it came: mapping names it in the report.

        :raises SyncError: what `fetch` raises, and `freee.bad_answer` when an answer holds no list of rows.
        """
        for sweep in SWEEPS:
            reading = _Reading(self.master.key_field)
            yield from self._sweep(sweep, reading)
            if reading.held:
                break
        self.moved = not reading.held
        self.complete = reading.held and reading.keyed

    def _sweep(self, sweep: int, reading: _Reading) -> Iterator[Page]:
        for rows in self._answers():
            fresh = reading.take(rows)
            if not reading.held and (sweep == 1 or not fresh):
                return
            yield Page(fresh, sweep)

    def _answers(self) -> Iterator[list[Row]]:
        """The rows of each answer, joints included, until one brings nothing beyond the joint."""
        limit = self.master.page_limit
        if limit is None:
            yield self._rows({})
            return
        offset = 0
        for page in range(PAGES_AT_MOST):
            rows = self._rows({"offset": offset, "limit": limit})
            yield rows
            if len(rows) <= min(page, 1):  # of a joint; the first page has none
                return
            offset += len(rows) - 1
        endless = say(f"{PAGES_AT_MOST}ページを超えても終わりません。", f"does not end after {PAGES_AT_MOST} pages.")
        raise verdicts.error("freee.bad_answer", f"{self.scope.path}: {endless}")

    def _rows(self, paging: dict[str, int]) -> list[Row]:
        path = self.scope.path.format(company_id=self.company_id)
        company = {"company_id": self.company_id} if path == self.scope.path else {}
        changed = {"start_update_date": self.since.isoformat()} if self.since else {}
        self.calls += 1
        answer = self.fetch(path, {**company, **changed, **paging})
        with bad_answer("freee", f"GET {path}"):
            return cast("list[Row]", members(answer, {self.master.envelope: LIST})[self.master.envelope])


class _Reading:
    """One sweep so far.

    :ivar held: nothing moved: every joint held and no key came twice.
    :ivar keyed: every row has a key that mapping accepts: a whole number; a tax code may be 0.
    """

    def __init__(self, key_field: str) -> None:
        self.held = True
        self.keyed = True
        self._key_field = key_field
        self._seen = _Seen()
        self._joint: Row | None = None

    def take(self, rows: list[Row]) -> list[Row]:
        """The rows of one answer that are new to this sweep."""
        if self._joint is not None:
            if rows and self._same(rows[0], self._joint):
                rows = rows[1:]
            else:
                self.held = False
        if rows:
            self._joint = rows[-1]
        return [row for row in rows if self._is_new(row)]

    def _is_new(self, row: Row) -> bool:
        key = self._key(row)
        if key is None:
            self.keyed = False
            return True
        new = self._seen.add(key)
        self.held &= new
        return new

    def _same(self, row: Row, other: Row) -> bool:
        key = self._key(row)
        return row == other if key is None else key == self._key(other)

    def _key(self, row: Row) -> int | None:
        key = row.get(self._key_field) if isinstance(row, dict) else None
        return key if type(key) is int else None


class _Seen:
    """The keys of one sweep, eight bytes each: freee lists by id, so that a key above all others is new.

    Should freee list in another order, or ids grow beyond 64 bits, they are looked up in a set, at a hundred bytes each.
    """

    def __init__(self) -> None:
        self._keys = array("q")
        self._highest = -1
        self._set: set[int] | None = None

    def add(self, key: int) -> bool:
        """Whether the key is new; it is not from now on."""
        if self._set is None and not self._highest < key <= LONGEST_ID:
            self._set = set(self._keys)
        if self._set is not None:
            new = key not in self._set
            self._set.add(key)
            return new
        self._keys.append(key)
        self._highest = key
        return True
