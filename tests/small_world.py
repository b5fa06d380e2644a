"""One master of a tiny company and its org, and the people at both ends: what they do, and what should be there after it.

What the org should hold comes from the oracle, which shares no code with freee_sync. What the next run must read is worked out
here once more, from what the README says of cursors.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal
from unittest.mock import patch

from fakes import FakeStore
from freee_sync.freee.hook import FreeeHook, Pace
from freee_sync.mapping import read_mapping
from freee_sync.masters import BY_NAME
from freee_sync.memory import context_of
from freee_sync.outcome import MasterResult
from oracle import EXPECTED, Expected, differences
from rig import MAPPING, Rig, no_sleep, rigged
from sandbox.clock import JST
from sandbox.company import Company, Sizes
from sandbox.salesforce.automation import FieldRule
from sandbox.salesforce.errors import Refusal

TINY = Sizes(
    partners=14, account_items=9, tags=7, items=9, sections=6, segment_tags_1=7, segment_tags_2=3, segment_tags_3=2
)
TAXES = 9  # rows that are left of the law's; Sizes has no say in them
PAGE = 5  # rows: so that a tiny company has several pages
FULL_EVERY = 7  # days

TABLES: dict[str, dict[str, int | None]] = {
    "taxes": {"taxes": None},
    "account_items": {"account_items": None},
    "sections": {"sections": None},
    "segment_tags": {f"segment_tags_{segment}": segment for segment in (1, 2, 3)},
    "partners": {"partners": None},
    "items": {"items": None},
    "memo_tags": {"tags": None},
}
"""Master to the sandbox's tables of its scopes, each with its segment."""

IN_FREEE = (
    *["rename"] * 4,
    *["add"] * 2,
    "remove",
    "remove some",
    "remove all",
    "archive",
    "unarchive",
    "unarchive dated",
)
ROWS = {"remove two": 2, "remove some": 7, "remove all": 99}
IN_SALESFORCE = ("edit", "mark", "unmark", "delete", "forbid", "permit")
EDITS: dict[str, Any] = {
    "edit": {"FullName__c": "手直し"},
    "mark": {"IsMissingInFreee__c": True},
    "unmark": {"IsMissingInFreee__c": False},
}
IN_AIRFLOW = (*["set cursor"] * 4, "company", "mapping", "forget")
"""What people do, the more useful the more often."""

DELTA = ("partners", "items", "memo_tags")
REFUSED = "拒否"  # what a validation rule takes exception to
LONGEST = 255  # characters that a text field of the org holds
LISTING = "/api/1/"  # a part of the path of every call that lists


@dataclass(frozen=True)
class Act:
    """Something that somebody does between two runs.

    :param what: one of IN_FREEE, IN_SALESFORCE and IN_AIRFLOW, or "wait".
    :param place: which row, counted round and round.
    :param name: of a row that is added or renamed.
    :param hours: to wait, or to set the cursor back; None clears it.
    """

    what: str
    place: int = 0
    name: str = ""
    hours: int | None = None


@dataclass(frozen=True)
class Window:
    """What a run must read: everything, or what changed on that JST day or later."""

    mode: Literal["full", "delta"]
    since: date | None = None

    def holds(self, update_date: str) -> bool:
        """Whether a row of this date is in it."""
        return self.since is None or update_date >= self.since.isoformat()


@dataclass
class SmallWorld:
    """One master, in freee, in Salesforce and in Airflow.

    :param lag: how far freee's clock is behind ours; it decides which day a change is dated.
    :ivar excused: keys of rows that a delta need not mend: they differ by no dated change in freee, or a person moved the cursor.
    :ivar touched: keys of rows that were changed in freee since the last try began.
    """

    rig: Rig
    name: str
    lag: timedelta
    excused: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)
    archived: list[tuple[str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """An empty org, a new company, nothing remembered."""
        self.rig.stores[self.name] = FakeStore()
        self.rig.variables.values.pop(self.variable, None)
        self.rig.sandbox.org.validation_rules.clear()
        org_table = self.rig.sandbox.org.table(self.object_name)
        org_table.rows.clear()
        org_table.index()
        self._found_company()
        self.rig.mapping.update(read_mapping(MAPPING))
        self.full_mapping = self.rig.mapping[self.name]

    def _found_company(self) -> None:
        """The server keeps pages by the version of their table, so a new table goes on counting where the old one was."""
        founded, company = Company(1, self.rig.sandbox.clock, TINY), self.rig.sandbox.company
        self._be_company(founded.id)
        for name, table in founded.tables.items():
            table.version = company.tables[name].version + 1
            company.tables[name] = table
        for key in self.rig.sandbox.company.keys("taxes")[TAXES:]:
            self.rig.sandbox.company.remove("taxes", key)

    # where things are

    @property
    def variable(self) -> str:
        """Name of the cursor's Variable."""
        return f"freee_sync_cursor_{self.name}"

    @property
    def object_name(self) -> str:
        """The master's object in Salesforce."""
        return self.rig.mapping[self.name].object

    @property
    def tables(self) -> list[str]:
        """The sandbox's tables of this master."""
        return list(TABLES[self.name])

    @property
    def label(self) -> str:
        """The freee field that names a row."""
        return "name_ja" if self.name == "taxes" else "name"

    @property
    def now(self) -> datetime:
        """The sandbox's time."""
        return self.rig.sandbox.clock.now()

    @property
    def cursor(self) -> str:
        """What the cursor's Variable holds; "" when there is none."""
        return self.rig.cursor(self.name) or ""

    @property
    def memory(self) -> dict[str, Any]:
        """What is kept from run to run; not to be changed."""
        return self.rig.stores[self.name].values

    @property
    def context(self) -> str:
        """What a delta takes for granted."""
        return context_of(company=self.rig.sandbox.company.id, mapping=self.rig.mapping[self.name].model_dump())

    def prefix(self, table: str) -> str:
        """What the external ids of a table begin with."""
        segment = TABLES[self.name][table]
        return f"{self.rig.sandbox.company.id}-" + (f"{segment}-" if segment else "")

    # freee

    def do(self, act: Act) -> None:
        """Do it."""
        if act.what == "wait":
            self.rig.sandbox.clock.advance(timedelta(hours=act.hours or 0))
        elif act.what in IN_SALESFORCE:
            self._work_in_salesforce(act)
        elif act.what in IN_AIRFLOW:
            self._work_in_airflow(act)
        else:
            self._work_in_freee(act)

    def _work_in_freee(self, act: Act) -> None:
        table = self.tables[act.place % len(self.tables)]
        match act.what:
            case "add":
                self.add(table, act.name)
            case "unarchive" | "unarchive dated":
                self.unarchive(dated=act.what != "unarchive")
            case _:
                for _ in range(ROWS.get(act.what, 1)):
                    self._change(act, table)

    def _change(self, act: Act, table: str) -> None:
        keys = self.rig.sandbox.company.keys(table)
        if not keys:
            return
        key = keys[act.place // len(self.tables) % len(keys)]
        if act.what == "rename":
            self.rename(table, key, act.name)
        elif act.what == "archive":
            self.rig.sandbox.company.archive(table, key)
            self.archived.append((table, key))
        else:
            self.rig.sandbox.company.remove(table, key)

    def rename(self, table: str, key: int, name: str) -> None:
        """A dated change."""
        self.touch(table, key)
        self.rig.sandbox.company.edit(table, key, {self.label: name}, self.day)

    def add(self, table: str, name: str) -> None:
        """A new row."""
        row = self.rig.sandbox.company.add(table, {self.label: name}, self.day)
        self.touch(table, row["code" if self.name == "taxes" else "id"])

    def unarchive(self, *, dated: bool) -> None:
        """The last archived row comes back; nobody knows whether freee dates that."""
        if not self.archived:
            return
        table, key = self.archived.pop()
        if dated:
            self.touch(table, key)
        else:
            self.excused.add(f"{self.prefix(table)}{key}")
        self.rig.sandbox.company.unarchive(table, key, self.day if dated else None)

    @property
    def day(self) -> date:
        """Which day freee has it to be."""
        return (self.now - self.lag).astimezone(JST).date()

    def touch(self, table: str, key: int) -> None:
        """A dated change: the next delta has to bring it, whatever was before."""
        changed = f"{self.prefix(table)}{key}"
        self.touched.add(changed)
        self.excused.discard(changed)

    def listed(self) -> dict[str, str]:
        """Keys of all rows that freee lists, with their update_date; "" where the master has none."""
        return {key: row.get("update_date", "") for key, row in self._freee_rows()}

    def _freee_rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        company = self.rig.sandbox.company
        for table, segment in TABLES[self.name].items():
            for key, row in zip(company.keys(table), company.tables[table].rows(company.keys(table)), strict=True):
                yield f"{self.prefix(table)}{key}", row | {"company": company.id, "segment": segment}

    # Salesforce

    def records(self) -> dict[str, dict[str, Any]]:
        """The org's rows of this master, of other companies too, by key."""
        return self.rig.held(self.name)

    def own_records(self) -> dict[str, dict[str, Any]]:
        """Those of this company."""
        return {key: row for key, row in self.records().items() if key.startswith(f"{self.rig.sandbox.company.id}-")}

    def _work_in_salesforce(self, act: Act) -> None:
        rules, rows = self.rig.sandbox.org.validation_rules, list(self.own_records().items())
        if act.what in {"forbid", "permit"}:
            rules.clear()
            if act.what == "forbid":
                rules[self.object_name] = FieldRule("FullName__c", contains=REFUSED, message="この名前は使えません")
        elif rows:
            key, row = rows[act.place % len(rows)]
            self._change_by_hand(act.what, row["Id"])
            self.excused.add(key)

    def _change_by_hand(self, what: str, identity: str) -> None:
        if what == "delete":
            self.rig.sandbox.org.delete(self.object_name, identity)
            return
        with suppress(Refusal):
            self.rig.sandbox.org.edit(self.object_name, identity, **EDITS[what])

    # Airflow

    def _work_in_airflow(self, act: Act) -> None:
        match act.what:
            case "company":
                self.change_company()
            case "mapping":
                self.change_mapping()
            case "forget":
                self.memory.clear()
            case _:
                self.set_cursor(act.hours)

    def set_cursor(self, hours: int | None) -> str:
        """A person sets it so many hours back, or clears it. What is older than it is then theirs to answer for."""
        moment = self.now - timedelta(hours=hours or 0)
        text = "" if hours is None else moment.astimezone(JST).isoformat(timespec="minutes")
        self.rig.variables.values[self.variable] = text
        listed, window = self.listed(), self.next_window()
        self.excused |= {key for key in self.wrong() if not window.holds(listed[key])}
        return text

    def link(self) -> None:
        """Somebody authorises freee and pastes the refresh token into the Connection."""
        os.environ["AIRFLOW_CONN_FREEE_DEFAULT"] = json.dumps(self.rig.sandbox.connections()["freee_default"])

    def change_company(self) -> None:
        """The Connection is pointed to another company, with rows of the same ids, or back to the first."""
        self._be_company(self.rig.sandbox.company.id ^ 1)

    def _be_company(self, company_id: int) -> None:
        self.rig.sandbox.company.id = self.rig.sandbox.tokens._company_id = company_id
        self.link()

    def change_mapping(self) -> None:
        """The data team stops syncing a field, or syncs it again."""
        fields = dict(self.full_mapping.fields)
        if "FullName__c" in self.rig.mapping[self.name].fields:
            del fields["FullName__c"]
        self.rig.mapping[self.name] = self.full_mapping.model_copy(update={"fields": fields})

    def rescue(self) -> None:
        """Nothing is wrong any more: linked, rules lifted, names cut to what Salesforce takes."""
        self.link()
        self.rig.sandbox.org.validation_rules.clear()
        company = self.rig.sandbox.company
        for table in self.tables:
            for key in company.keys(table):
                if len(company.row(table, key)[self.label]) > LONGEST:
                    self.rename(table, key, "短くした名前")

    def forgive_no_more(self) -> None:
        """Rows that are right need no excuse from here on."""
        wrong, own = self.wrong(), f"{self.rig.sandbox.company.id}-"
        self.excused = {key for key in self.excused if key in wrong or not key.startswith(own)}

    def run(self, **wishes: Any) -> MasterResult:
        """One try, in a process of its own; raises what the task would raise."""
        self.rig.freee = FreeeHook(
            variables=self.rig.variables, pace=Pace(sleep=no_sleep, now=self.rig.sandbox.clock.now)
        )
        return self.rig.run(self.name, context=self.context, full_every_days=FULL_EVERY, **wishes)

    # what should be

    def next_window(self, *, full_load: bool = False) -> Window:
        """What the next run must read."""
        last = self.memory.get("full_read")
        if self.name not in DELTA or full_load or not self.cursor or last is None or last["context"] != self.context:
            return Window("full")
        today, read = self.now.astimezone(JST).date(), datetime.fromisoformat(last["last_full"]).astimezone(JST).date()
        if today - read >= timedelta(days=FULL_EVERY):
            return Window("full")
        return Window("delta", datetime.fromisoformat(self.cursor).astimezone(JST).date() - timedelta(days=1))

    @property
    def _expected(self) -> Expected:
        """The oracle's table, without what the mapping leaves out."""
        expected, mapped = EXPECTED[self.object_name], self.rig.mapping[self.name].fields
        rules = {
            name: rule for name, rule in expected.fields.items() if name in mapped or name == "IsMissingInFreee__c"
        }
        return replace(expected, fields=rules)

    def wrong(self) -> dict[str, list[str]]:
        """Rows that freee lists and the org does not hold so, by key, with what the oracle says."""
        expected, records = self._expected, self.own_records()
        found = {
            key: list(differences(self.object_name, expected, [row], [records[key]] if key in records else []))
            for key, row in self._freee_rows()
        }
        return {key: what for key, what in found.items() if what}

    def unmarked(self, table: str) -> set[str]:
        """Keys of a scope's records that nobody marked as missing."""
        mine = self.of_scope(table, self.own_records().items())
        return {key for key, row in mine.items() if not row["IsMissingInFreee__c"]}

    def of_scope(self, table: str, pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        """Those whose key is of the table."""
        return {key: value for key, value in pairs if key.startswith(self.prefix(table))}

    def gone(self) -> dict[str, set[str]]:
        """Keys that a full read has to mark, by table."""
        listed = self.listed()
        return {table: self.unmarked(table) - listed.keys() for table in self.tables}

    def held_back(self) -> int:
        """How many of those it must leave to a person."""
        return sum(len(gone) for table, gone in self.gone().items() if len(gone) > self.ceiling(table))

    def ceiling(self, table: str) -> int:
        """How many rows of a scope may be marked at once: none if freee lists none, else 5, or 5 of 100."""
        anything = self.of_scope(table, self.listed().items())
        return max(5, len(self.unmarked(table)) // 20) if anything else 0


@contextmanager
def tiny_sandbox() -> Iterator[Rig]:
    """A rig whose listings have so few rows a page that a tiny company has several."""
    paged = {name: replace(master, page_limit=PAGE) for name, master in BY_NAME.items() if master.page_limit}
    with patch.dict(BY_NAME, paged), rigged(TINY) as rig:
        yield rig
