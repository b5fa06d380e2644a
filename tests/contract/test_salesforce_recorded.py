"""The sandbox's Salesforce against answers that CumulusCI recorded from a real org, when they lie beside the clone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from salesforce_client import Client, OrgServer
from salesforce_org import PARTNER
from sandbox.salesforce import Field
from sandbox.salesforce.model import ObjectType
from sandbox.salesforce.standard import SYSTEM_FIELDS
from sandbox.salesforce.tables import Table, long_id

RECORDED = Path(__file__).parents[2].parent / "shared" / "recorded" / "salesforce"
CASSETTES = sorted(path.name for path in RECORDED.glob("TestUpsert.*.yaml"))

pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded answers are not beside the clone")

CONTACT = ObjectType(
    name="Contact",
    label="取引先責任者",
    plural="取引先責任者",
    key_prefix="003",
    fields=(
        *SYSTEM_FIELDS,
        Field("FirstName", "名", length=40),
        Field("LastName", "姓", length=80, required=True),
        Field("Email", "メール", "email", length=80, external_id=True),
    ),
)

OWN_TO_THE_RECORDED_FIELD = {
    "label": "its language",
    "name": "its name",
    "byteLength": "depends on the org's encoding",
    "nameField": "the recorded custom field claims to be one",
    "idLookup": "same",
}


@pytest.fixture
def client() -> Iterator[Client]:
    """A client of an org that has contacts too."""
    with OrgServer() as server:
        client = server.client()
        client.org.tables["Contact"] = Table(CONTACT)
        yield client


@pytest.mark.parametrize("cassette", CASSETTES)
def test_a_recorded_conversation_gets_answers_of_the_same_shape(client: Client, cassette: str) -> None:
    for number, interaction in enumerate(_interactions(cassette)):
        # given
        request, recorded = interaction["request"], interaction["response"]
        path = request["uri"].partition(".com")[2].replace("vxx.0", "v62.0")
        # when
        body = None if request["body"] is None else json.loads(request["body"])
        answer = client.call(request["method"], path, json=body, admin=True)
        # then
        place = f"{cassette} {number}: {request['method']} {path}"
        assert answer.status_code == recorded["status"]["code"], place
        assert answer.headers["Content-Type"] == recorded["headers"]["Content-Type"][0], place
        assert _shape(answer.json()) == _shape(json.loads(recorded["body"]["string"])), place


def test_a_describe_has_the_keys_of_a_recorded_one(client: Client) -> None:
    ours = client.call("GET", f"/services/data/v62.0/sobjects/{PARTNER}/describe").json()
    recorded = _recorded_describe()
    assert ours.keys() == recorded.keys()
    for field in ours["fields"]:
        assert field.keys() == recorded["fields"][0].keys(), field["name"]


@pytest.mark.parametrize(("name", "recorded_name"), [("Id", "Id"), ("Name", "Name")])
def test_a_standard_field_is_described_as_recorded(client: Client, name: str, recorded_name: str) -> None:
    described = client.call("GET", f"/services/data/v62.0/sobjects/{PARTNER}/describe").json()
    (ours,) = (field for field in described["fields"] if field["name"] == name)
    (recorded,) = (field for field in _recorded_describe()["fields"] if field["name"] == recorded_name)
    differing = {key for key in recorded if ours[key] != recorded[key]}
    assert differing <= OWN_TO_THE_RECORDED_FIELD.keys()


def test_an_object_that_is_not_there_is_refused_as_recorded(client: Client) -> None:
    # given
    recorded = yaml.safe_load((RECORDED / "TestCompositeParallelSalesforce.test_errors.yaml").read_text())
    composite = json.loads(recorded["interactions"][0]["response"]["body"]["string"])["compositeResponse"][0]
    # when
    answer = client.call("GET", "/services/data/v62.0/sobjects/Foo")
    # then
    assert (answer.status_code, answer.json()) == (composite["httpStatusCode"], composite["body"])


def test_the_check_of_a_record_id_agrees_with_every_recorded_one() -> None:
    # given
    text = "".join((RECORDED / cassette).read_text(encoding="utf-8") for cassette in CASSETTES)
    ids = set(re.findall(r"\b00[136]55[0-9A-Za-z]{10}A[0-9A-Z]{2}\b", text))
    # then
    assert len(ids) > 10
    assert {long_id(each[:15]) for each in ids} == ids


def _interactions(cassette: str) -> Iterator[dict[str, Any]]:
    """Those interactions of a cassette that the sandbox serves: not the ones kept in other files, nor what it does not know."""
    for interaction in yaml.safe_load((RECORDED / cassette).read_text(encoding="utf-8"))["interactions"]:
        asked = str(interaction.get("request", "include_file"))
        if not any(word in asked for word in ("include_file", "recordCount", "Opportunit")):
            yield interaction


def _recorded_describe() -> dict[str, Any]:
    recorded = yaml.safe_load((RECORDED / "GET_sobjects_Custom__c_describe.yaml").read_text(encoding="utf-8"))
    describe: dict[str, Any] = json.loads(recorded["response"]["body"]["string"])
    return describe


def _shape(value: Any) -> Any:
    """A JSON value with `str` in place of each text; keys, flags, numbers and the length of a list count."""
    if isinstance(value, dict):
        return {key: _shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_shape(inner) for inner in value]
    return str if isinstance(value, str) else value
