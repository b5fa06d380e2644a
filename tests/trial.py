"""One try seen from outside, and what must hold of every one, however it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from freee_sync.outcome import MasterResult
from sandbox.clock import JST
from small_world import DELTA, LISTING, SmallWorld, Window


@dataclass(frozen=True)
class Before:
    """What there was before a try, and what it had to read."""

    began: datetime
    cursor: str
    memory: dict[str, Any]
    records: dict[str, dict[str, Any]]
    listed: dict[str, str]
    ceilings: dict[str, int]
    window: Window

    @classmethod
    def of(cls, world: SmallWorld, *, full_load: bool) -> Before:
        """All that a try may change."""
        return cls(
            began=world.now,
            cursor=world.cursor,
            memory=dict(world.memory),
            records=world.records(),
            listed=world.listed(),
            ceilings={table: world.ceiling(table) for table in world.tables},
            window=world.next_window(full_load=full_load),
        )

    @property
    def owed(self) -> set[str]:
        """Keys of the rows in the window."""
        return {key for key, update_date in self.listed.items() if self.window.holds(update_date)}

    @property
    def marked(self) -> set[str]:
        """Keys of the records that were marked as missing."""
        return {key for key, row in self.records.items() if row["IsMissingInFreee__c"]}

    @property
    def moment(self) -> str:
        """Where the cursor goes."""
        return self.began.astimezone(JST).isoformat(timespec="seconds")


@dataclass
class Trial:
    """A try that is over.

    :param result: None when it was cut off.
    :param calm: nobody changed anything in freee while it ran.
    :ivar hand: what a person put into the cursor while it ran, if anybody did.
    """

    world: SmallWorld
    before: Before
    dry_run: bool = False
    approved: bool = False
    calm: bool = True
    result: MasterResult | None = None
    hand: list[str] = field(default_factory=list)

    @property
    def told(self) -> MasterResult | None:
        """What the mail would tell: the last that was published."""
        published = self.world.rig.published
        return published[-1] if published else None

    def check(self) -> None:
        """All promises that hold of every try."""
        self.books_balance()
        self.window_is_right()
        self.rows_stay()
        self.marks_are_few_and_true()
        if self.dry_run:
            self.nothing_happened()
            return
        self.counts_are_true()
        if self.world.name in DELTA:
            self.cursor_is_honest()
            self.memory_is_honest()

    def books_balance(self) -> None:
        """Every result that was published has one outcome for every row, and one for every missing row."""
        for told in self.world.rig.published:
            assert told.read == told.created + told.updated + told.unchanged + told.failed + told.unprocessed
            assert told.missing == told.marked + told.mark_failed + told.held
            assert sum(told.causes.values()) == told.failed + told.unprocessed + told.mark_failed

    def window_is_right(self) -> None:
        """It reads what it has to read, and says so."""
        since = self.before.window.since.isoformat() if self.before.window.since else None
        calls = self.world.rig.sandbox.freee_wire.calls(path=LISTING)
        assert {dict(call.query).get("start_update_date") for call in calls} <= {since}
        if self.told and self.told.mode:
            assert (self.told.mode, self.told.since) == (self.before.window.mode, since)

    def rows_stay(self) -> None:
        """No row is ever deleted, and none of another company is touched."""
        now, own = self.world.records(), self.world.own_records().keys()
        assert self.before.records.keys() <= now.keys()
        assert all(row == now[key] for key, row in self.before.records.items() if key not in own)

    def marks_are_few_and_true(self) -> None:
        """Only rows that freee does not list are marked, and no more of a scope than the ceiling."""
        fresh = self.fresh_marks()
        assert not fresh & self.before.listed.keys() & self.world.listed().keys()
        assert self.before.window.mode == "full" or not fresh
        for table, ceiling in self.before.ceilings.items():
            marked = self.world.of_scope(table, ((key, None) for key in fresh))
            assert self.approved or len(marked) <= (ceiling if self.calm else max(5, ceiling))

    def fresh_marks(self) -> set[str]:
        """Keys of the records that this try marked as missing."""
        return {key for key, row in self.world.records().items() if row["IsMissingInFreee__c"]} - self.before.marked

    def nothing_happened(self) -> None:
        """A preview changes neither the org nor what is remembered."""
        assert self.world.rig.writes() == []
        assert self.world.records() == self.before.records
        assert self.hand or self.world.cursor == self.before.cursor
        assert self.world.memory == self.before.memory

    def counts_are_true(self) -> None:
        """Nothing is reported that did not happen; after a whole try, nothing happened that is not reported."""
        now, before = self.world.records(), self.before.records
        new = now.keys() - before.keys()
        changed = {key for key in before if now[key] != before[key]}
        told = self.told
        assert told or not new | changed
        if told is None:
            return
        written = told.created + told.updated + told.marked
        assert told.created <= len(new)
        assert told.marked <= len(self.fresh_marks())
        if self.calm:
            assert written <= len(new | changed)
        if self.calm and self.result and not told.unprocessed + told.mark_failed:
            assert written == len(new | changed)

    def cursor_is_honest(self) -> None:
        """It moves only to when the try began, only over rows that are right; a full load that did not end well stays owed."""
        now, full = self.world.cursor, self.before.window.mode == "full"
        began_reading = bool(self.world.rig.sandbox.freee_wire.calls(path=LISTING))
        if self.hand:
            assert now == self.hand[-1] or (full and not self.hand[-1] and now == self.before.moment)
        else:
            stays = {""} if full and began_reading else {"", self.before.cursor} if full else {self.before.cursor}
            assert now in {*stays, self.before.moment}
        if now == self.before.moment and now not in self.hand:
            assert self.told is not None
            assert self.told.unsuccessful == 0
            assert not self.wrong_in_window()

    def wrong_in_window(self) -> set[str]:
        """Rows that this try had to bring and that are not as freee has them, but for what changed in freee meanwhile."""
        return {*self.world.wrong()} & self.before.owed - self.world.touched

    def memory_is_honest(self) -> None:
        """A full read is remembered only when it was one, complete and clean."""
        kept = self.world.memory.get("full_read")
        if kept == self.before.memory.get("full_read"):
            return
        assert kept == {"context": self.world.context, "last_full": self.before.began.isoformat()}
        assert self.before.window.mode == "full"
        assert not self.wrong_in_window()
