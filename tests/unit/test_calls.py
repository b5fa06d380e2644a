"""Counting calls, and what is too much."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from fakes import FakeStore
from freee_sync.calls import AHEAD, SLOT, DayMeter, Limit, Meter, OrgMeter
from freee_sync.errors import Stop

DAY = "2026-11-24"


def day_meter(store: FakeStore, most: int = 100, day: str = DAY) -> DayMeter:
    """One try's meter."""
    return DayMeter(store, day, Limit(most, "freee_sync_freee_calls"))


def counted(store: FakeStore) -> int:
    """The calls that the day holds."""
    calls: int = store.values[SLOT]["calls"]
    return calls


def org_meter(percent: int | None, told: str = "") -> OrgMeter:
    """A meter after one answer."""
    meter = OrgMeter(None if percent is None else Limit(percent, "freee_sync_salesforce_share"))
    meter.told({"Sforce-Limit-Info": told} if told else {})
    return meter


def test_threads_count_together() -> None:
    meter = Meter()
    with ThreadPoolExecutor(8) as pool:
        for _ in range(1000):
            pool.submit(meter.count)
    assert meter.made == 1000


def test_the_day_adds_up_over_masters_and_runs() -> None:
    store = FakeStore()
    for calls in (3, 4):
        meter = day_meter(store)
        for _ in range(calls):
            meter.count()
        meter.settle()
    assert counted(store) == 7


def test_a_killed_try_has_counted_what_it_planned_and_never_less_than_it_made() -> None:
    store = FakeStore()
    meter = day_meter(store)
    meter.plan(5)
    assert counted(store) == 5
    for made in range(1, 31):
        meter.count()
        assert made <= counted(store) < made + AHEAD


def test_a_new_day_begins_at_nothing() -> None:
    store = FakeStore()
    day_meter(store).plan(100)
    day_meter(store, day="2026-11-25").plan(100)
    assert store.values[SLOT] == {"day": "2026-11-25", "calls": 100}


@pytest.mark.parametrize("kept", [None, "x", 7, {}, {"day": DAY}, {"day": DAY, "calls": "many"}])
def test_a_count_that_cannot_be_read_is_none(kept: object) -> None:
    store = FakeStore()
    if kept is not None:
        store.set(SLOT, kept)
    day_meter(store, most=10).plan(10)
    assert counted(store) == 10


def test_a_load_that_does_not_fit_into_the_day_is_not_begun_and_sets_nothing_aside() -> None:
    store = FakeStore()
    day_meter(store).plan(60)
    meter = day_meter(store)
    with pytest.raises(Stop) as stop:
        meter.plan(41)
    assert stop.value.code == "freee.budget"
    assert "本日60回済み、予定41回、上限100回（freee_sync_freee_calls）" in stop.value.detail
    assert counted(store) == 60
    meter.plan(40)


def test_a_load_that_nobody_could_plan_stops_at_the_days_last_call() -> None:
    store = FakeStore()
    meter = day_meter(store, most=25)
    for _ in range(25):
        meter.count()
    with pytest.raises(Stop) as stop:
        meter.count()
    assert (stop.value.code, meter.made, counted(store)) == ("freee.budget", 25, 25)


def test_without_a_limit_nothing_stops_and_all_is_counted() -> None:
    store = FakeStore()
    meter = day_meter(store, most=0)
    meter.plan(50_000)
    meter.count()
    meter.settle()
    assert counted(store) == 1


@pytest.mark.parametrize(
    "header", ["api-usage=18/5000", "per-app-api-usage=17/250(appName=x); api-usage=18/5000", "api-usage=18/5000; x=1"]
)
def test_the_org_tells_what_is_used(header: str) -> None:
    meter = org_meter(90, header)
    assert (meter.used, meter.limit) == (18, 5000)


@pytest.mark.parametrize("header", ["", "per-app-api-usage=17/250(appName=x)", "api-usage=many"])
def test_an_org_that_tells_nothing_stops_nothing(header: str) -> None:
    meter = org_meter(1, header)
    assert (meter.used, meter.limit) == (None, None)
    meter.plan(1_000_000)


def test_an_answer_without_the_header_leaves_what_was_told_before() -> None:
    meter = org_meter(90, "api-usage=18/5000")
    meter.told({})
    assert meter.used == 18


def test_the_share_may_be_used_up_and_not_a_call_more() -> None:
    meter = org_meter(90, "api-usage=4400/5000")
    meter.plan(100)
    with pytest.raises(Stop) as stop:
        meter.plan(101)
    assert stop.value.code == "salesforce.budget"
    assert "4,400回済み、予定101回、上限5,000回の90%（freee_sync_salesforce_share）" in stop.value.detail


def test_without_a_share_nothing_stops() -> None:
    org_meter(None, "api-usage=5000/5000").plan(10)
