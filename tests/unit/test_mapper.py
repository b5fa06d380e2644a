"""freee row to Salesforce record."""

from __future__ import annotations

from typing import Any

import pytest

from builders import COMPANY, described, field, mapped, mapper, mapping, partner
from freee_sync.mapper import Mapper, RejectedRow
from freee_sync.masters import BY_NAME, MASTERS


def rejected(row: Any, position: int = 1) -> RejectedRow:
    used = mapper()
    result = used.row(row, used.master.scopes[0], position)
    assert isinstance(result, RejectedRow), result
    return result


def test_a_row_becomes_a_record_in_the_order_of_the_fields() -> None:
    used = mapper()
    row = mapped(partner(7, name=" 山田 ", code="A-1"), used)
    assert row.key == f"{COMPANY}-7"
    assert dict(zip(used.fields, row.values, strict=True)) == {
        "Name": "山田",
        "FullName__c": "山田",
        "Code__c": "A-1",
        "IsAvailable__c": True,
        "UpdateDate__c": "2026-11-01",
        "IsMissingInFreee__c": False,
    }


def test_an_absent_key_is_null() -> None:
    row = partner()
    del row["code"]
    assert mapped(row).values == mapped(partner(code=None)).values


def test_unknown_keys_of_freee_are_ignored() -> None:
    assert mapped(partner(brand_new="x")).values == mapped(partner()).values


def test_a_record_of_the_org_is_read_into_the_same_form() -> None:
    used = mapper()
    record = {
        "Name": "株式会社テスト101",
        "FullName__c": "株式会社テスト101",
        "Code__c": None,
        "IsAvailable__c": True,
        "UpdateDate__c": "2026-11-01",
        "IsMissingInFreee__c": False,
    }
    assert used.held(record) == mapped(partner(), used).values


@pytest.mark.parametrize("key", [None, "101", 1.5, True])
def test_a_row_without_a_usable_key_is_refused_by_its_position(key: object) -> None:
    row = rejected(partner(id=key), position=12)  # type: ignore[arg-type]  # the point of the test
    assert row.key == f"{COMPANY}-#12"
    assert row.reason.code == "row.no_key"
    assert "12" in row.reason.detail


@pytest.mark.parametrize("row", [None, [], "x", 3])
def test_a_row_that_is_no_object_is_refused(row: object) -> None:
    assert rejected(row, position=3).key == f"{COMPANY}-#3"


def test_a_wrong_type_is_refused_with_key_name_and_field() -> None:
    row = rejected(partner(9, code=5))
    assert (row.key, row.name) == (f"{COMPANY}-9", "株式会社テスト9")
    assert row.reason.code == "row.wrong_type"
    assert "Code__c" in row.reason.detail


def test_a_name_of_255_characters_is_cut_only_where_the_mapping_says_so() -> None:
    used = mapper()
    values = dict(zip(used.fields, mapped(partner(name="名" * 255), used).values, strict=True))
    assert values["Name"] == "名" * 80
    assert values["FullName__c"] == "名" * 255


def test_a_blank_in_a_required_field_is_refused() -> None:
    used = mapper(field("Code__c", nillable=False))
    result = used.row(partner(code=None), used.master.scopes[0], 1)
    assert isinstance(result, RejectedRow)
    assert result.reason.code == "row.required"


def test_nested_fields_are_found_and_absent_ones_are_null() -> None:
    rules = mapping(fields={"Code__c": "address_attributes.zipcode"})
    used = mapper(rules=rules)
    assert mapped(partner(address_attributes={"zipcode": "100-0001"}), used).values[0] == "100-0001"
    assert mapped(partner(), used).values[0] is None
    refused = used.row(partner(address_attributes="x"), used.master.scopes[0], 1)
    assert isinstance(refused, RejectedRow)


def test_segment_and_company_are_added_and_keys_of_segments_differ() -> None:
    rules = mapping(fields={"Code__c": "$segment", "FullName__c": "$company_id"}, missing=None)
    used = Mapper(BY_NAME["segment_tags"], rules, described(), COMPANY)
    second = used.row({"id": 4, "name": "x"}, used.master.scopes[1], 1)
    assert not isinstance(second, RejectedRow)
    assert second.key == f"{COMPANY}-2-4"
    assert second.values == ("2", str(COMPANY))


def test_tax_code_zero_is_a_key() -> None:
    used = Mapper(BY_NAME["taxes"], mapping(fields={"FullName__c": "name_ja"}), described(), COMPANY)
    row = used.row({"code": 0, "name_ja": "未選択"}, used.master.scopes[0], 1)
    assert row.key == f"{COMPANY}-0"


def test_private_values_are_shown_as_stars() -> None:
    used = mapper(rules=mapping(fields={"Code__c": {"from": "code", "private": True}, "FullName__c": "name"}))
    assert used.shown("Code__c", "secret") == "***"
    assert used.shown("FullName__c", "open") == "open"
    assert used.shown("Code__c", None) is None


def test_every_master_has_a_key_prefix_that_no_other_company_shares() -> None:
    for master in MASTERS:
        for scope in master.scopes:
            assert not master.key_prefix(12, scope).startswith(master.key_prefix(1, scope))


def test_rows_without_a_key_in_two_segments_are_two_rows() -> None:
    used = Mapper(BY_NAME["segment_tags"], mapping(fields={"FullName__c": "name"}), described(), COMPANY)
    keys = {used.row({"name": "x"}, scope, 1).key for scope in used.master.scopes}
    assert len(keys) == 3


@pytest.mark.parametrize("name", ["半分\ud83d", "\ud83dの", "空\0文字"])
def test_text_that_nothing_could_carry_is_refused_and_its_name_made_legible(name: str) -> None:
    row = rejected(partner(name=name))
    assert row.reason.code == "row.wrong_type"
    f"{row.name}{row.reason}".encode()
    assert "\0" not in f"{row.name}{row.reason}"


@pytest.mark.parametrize("value", [10**29, 2**53 + 1])
def test_a_number_that_the_field_cannot_hold_is_refused_not_changed(value: int) -> None:
    used = mapper(field("N__c", "double"), rules=mapping(fields={"N__c": "org_code"}))
    row = used.row(partner(org_code=value), used.master.scopes[0], 1)
    assert isinstance(row, RejectedRow)
    assert row.reason.code == "row.wrong_type"


def test_a_list_with_anything_but_text_in_it_is_refused() -> None:
    rules = mapping(fields={"FullName__c": {"from": "categories", "join": " > "}})
    used = Mapper(BY_NAME["account_items"], rules, described(), COMPANY)
    assert isinstance(used.row({"id": 1, "categories": [None, "資産"]}, used.master.scopes[0], 1), RejectedRow)


def test_a_name_that_never_ends_is_cut_in_reports() -> None:
    assert len(rejected(partner(name="長" * 50_000)).name) == 100


def test_one_private_field_keeps_salesforces_whole_message_back() -> None:
    used = mapper(rules=mapping(fields={"Code__c": {"from": "code", "private": True}, "FullName__c": "name"}))
    assert used.refusal("value 1 is bad", ["Code__c"]) == "Code__c"
    assert used.refusal("value 1 is bad", []) == "***"
    assert mapper().refusal("too long", ["Name"]) == "too long (Name)"


def test_a_row_of_the_org_is_known_by_the_field_that_holds_its_name() -> None:
    used = mapper(rules=mapping(fields={"Code__c": "code", "FullName__c": {"from": "name", "private": True}}))
    assert used.name_of(("A", "秘密 太郎", False)) == "***"
    assert mapper().name_of(mapped(partner(name="山田")).values) == "山田"


@pytest.mark.parametrize("value", [5550123, "5550123" * 40])
def test_a_private_value_that_is_refused_is_not_repeated(value: object) -> None:
    used = mapper(rules=mapping(fields={"Code__c": {"from": "code", "private": True}}))
    row = used.row(partner(code=value), used.master.scopes[0], 1)
    assert isinstance(row, RejectedRow)
    assert "5550123" not in f"{row.reason}{row.row_code}{row.name}"
    assert "Code__c" in row.reason.detail
