"""Salesforce's answers: whole and of the right types, or not trusted at all."""

from __future__ import annotations

from typing import Any

import pytest

from builders import mapper
from freee_sync.errors import Retry
from freee_sync.fields import SalesforceField
from freee_sync.ledger import KeyTwiceError, Ledger
from freee_sync.salesforce.answers import QueryReading, read_describe, read_results
from freee_sync.salesforce.rows import HeldRows
from freee_sync.strict_json import FLAG, NULL, TEXT, MisshapenError

COLUMNS = {"Key__c": TEXT, "Flag__c": FLAG | NULL}
MORE = "/services/data/v62.0/query/0r8xx0000000001AAA-200"

FIELD: dict[str, Any] = {
    "name": "Code__c",
    "type": "string",
    "length": 80,
    "scale": 0,
    **dict.fromkeys(("nillable", "createable", "updateable"), True),
    **dict.fromkeys(("externalId", "unique", "defaultedOnCreate"), False),
    "referenceTo": [],
    "relationshipName": None,
}


def record(key: str = "1-1", flag: Any = True) -> dict[str, Any]:
    """A record of a query."""
    return {"attributes": {"type": "X__c"}, "Key__c": key, "Flag__c": flag}


def page(*records: Any, total: Any = None, more: Any = None) -> dict[str, Any]:
    """A page of a query: the last one, unless it tells of more."""
    told = {"totalSize": len(records) if total is None else total, "done": more is None, "records": list(records)}
    return told if more is None else told | {"nextRecordsUrl": more}


def refused(*answers: Any) -> str:
    """What is said of the last answer of a query; those before it are fine."""
    reading = QueryReading(COLUMNS)
    for answer in answers[:-1]:
        reading.take(answer)
    with pytest.raises(MisshapenError) as flaw:
        reading.take(answers[-1])
    return str(flaw.value)


def test_a_query_of_two_pages_is_read_to_its_end() -> None:
    reading = QueryReading(COLUMNS)
    assert reading.take(page(record("1-1"), total=2, more=MORE)) == [record("1-1")]
    assert reading.next == MORE
    assert reading.take(page(record("1-2", None), total=2)) == [record("1-2", None)]
    assert reading.next is None


@pytest.mark.parametrize(
    ("answer", "place"),
    [
        ([], "応答"),
        ({}, "totalSize"),
        (page() | {"done": "true"}, "done"),
        (page() | {"records": None}, "records"),
        (page(record(), 5), "records[1]"),
        (page(record(), record() | {"Key__c": None}), "records[1].Key__c"),
        (page(record(flag="false")), "records[0].Flag__c"),
        (page({"Key__c": "1-1"}), "records[0].Flag__c"),
        (page(record(), total=2), "totalSize"),
        (page(record(), total=0), "totalSize"),
        (page(record(), total=3) | {"done": False}, "nextRecordsUrl"),
        (page(record(), total=3, more="https://elsewhere.example/query/1"), "nextRecordsUrl"),
        (page(record(), total=3, more="//elsewhere.example/services/data/v62.0/query/1"), "nextRecordsUrl"),
        (page(record(), total=3, more="/services/data/v62.0/query/../sobjects"), "nextRecordsUrl"),
        (page(total=3, more=MORE), "nextRecordsUrl"),
        (page(record(), total=1, more=MORE), "nextRecordsUrl"),
    ],
)
def test_a_page_that_is_not_whole_is_refused_at_its_place(answer: Any, place: str) -> None:
    assert refused(answer).startswith(f"{place}: ")


def test_a_page_that_names_one_that_was_asked_for_before_is_the_end_of_asking() -> None:
    again = page(record(), total=9, more=MORE)
    assert refused(again, again).startswith("nextRecordsUrl: ")


def test_rows_missing_from_any_page_are_noticed_at_the_last() -> None:
    assert refused(page(record("1-1"), total=3, more=MORE), page(record("1-3"), total=3)).startswith("totalSize: ")


def test_a_describe_gives_the_fields_by_name() -> None:
    assert read_describe({"fields": [FIELD]}) == {"Code__c": SalesforceField("Code__c", "string", 80)}


@pytest.mark.parametrize("length", ["80", 80.0, True, None])
def test_a_length_that_is_no_whole_number_is_refused(length: Any) -> None:
    with pytest.raises(MisshapenError, match=r"^fields\[1\]\.length: "):
        read_describe({"fields": [FIELD | {"name": "A__c"}, FIELD | {"length": length}]})


def test_a_field_that_is_described_twice_is_refused() -> None:
    with pytest.raises(MisshapenError, match=r"^fields\[1\]\.name: "):
        read_describe({"fields": [FIELD, FIELD]})


def test_a_result_that_was_recorded_is_read() -> None:
    """As CumulusCI recorded it from a real org."""
    written = {"id": "0035500001H9kZuAAJ", "success": True, "errors": [], "created": True}
    duplicate = {"statusCode": "DUPLICATE_VALUE", "message": "Duplicate external id specified: x", "fields": ["Email"]}
    refused_row = {"success": False, "errors": [duplicate]}
    assert read_results([written, refused_row], 2) == [written, refused_row]


class OneAnswer:
    """An org whose queries find these records, whatever is asked."""

    def __init__(self, *records: dict[str, Any]) -> None:
        self._records = records

    def pages(self, soql: str, columns: Any) -> Any:
        """The records, in one page."""
        return iter([QueryReading(columns).take(page(*self._records))])

    def query(self, soql: str, columns: Any) -> Any:
        """The records."""
        return iter(*self.pages(soql, columns))


@pytest.mark.parametrize("keys", [("1-1", "1-1"), ("1-1", "2-1"), ("1-1", "")])
def test_a_key_that_comes_twice_or_was_not_asked_for_is_another_rows(keys: tuple[str, ...]) -> None:
    used = mapper()
    empty = dict.fromkeys(used.fields)
    org = OneAnswer(*({"FreeeKey__c": key, **empty} for key in keys))
    with pytest.raises((Retry, KeyTwiceError)):
        Ledger().hold((key, 1, False) for page in HeldRows(org, used).by_prefix("1-") for key, _ in page)  # type: ignore[arg-type]  # a fake with what is used
    with pytest.raises(Retry, match=r"salesforce\.bad_answer"):
        HeldRows(org, used).by_keys(["1-1"])  # type: ignore[arg-type]  # same
