"""A sync near the limit of either side: it stops before the expensive part, and what it wrote is counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fakes import FakeStore
from freee_sync.calls import DayMeter, Limit
from freee_sync.errors import Stop
from freee_sync.freee.listing import PAGES_AT_MOST
from freee_sync.salesforce.bulk_calls import IngestJobs
from freee_sync.salesforce.bulk_csv import BulkTarget
from rig import Rig, rigged
from sandbox.company import Sizes

PARTNERS = 2000  # ten write calls
HALF = Limit(50, "freee_sync_salesforce_share")


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A company of which nothing was imported yet."""
    with rigged(Sizes(partners=PARTNERS)) as made:
        made.org.meter.share = HALF
        yield made


def leave(rig: Rig, calls: int) -> None:
    """So many calls may still be made to the org, by a task that begins now."""
    org, meter = rig.sandbox.org, rig.org.meter
    org.daily_limit = 2 * (org.requests_used + calls)
    meter.used = meter.limit = None


def stopped(rig: Rig, **wishes: Any) -> str:
    """The verdict code that a run of partners ends with."""
    rig.forget()
    with pytest.raises(Stop) as stop:
        rig.run("partners", **wishes)
    told = rig.published[-1].stop
    assert told
    assert told.code == stop.value.code
    return stop.value.code


def emptied(rig: Rig) -> None:
    """The org was replaced by a fresh one, as when a Salesforce sandbox is refreshed."""
    table = rig.sandbox.org.tables["FreeePartner__c"]
    table.rows.clear()
    table.index()


def test_the_rows_that_the_org_lacks_are_planned_before_the_first_is_written(rig: Rig) -> None:
    rig.run("partners")
    emptied(rig)
    leave(rig, calls=5)  # one to describe, one to read, and three of the ten to write
    assert stopped(rig, run_id="next", full_load=True) == "salesforce.budget"
    assert rig.writes() == []
    leave(rig, calls=12)
    assert rig.run("partners", run_id="next", full_load=True).created == PARTNERS


def test_a_preview_plans_no_writes(rig: Rig) -> None:
    rig.run("partners")
    emptied(rig)
    leave(rig, calls=5)
    assert rig.run("partners", run_id="next", full_load=True, dry_run=True).created == PARTNERS


def test_a_load_that_nobody_could_plan_stops_when_the_share_is_used_up_and_counts_what_it_wrote(rig: Rig) -> None:
    leave(rig, calls=4)
    assert stopped(rig) == "salesforce.budget"
    told = rig.published[-1]
    assert told.created == len(rig.held("partners")) > 0
    assert told.created + told.unprocessed == told.read == PARTNERS
    assert rig.cursor("partners") in {None, ""}
    leave(rig, calls=100)
    again = rig.run("partners")
    assert (again.unchanged, again.created) == (told.created, told.unprocessed)


def test_a_bulk_job_that_was_begun_is_heard_to_its_end_and_no_other_begins(rig: Rig) -> None:
    target = BulkTarget("FreeePartner__c", "FreeeKey__c")
    jobs = IngestJobs(rig.org)
    job = jobs.create(target)
    rig.sandbox.org.requests_used = 100
    leave(rig, calls=0)
    jobs.look(job)  # its answer tells that the share is used up
    jobs.abort(job)
    assert jobs.look(job).ended
    with pytest.raises(Stop) as stop:
        jobs.create(target)
    assert stop.value.code == "salesforce.budget"


def test_an_org_whose_limit_is_far_is_not_stopped(rig: Rig) -> None:
    leave(rig, calls=12)
    assert rig.run("partners").created == PARTNERS


def test_a_listing_that_freee_has_no_calls_for_is_not_begun(rig: Rig) -> None:
    rig.run("partners")
    store = FakeStore()
    rig.freee.meter = DayMeter(store, "2026-11-24", Limit(1, "freee_sync_freee_calls"))
    assert stopped(rig, run_id="next", full_load=True) == "freee.budget"
    assert rig.sandbox.freee_wire.calls(path="^/api/") == []
    assert store.values == {}


def test_a_first_listing_stops_at_the_last_call_of_the_day(rig: Rig) -> None:
    rig.freee.meter = DayMeter(FakeStore(), "2026-11-24", Limit(1, "freee_sync_freee_calls"))
    assert stopped(rig) == "freee.budget"
    assert len(rig.sandbox.freee_wire.calls(path="^/api/")) == 1
    told = rig.published[-1]
    assert told.created == len(rig.held("partners"))


def test_the_shipped_limit_is_beyond_the_longest_listing() -> None:
    assert PAGES_AT_MOST < 2000
