"""The shipped Salesforce objects: complete, and in step with mapping.yaml and the permission sets."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from lxml import etree

from freee_sync.masters import BY_NAME
from salesforce_org import ROOT
from salesforce_package import NAMESPACE, SOURCE, read
from sandbox.salesforce.metadata import read_objects

OBJECTS = {each.name: each for each in read_objects(SOURCE)}
MAPPING: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "include" / "mapping.yaml").read_text(encoding="utf-8"))
del MAPPING["push"]  # no master: see test_push_package.py
FIELDS = sorted(f"{each.name}.{field.name}" for each in OBJECTS.values() for field in each.fields if field.custom)
PRIVATE = ("phone", "contact_name", "email", "address_attributes.", "partner_bank_account_attributes.")


def test_every_file_is_there_that_the_design_names() -> None:
    assert set(OBJECTS) == {
        "FreeePartner__c", "FreeeAccountItem__c", "FreeeMemoTag__c", "FreeeTax__c", "FreeeItem__c", "FreeeSection__c",
        "FreeeSegmentTag__c",
    }  # fmt: skip
    assert sorted(path.stem.partition(".")[0] for path in SOURCE.glob("permissionsets/*")) == [
        "FreeeMasterReader",
        "FreeeMasterSync",
    ]


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_the_key_is_an_external_id_that_tells_upper_from_lower_case(name: str) -> None:
    key = OBJECTS[name].field("FreeeKey__c")
    assert key is not None
    assert (key.external_id, key.unique, key.case_sensitive, key.required) == (True, True, True, False)


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_people_can_edit_rows_only_if_a_permission_set_lets_them(name: str) -> None:
    root = read(SOURCE / "objects" / name / f"{name}.object-meta.xml")
    assert root.findtext(f"{NAMESPACE}sharingModel") == "ReadWrite"


@pytest.mark.parametrize(("permission_set", "editable"), [("FreeeMasterSync", "true"), ("FreeeMasterReader", "false")])
def test_a_permission_set_names_every_field_once(permission_set: str, editable: str) -> None:
    # when
    permissions = _permission_set(permission_set).findall(f"{NAMESPACE}fieldPermissions")
    # then: a required field, or Name, would be refused by a deployment, and none of ours is required
    assert [each.findtext(f"{NAMESPACE}field") for each in permissions] == FIELDS
    assert {each.findtext(f"{NAMESPACE}editable") for each in permissions} == {editable}
    assert {each.findtext(f"{NAMESPACE}readable") for each in permissions} == {"true"}


@pytest.mark.parametrize(("permission_set", "written"), [("FreeeMasterSync", "true"), ("FreeeMasterReader", "false")])
def test_a_permission_set_lets_nobody_delete(permission_set: str, written: str) -> None:
    # when
    permissions = _permission_set(permission_set).findall(f"{NAMESPACE}objectPermissions")
    granted = {tag: {each.findtext(f"{NAMESPACE}{tag}") for each in permissions} for tag in RIGHTS}
    # then
    assert [each.findtext(f"{NAMESPACE}object") for each in permissions] == sorted(OBJECTS)
    assert granted == {
        "allowRead": {"true"},
        "allowCreate": {written},
        "allowEdit": {written},
        "viewAllRecords": {written},
        "allowDelete": {"false"},
        "modifyAllRecords": {"false"},
    }


def test_the_mapping_has_a_block_for_every_master_in_the_order_they_run() -> None:
    assert list(MAPPING) == list(BY_NAME)


@pytest.mark.parametrize("master", MAPPING)
def test_the_mapping_names_only_fields_that_exist(master: str) -> None:
    # given
    block = MAPPING[master]
    object_type = OBJECTS[block["object"]]
    # when
    used = {block["key"], block["missing"], block["changed_at"], *block["fields"]}
    # then
    known = {field.name for field in object_type.fields if field.custom or field.name == "Name"}
    assert used == known, "every field that is shipped is filled, and none that is not shipped"


@pytest.mark.parametrize("master", MAPPING)
def test_the_mapping_takes_all_of_freee_but_what_is_private(master: str) -> None:
    # when
    used = {rule if isinstance(rule, str) else rule["from"] for rule in MAPPING[master]["fields"].values()}
    # then: the company is added by the sync, so its own field is not needed
    wanted = {name for name in BY_NAME[master].fields if not name.startswith(PRIVATE)} - {"company_id"}
    assert used - {"$company_id", "$segment"} == wanted


@pytest.mark.parametrize("master", MAPPING)
def test_a_field_has_a_type_that_holds_what_freee_sends(master: str) -> None:
    fits = {
        "integer": {"string", "double"},
        "text": {"string"},
        "list": {"string"},
        "boolean": {"boolean"},
        "date": {"date"},
    }
    for target, rule in MAPPING[master]["fields"].items():
        source = rule if isinstance(rule, str) else rule["from"]
        kind = BY_NAME[master].fields.get(source, "integer")
        field = OBJECTS[MAPPING[master]["object"]].field(target)
        assert field is not None
        held = {"reference"} if "lookup" in rule else fits[kind]
        assert field.type in held, f"{source} is {kind}, {target} is {field.type}"


@pytest.mark.parametrize("master", MAPPING)
def test_a_lookup_points_at_the_key_of_a_master_that_ran_before_or_of_its_own(master: str) -> None:
    # given
    before = list(MAPPING)[: list(MAPPING).index(master) + 1]
    there = {MAPPING[each]["object"]: MAPPING[each]["key"] for each in before}
    for target, rule in MAPPING[master]["fields"].items():
        if "lookup" in rule:
            # when
            name, _, key = rule["lookup"].partition(".")
            field = OBJECTS[MAPPING[master]["object"]].field(target)
            # then
            assert field is not None
            assert (field.reference_to, there[name]) == (name, key)
            assert not BY_NAME[master].delta, "a difference would not set it once the record is there"


RIGHTS = ("allowRead", "allowCreate", "allowEdit", "viewAllRecords", "allowDelete", "modifyAllRecords")


def _permission_set(name: str) -> etree._Element:
    return read(SOURCE / "permissionsets" / f"{name}.permissionset-meta.xml")
