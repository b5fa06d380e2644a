"""One master, end to end: window, list, map, compare, write, account, missing rows, cursor.

Everything it touches is handed in, so that it runs the same in an Airflow task and in a test. The result is published before
the first write and after every write call, because a killed task runs no `finally`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from itertools import groupby

from freee_sync.applying import Applier
from freee_sync.attempt import Attempt, Order, Tools
from freee_sync.compare import compare
from freee_sync.cursors import Window, Wish, choose_window
from freee_sync.errors import Stop
from freee_sync.freee.listing import Listing, Page
from freee_sync.links import Links
from freee_sync.mapper import MappedRow, Mapper, Record
from freee_sync.masters import Scope
from freee_sync.memory import Memory, recall, remember
from freee_sync.outcome import PLACE, FailedRow, MasterResult, Problem

log = logging.getLogger(__name__)

OUT_OF_REACH = frozenset({"freee.user_do_not_have_permission", "freee.freee_plan_limit"})
"""How freee may answer for a segment outside the company's plan (freee documents no code; `freee-go` recorded a 401 of the first).
It is left out and said, never taken for an empty list; a segment of which the org holds rows was readable once, so that is a Stop."""


def sync_master(mapper: Mapper, order: Order, tools: Tools) -> MasterResult:
    """Bring the org's copy of one master up to date, or tell what that would take.

    :raises Stop, Retry: when it could not go on; what was done until then has been published.
    """
    attempt = Attempt(mapper, order, tools)
    try:
        _Sync(attempt).run()
    except BaseException as ending:  # Airflow's time-out is no Exception
        _cut_off(attempt, Problem.of(ending))
        raise
    attempt.result.finished = True
    return attempt.publish()


def _cut_off(attempt: Attempt, problem: Problem) -> None:
    attempt.result.stop, attempt.result.resolved = problem, []
    attempt.publish()
    try:
        attempt.remember()
    except Exception:  # what ended the try is what has to be told
        log.exception("%s: this run is missing in the history", attempt.master.name)


class _Sync:
    """The steps of one try, in the order in which they run."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._mapper = attempt.mapper
        self._tools = attempt.tools
        self._applier = Applier(attempt)
        self._links = Links(attempt.mapper, attempt.tally.arrived, attempt.tools.held.targets)
        self._complete = True
        self._org_rows: list[int] = []

    def run(self) -> None:
        """All steps."""
        window = self._choose_window()
        self._attempt.publish()
        for scope in self._mapper.master.scopes:
            self._sync_scope(scope, window)
        self._applier.read_back()
        for field, rows in self._links.emptied:
            self._attempt.note("lookup_emptied", f"{field}: {rows}")
        self._account(window)
        self._attempt.remember()
        self._move_cursor(window)

    def _choose_window(self) -> Window:
        order, cursor, result = self._attempt.order, self._tools.cursor, self._attempt.result
        since = cursor.read(order.began) if cursor else None
        wish = Wish(order.began, order.full_load, order.full_every_days, order.context)
        window = choose_window(self._mapper.master, since, recall(self._tools.store), wish)
        if cursor and window.mode == "full" and not order.dry_run:
            cursor.owe_full_load()
        result.mode, result.reason = window.mode, window.reason
        result.since = window.since.isoformat() if window.since else None
        result.previous_read = self._attempt.history.read_before(order.run_id, window.mode)
        log.info("%s: %s since %s (%s)", result.master, window.mode, window.since, window.reason)
        return window

    def _sync_scope(self, scope: Scope, window: Window) -> None:
        everything = self._tools.held.by_prefix(self._prefix(scope)) if window.mode == "full" else None
        candidates = self._unmarked(everything or {})
        listing = Listing(self._tools.fetch, self._mapper.master, scope, self._mapper.company_id, window.since)
        try:
            listed = self._sync_pages(listing, scope, everything)
        except Stop as problem:
            if scope.segment is None or candidates or listing.calls > 1 or problem.code not in OUT_OF_REACH:
                raise
            self._attempt.note("segment_unavailable", f"{scope.segment}: {problem.detail}")
            self._org_rows.append(0)
            return
        self._complete &= listing.complete
        if not listing.complete:
            self._attempt.note("listing_moved" if listing.moved else "listing_keyless", scope.path)
        elif everything is not None:
            self._applier.mark_missing(candidates, listed, everything)
            self._org_rows.append(len(self._unmarked(everything)))

    def _sync_pages(self, listing: Listing, scope: Scope, everything: dict[str, Record] | None) -> set[str]:
        """Map, compare and write page by page, parents before children. Returns the keys that the last sweep listed."""
        listed: set[str] = set()
        sweep = position = 0
        for page in listing.pages():
            if page.sweep != sweep:
                self._attempt.tally.forget(key for key in listed if PLACE in key)
                sweep, position, listed = page.sweep, 0, set()
            rows = self._map(page, scope, position, listed)
            position += len(page.rows)
            held = everything if everything is not None else self._tools.held.by_keys(row.key for row in rows)
            for _, level in groupby(sorted(rows, key=_level), key=_level):
                self._applier.apply(list(compare(self._links.settable(level), held)), held)
        return listed

    def _prefix(self, scope: Scope) -> str:
        return self._mapper.master.key_prefix(self._mapper.company_id, scope)

    def _unmarked(self, held: Mapping[str, Record]) -> frozenset[str]:
        return frozenset(key for key, record in held.items() if not self._mapper.marked(record))

    def _map(self, page: Page, scope: Scope, before: int, listed: set[str]) -> list[MappedRow]:
        """The page's rows that can become records; the others are failed rows."""
        rows: dict[str, MappedRow] = {}
        for position, raw in enumerate(page.rows, start=before + 1):
            row = self._mapper.row(raw, scope, position)
            listed.add(row.key)  # a row that cannot be mapped is refused, not missing
            self._attempt.tally.read(row.key)
            if isinstance(row, MappedRow):
                rows[row.key] = row
            else:
                reason = row.reason
                self._attempt.tally.fail(FailedRow(row.key, row.name, row.row_code, reason.code, reason.detail))
        return list(rows.values())

    def _account(self, window: Window) -> None:
        """What a whole read proves: nothing was left out, and how many rows the org holds beside freee's."""
        self._attempt.result.complete = self._complete
        if window.mode == "full" and len(self._org_rows) == len(self._mapper.master.scopes):
            self._attempt.result.org_rows = sum(self._org_rows)

    def _move_cursor(self, window: Window) -> None:
        """Only if the listing was whole and every row of it has a good outcome. A mark that was refused needs a full read again."""
        cursor, order, result = self._tools.cursor, self._attempt.order, self._attempt.result
        if cursor is None or order.dry_run:
            return
        if not self._attempt.tally.settled_well:
            self._attempt.note("cursor_waits", cursor.name)
        elif result.complete:
            if window.mode == "full":
                remember(self._tools.store, Memory(order.context, order.began))
            result.cursor = cursor.advance(order.began)
            if result.cursor is None:
                self._attempt.note("cursor_changed", cursor.name)


def _level(row: MappedRow) -> int:
    return row.level
