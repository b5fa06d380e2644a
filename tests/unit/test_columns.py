"""How a field is named in queries and writes, read from a record, and written."""

from __future__ import annotations

from typing import Any

import pytest

from builders import field
from freee_sync.columns import Column, column
from freee_sync.mapping import Lookup
from freee_sync.salesforce.sobject_collections import CollectionsUpsert, Outgoing
from freee_sync.strict_json import NULL, OBJECT, TEXT, MisshapenError

KEY = "1-34"


def lookup() -> Column:
    """A lookup at taxes."""
    pointing = field("Tax__c", "reference", reference_to=("FreeeTax__c",), relationship="Tax__r")
    return column(pointing, Lookup(object="FreeeTax__c", key="FreeeKey__c"))


def test_a_plain_field_stands_for_itself() -> None:
    plain = column(field("Code__c"), None)
    assert (plain.name, plain.member, plain.kinds) == ("Code__c", "Code__c", TEXT | NULL)
    assert plain.read({"Code__c": " A "}) == "A"


def test_a_lookup_goes_by_external_id() -> None:
    assert (lookup().name, lookup().member, lookup().kinds) == ("Tax__r.FreeeKey__c", "Tax__r", OBJECT | NULL)
    assert lookup().read({"Tax__r": {"attributes": {}, "FreeeKey__c": KEY}}) == KEY


def test_a_lookup_that_points_nowhere_is_empty() -> None:
    assert lookup().read({"Tax__r": None}) is None


def test_a_record_without_the_external_id_is_none_of_ours() -> None:
    assert lookup().read({"Tax__r": {"FreeeKey__c": None}}) is None


@pytest.mark.parametrize("pointed", [{}, {"FreeeKey__c": 34}, {"FreeeKey__c": ["1-34"]}])
def test_a_record_that_is_not_what_was_asked_for_is_refused_at_its_place(pointed: dict[str, Any]) -> None:
    with pytest.raises(MisshapenError, match=r"^Tax__r\.FreeeKey__c: "):
        lookup().read({"Tax__r": pointed})


class RecordingOrg:
    """An org that takes every row, and keeps what was sent."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []

    def call(self, method: str, path: str, *, body: Any) -> Any:
        """One success for each row."""
        self.records += body["records"]
        return [
            {"id": str(number), "success": True, "errors": [], "created": True}
            for number in range(len(body["records"]))
        ]


@pytest.mark.parametrize(
    ("name", "value", "body"),
    [
        ("Tax__r.FreeeKey__c", KEY, {"Tax__r": {"FreeeKey__c": KEY}}),
        ("Tax__r.FreeeKey__c", None, {"Tax__c": None}),
        ("Parent.FreeeKey__c", KEY, {"Parent": {"FreeeKey__c": KEY}}),
        ("Parent.FreeeKey__c", None, {"ParentId": None}),
    ],
)
def test_a_lookup_is_set_by_external_id_and_emptied_by_its_own_name(
    name: str, value: Any, body: dict[str, Any]
) -> None:
    # given
    org = RecordingOrg()
    upsert = CollectionsUpsert(org, "X__c", "FreeeKey__c")  # type: ignore[arg-type]  # a fake with the one method that is used
    # when
    upsert([Outgoing("1", {name: value})])
    # then
    assert org.records == [{"attributes": {"type": "X__c"}, "FreeeKey__c": "1", **body}]
