"""What a retry still knows of the tries before it."""

from __future__ import annotations

import pytest

from fakes import FakeStore
from freee_sync.outcome import MasterResult, Written
from freee_sync.tries import SLOT, Tries


def test_a_retry_carries_what_the_try_before_it_wrote_beside_its_own_counts() -> None:
    store = FakeStore()
    Tries(store, 1).carry(MasterResult("items", read=5, created=3, unprocessed=2))

    told = Tries(store, 2).carry(MasterResult("items", read=5, created=2, unchanged=3))

    assert told.earlier == Written(created=3)
    assert (told.read, told.created, told.unchanged) == (5, 2, 3)
    told.check()
    assert MasterResult.from_json(told.to_json()) == told


def test_every_try_adds_to_the_tallies_of_those_before() -> None:
    store = FakeStore()
    for number, updated in ((1, 4), (2, 1), (4, 2)):
        Tries(store, number).carry(MasterResult("items", updated=updated, marked=1))

    assert Tries(store, 5).earlier == Written(updated=7, marked=3)


def test_a_run_that_wrote_only_in_an_earlier_try_still_wrote() -> None:
    store = FakeStore()
    Tries(store, 1).carry(MasterResult("items", updated=1))

    assert Tries(store, 2).carry(MasterResult("items", unchanged=1)).wrote
    assert not Tries(FakeStore(), 2).carry(MasterResult("items", unchanged=1)).wrote


def test_a_first_try_that_writes_nothing_asks_and_stores_nothing() -> None:
    store = FakeStore()
    store.values[SLOT] = {"0": {"created": 9}}

    assert not Tries(store, 1).carry(MasterResult("items", unchanged=5)).earlier
    assert store.values == {SLOT: {"0": {"created": 9}}}


def test_a_preview_keeps_no_tally() -> None:
    store = FakeStore()
    assert not Tries(store, 1).carry(MasterResult("items", created=5, dry_run=True)).wrote
    assert store.values == {}


@pytest.mark.parametrize("broken", ["text", 3, [1], {"1": {"else": 1}}, {"1": None}])
def test_a_tally_that_cannot_be_read_is_none(broken: object) -> None:
    store = FakeStore()
    store.values[SLOT] = broken
    assert Tries(store, 2).earlier == Written()
