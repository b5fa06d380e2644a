"""What the sandbox's org makes of a row that is saved: Salesforce's rules, with Salesforce's codes."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from salesforce_org import KEY, METADATA, PARTNER, later, new_org, partner, upsert
from sandbox.clock import Clock
from sandbox.salesforce import Field, Org
from sandbox.salesforce.automation import FieldFlow, FieldRule
from sandbox.salesforce.errors import ApiError, Refusal
from sandbox.salesforce.saving import Outcome
from sandbox.salesforce.tables import long_id

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def org() -> Org:
    """An empty org."""
    return new_org()


def _codes(outcomes: list[Outcome]) -> list[tuple[str, ...]]:
    return [tuple(error.code for error in outcome.errors) for outcome in outcomes]


def test_a_new_key_is_created_and_a_known_one_updated(org: Org) -> None:
    # given
    (created,) = upsert(org, partner(1, Code__c="A"))
    # when
    again, new = upsert(org, partner(1, Shortcut1__c="ほ"), partner(2))
    # then
    assert (created.created, again.created, new.created) == (True, False, True)
    assert again.id == created.id != new.id
    row = org.find(PARTNER, KEY, "1-1")
    assert row is not None
    assert (row["Code__c"], row["Shortcut1__c"]) == ("A", "ほ"), "what is not sent stays"


def test_a_null_clears_a_field(org: Org) -> None:
    upsert(org, partner(1, Code__c="A", IsAvailable__c=True))
    upsert(org, partner(1, Code__c=None, IsAvailable__c=None))
    row = org.find(PARTNER, KEY, "1-1")
    assert row is not None
    assert (row["Code__c"], row["IsAvailable__c"]) == (None, False)


def test_a_new_row_has_an_id_of_18_characters_and_its_stamps(org: Org) -> None:
    (created,) = upsert(org, partner())
    (row,) = org.rows(PARTNER)
    assert row["Id"] == created.id
    assert len(str(created.id)) == 18
    assert row["CreatedDate"] == row["LastModifiedDate"] == row["SystemModstamp"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000", str(row["CreatedDate"]))


def test_last_modified_moves_with_every_write_and_with_nothing_else(org: Org) -> None:
    # given
    upsert(org, partner(1), partner(2))
    before = {row[KEY]: row["LastModifiedDate"] for row in org.rows(PARTNER)}
    # when
    later(org, hours=1)
    upsert(org, partner(1))
    # then
    after = {row[KEY]: row["LastModifiedDate"] for row in org.rows(PARTNER)}
    assert after["1-1"] > before["1-1"]  # type: ignore[operator]  # a date/time in text
    assert after["1-2"] == before["1-2"]


def test_field_names_are_read_in_any_case(org: Org) -> None:
    upsert(org, {"freeekey__C": "1-1", "NAME": "あ"})
    assert org.rows(PARTNER)[0]["Name"] == "あ"


def test_keys_that_differ_only_in_case_are_two_rows(org: Org) -> None:
    outcomes = upsert(org, {KEY: "1-a", "Name": "あ"}, {KEY: "1-A", "Name": "い"})
    assert [outcome.created for outcome in outcomes] == [True, True]


def test_a_blank_name_of_a_custom_object_becomes_the_record_id(org: Org) -> None:
    (created,) = upsert(org, {KEY: "1-1", "Name": " "})
    assert org.rows(PARTNER)[0]["Name"] == created.id


@pytest.mark.parametrize("name", [None, " "])
def test_a_required_field_refuses_a_row_without_it(org: Org, name: str | None) -> None:
    with pytest.raises(Refusal, match=r"REQUIRED_FIELD_MISSING: Required fields are missing: \[Name\]"):
        org.create("Account", Name=name)


def test_all_the_fields_of_a_row_that_do_not_fit_are_named(org: Org) -> None:
    (outcome,) = upsert(org, partner(1, Name="あ" * 81, DefaultTitle__c="い" * 81))
    assert [(error.code, error.fields) for error in outcome.errors] == [
        ("STRING_TOO_LONG", ("Name",)),
        ("STRING_TOO_LONG", ("DefaultTitle__c",)),
    ]
    assert org.rows(PARTNER) == []


@pytest.mark.parametrize("key", [None, "", "  "])
def test_a_row_without_its_key_is_refused(org: Org, key: str | None) -> None:
    (outcome,) = upsert(org, {KEY: key, "Name": "あ"})
    (error,) = outcome.errors
    assert (error.code, error.message) == ("MISSING_ARGUMENT", "FreeeKey__c not specified")


def test_a_key_twice_in_one_call_refuses_every_row_that_has_it(org: Org) -> None:
    outcomes = upsert(org, partner(1), partner(2), {KEY: " 1-1 ", "Name": "あ"})
    assert _codes(outcomes) == [("DUPLICATE_VALUE",), (), ("DUPLICATE_VALUE",)]
    assert outcomes[0].errors[0].message == "Duplicate external id specified: 1-1"
    assert [row[KEY] for row in org.rows(PARTNER)] == ["1-2"]


def test_a_unique_field_refuses_a_second_holder_by_its_own_rule_about_case(org: Org) -> None:
    # given
    org.add_field(PARTNER, Field("Mail__c", "メール", length=80, unique=True))
    (first,) = upsert(org, partner(1, Mail__c="a@example.com"))
    # when
    outcomes = upsert(org, partner(2, Mail__c="A@example.com"), partner(1, Mail__c="A@example.com"))
    # then
    assert _codes(outcomes) == [("DUPLICATE_VALUE",), ()]
    assert (
        outcomes[0].errors[0].message
        == f"duplicate value found: Mail__c duplicates value on record with id: {first.id}"
    )


def test_an_external_id_that_is_not_unique_can_match_several_rows(org: Org) -> None:
    # given
    org.add_field(PARTNER, Field("Other__c", "他", length=80, external_id=True))
    upsert(org, partner(1, Other__c="x"), partner(2, Other__c="X"))
    saving = org.saving(org.integration, PARTNER)
    # when, then
    with pytest.raises(Refusal, match="DUPLICATE_EXTERNAL_ID"):
        saving.upsert(saving.external_id("Other__c"), {"Other__c": "x", "Name": "あ"})


def test_a_field_added_later_is_looked_up_in_rows_that_were_there(org: Org) -> None:
    upsert(org, partner(1, Code__c="A"))
    org.add_field(PARTNER, Field("Code__c", "取引先コード", length=255, external_id=True))
    assert len(org.tables[PARTNER].ids("Code__c", "a")) == 1


def test_an_unknown_column_refuses_the_whole_call(org: Org) -> None:
    with pytest.raises(ApiError) as refused:
        upsert(org, partner(1), partner(2, Nobody__c="x"))
    assert (refused.value.status, refused.value.code) == (400, "INVALID_FIELD")
    assert refused.value.message == "No such column 'Nobody__c' on sobject of type FreeePartner__c"
    assert org.rows(PARTNER) == []


def test_a_hidden_field_is_no_column(org: Org) -> None:
    org.integration.access.hide(f"{PARTNER}.Code__c")
    with pytest.raises(ApiError, match="No such column 'Code__c'"):
        upsert(org, partner(1, Code__c="A"))


def test_a_hidden_object_does_not_exist(org: Org) -> None:
    org.integration.access.hide(PARTNER)
    with pytest.raises(ApiError, match="404 NOT_FOUND"):
        upsert(org, partner(1))


def test_a_deployed_field_that_the_permission_set_does_not_name_is_no_column(tmp_path: Path) -> None:
    # given
    shutil.copytree(METADATA, tmp_path / "salesforce")
    (file,) = (tmp_path / "salesforce").rglob("FreeeMasterSync.permissionset-meta.xml")
    named, other = f"<field>{PARTNER}.Code__c</field>", f"<field>{PARTNER}.Gone__c</field>"
    file.write_text(file.read_text(encoding="utf-8").replace(named, other), encoding="utf-8")
    org = Org(tmp_path / "salesforce", Clock())
    # when, then
    with pytest.raises(ApiError, match="No such column 'Code__c'"):
        upsert(org, partner(1, Code__c="A"))


def test_a_field_that_a_test_adds_is_open_to_everyone(org: Org) -> None:
    org.add_field(PARTNER, Field("New__c", "新", length=10))
    upsert(org, partner(1, New__c="x"))
    assert org.rows(PARTNER)[0]["New__c"] == "x"


def test_a_locked_field_refuses_the_row_and_names_it(org: Org) -> None:
    org.integration.access.lock(f"{PARTNER}.Code__c")
    outcomes = upsert(org, partner(1, Code__c="A"), partner(2))
    assert _codes(outcomes) == [("INVALID_FIELD_FOR_INSERT_UPDATE",), ()]
    assert outcomes[0].errors[0].fields == ("Code__c",)


def test_a_locked_object_refuses_every_row(org: Org) -> None:
    org.integration.access.lock(PARTNER)
    assert _codes(upsert(org, partner(1))) == [("INSUFFICIENT_ACCESS_OR_READONLY",)]
    org.integration.access.grant(PARTNER)
    assert _codes(upsert(org, partner(1))) == [()]


def test_what_salesforce_keeps_itself_cannot_be_written(org: Org) -> None:
    assert _codes(upsert(org, partner(1, LastModifiedDate="2026-11-24T00:00:00Z"))) == [
        ("INVALID_FIELD_FOR_INSERT_UPDATE",)
    ]


def test_the_integration_user_may_not_delete(org: Org) -> None:
    (created,) = upsert(org, partner(1))
    with pytest.raises(Refusal, match="INSUFFICIENT_ACCESS_OR_READONLY"):
        org.saving(org.integration, PARTNER).delete(str(created.id))


def test_a_hand_edit_and_a_deletion_by_the_admin(org: Org) -> None:
    # given
    (first, second) = upsert(org, partner(1), partner(2))
    # when
    org.edit(PARTNER, str(first.id), Name="手で直した名前")
    org.delete(PARTNER, str(second.id))
    # then
    assert [row["Name"] for row in org.rows(PARTNER)] == ["手で直した名前"]
    (again,) = upsert(org, partner(2))
    assert again.created
    assert again.id != second.id
    with pytest.raises(Refusal, match="ENTITY_IS_DELETED"):
        org.edit(PARTNER, str(second.id), Name="x")


def test_a_validation_rule_refuses_a_row_with_its_message(org: Org) -> None:
    # given
    org.validation_rules[f"{PARTNER}.no_tests"] = FieldRule("Name", "テスト用の名前は使えません。", contains="テスト")
    org.validation_rules["FreeeItem__c"] = lambda _: "別のオブジェクト"
    # when
    outcomes = upsert(org, partner(1, Name="テスト商事"), partner(2))
    # then
    assert _codes(outcomes) == [("FIELD_CUSTOM_VALIDATION_EXCEPTION",), ()]
    assert outcomes[0].errors[0].message == "テスト用の名前は使えません。"


def test_every_rule_that_is_broken_is_told(org: Org) -> None:
    org.validation_rules[f"{PARTNER}.one"] = lambda row: "一" if "Code__c" not in row else None
    org.validation_rules[f"{PARTNER}.two"] = FieldRule("IsAvailable__c", "二", equals=False)
    assert [error.message for error in upsert(org, partner(1))[0].errors] == ["一", "二"]
    assert upsert(org, partner(1, Code__c="A", IsAvailable__c=True))[0].errors == ()


def test_a_flow_changes_what_is_saved(org: Org) -> None:
    # given
    org.flows[f"{PARTNER}.full_width"] = FieldFlow("Name", "株式会社", find="(株)")
    org.flows[PARTNER] = lambda row: {"Code__c": f" {row['Name']}! "}
    org.flows["FreeeItem__c"] = lambda _: {"Name": "別のオブジェクト"}
    # when
    upsert(org, partner(1, Name="(株)あ", Code__c="A"))
    # then
    row = org.rows(PARTNER)[0]
    assert (row["Name"], row["Code__c"]) == ("株式会社あ", "株式会社あ!")


def test_all_or_none_undoes_the_good_rows_of_a_call_with_a_bad_one(org: Org) -> None:
    # given
    upsert(org, partner(1, Code__c="A"))
    # when
    outcomes = upsert(org, partner(1, Code__c="B"), partner(2), partner(3, Name="あ" * 81), all_or_none=True)
    # then
    rolled_back = ("ALL_OR_NONE_OPERATION_ROLLED_BACK",)
    assert _codes(outcomes) == [rolled_back, rolled_back, ("STRING_TOO_LONG",)]
    assert [(row[KEY], row["Code__c"]) for row in org.rows(PARTNER)] == [("1-1", "A")]
    assert _codes(upsert(org, partner(1), partner(2), all_or_none=True)) == [(), ()]


def test_only_an_external_id_can_be_upserted_by(org: Org) -> None:
    saving = org.saving(org.integration, PARTNER)
    for name in ("Code__c", "Nobody__c"):
        with pytest.raises(ApiError, match=f"404 NOT_FOUND: Provided external ID field .* not accessible: {name}"):
            saving.external_id(name)


@pytest.mark.parametrize(
    ("short", "check"),
    [
        ("a00000000000000", "AAA"),
        ("A00000000000000", "BAA"),
        ("00000A00000A000", "ABC"),
        ("ABCDEABCDEABCDE", "555"),
    ],
)
def test_an_id_of_18_characters_tells_which_of_its_first_15_are_capitals(short: str, check: str) -> None:
    # each group of five gives one character: bit n is set if letter n is a capital, counted A to Z, then 0 to 5
    assert long_id(short) == short + check
    assert long_id(short + check) == short + check
