"""What became of every row: counts that must add up, in a form that XCom and the report carry.

A row that was read ends in exactly one of five states. `unprocessed` is what was read and never answered for: it is counted as
a failure and never as success. Marks of missing rows are counted apart, because those rows were not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, field
from enum import StrEnum
from typing import Any, Literal, Self

from freee_sync.errors import SyncError

FAILED_ROWS_KEPT = 500
"""Failed rows a master carries with their names; beyond that only the number is told."""

PLACE = "#"
"""In the key of a row that has none of its own: what follows is its place in the listing, which is another row's tomorrow."""

DETAIL_SHOWN = 2000  # characters of what happened that a report repeats

Mode = Literal["full", "delta"]


def legible(text: str, most: int) -> str:
    """Text from elsewhere that any log, database and mail can carry: no NUL, no half of a surrogate pair, not endless."""
    return text[:most].replace("\0", "").encode("utf-8", "replace").decode()


class RowState(StrEnum):
    """How one row that was read ended."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    UNPROCESSED = "unprocessed"


class Status(StrEnum):
    """How one master ended."""

    SUCCESS = "success"
    PARTIAL = "partial"  # some rows failed, or not all of freee could be read
    FAILED = "failed"  # it stopped, or left no result at all
    SKIPPED = "skipped"  # switched off, or not chosen for this run


@dataclass(frozen=True)
class FailedRow:
    """One row that did not arrive: who it is and why.

    :param key: the external id, or the position in the listing where the row has none.
    :param row_code: the row's own code in freee (取引先コード and so on), "" where it has none.
    :param code: verdict code; the wording is looked up when the report is written.
    :param detail: what the system said, or which field holds what; never a private value.
    :param since: when the run began in which it first failed, ISO 8601 in JST; None while nobody has looked.
    :param first_run: that run's id; None when it may have failed before `since` too.
    """

    key: str
    name: str
    row_code: str
    code: str
    detail: str
    since: str | None = None
    first_run: str | None = None

    @property
    def has_key(self) -> bool:
        """Whether the key is the row's own, so that another run can know it again."""
        return PLACE not in self.key


@dataclass(frozen=True)
class Change:
    """In a preview, one field of one row: what the org holds and what it would hold. `old` is None for a new row."""

    key: str
    name: str
    field: str
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Note:
    """Something the reader should know that is no failure; worded by `report.wording.NOTES[code]`, with `detail` filled in."""

    code: str
    detail: str = ""


@dataclass(frozen=True)
class Problem:
    """Something that struck a whole master or run: a verdict code and what happened where."""

    code: str
    detail: str

    @classmethod
    def of(cls, ending: BaseException) -> Self:
        """What ended a try: one of our errors by its code, any other by its name."""
        if isinstance(ending, SyncError):
            return cls(ending.code, legible(ending.detail, DETAIL_SHOWN))
        if isinstance(ending, Exception):
            return cls("task.error", legible(f"{type(ending).__name__}: {ending}", DETAIL_SHOWN))
        return cls("task.interrupted", type(ending).__name__)


@dataclass(frozen=True)
class Written:
    """What earlier tries of the same run changed in the org. Their rows are among those that this try read, and not counted twice."""

    created: int = 0
    updated: int = 0
    marked: int = 0
    restored: int = 0

    def __add__(self, other: Self) -> Self:
        return type(self)(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    def __bool__(self) -> bool:
        return any(astuple(self))


@dataclass(frozen=True)
class Calls:
    """Requests that one try made, repeated ones among them, log-ins and token calls apart.

    :param org_used: requests that anybody made to the org within 24 hours, as it told last; None when it told nothing.
    :param org_limit: how many it serves in that time.
    """

    freee: int = 0
    salesforce: int = 0
    org_used: int | None = None
    org_limit: int | None = None

    @property
    def org_percent(self) -> int | None:
        """How much of what the org serves is used up, rounded down; None when that is not known."""
        return self.org_used * 100 // self.org_limit if self.org_used is not None and self.org_limit else None


@dataclass
class MasterResult:
    """What one try of one master did so far. `read` is the number of distinct keys listed.

    :param mode: full or delta; None while that is not yet known.
    :param since: the JST date asked of freee in a delta, yyyy-mm-dd.
    :param reason: why it is full or delta: a code worded by `report.wording.REASONS`.
    :param causes: verdict code to number of rows failed or unprocessed because of it.
    :param missing: rows of the org that a complete listing did not have: marked + mark_failed + held.
    :param restored: rows marked missing that freee lists again; they are among the updated.
    :param complete: it ended, and every listing was whole, so that absence means something.
    :param finished: it ran to its end; a result without it is of a try that was cut off.
    :param cursor: the last-import time that this try set, if it did.
    :param org_rows: rows the org holds for this company after a full read, marks apart.
    :param previous_read: rows that the last whole run of the same mode read; None when none is remembered.
    :param resolved: rows that failed in earlier runs and do no more, without their details.
    :param stop: what ended it before its end.
    :param earlier: what the tries of this run before this one wrote; apart from the counts, which are this try's.
    :param calls: what this try asked of the two APIs so far.
    """

    master: str
    mode: Mode | None = None
    since: str | None = None
    reason: str | None = None
    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    unprocessed: int = 0
    missing: int = 0
    marked: int = 0
    mark_failed: int = 0
    held: int = 0
    restored: int = 0
    complete: bool = False
    dry_run: bool = False
    finished: bool = False
    cursor: str | None = None
    org_rows: int | None = None
    previous_read: int | None = None
    stop: Problem | None = None
    causes: dict[str, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    failed_rows: list[FailedRow] = field(default_factory=list)
    resolved: list[FailedRow] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    earlier: Written = field(default_factory=Written)
    calls: Calls = field(default_factory=Calls)

    @property
    def succeeded(self) -> int:
        """成功: rows that the org now holds as freee does."""
        return self.created + self.updated + self.unchanged

    @property
    def unsuccessful(self) -> int:
        """失敗: rows that failed and rows never answered for."""
        return self.failed + self.unprocessed

    @property
    def written(self) -> Written:
        """What this try changed in the org so far; nothing in a preview."""
        return Written() if self.dry_run else Written(self.created, self.updated, self.marked, self.restored)

    @property
    def wrote(self) -> bool:
        """Whether this run changed anything in the org, in this try or an earlier one."""
        return bool(self.written + self.earlier)

    @property
    def status(self) -> Status:
        """How the master ended, from its counts."""
        if not self.finished or self.stop is not None:
            return Status.FAILED
        whole = self.complete and not self.unsuccessful and not self.mark_failed
        return Status.SUCCESS if whole else Status.PARTIAL

    def tolerated(self, max_failed_rows: int) -> bool:
        """Whether the task is green: nothing worse happened than so many refused rows."""
        return (
            self.status is not Status.FAILED
            and self.complete
            and not self.mark_failed
            and self.unsuccessful <= max_failed_rows
        )

    def check(self) -> None:
        """Assert that the books balance.

        :raises AssertionError: when a row is in no state or in two, or a missing row was not accounted for.
        """
        rows = self.succeeded + self.unsuccessful
        if self.read != rows:
            raise AssertionError(f"{self.master}: read {self.read} rows but accounted for {rows}")
        marks = self.marked + self.mark_failed + self.held
        if self.missing != marks:
            raise AssertionError(f"{self.master}: {self.missing} rows are missing but {marks} were accounted for")
        if sum(self.causes.values()) != self.unsuccessful + self.mark_failed:
            raise AssertionError(f"{self.master}: causes {self.causes} do not add up to the rows that failed")

    def to_json(self) -> dict[str, Any]:
        """A plain dict for XCom."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        fields = dict(value)
        fields["stop"] = Problem(**fields["stop"]) if fields["stop"] else None
        fields["notes"] = [Note(**note) for note in fields["notes"]]
        fields["failed_rows"] = [FailedRow(**row) for row in fields["failed_rows"]]
        fields["resolved"] = [FailedRow(**row) for row in fields["resolved"]]
        fields["changes"] = [Change(**change) for change in fields["changes"]]
        fields["earlier"] = Written(**fields["earlier"])
        fields["calls"] = Calls(**fields.get("calls", {}))  # a result of an older version has none
        return cls(**fields)


@dataclass(frozen=True)
class Link:
    """What `check_link` found out about both sides, for the tasks and the report.

    :param problems: what stops the whole run; empty when it may go on.
    :param masters: master name to what will stop that one master, so that one message tells all of it.
    :param warnings: settings that work but are unwise.
    """

    company_id: int | None = None
    company_name: str | None = None
    authorised_by: str | None = None
    org_id: str | None = None
    org_url: str | None = None
    problems: tuple[Problem, ...] = ()
    masters: Mapping[str, Problem] = field(default_factory=dict)
    warnings: tuple[Note, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A plain dict for XCom."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        fields = dict(value)
        fields["problems"] = tuple(Problem(**problem) for problem in fields["problems"])
        fields["masters"] = {name: Problem(**problem) for name, problem in fields["masters"].items()}
        fields["warnings"] = tuple(Note(**note) for note in fields["warnings"])
        return cls(**fields)


@dataclass(frozen=True)
class RunReport:
    """One run as the mail tells it.

    :param kind: scheduled, manual or dry_run.
    :param started: when the run began, and `finished` when the report was written: aware datetimes as ISO 8601 in JST.
    :param results: master name to its result; None for a master whose task ran and left none.
    :param skipped: master name to why it did not run: a code worded by `report.wording.SKIPS`.
    :param missed_starts: due starts that did not happen, ISO 8601 in JST.
    :param max_failed_rows: up to so many failed rows leave a master's task green.
    """

    run_id: str
    dag_id: str
    kind: str
    started: str
    finished: str
    link: Link
    results: Mapping[str, MasterResult | None] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    missed_starts: tuple[str, ...] = ()
    run_url: str | None = None
    org_url: str | None = None
    max_failed_rows: int = 0
    sandbox: bool = False
