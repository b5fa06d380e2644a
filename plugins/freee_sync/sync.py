"""One master, end to end: window, list, map, compare, write, account, missing rows, cursor.

Everything it touches is handed in, so that it runs the same in an Airflow task and in a test. The result is published before
the first write and after every write call, because a killed task runs no `finally`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from freee_sync.compare import Plan, compare, differences, missing_rows
from freee_sync.cursors import Cursor, Window, Wish, choose_window
from freee_sync.errors import Stop, SyncError
from freee_sync.fields import Value, whole_seconds
from freee_sync.freee.listing import Listing, Page
from freee_sync.mapper import MappedRow, Mapper, Record, RejectedRow
from freee_sync.masters import Scope
from freee_sync.memory import Memory, StateStore, recall, remember
from freee_sync.outcome import Change, FailedRow, MasterResult, Note, Problem, RowState
from freee_sync.salesforce.rows import HeldRows
from freee_sync.salesforce.sobject_collections import Answer, Outgoing
from freee_sync.salesforce.writer import Upsert, write
from freee_sync.tally import INTERRUPTED, Tally
from freee_sync.verdicts import Verb, error, verdict

log = logging.getLogger(__name__)

Fetch = Callable[[str, dict[str, Any]], dict[str, Any]]
"""One GET to freee: path and parameters to the JSON object of its answer."""

PREVIEW_ROWS = 20  # rows a master whose old and new values leave the two systems in a preview
READ_BACK_ROWS = 200  # updated rows looked at once more: one query
OUT_OF_REACH = frozenset({"freee.user_do_not_have_permission", "freee.freee_plan_limit"})
"""How freee answers for a segment that is not in the company's plan (`freee-go`'s recorded 401s; freee documents no code)."""


@dataclass(frozen=True)
class Order:
    """What is asked of this try.

    :param began: when it began, aware; where the cursor goes if all ends well.
    :param context: digest of what a delta takes for granted; see `memory.context_of`.
    """

    began: datetime
    context: str
    full_load: bool = False
    full_every_days: int = 0
    dry_run: bool = False
    approve_missing: bool = False


@dataclass(frozen=True)
class Tools:
    """The two sides, and what outlives a try.

    :param cursor: None for a master that is always read in full.
    :param publish: keeps the result as it stands, where the report finds it.
    """

    fetch: Fetch
    held: HeldRows
    upsert: Upsert
    store: StateStore
    cursor: Cursor | None
    publish: Callable[[MasterResult], None]


def sync_master(mapper: Mapper, order: Order, tools: Tools) -> MasterResult:
    """Bring the org's copy of one master up to date, or tell what that would take.

    :raises Stop, Retry: when it could not go on; what was done until then has been published.
    """
    return _Sync(mapper, order, tools).run()


class _Sync:
    """One try. Its steps stand in the order in which they run."""

    def __init__(self, mapper: Mapper, order: Order, tools: Tools) -> None:
        self._mapper = mapper
        self._master = mapper.master
        self._order = order
        self._tools = tools
        self._stamp: dict[str, Value] = {}
        if mapper.mapping.changed_at:
            self._stamp[mapper.mapping.changed_at] = whole_seconds(order.began)
        self._result = MasterResult(self._master.name, dry_run=order.dry_run, complete=True)
        self._tally = Tally(self._result)
        self._updated: dict[str, Record] = {}

    def run(self) -> MasterResult:
        """All steps; whatever happens, the books balance and are published."""
        try:
            window = self._choose_window()
            self._publish()
            for scope in self._master.scopes:
                self._sync_scope(scope, window)
            self._read_back()
            self._move_cursor(window)
            self._result.finished = True
        except SyncError as problem:
            self._result.stop = Problem(problem.code, problem.detail)
            raise
        except Exception as problem:
            self._result.stop = Problem("task.error", f"{type(problem).__name__}: {problem}"[:200])
            raise
        except BaseException as ending:  # Airflow's time-out is no Exception
            self._result.stop = Problem(INTERRUPTED, type(ending).__name__)
            raise
        finally:
            self._publish()
        return self._tally.result()

    def _publish(self) -> None:
        self._tools.publish(self._tally.result())

    # 1. Window

    def _choose_window(self) -> Window:
        order, cursor = self._order, self._tools.cursor
        wish = Wish(order.began, order.full_load, order.full_every_days, order.context)
        since = cursor.read(order.began) if cursor else None
        window = choose_window(self._master, since, recall(self._tools.store), wish)
        if cursor and window.mode == "full" and not order.dry_run:
            cursor.owe_full_load()
        self._result.mode, self._result.reason = window.mode, window.reason
        self._result.since = window.since.isoformat() if window.since else None
        log.info("%s: %s since %s (%s)", self._master.name, window.mode, window.since, window.reason)
        return window

    # 2. List

    def _sync_scope(self, scope: Scope, window: Window) -> None:
        company_id = self._mapper.company_id
        everything = self._tools.held.by_prefix(self._prefix(scope)) if window.mode == "full" else None
        candidates = self._unmarked(everything or {})
        listing = Listing(self._tools.fetch, self._master, scope, company_id, window.since)
        listed: set[str] = set()
        sweep = position = 0
        try:
            for page in listing.pages():
                if page.sweep != sweep:
                    sweep, position, listed = page.sweep, 0, set()
                rows = self._map(page, scope, position, listed)
                position += len(page.rows)
                held = everything if everything is not None else self._tools.held.by_keys(row.key for row in rows)
                self._write(list(compare(rows, held)), held)
        except Stop as problem:
            if scope.segment is None or problem.code not in OUT_OF_REACH:
                raise
            self._note("segment_unavailable", f"{scope.segment}: {problem.detail}")
            return
        self._result.complete &= listing.complete
        if not listing.complete:
            self._note("listing_moved", scope.path)
        elif everything is not None:
            self._mark_missing(candidates, listed, everything)
            self._result.org_rows = (self._result.org_rows or 0) + len(self._unmarked(everything))

    def _prefix(self, scope: Scope) -> str:
        return self._master.key_prefix(self._mapper.company_id, scope)

    def _unmarked(self, held: Mapping[str, Record]) -> frozenset[str]:
        return frozenset(key for key, record in held.items() if not self._mapper.marked(record))

    # 3. Map

    def _map(self, page: Page, scope: Scope, before: int, listed: set[str]) -> list[MappedRow]:
        rows: dict[str, MappedRow] = {}
        for position, raw in enumerate(page.rows, start=before + 1):
            row = self._mapper.row(raw, scope, position)
            listed.add(row.key)  # a row that cannot be mapped is refused, not missing
            self._tally.read(row.key)
            if isinstance(row, MappedRow):
                rows[row.key] = row
            else:
                self._reject(row)
        return list(rows.values())

    def _reject(self, row: RejectedRow) -> None:
        self._tally.fail(FailedRow(row.key, row.name, row.row_code, row.reason.code, row.reason.detail))

    # 4. Compare, 5. Write

    def _write(self, plans: Sequence[Plan], held: dict[str, Record]) -> None:
        changed = [plan for plan in plans if plan.state is not RowState.UNCHANGED]
        for plan in plans:
            if plan.state is RowState.UNCHANGED:
                self._tally.settle(plan.row.key, plan.state)
        if self._order.dry_run:
            self._preview(changed)
            return
        self._publish()
        for _, level in groupby(sorted(changed, key=_level), key=_level):
            self._write_level({plan.row.key: plan for plan in level}, held)

    def _preview(self, plans: Sequence[Plan]) -> None:
        shown = {change.key for change in self._result.changes}
        for plan in plans:
            self._tally.settle(plan.row.key, plan.state)
            if len(shown) < PREVIEW_ROWS:
                shown.add(plan.row.key)
                self._result.changes += self._changes(plan)

    def _changes(self, plan: Plan) -> Iterator[Change]:
        shown = self._mapper.shown
        for field, old, new in differences(self._mapper.fields, plan.held, plan.row.values):
            yield Change(plan.row.key, plan.row.name, field, shown(field, old), shown(field, new))

    def _write_level(self, plans: Mapping[str, Plan], held: dict[str, Record]) -> None:
        records = [Outgoing(key, self._fields(plan.row.values)) for key, plan in plans.items()]
        for answers in write(records, self._tools.upsert):
            for answer in answers:
                self._settle(plans[answer.key], answer, held)
            self._publish()
            _stop_if_hopeless(answers)

    def _fields(self, values: Record) -> dict[str, Value]:
        return {**dict(zip(self._mapper.fields, values, strict=True)), **self._stamp}

    def _settle(self, plan: Plan, answer: Answer, held: dict[str, Record]) -> None:
        row = plan.row
        if answer.code is not None:
            detail = self._without_private(answer.detail, row.values)
            self._tally.fail(FailedRow(row.key, row.name, row.row_code, answer.code, detail))
            return
        self._tally.settle(row.key, RowState.CREATED if answer.created else RowState.UPDATED)
        held[row.key] = row.values
        if plan.held is not None:
            self._result.restored += self._mapper.marked(plan.held)
            if len(self._updated) < READ_BACK_ROWS:
                self._updated[row.key] = row.values

    def _without_private(self, detail: str, values: Record) -> str:
        """Salesforce repeats a value that it refuses; a private one must not leave with it."""
        for field, value in zip(self._mapper.fields, values, strict=True):
            if field in self._mapper.private and isinstance(value, str):
                detail = detail.replace(value, "***")
        return detail

    def _read_back(self) -> None:
        """Name the fields that Salesforce changes on save: they would be written again in every run."""
        now = self._tools.held.by_keys(self._updated) if self._updated else {}
        rewritten: dict[str, int] = {}
        for key, sent in self._updated.items():
            for field, _, _ in differences(self._mapper.fields, now.get(key, sent), sent):
                rewritten[field] = rewritten.get(field, 0) + 1
        for field, rows in rewritten.items():
            self._note("changed_by_salesforce", f"{field}: {rows}")

    # 7. Missing rows

    def _mark_missing(self, candidates: Collection[str], listed: Collection[str], held: dict[str, Record]) -> None:
        flag = self._mapper.mapping.missing
        if flag is None:
            return
        missing = missing_rows(candidates, listed, approved=self._order.approve_missing)
        self._result.missing += missing.held
        self._result.held += missing.held
        if missing.why:
            self._note("marks_held", missing.why)
        if self._order.dry_run:
            self._result.missing += len(missing.keys)
            self._result.marked += len(missing.keys)
            return
        records = [Outgoing(key, {flag: True, **self._stamp}) for key in missing.keys]
        for answers in write(records, self._tools.upsert):
            for answer in answers:
                self._settle_mark(answer, held)
            self._publish()

    def _settle_mark(self, answer: Answer, held: dict[str, Record]) -> None:
        self._result.missing += 1
        if answer.code is None:
            self._result.marked += 1
            held[answer.key] = (*held[answer.key][:-1], True)
        else:
            name = dict(zip(self._mapper.fields, held[answer.key], strict=True)).get("Name")
            self._tally.mark_failed(FailedRow(answer.key, str(name or ""), "", answer.code, answer.detail))

    # 8. Cursor

    def _move_cursor(self, window: Window) -> None:
        cursor = self._tools.cursor
        if cursor is None or self._order.dry_run:
            return
        if not (self._result.complete and self._tally.settled_well):
            self._note("cursor_waits", cursor.name)
            return
        if window.mode == "full":
            remember(self._tools.store, Memory(self._order.context, self._order.began))
        self._result.cursor = cursor.advance(self._order.began)
        if self._result.cursor is None:
            self._note("cursor_changed", cursor.name)

    def _note(self, code: str, detail: str) -> None:
        log.warning("%s: %s: %s", self._master.name, code, detail)
        self._result.notes.append(Note(code, detail))


def _level(plan: Plan) -> int:
    return plan.row.level


def _stop_if_hopeless(answers: Iterable[Answer]) -> None:
    """Some refusals strike every row alike: the rest of the master would only repeat them."""
    for answer in answers:
        if answer.code is not None and verdict(answer.code).verb is Verb.STOP:
            raise error(answer.code, answer.detail)
