"""freee's rows in any order, cut into any pages, give the same org and the same result."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from builders import COMPANY, mapped, mapper, partner
from fakes import FakeStore, FakeVariables
from freee_sync.attempt import Fetch, Order, Tools
from freee_sync.cursors import Cursor
from freee_sync.mapper import Mapper, Record
from freee_sync.masters import BY_NAME
from freee_sync.memory import Memory, remember
from freee_sync.outcome import MasterResult
from freee_sync.salesforce.rows import HeldRows
from freee_sync.salesforce.sobject_collections import Answer, Outgoing
from freee_sync.settings import PREFIX
from freee_sync.sync import sync_master

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CURSOR = f"{PREFIX}cursor_partners"
REFUSED = "拒否商店"

IN_ANY_ORDER = ("failed_rows", "changes")
"""Parts of a result that are told in the order of the listing, as many as fit."""

names = st.sampled_from(["東京商店", "大阪商店", REFUSED, "長" * 300, " 端に空白 "])
codes = st.sampled_from([None, "A1", ["not", "a", "text"]])
days = st.sampled_from(["2026-11-01", "2026-11-22", "2026-11-23", "2026-11-24"])
rows = st.builds(partner, st.integers(1, 60), name=names, code=codes, update_date=days)
spoilt = st.one_of(st.builds(partner, st.none(), name=names), st.just("not a row"))
listings = st.tuples(st.lists(rows, max_size=30, unique_by=lambda row: row["id"]), st.lists(spoilt, max_size=2)).map(
    lambda parts: [*parts[0], *parts[1]]
)
orgs = st.dictionaries(
    st.integers(1, 70), st.tuples(st.sampled_from(["東京商店", "古い名前"]), st.booleans()), max_size=30
)


class OrgInMemory(HeldRows):
    """An org that is a dict of records, and refuses a name."""

    def __init__(self, binding: Mapper, records: dict[str, Record]) -> None:
        self._fields = binding.fields
        self.records = dict(records)

    def by_prefix(self, prefix: str) -> Iterator[list[tuple[str, Record]]]:
        """See `HeldRows`."""
        return iter([[(key, record) for key, record in self.records.items() if key.startswith(prefix)]])

    def by_keys(self, keys: Iterable[str]) -> dict[str, Record]:
        """See `HeldRows`."""
        return {key: self.records[key] for key in keys if key in self.records}

    def upsert(self, records: Sequence[Outgoing]) -> list[Answer]:
        """See `freee_sync.salesforce.writer.Upsert`."""
        return [self._save(record) for record in records]

    def _save(self, record: Outgoing) -> Answer:
        if record.fields.get("FullName__c") == REFUSED:
            return Answer(record.key, code="salesforce.FIELD_CUSTOM_VALIDATION_EXCEPTION", detail="no")
        before = self.records.get(record.key, (None,) * len(self._fields))
        pairs = zip(self._fields, before, strict=True)
        created = record.key not in self.records
        self.records[record.key] = tuple([record.fields.get(name, value) for name, value in pairs])
        return Answer(record.key, created=created)


@dataclass
class End:
    """All that a try leaves behind; the result without what is told in the listing's order."""

    records: dict[str, Record]
    result: dict[str, Any]
    failed: set[str]
    cursor: str | None
    memory: Any

    @classmethod
    def of(cls, result: MasterResult, org: OrgInMemory, variables: FakeVariables, store: FakeStore) -> End:
        """Rows without a key go by their place in the listing, so only their number is compared."""
        told = {name: value for name, value in asdict(result).items() if name not in IN_ANY_ORDER}
        failed = {row.key for row in result.failed_rows if row.has_key}
        return cls(org.records, told, failed, variables.get(CURSOR), store.get("full_read"))


def freee(listing: Sequence[Any], pages: Sequence[int]) -> Fetch:
    """A freee that lists these rows, those without a date whatever the day.

    :param pages: how many rows it answers to one call after the other, round and round; it may be fewer than asked for.
    """
    sizes = cycle(pages)

    def fetch(_path: str, params: dict[str, Any]) -> dict[str, Any]:
        since, start = params.get("start_update_date", ""), params["offset"]
        found = [row for row in listing if not isinstance(row, dict) or row["update_date"] >= since]
        return {"partners": found[start : start + min(next(sizes), params["limit"])]}

    return fetch


def in_the_org(kept: dict[int, tuple[str, bool]]) -> dict[str, Record]:
    """Records by key, of an id to a name and whether it is marked as missing."""
    return {
        f"{COMPANY}-{key}": (*mapped(partner(key, name=name)).values[:-1], marked)
        for key, (name, marked) in kept.items()
    }


def end_of(listing: Sequence[Any], pages: Sequence[int], held: dict[str, Record], wishes: dict[str, bool]) -> End:
    """One try, in full or since yesterday."""
    binding = mapper(master=replace(BY_NAME["partners"], page_limit=max(pages)))
    org, variables, store = (
        OrgInMemory(binding, held),
        FakeVariables({CURSOR: "2026-11-23T21:00:00+09:00"}),
        FakeStore(),
    )
    remember(store, Memory("same", NOW))
    tools = Tools(
        fetch=freee(listing, pages),
        held=org,
        upsert=org.upsert,
        store=store,
        cursor=Cursor(variables, PREFIX, binding.master),
        publish=lambda result: result,
    )
    return End.of(sync_master(binding, Order(NOW, "same", "this run", **wishes), tools), org, variables, store)


@given(
    listing=listings,
    kept=orgs,
    pages=st.lists(st.integers(2, 12), min_size=1, max_size=4),
    wishes=st.fixed_dictionaries(
        {"full_load": st.booleans(), "dry_run": st.booleans(), "approve_missing": st.booleans()}
    ),
    data=st.data(),
)
def test_order_and_pages_change_nothing(
    listing: list[Any],
    kept: dict[int, tuple[str, bool]],
    pages: list[int],
    wishes: dict[str, bool],
    data: st.DataObject,
) -> None:
    held = in_the_org(kept)
    other = data.draw(st.permutations(listing), label="the same rows in another order")
    end = end_of(listing, [3000], held, wishes)
    assert end_of(other, pages, held, wishes) == end

    window = {"offset": 0, "limit": 3000, "start_update_date": end.result["since"] or ""}
    wanted = freee(listing, [3000])("", window)["partners"]
    assert end.result["read"] == len(wanted)
    assert end.result["complete"] == all(isinstance(row, dict) and row["id"] is not None for row in wanted)
