"""Lookups in Bulk jobs: by external id, the header naming the relationship and the key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bulk_rig import BulkRig
from freee_sync.salesforce.sobject_collections import Outgoing
from salesforce_client import OrgServer
from salesforce_org import KEY, PARTNER, query, upsert
from sandbox.salesforce import Field

TAX = "FreeeTax__c"
COLUMN = f"OfTax__r.{KEY}"


@pytest.fixture
def rig() -> Iterator[BulkRig]:
    """An org whose partners point at a tax; it holds tax 1-34."""
    with OrgServer() as server:
        made = BulkRig(server)
        made.org.add_field(PARTNER, Field("OfTax__c", "税", "reference", length=18, reference_to=TAX))
        upsert(made.org, {KEY: "1-34", "Name": "課対仕入"}, object_name=TAX)
        yield made


def pointed(rig: BulkRig) -> dict[str, str | None]:
    """Key of each partner to the key of its tax."""
    rows = query(rig.org, f"SELECT {KEY}, {COLUMN} FROM {PARTNER}")  # noqa: S608 - SOQL, and ours
    return {row[KEY]: row["OfTax__r"] and row["OfTax__r"][KEY] for row in rows}


def test_a_lookup_is_set_and_emptied(rig: BulkRig) -> None:
    # when
    rig.write([Outgoing("1-1", {COLUMN: "1-34"}), Outgoing("1-2", {COLUMN: None})])
    first = pointed(rig)
    rig.write([Outgoing("1-1", {COLUMN: None}), Outgoing("1-2", {COLUMN: "1-34"})])
    # then
    assert first == {"1-1": "1-34", "1-2": None}
    assert pointed(rig) == {"1-1": None, "1-2": "1-34"}


def test_a_lookup_at_what_is_not_there_refuses_its_row_alone(rig: BulkRig) -> None:
    # when
    rig.write([Outgoing("1-1", {COLUMN: "1-34"}), Outgoing("1-2", {COLUMN: "1-99"})])
    # then
    assert rig.said == {"1-1": "created", "1-2": "salesforce.INVALID_FIELD"}
    assert pointed(rig) == {"1-1": "1-34"}


def test_a_relationship_that_is_not_there_fails_the_job(rig: BulkRig) -> None:
    assert rig.write([Outgoing("1-1", {f"Nothing__r.{KEY}": "1-34"})]) is not None
    assert rig.states == ["Failed"]
