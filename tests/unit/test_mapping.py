"""mapping.yaml: what can be meant is read, what cannot is refused with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from freee_sync.errors import Stop
from freee_sync.mapping import read_mapping
from freee_sync.masters import MASTERS

SHIPPED = Path(__file__).parents[2] / "include" / "mapping.yaml"

GOOD = """
partners:
  object: FreeePartner__c
  key: FreeeKey__c
  fields:
    Name: {from: name, truncate: true}
    Code__c: code
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "mapping.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_shipped_file_has_a_block_for_each_master() -> None:
    assert set(read_mapping(SHIPPED)) == {master.name for master in MASTERS}


def test_the_shipped_file_sends_no_bank_mail_telephone_contact_or_address_field() -> None:
    sources = [rule.source for block in read_mapping(SHIPPED).values() for rule in block.fields.values()]
    sensitive = ("bank", "email", "phone", "contact", "address")
    assert [source for source in sources if any(word in source for word in sensitive)] == []


def test_the_short_form_of_a_rule_is_its_source(tmp_path: Path) -> None:
    block = read_mapping(write(tmp_path, GOOD))["partners"]
    assert block.fields["Code__c"].source == "code"
    assert block.fields["Name"].truncate is True
    assert block.missing is None


def test_a_lookup_names_an_object_and_its_external_id(tmp_path: Path) -> None:
    text = GOOD.replace("Code__c: code", "Of__c: {from: id, lookup: A__c.K__c}")
    lookup = read_mapping(write(tmp_path, text))["partners"].fields["Of__c"].lookup
    assert lookup is not None
    assert (lookup.object, lookup.key) == ("A__c", "K__c")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (GOOD.replace("partners:", "partner:"), ["partner", "partners"]),
        (GOOD.replace("Code__c: code", "Code__c: kode"), ["partners", "Code__c", "'kode'", "'code'"]),
        (GOOD.replace("truncate: true", "truncat: true"), ["partners", "Name", "truncat"]),
        (GOOD.replace("truncate: true", "truncate: maybe"), ["partners", "Name", "maybe"]),
        (GOOD.replace("Code__c: code", "Code c: code"), ["partners", "Code c"]),
        (GOOD.replace("object: FreeePartner__c", "object: ../Account"), ["partners", "object", "../Account"]),
        (GOOD.replace("  key: FreeeKey__c\n", ""), ["partners", "key"]),
        (GOOD.replace("Code__c: code", "Segment__c: $segment"), ["partners", "$segment"]),
        (GOOD.replace("Code__c: code", "Code__c: {from: code, join: x}"), ["partners", "Code__c", "join"]),
        (GOOD.replace("Code__c: code", "FreeeKey__c: id"), ["partners", "FreeeKey__c"]),
        (GOOD.replace("  fields:", "  missing: FreeeKey__c\n  fields:"), ["partners", "FreeeKey__c"]),
        (GOOD.replace("  fields:", "  changed_at: Code__c\n  fields:"), ["partners", "Code__c"]),
        (GOOD.replace("Code__c: code", "Code__c: {from: available, truncate: true}"), ["Code__c", "truncate"]),
        (GOOD.replace("Code__c: code", "Of__c: {from: code, lookup: A__c.K__c}"), ["partners", "Of__c", "lookup"]),
        (GOOD.replace("Code__c: code", "Of__c: {from: $company_id, lookup: A__c.K__c}"), ["Of__c", "lookup"]),
        (GOOD.replace("Code__c: code", "Of__c: {from: id, lookup: A__c}"), ["partners", "Of__c", "lookup"]),
        (GOOD.replace("Code__c: code", "Of__c: {from: id, lookup: A__c.K__c.x}"), ["partners", "Of__c", "lookup"]),
        (GOOD + GOOD.replace("partners:", "items:"), ["items", "FreeePartner__c", "partners"]),
        (GOOD + GOOD.replace("FreeePartner__c", "Other__c"), ["partners", "2回"]),
        (GOOD + "    Code__c: name\n", ["Code__c", "2回"]),
        ("partners: [", ["mapping.yaml", "YAML"]),
        ("- a", ["mapping.yaml"]),
        ("", ["mapping.yaml"]),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(tmp_path: Path, text: str, named: list[str]) -> None:
    with pytest.raises(Stop) as refused:
        read_mapping(write(tmp_path, text))
    assert refused.value.code == "settings.mapping"
    for part in named:
        assert part in refused.value.detail


def test_a_file_saved_in_shift_jis_is_said_to_need_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_bytes("# 取引先\n".encode("shift_jis"))
    with pytest.raises(Stop, match="UTF-8"):
        read_mapping(file)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Stop, match=r"mapping\.yaml"):
        read_mapping(tmp_path / "mapping.yaml")
