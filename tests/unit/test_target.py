"""Does the org's object fit the mapping."""

from __future__ import annotations

import pytest

from builders import described, field, mapping
from freee_sync.errors import Stop
from freee_sync.fields import SalesforceField
from freee_sync.masters import BY_NAME
from freee_sync.target import check_target


def refusal(fields: dict[str, SalesforceField]) -> str:
    with pytest.raises(Stop) as refused:
        check_target(BY_NAME["partners"], mapping(), fields)
    assert refused.value.code == "salesforce.field"
    return refused.value.detail


def test_an_object_that_fits_passes() -> None:
    check_target(BY_NAME["partners"], mapping(), described())


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        (described(without=["Code__c"]), ["FreeePartner__c", "partners", "Code__c"]),
        (described(field("Code__c", updateable=False)), ["Code__c", "書き込めません"]),
        (described(field("UpdateDate__c", "double")), ["UpdateDate__c", "double", "update_date", "date"]),
        (described(field("FreeeKey__c", length=80, external_id=True)), ["FreeeKey__c", "ユニーク"]),
        (described(field("FreeeKey__c", length=80, unique=True)), ["FreeeKey__c", "外部ID"]),
        (described(field("FreeeKey__c", length=20, external_id=True, unique=True)), ["FreeeKey__c", "40"]),
        (described(field("IsMissingInFreee__c", "string")), ["IsMissingInFreee__c", "boolean"]),
        (described(field("SyncChangedAt__c", "date")), ["SyncChangedAt__c", "datetime"]),
        (described(field("Rank__c", nillable=False)), ["Rank__c", "必須"]),
    ],
)
def test_what_does_not_fit_is_named(fields: dict[str, SalesforceField], named: list[str]) -> None:
    detail = refusal(fields)
    for part in named:
        assert part in detail


def test_all_that_does_not_fit_is_named_at_once() -> None:
    detail = refusal(described(without=["Code__c", "FullName__c"]))
    assert "Code__c" in detail
    assert "FullName__c" in detail


def test_a_misspelt_field_gets_a_suggestion() -> None:
    assert "'Kode__c'の誤りではありませんか" in refusal(described(field("Kode__c"), without=["Code__c"]))


OF = mapping(fields={"Of__c": {"from": "id", "lookup": "FreeeTax__c.FreeeKey__c"}})


def test_a_lookup_at_the_object_that_is_meant_fits() -> None:
    lookup = field("Of__c", "reference", reference_to=("FreeeTax__c",), relationship="Of__r")
    check_target(BY_NAME["partners"], OF, described(lookup))


@pytest.mark.parametrize(
    "wrong", [field("Of__c"), field("Of__c", "reference", reference_to=("Account",), relationship="Of__r")]
)
def test_a_lookup_at_another_object_or_no_lookup_is_named(wrong: SalesforceField) -> None:
    with pytest.raises(Stop, match=r"Of__c.*FreeeTax__cへの参照項目ではありません"):
        check_target(BY_NAME["partners"], OF, described(wrong))
