"""The oracle is worth something only if it finds what is wrong: every field of its table, on either side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import oracle
from freee_sync.masters import MASTERS
from rig import Rig, rigged

TABLES = {
    "FreeeTax__c": "taxes",
    "FreeeAccountItem__c": "account_items",
    "FreeeSection__c": "sections",
    "FreeeSegmentTag__c": "segment_tags_2",
    "FreeePartner__c": "partners",
    "FreeeItem__c": "items",
    "FreeeMemoTag__c": "tags",
}
"""Salesforce object to a table of the sandbox's company."""

Answer = tuple[int, str]


@pytest.fixture
def rig() -> Iterator[Rig]:
    """Both sides after a first import of everything."""
    with rigged() as synced:
        for master in MASTERS:
            synced.run(master.name)
        yield synced


def ask(rig: Rig, capsys: pytest.CaptureFixture[str]) -> Answer:
    """The oracle's exit code and words."""
    code = oracle.main(rig.sandbox.freee_url, rig.sandbox.salesforce_url)
    return code, capsys.readouterr().out


def other(value: Any) -> Any:
    """A value of the same kind that is not this one."""
    if isinstance(value, bool):
        return not value
    return "別の値" if value is None or isinstance(value, str) else value + 1


def changed(record: dict[str, Any], field: str) -> dict[str, Any]:
    """The field with another value in it; a lookup that points at another row."""
    lookup, _, pointed = field.rpartition(".")
    return {lookup: {pointed: "別の行"}} if lookup else {field: other(record[field])}


def test_after_an_import_both_sides_are_equal(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    rows = sum(len(table) for table in rig.sandbox.company.tables.values())

    assert ask(rig, capsys) == (0, f"oracle: equal, {rows} rows × 95 fields\n")


def test_it_finds_every_field_of_every_object_that_salesforce_holds_wrongly(rig: Rig) -> None:
    freee, company = oracle.log_in_to_freee(rig.sandbox.freee_url)
    salesforce = oracle.log_in_to_salesforce(rig.sandbox.salesforce_url)

    for name, expected in oracle.EXPECTED.items():
        rows = list(oracle.freee_rows(freee, company, expected))
        first, *rest = oracle.salesforce_records(salesforce, name, expected.fields)
        for field in expected.fields:
            wrong = first | changed(first, field)

            found = list(oracle.differences(name, expected, rows, [wrong, *rest]))

            assert len(found) == 1
            assert found[0].startswith(f"{name} {first['FreeeKey__c']} {field}: should be ")


@pytest.mark.parametrize("name", TABLES)
def test_it_finds_one_value_changed_in_freee(name: str, rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    key = rig.sandbox.company.keys(TABLES[name])[0]
    field = "name_ja" if name == "FreeeTax__c" else "name"

    rig.sandbox.company.edit(TABLES[name], key, {field: "改名"})

    code, words = ask(rig, capsys)
    assert code == 1
    assert f"{name} {rig.sandbox.company.id}-" in words
    assert "FullName__c: should be '改名'" in words


@pytest.mark.parametrize("name", TABLES)
def test_it_finds_one_value_changed_in_salesforce(name: str, rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    record = rig.sandbox.org.rows(name)[0]

    rig.sandbox.org.edit(name, str(record["Id"]), FullName__c="手で変えた")

    code, words = ask(rig, capsys)
    assert code == 1
    assert words.startswith(f"oracle: 1 differences\n  {name} {record['FreeeKey__c']} FullName__c: ")


def test_it_finds_a_row_that_salesforce_lacks(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    record = rig.sandbox.org.rows("FreeeItem__c")[0]

    rig.sandbox.org.delete("FreeeItem__c", str(record["Id"]))

    assert ask(rig, capsys) == (
        1,
        f"oracle: 1 differences\n  FreeeItem__c {record['FreeeKey__c']}: freee lists it, Salesforce has no such record\n",
    )


def test_a_row_that_freee_deleted_must_be_marked_as_missing(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    key = rig.sandbox.company.keys("sections")[-1]
    rig.sandbox.company.remove("sections", key)
    before = ask(rig, capsys)

    rig.run("sections")

    assert before[0] == 1
    assert f"{rig.sandbox.company.id}-{key}: freee does not list it, and it is not marked as missing" in before[1]
    assert ask(rig, capsys)[0] == 0


def test_it_reads_every_page(rig: Rig, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle, "PAGE", 5)
    rig.sandbox.freee_wire.clear()

    assert ask(rig, capsys)[0] == 0

    partners = rig.sandbox.freee_wire.calls(path="/partners")
    assert [dict(call.query)["offset"] for call in partners] == ["0", "5", "10", "15", "20", "25", "30", "35", "40"]
