"""SOQL in the sandbox's Salesforce: what a query finds, in which order, and how it is refused."""

from __future__ import annotations

from typing import Any

import pytest

from salesforce_org import KEY, PARTNER, new_org, query, upsert
from sandbox.salesforce import Org
from sandbox.salesforce.errors import ApiError

ROWS: list[dict[str, Any]] = [
    {KEY: "1-1", "Name": "Aoki", "Code__c": "a1", "IsAvailable__c": True, "UpdateDate__c": "2026-11-01"},
    {KEY: "1-2", "Name": "BÉTA", "Code__c": "A_1", "UpdateDate__c": "2026-11-02"},
    {KEY: "1-10", "Name": "青木商店", "IsAvailable__c": True, "SyncChangedAt__c": "2026-11-24T04:45:48Z"},
    {KEY: "2-1", "Name": "O'Neill \\ 100%", "Code__c": "x", "UpdateDate__c": "2026-11-03"},
]


@pytest.fixture(scope="module")
def org() -> Org:
    """An org with four partners and three sections."""
    org = new_org()
    upsert(org, *ROWS)
    sections: list[dict[str, Any]] = [
        {KEY: f"1-{each}", "Name": f"部門{each}", "IndentCount__c": each} for each in range(3)
    ]
    upsert(org, *sections, object_name="FreeeSection__c")
    return org


def _keys(org: Org, rest: str, object_name: str = PARTNER) -> list[str]:
    return [record[KEY] for record in query(org, f"SELECT {KEY} FROM {object_name} {rest}")]  # noqa: S608 - SOQL, and ours


@pytest.mark.parametrize(
    ("where", "keys"),
    [
        ("Name = 'aoki'", ["1-1"]),
        ("Name = 'béta'", ["1-2"]),
        ("Name != 'aoki'", ["1-2", "1-10", "2-1"]),
        ("Name <> 'aoki'", ["1-2", "1-10", "2-1"]),
        ("Code__c = null", ["1-10"]),
        ("Code__c = ''", ["1-10"]),
        ("Code__c != null", ["1-1", "1-2", "2-1"]),
        ("Code__c != 'x'", ["1-1", "1-2", "1-10"]),
        ("Name = 'O\\'Neill \\\\ 100%'", ["2-1"]),
        ("FreeeKey__c IN ('1-1', '2-1', '9-9')", ["1-1", "2-1"]),
        ("FreeeKey__c NOT IN ('1-1', '2-1')", ["1-2", "1-10"]),
        ("Code__c IN ('A1', null)", ["1-1", "1-10"]),
        ("FreeeKey__c LIKE '1-1%'", ["1-1", "1-10"]),
        ("Name LIKE '青%'", ["1-10"]),
        ("Name LIKE '%OKI'", ["1-1"]),
        ("Code__c LIKE 'a_'", ["1-1"]),
        ("Code__c LIKE 'a\\_%'", ["1-2"]),
        ("Name LIKE '%100\\%'", ["2-1"]),
        ("NOT Name LIKE 'a%'", ["1-2", "1-10", "2-1"]),
        ("(NOT Name LIKE 'a%') AND IsAvailable__c = true", ["1-10"]),
        ("IsAvailable__c = FALSE", ["1-2", "2-1"]),
        ("UpdateDate__c >= 2026-11-02", ["1-2", "2-1"]),
        ("UpdateDate__c > 2026-11-02", ["2-1"]),
        ("UpdateDate__c < 2026-11-02", ["1-1"]),
        ("UpdateDate__c = 2026-11-02", ["1-2"]),
        ("SyncChangedAt__c <= 2026-11-24T13:45:48+09:00", ["1-10"]),
        ("SyncChangedAt__c > 2026-11-24T04:45:48Z", []),
        ("IsAvailable__c = true AND (Code__c = 'a1' OR Name LIKE '青%')", ["1-1", "1-10"]),
        ("FreeeKey__c > '1-10'", ["1-2", "2-1"]),
    ],
)
def test_a_condition_finds_its_rows(org: Org, where: str, keys: list[str]) -> None:
    assert _keys(org, f"WHERE {where}") == keys


def test_numbers_are_compared_as_numbers(org: Org) -> None:
    assert _keys(org, "WHERE IndentCount__c >= 1 AND IndentCount__c < 2.0", "FreeeSection__c") == ["1-1"]


def test_a_key_that_tells_upper_from_lower_case_is_compared_so() -> None:
    org = new_org()
    upsert(org, {KEY: "1-a", "Name": "あ"}, {KEY: "1-A", "Name": "い"})
    assert _keys(org, f"WHERE {KEY} = '1-A'") == ["1-A"]
    assert _keys(org, f"WHERE {KEY} LIKE '1-a%'") == ["1-a"]


@pytest.mark.parametrize(
    ("rest", "keys"),
    [
        ("ORDER BY FreeeKey__c", ["1-1", "1-10", "1-2", "2-1"]),
        ("ORDER BY FreeeKey__c DESC", ["2-1", "1-2", "1-10", "1-1"]),
        ("ORDER BY UpdateDate__c", ["1-10", "1-1", "1-2", "2-1"]),
        ("ORDER BY UpdateDate__c ASC NULLS LAST", ["1-1", "1-2", "2-1", "1-10"]),
        ("ORDER BY UpdateDate__c DESC NULLS FIRST", ["1-10", "2-1", "1-2", "1-1"]),
        ("ORDER BY UpdateDate__c DESC NULLS LAST", ["2-1", "1-2", "1-1", "1-10"]),
        ("ORDER BY IsAvailable__c, Name DESC", ["2-1", "1-2", "1-10", "1-1"]),
        ("ORDER BY FreeeKey__c LIMIT 2", ["1-1", "1-10"]),
        ("ORDER BY FreeeKey__c LIMIT 2 OFFSET 1", ["1-10", "1-2"]),
    ],
)
def test_rows_come_in_the_order_asked_for(org: Org, rest: str, keys: list[str]) -> None:
    assert _keys(org, rest) == keys


def test_a_query_reads_names_and_words_in_any_case(org: Org) -> None:
    assert query(org, "select NAME, code__C from freeepartner__c where freeekey__c = '1-1' limit 1") == [
        {"Name": "Aoki", "Code__c": "a1"}
    ]


def test_a_query_counts(org: Org) -> None:
    assert query(org, "SELECT COUNT() FROM FreeePartner__c WHERE FreeeKey__c LIKE '1-%'") == [{"count": 3}]


def test_a_row_is_found_by_either_form_of_its_id(org: Org) -> None:
    identity = query(org, "SELECT Id FROM FreeePartner__c WHERE FreeeKey__c = '1-1'")[0]["Id"]
    for form in (identity, identity[:15]):
        assert _keys(org, f"WHERE Id = '{form}'") == ["1-1"]


@pytest.mark.parametrize(
    ("soql", "code", "message"),
    [
        ("SELECT FROM Account", "MALFORMED_QUERY", "Row:1:Column:8\nunexpected token: 'FROM'"),
        ("SELECT Id FROM", "MALFORMED_QUERY", "Row:1:Column:15\nunexpected token: '<EOF>'"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Account WHERE Name = Foo", "MALFORMED_QUERY", "Row:1:Column:37\nunexpected token: 'Foo'"),
        ("SELECT Id FROM Account WHERE Name = 'a", "MALFORMED_QUERY", "unexpected token: "),
        ("SELECT Id FROM Account WHERE Name 'a'", "MALFORMED_QUERY", "unexpected token: ''a''"),
        ("SELECT Id FROM Account WHERE (Name = 'a'", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Account LIMIT x", "MALFORMED_QUERY", "unexpected token: 'x'"),
        ("SELECT Id FROM Account LIMIT 1 WHERE Name = 'a'", "MALFORMED_QUERY", "unexpected token: 'WHERE'"),
        ("SELECT Id FROM Account WHERE Name='a' AND Name='b' OR Name='c'", "MALFORMED_QUERY", "unexpected token: 'OR'"),
        ("DELETE FROM Account", "MALFORMED_QUERY", "unexpected token: 'DELETE'"),
        ("SELECT Id, Foo__c FROM Account", "INVALID_FIELD", "No such column 'Foo__c' on entity 'Account'."),
        ("SELECT Id FROM Account WHERE Foo__c = 'a'", "INVALID_FIELD", "No such column 'Foo__c' on entity 'Account'."),
        ("SELECT Id FROM Account ORDER BY Foo__c", "INVALID_FIELD", "No such column 'Foo__c' on entity 'Account'."),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD", "must be of type string and should be enclosed"),
        ("SELECT Id FROM Account WHERE IsDeleted = 'x'", "INVALID_FIELD", "of type boolean and should not be enclosed"),
        ("SELECT Id FROM Account WHERE CreatedDate > 2026-11-24", "INVALID_FIELD", "must be of type datetime"),
        ("SELECT Id FROM Account WHERE IsDeleted > true", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator"),
        ("SELECT Id FROM Account WHERE CreatedDate LIKE '2%'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator"),
        ("SELECT Id FROM Foo__c", "INVALID_TYPE", "sObject type 'Foo__c' is not supported."),
    ],
)
def test_a_query_that_cannot_run_is_refused_with_its_reason(org: Org, soql: str, code: str, message: str) -> None:
    with pytest.raises(ApiError) as refused:
        query(org, soql)
    assert (refused.value.status, refused.value.code) == (400, code)
    assert message in refused.value.message


def test_a_refusal_points_at_the_place(org: Org) -> None:
    with pytest.raises(ApiError) as refused:
        query(org, "SELECT Foo__c FROM Account")
    assert refused.value.message.startswith(
        "\nSELECT Foo__c FROM Account\n       ^\nERROR at Row:1:Column:8\nNo such column 'Foo__c'"
    )


def test_what_the_user_does_not_see_cannot_be_asked_for() -> None:
    # given
    org = new_org()
    org.integration.access.hide(f"{PARTNER}.Code__c")
    org.integration.access.hide("FreeeItem__c")
    # when, then
    with pytest.raises(ApiError, match="No such column 'Code__c'"):
        query(org, "SELECT Id FROM FreeePartner__c WHERE Code__c = 'a'")
    with pytest.raises(ApiError, match="sObject type 'FreeeItem__c' is not supported"):
        query(org, "SELECT Id FROM FreeeItem__c")
