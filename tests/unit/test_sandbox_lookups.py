"""Lookups in the sandbox's Salesforce: set by the external id of the row they point at, read back through it."""

from __future__ import annotations

from typing import Any

import pytest

from salesforce_org import KEY, new_org, query, upsert
from sandbox.salesforce import Field, Org
from sandbox.salesforce.describe import described_object
from sandbox.salesforce.errors import ApiError

SECTION, TAX, ITEM = "FreeeSection__c", "FreeeTax__c", "FreeeItem__c"
PARENT = Field("Above__c", "上", "reference", length=18, reference_to=SECTION)
OF_TAX = Field("OfTax__c", "税", "reference", length=18, reference_to=TAX)


@pytest.fixture
def org() -> Org:
    """An org whose sections point at their parent and whose items point at a tax; it holds tax 1-34."""
    org = new_org()
    org.add_field(SECTION, PARENT)
    org.add_field(ITEM, OF_TAX)
    upsert(org, {KEY: "1-34", "Name": "課対仕入"}, object_name=TAX)
    return org


def item(**fields: Any) -> dict[str, Any]:
    """An item as it is sent."""
    return {KEY: "1-1", "Name": "品目", **fields}


def pointing(key: str | None) -> dict[str, Any]:
    """An item whose tax is named by its key."""
    return item(OfTax__r={KEY: key})


def test_a_row_is_pointed_at_by_its_external_id_and_read_through_the_lookup(org: Org) -> None:
    # when
    upsert(org, pointing("1-34"), object_name=ITEM)
    # then
    (row,) = query(org, f"SELECT OfTax__r.{KEY}, OfTax__r.Name, OfTax__c FROM {ITEM}")  # noqa: S608 - SOQL, and ours
    assert row == {
        "OfTax__r": {"attributes": TAX, KEY: "1-34", "Name": "課対仕入"},
        "OfTax__c": org.rows(TAX)[0]["Id"],
    }


def test_null_empties_the_lookup(org: Org) -> None:
    upsert(org, pointing("1-34"), object_name=ITEM)
    upsert(org, item(OfTax__c=None), object_name=ITEM)
    assert query(org, f"SELECT OfTax__r.{KEY} FROM {ITEM}") == [{"OfTax__r": None}]  # noqa: S608 - same


@pytest.mark.parametrize("key", ["1-99", "", None])
def test_a_row_that_is_not_there_refuses_the_row_that_points_at_it(org: Org, key: str | None) -> None:
    # when
    (outcome,) = upsert(org, pointing(key), object_name=ITEM)
    # then
    (error,) = outcome.errors
    assert error.code == "INVALID_FIELD"
    assert error.message == f"Foreign key external ID: {key} not found for field {KEY} in entity {TAX}"
    assert org.rows(ITEM) == []


def test_a_row_of_the_same_call_cannot_be_pointed_at(org: Org) -> None:
    # given
    parent, child = {KEY: "1-1", "Name": "親"}, {KEY: "1-2", "Name": "子", "Above__r": {KEY: "1-1"}}
    # when
    first = upsert(org, parent, child, object_name=SECTION)
    second = upsert(org, child, object_name=SECTION)
    # then
    assert [bool(outcome.errors) for outcome in (*first, *second)] == [False, True, False]


def test_a_lookup_at_a_deleted_row_reads_as_empty(org: Org) -> None:
    upsert(org, pointing("1-34"), object_name=ITEM)
    org.delete(TAX, str(org.rows(TAX)[0]["Id"]))
    assert query(org, f"SELECT OfTax__r.{KEY} FROM {ITEM}") == [{"OfTax__r": None}]  # noqa: S608 - same


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (f"Nothing__r.{KEY}", "Didn't understand relationship 'Nothing__r'"),
        ("OfTax__r.Nothing__c", f"No such column 'Nothing__c' on entity '{TAX}'"),
    ],
)
def test_a_query_cannot_follow_what_is_not_there(org: Org, column: str, message: str) -> None:
    with pytest.raises(ApiError, match="INVALID_FIELD") as refused:
        query(org, f"SELECT {column} FROM {ITEM}")  # noqa: S608 - same
    assert message in refused.value.message


def test_a_user_who_may_not_see_the_object_cannot_follow_the_lookup(org: Org) -> None:
    org.integration.access.hide(TAX)
    with pytest.raises(ApiError, match="Didn't understand relationship 'OfTax__r'"):
        query(org, f"SELECT OfTax__r.{KEY} FROM {ITEM}")  # noqa: S608 - same


@pytest.mark.parametrize(
    "named", [{"Nothing__r": {KEY: "1-34"}}, {"OfTax__r": {"Code__c": "34"}}, {"OfTax__r": "1-34"}]
)
def test_a_lookup_that_cannot_be_read_refuses_the_whole_call(org: Org, named: dict[str, Any]) -> None:
    with pytest.raises(ApiError):
        upsert(org, item(**named), object_name=ITEM)


def test_a_describe_tells_where_a_lookup_points(org: Org) -> None:
    # when
    fields: Any = described_object(org.table(ITEM).object_type, org.admin.access)["fields"]
    told = {field["name"]: (field["type"], field["referenceTo"], field["relationshipName"]) for field in fields}
    # then
    assert told["OfTax__c"] == ("reference", [TAX], "OfTax__r")
    assert told["Code__c"] == ("string", [], None)
