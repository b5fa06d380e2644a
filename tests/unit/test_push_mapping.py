"""The `push` part of mapping.yaml."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from freee_sync.errors import Stop
from freee_sync.mapping import read_mapping
from freee_sync.masters import MASTERS
from freee_sync.push.mapping import read_push_mapping

SHIPPED = Path(__file__).parents[2] / "include" / "mapping.yaml"
BLOCK = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))["push"]
PRIVATE = ("phone", "contact_name", "email", "address_attributes.", "partner_bank_account_attributes.")


def written(folder: Path, **changes: object) -> Path:
    """A mapping.yaml with a changed push block; a change to None leaves that line out."""
    block = {name: value for name, value in (BLOCK | changes).items() if value is not None}
    file = folder / "mapping.yaml"
    file.write_text(yaml.safe_dump({"push": block}, allow_unicode=True), encoding="utf-8")
    return file


def test_the_shipped_part_is_read_and_reports_what_both_sides_changed() -> None:
    mapping = read_push_mapping(SHIPPED)
    assert mapping is not None
    assert (mapping.object, mapping.conflict, mapping.fields["name"].source) == ("Account", "report", "Name")


def test_the_shipped_part_keeps_what_is_personal_out_of_mails() -> None:
    mapping = read_push_mapping(SHIPPED)
    assert mapping is not None
    assert {name for name in mapping.fields if name.startswith(PRIVATE)} == {
        name for name, rule in mapping.fields.items() if rule.private
    }


def test_the_masters_are_read_without_it() -> None:
    assert set(read_mapping(SHIPPED)) == {master.name for master in MASTERS}


def test_a_file_without_the_part_has_no_way_back(tmp_path: Path) -> None:
    file = tmp_path / "mapping.yaml"
    file.write_text("{}", encoding="utf-8")
    assert read_push_mapping(file) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fields": {"name": "Name", "phnoe": "Phone"}}, ["phnoe", "'phone'"]),
        ({"fields": {"name": "Name", "update_date": "X__c"}}, ["update_date"]),
        ({"fields": {"phone": "Phone"}}, ["name"]),
        ({"fields": {"name": "Name FROM User"}}, ["fields.name"]),
        ({"fields": {"name": {"from": "Name", "privat": True}}}, ["privat"]),
        ({"conflict": "newest"}, ["conflict"]),
        ({"link": None}, ["link"]),
        ({"link": "FreeePush__c"}, ["FreeePush__c"]),
        ({"fields": {"name": "FreeeLink__c"}}, ["FreeeLink__c"]),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(
    tmp_path: Path, changes: dict[str, object], words: list[str]
) -> None:
    with pytest.raises(Stop) as refused:
        read_push_mapping(written(tmp_path, **changes))
    assert refused.value.code == "settings.mapping"
    assert all(word in refused.value.detail for word in ["mapping.yaml: push", *words])
