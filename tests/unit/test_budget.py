"""What a load will cost, held against what it does cost."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from fakes import FakeStore
from freee_sync.budget import Budget, Load
from freee_sync.calls import DayMeter, Limit, Meter, OrgMeter
from freee_sync.errors import Stop
from freee_sync.freee.listing import Listing
from freee_sync.masters import BY_NAME, MASTERS
from freee_sync.outcome import Calls, Mode

PARTNERS = BY_NAME["partners"]
LIMITS = Limit(100, "freee_sync_freee_calls"), Limit(90, "freee_sync_salesforce_share")


def full(name: str, rows: int) -> Load:
    """A full read."""
    return Load(BY_NAME[name], "full", rows)


def calls_of(load: Load) -> int:
    """How many calls reading so many rows takes, all of them in the first scope."""
    calls, rows = 0, load.rows
    for scope in load.master.scopes:
        table = [{load.master.key_field: number} for number in range(rows)]

        def fetch(_path: str, params: dict[str, Any], table: list[dict[str, int]] = table) -> dict[str, Any]:
            offset = params.get("offset", 0)
            return {load.master.envelope: table[offset : offset + params.get("limit", len(table))]}

        listing = Listing(fetch, load.master, scope, company_id=1)
        list(listing.pages())
        calls, rows = calls + listing.calls, 0
    return calls


@pytest.mark.parametrize("rows", [0, 1, 2, 499, 500, 501, 2999, 3000, 3001, 5999, 6000, 12345])
@pytest.mark.parametrize("master", MASTERS, ids=lambda master: master.name)
def test_reading_freee_costs_no_more_than_planned_and_of_one_scope_no_less(master: Any, rows: int) -> None:
    load = full(master.name, rows)
    made = calls_of(load)
    assert made <= load.freee_calls <= made + len(master.scopes) - 1
    assert len(master.scopes) > 1 or made == load.freee_calls


@pytest.mark.parametrize(
    ("name", "mode", "rows", "queries"),
    [
        ("partners", "full", 0, 1),
        ("partners", "full", 2000, 1),
        ("partners", "full", 2001, 2),
        ("segment_tags", "full", 2001, 4),
        ("partners", "delta", 0, 0),
        ("partners", "delta", 375, 1),
        ("partners", "delta", 376, 2),
    ],
)
def test_the_org_is_read_by_pages_or_by_keys(name: str, mode: Mode, rows: int, queries: int) -> None:
    assert Load(BY_NAME[name], mode, rows).queries == queries


@pytest.mark.parametrize(
    ("name", "rows", "held", "writes"),
    [
        ("partners", 10_000, 10_000, 0),
        ("partners", 10_000, 0, 50),
        ("partners", 10_001, 0, 51),
        ("partners", 10, 20, 0),
        ("segment_tags", 10_000, 0, 0),
    ],
)
def test_what_the_org_lacks_is_written(name: str, rows: int, held: int, writes: int) -> None:
    assert full(name, rows).writes(held) == writes


def near_its_limit(freee: Meter) -> Budget:
    """An org that has ten calls left."""
    org = OrgMeter(LIMITS[1])
    org.told({"Sforce-Limit-Info": "api-usage=890/1000"})
    return Budget(freee, org)


def test_a_load_that_the_org_has_no_calls_for_sets_nothing_aside_at_freee() -> None:
    store = FakeStore()
    with pytest.raises(Stop) as stop:
        near_its_limit(DayMeter(store, "2026-11-24", LIMITS[0])).before_reading(full("partners", 22_000))
    assert (stop.value.code, store.values) == ("salesforce.budget", {})


def test_a_load_that_freee_has_no_calls_for_is_not_begun() -> None:
    with pytest.raises(Stop) as stop:
        Budget(DayMeter(FakeStore(), "2026-11-24", LIMITS[0])).before_reading(full("partners", 300_000))
    assert stop.value.code == "freee.budget"


def test_rows_to_write_count_before_the_first_is_written() -> None:
    budget = near_its_limit(Meter())
    budget.before_writing(full("partners", 2000), held=0)
    with pytest.raises(Stop) as stop:
        budget.before_writing(full("partners", 2001), held=0)
    assert stop.value.code == "salesforce.budget"


def test_a_try_without_limits_is_counted_and_told(caplog: pytest.LogCaptureFixture) -> None:
    budget = Budget()
    budget.before_reading(full("partners", 10**9))
    budget.freee.count()
    budget.salesforce.count()
    budget.salesforce.told({"Sforce-Limit-Info": "api-usage=18/5000"})
    with caplog.at_level(logging.INFO):
        budget.close("partners")
    assert budget.calls == Calls(1, 1, 18, 5000)
    assert "calls made: freee 1, Salesforce 1" in caplog.text
    assert "18 of 5000" in caplog.text


def test_a_store_that_fails_at_the_end_hides_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeStore):
        def set(self, key: str, value: Any) -> None:
            raise ConnectionError(key, value)

    meter = DayMeter(Broken(), "2026-11-24", LIMITS[0])
    meter.made = 3
    Budget(meter).close("partners")
    assert "stay counted" in caplog.text
