"""Describes and queries of the sandbox's Salesforce, over real HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from salesforce_client import DATA, Client, error_of
from salesforce_org import KEY, PARTNER, partner, upsert
from sandbox.salesforce import Field

BATCH_200 = {"Sforce-Query-Options": "batchSize=200"}


def _described(client: Client, name: str = PARTNER) -> dict[str, dict[str, Any]]:
    answer = client.call("GET", f"{DATA}/sobjects/{name}/describe").json()
    return {each["name"]: each for each in answer["fields"]}


def test_a_describe_tells_what_the_shipped_field_is(client: Client) -> None:
    fields = _described(client)
    key = {name: fields[KEY][name] for name in ("type", "length", "externalId", "unique", "caseSensitive", "idLookup")}
    assert key == {
        "type": "string", "length": 80, "externalId": True, "unique": True, "caseSensitive": True, "idLookup": True,
    }  # fmt: skip
    assert {name: fields["Name"][name] for name in ("length", "nillable", "defaultedOnCreate", "nameField")} == {
        "length": 80,
        "nillable": True,
        "defaultedOnCreate": True,
        "nameField": True,
    }
    assert (fields["IsAvailable__c"]["type"], fields["IsAvailable__c"]["nillable"]) == ("boolean", False)
    assert fields["UpdateDate__c"]["type"] == "date"
    assert fields["SyncChangedAt__c"]["type"] == "datetime"
    assert fields["LastModifiedDate"]["updateable"] is False
    number = _described(client, "FreeeSection__c")["IndentCount__c"]
    assert (number["type"], number["precision"], number["scale"]) == ("double", 4, 0)


def test_a_describe_shows_what_the_user_may_see_and_write(client: Client) -> None:
    # given
    client.org.integration.access.hide(f"{PARTNER}.Code__c")
    client.org.integration.access.lock(f"{PARTNER}.Shortcut1__c")
    # when
    fields = _described(client)
    # then
    assert "Code__c" not in fields
    assert (fields["Shortcut1__c"]["createable"], fields["Shortcut1__c"]["updateable"]) == (False, False)
    assert (fields["Shortcut2__c"]["createable"], fields["Shortcut2__c"]["updateable"]) == (True, True)


def test_an_object_the_user_does_not_see_is_not_found_and_not_listed(client: Client) -> None:
    client.org.integration.access.hide(PARTNER)
    assert error_of(client.call("GET", f"{DATA}/sobjects/{PARTNER}/describe")) == (404, "NOT_FOUND")
    listed = {each["name"] for each in client.call("GET", f"{DATA}/sobjects").json()["sobjects"]}
    assert "FreeeItem__c" in listed
    assert PARTNER not in listed


def test_a_picklist_tells_its_values(client: Client) -> None:
    client.org.add_field(PARTNER, Field("Choice__c", "選択", "picklist", length=255, values=("御中", "様")))
    choice = _described(client)["Choice__c"]
    assert [each["value"] for each in choice["picklistValues"]] == ["御中", "様"]
    assert choice["restrictedPicklist"] is True


def test_a_query_comes_in_pages(client: Client) -> None:
    # given
    upsert(client.org, *(partner(each) for each in range(450)))
    # when
    answer = client.query("SELECT FreeeKey__c FROM FreeePartner__c", **BATCH_200).json()
    sizes, keys = [], []
    while True:
        sizes.append((answer["totalSize"], answer["done"], len(answer["records"])))
        keys += [record[KEY] for record in answer["records"]]
        if answer["done"]:
            break
        answer = client.call("GET", answer["nextRecordsUrl"], headers=BATCH_200).json()
    # then
    assert sizes == [(450, False, 200), (450, False, 200), (450, True, 50)]
    assert keys == [f"1-{each}" for each in range(450)]


@pytest.mark.parametrize(("asked", "rows"), [("batchSize=10", 200), ("batchSize=9999", 2000), ("", 2000)])
def test_a_page_has_200_to_2000_rows(client: Client, asked: str, rows: int) -> None:
    upsert(client.org, *(partner(each) for each in range(2001)))
    answer = client.query("SELECT Id FROM FreeePartner__c", **{"Sforce-Query-Options": asked}).json()
    assert len(answer["records"]) == rows


def test_a_page_reads_its_rows_when_it_is_fetched(client: Client) -> None:
    # given
    outcomes = upsert(client.org, *(partner(each) for each in range(201)))
    first = client.query("SELECT Name FROM FreeePartner__c", **BATCH_200).json()
    # when
    client.org.edit(PARTNER, str(outcomes[200].id), Name="後から")
    # then
    second = client.call("GET", first["nextRecordsUrl"], headers=BATCH_200).json()
    assert [record["Name"] for record in second["records"]] == ["後から"]


def test_a_row_that_was_deleted_meanwhile_is_left_out_of_its_page(client: Client) -> None:
    # given
    outcomes = upsert(client.org, *(partner(each) for each in range(202)))
    first = client.query("SELECT FreeeKey__c FROM FreeePartner__c", **BATCH_200).json()
    # when
    client.org.delete(PARTNER, str(outcomes[200].id))
    # then
    second = client.call("GET", first["nextRecordsUrl"], headers=BATCH_200).json()
    assert [record[KEY] for record in second["records"]] == ["1-201"]


def test_a_record_comes_with_its_type_and_address_and_null_where_it_is_empty(client: Client) -> None:
    (outcome,) = upsert(client.org, partner(1))
    answer = client.query("SELECT Id, Name, Code__c, IsAvailable__c FROM FreeePartner__c").json()
    assert answer == {
        "totalSize": 1,
        "done": True,
        "records": [
            {
                "attributes": {"type": PARTNER, "url": f"{DATA}/sobjects/{PARTNER}/{outcome.id}"},
                "Id": outcome.id,
                "Name": "取引先1",
                "Code__c": None,
                "IsAvailable__c": False,
            }
        ],
    }


def test_a_count_has_no_records(client: Client) -> None:
    upsert(client.org, partner(1), partner(2))
    answer = client.query("SELECT COUNT() FROM FreeePartner__c").json()
    assert answer == {"totalSize": 2, "done": True, "records": []}


@pytest.mark.parametrize("path", ["/query/0r85i0000000009AAA-2000", "/query/x", "/query/-"])
def test_an_unknown_locator_is_refused(client: Client, path: str) -> None:
    assert error_of(client.call("GET", f"{DATA}{path}")) == (400, "INVALID_QUERY_LOCATOR")


def test_an_empty_query_is_refused(client: Client) -> None:
    assert error_of(client.call("GET", f"{DATA}/query")) == (400, "MALFORMED_QUERY")
