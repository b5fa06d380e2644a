"""Writing to the sandbox's Salesforce over real HTTP: sObject Collections, and one record at a time."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from salesforce_client import COLLECTIONS, DATA, Client, error_of
from salesforce_org import KEY, PARTNER, partner, upsert
from sandbox.salesforce import Field


def test_a_collections_upsert_answers_row_by_row_in_order(client: Client) -> None:
    # given
    (known,) = upsert(client.org, partner(2))
    # when
    answer = client.send(partner(1), partner(2), partner(3, Name="あ" * 81))
    # then
    assert answer.status_code == 200
    first, second, third = answer.json()
    assert first == {"id": client.org.rows(PARTNER)[1]["Id"], "success": True, "errors": [], "created": True}
    assert second == {"id": known.id, "success": True, "errors": [], "created": False}
    message = f"取引先名: data value too large: {'あ' * 81} (max length=80)"
    assert third == {
        "success": False,
        "errors": [{"statusCode": "STRING_TOO_LONG", "message": message, "fields": ["Name"]}],
    }


def test_all_or_none_undoes_a_call(client: Client) -> None:
    answer = client.send(partner(1), partner(2, Name="あ" * 81), allOrNone=True).json()
    assert [each["errors"][0]["statusCode"] for each in answer] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "STRING_TOO_LONG",
    ]
    assert client.org.rows(PARTNER) == []


@pytest.mark.parametrize(
    ("records", "code"),
    [
        ([partner(each) for each in range(201)], "EXCEEDED_ID_LIMIT"),
        ([], "INVALID_INPUT"),
        ([partner(1), partner(2, Name=5)], "JSON_PARSER_ERROR"),
        ([partner(1), partner(2, Nobody__c="x")], "INVALID_FIELD"),
        ([partner(1), partner(2, Parent__r={KEY: "1"})], "INVALID_FIELD"),
        ([partner(1), partner(2, attributes=None)], "INVALID_TYPE"),
        ([partner(1), partner(2, attributes={})], "INVALID_TYPE"),
        ([partner(1), partner(2, attributes={"type": "FreeeItem__c"})], "INVALID_TYPE"),
    ],
)
def test_a_call_that_cannot_be_read_is_refused_as_a_whole(
    client: Client, records: list[dict[str, Any]], code: str
) -> None:
    assert error_of(client.send(*records)) == (400, code)
    assert client.org.rows(PARTNER) == []


@pytest.mark.parametrize(
    ("body", "headers", "status", "code"),
    [
        (b'{"records": [', {"Content-Type": "application/json"}, 400, "JSON_PARSER_ERROR"),
        (b"[]", {"Content-Type": "application/json"}, 400, "JSON_PARSER_ERROR"),
        (b'{"records": 5}', {"Content-Type": "application/json"}, 400, "INVALID_INPUT"),
        (b'{"records": [5]}', {"Content-Type": "application/json"}, 400, "INVALID_INPUT"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(
    client: Client, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    assert error_of(client.call("PATCH", COLLECTIONS, data=body, headers=headers)) == (status, code)


def test_a_body_may_be_gzipped(client: Client) -> None:
    record = {"attributes": {"type": PARTNER}, **partner(1)}
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    body = gzip.compress(json.dumps({"records": [record]}).encode())
    assert client.call("PATCH", COLLECTIONS, data=body, headers=headers).json()[0]["success"] is True


@pytest.mark.parametrize(("object_name", "key"), [("No__c", KEY), (PARTNER, "Code__c"), (PARTNER, "No__c")])
def test_an_upsert_by_what_is_no_external_id_is_not_found(client: Client, object_name: str, key: str) -> None:
    path = f"{DATA}/composite/sobjects/{object_name}/{key}"
    assert error_of(client.send(partner(1), path=path)) == (404, "NOT_FOUND")


def test_collections_create_and_update_by_id(client: Client) -> None:
    # given
    path = f"{DATA}/composite/sobjects"
    record = {"attributes": {"type": PARTNER}, **partner(1)}
    (created,) = client.call("POST", path, json={"records": [record]}).json()
    assert set(created) == {"id", "success", "errors"}, "only an upsert tells whether it created"
    # when
    changed = [{"attributes": {"type": PARTNER}, "id": each, "Name": "変更"} for each in (created["id"], "x")]
    answer = client.call("PATCH", path, json={"records": changed}).json()
    # then
    assert answer[0] == {"id": created["id"], "success": True, "errors": []}
    assert answer[1]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"
    assert [row["Name"] for row in client.org.rows(PARTNER)] == ["変更"]


def test_collections_upsert_by_id_creates_where_the_id_is_null(client: Client) -> None:
    path = f"{DATA}/composite/sobjects/{PARTNER}/Id"
    (created,) = client.send({"Id": None, **partner(1)}, path=path).json()
    (updated,) = client.send({"Id": created["id"], "Name": "変更"}, path=path).json()
    assert (created["created"], updated["created"]) == (True, False)
    assert updated["id"] == created["id"]


def test_a_record_of_a_create_has_no_id(client: Client) -> None:
    record = {"attributes": {"type": PARTNER}, "Id": "a035i0000000001AAA", **partner(1)}
    (answer,) = client.call("POST", f"{DATA}/composite/sobjects", json={"records": [record]}).json()
    assert answer["errors"][0]["statusCode"] == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_collections_take_one_type_a_call(client: Client) -> None:
    records = [{"attributes": {"type": each}, "Name": "あ"} for each in (PARTNER, "FreeeItem__c")]
    assert error_of(client.call("POST", f"{DATA}/composite/sobjects", json={"records": records})) == (
        400,
        "INVALID_TYPE",
    )


def test_a_record_lives_from_create_to_delete(client: Client) -> None:
    # given
    created = client.call("POST", f"{DATA}/sobjects/{PARTNER}/", json=partner(1))
    assert (created.status_code, created.json()["success"]) == (201, True)
    path = f"{DATA}/sobjects/{PARTNER}/{created.json()['id']}"
    # when, then
    assert client.call("PATCH", path, json={"Code__c": "A"}).status_code == 204
    read = client.call("GET", path, params={"fields": "Code__c,Name"}).json()
    assert (read["Code__c"], read["Name"], read["attributes"]["url"]) == ("A", "取引先1", path)
    assert client.call("GET", path).json()[KEY] == "1-1"
    assert error_of(client.call("GET", path, params={"fields": "No__c"})) == (400, "INVALID_FIELD")
    assert error_of(client.call("DELETE", path)) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    assert client.call("DELETE", path, admin=True).status_code == 204
    assert error_of(client.call("DELETE", path, admin=True)) == (404, "ENTITY_IS_DELETED")
    assert error_of(client.call("GET", path)) == (404, "NOT_FOUND")


def test_a_record_that_is_refused_names_the_fields(client: Client) -> None:
    answer = client.call("POST", f"{DATA}/sobjects/Account", json={"Phone": "03-0000-0000"})
    assert answer.status_code == 400
    assert answer.json() == [
        {
            "message": "Required fields are missing: [Name]",
            "errorCode": "REQUIRED_FIELD_MISSING",
            "fields": ["Name"],
        }
    ]


def test_simple_salesforce_upserts_a_record_by_its_key(client: Client) -> None:
    # given
    salesforce = client.log_in(**client.app)
    record = {"Name": "あ"}
    # when, then
    assert salesforce.FreeePartner__c.upsert(f"{KEY}/1-1", record) == 201
    assert salesforce.FreeePartner__c.upsert(f"{KEY}/1-1", record) == 200
    assert salesforce.FreeePartner__c.get_by_custom_id(KEY, "1-1")["Name"] == "あ"


def test_a_record_is_upserted_by_the_key_in_the_address_only(client: Client) -> None:
    path = f"{DATA}/sobjects/{PARTNER}/{KEY}/1-1"
    answer = client.call("PATCH", path, json=partner(1))
    assert error_of(answer) == (400, "INVALID_FIELD")
    assert client.call("PATCH", path, json={"Name": "あ"}).json()["created"] is True
    assert error_of(client.call("GET", f"{path}0")) == (404, "NOT_FOUND")


def test_a_key_that_matches_several_records_lists_them(client: Client) -> None:
    # given
    client.org.add_field(PARTNER, Field("Other__c", "他", length=80, external_id=True))
    outcomes = upsert(client.org, partner(1, Other__c="x"), partner(2, Other__c="x"))
    # when, then
    for method in ("GET", "PATCH"):
        answer = client.call(method, f"{DATA}/sobjects/{PARTNER}/Other__c/x", json={"Name": "あ"})
        assert answer.status_code == 300
        assert answer.json() == [f"{DATA}/sobjects/{PARTNER}/{outcome.id}" for outcome in outcomes]
