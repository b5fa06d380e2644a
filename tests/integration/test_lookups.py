"""Account items point at their tax and sections at their parent, on a real freee and a real Salesforce of the sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from freee_sync.outcome import MasterResult
from rig import Rig, rigged
from sandbox.salesforce.automation import FieldRule

SECTION, TAX = "FreeeSection__c", "FreeeTax__c"


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A small company and an empty org."""
    with rigged() as made:
        yield made


def pointed(rig: Rig, master: str, lookup: str, target: str) -> dict[str, str | None]:
    """Key of each row to the key of the row that its lookup points at."""
    keys = {row["Id"]: str(row["FreeeKey__c"]) for row in rig.held(target).values()}
    return {key: keys.get(row[lookup]) for key, row in rig.held(master).items()}


def in_freee(rig: Rig, table: str, name: str) -> dict[str, str | None]:
    """The same as freee has it."""
    prefix = f"{rig.sandbox.company.id}-"
    rows = {key: rig.sandbox.company.row(table, key) for key in rig.sandbox.company.keys(table)}
    return {f"{prefix}{key}": f"{prefix}{row[name]}" if row[name] is not None else None for key, row in rows.items()}


def notes(result: MasterResult) -> list[tuple[str, str]]:
    """What the mail says of lookups."""
    return [(note.code, note.detail) for note in result.notes if note.code == "lookup_emptied"]


def parent_and_child(rig: Rig) -> tuple[int, str, str]:
    """A parent's id in freee, its key and that of a child."""
    child, parent = next((child, parent) for child, parent in in_freee(rig, "sections", "parent_id").items() if parent)
    return int(parent.rpartition("-")[2]), parent, child


def refuse(rig: Rig, name: Any) -> None:
    """Refuse the section of this name."""
    rig.sandbox.org.validation_rules[SECTION] = FieldRule("FullName__c", equals=name, message="この名前は使えません")


def test_a_first_run_sets_every_lookup(rig: Rig) -> None:
    # when
    results = [rig.run(name) for name in ("taxes", "account_items", "sections")]
    # then
    assert pointed(rig, "account_items", "Tax__c", "taxes") == in_freee(rig, "account_items", "tax_code")
    assert pointed(rig, "sections", "ParentSection__c", "sections") == in_freee(rig, "sections", "parent_id")
    assert [notes(result) for result in results] == [[], [], []]


def test_a_lookup_is_empty_while_its_record_is_missing_and_set_once_it_is_there(rig: Rig) -> None:
    # when: no tax is there yet
    first = rig.run("account_items")
    rig.forget()
    second = rig.run("account_items")
    # then
    rows = first.read
    assert (first.created, first.failed, second.unchanged) == (rows, 0, rows)
    assert rig.writes() == []
    assert (
        notes(first)
        == notes(second)
        == [("lookup_emptied", f"Tax__c: {rows}"), ("lookup_emptied", f"DefaultTax__c: {rows}")]
    )
    # when
    rig.run("taxes")
    third = rig.run("account_items")
    # then
    assert (third.updated, notes(third)) == (rows, [])
    assert pointed(rig, "account_items", "Tax__c", "taxes") == in_freee(rig, "account_items", "tax_code")


def test_the_child_of_a_refused_parent_arrives_and_is_linked_when_the_parent_is(rig: Rig) -> None:
    # given
    number, parent, child = parent_and_child(rig)
    refuse(rig, rig.sandbox.company.row("sections", number)["name"])
    # when
    first = rig.run("sections")
    # then
    children = list(in_freee(rig, "sections", "parent_id").values()).count(parent)
    assert (first.failed, notes(first)) == (1, [("lookup_emptied", f"ParentSection__c: {children}")])
    assert pointed(rig, "sections", "ParentSection__c", "sections")[child] is None
    # when
    rig.sandbox.org.validation_rules.clear()
    second = rig.run("sections")
    # then
    assert (second.created, second.updated, notes(second)) == (1, children, [])
    assert pointed(rig, "sections", "ParentSection__c", "sections") == in_freee(rig, "sections", "parent_id")


def test_a_lookup_changed_by_hand_is_set_back(rig: Rig) -> None:
    # given
    rig.run("sections")
    _, parent, child = parent_and_child(rig)
    rig.sandbox.org.edit(SECTION, rig.held("sections")[child]["Id"], ParentSection__c=None)
    # when
    result = rig.run("sections")
    # then
    assert result.updated == 1
    assert pointed(rig, "sections", "ParentSection__c", "sections")[child] == parent


def test_a_section_that_moves_to_the_top_points_nowhere(rig: Rig) -> None:
    # given
    rig.run("sections")
    _, _, child = parent_and_child(rig)
    number = int(child.rpartition("-")[2])
    rig.sandbox.company.edit("sections", number, {"parent_id": None, "indent_count": 0})
    # when
    rig.run("sections")
    # then
    assert pointed(rig, "sections", "ParentSection__c", "sections")[child] is None


def test_a_record_deleted_by_hand_leaves_its_lookups_empty_and_nothing_is_written_for_that(rig: Rig) -> None:
    # given
    rig.run("taxes")
    rig.run("account_items")
    gone = in_freee(rig, "account_items", "tax_code")
    code = next(iter(gone.values()))
    rig.sandbox.org.delete(TAX, rig.held("taxes")[str(code)]["Id"])
    rig.forget()
    # when
    result = rig.run("account_items")
    # then
    assert rig.writes() == []
    assert ("lookup_emptied", f"Tax__c: {list(gone.values()).count(code)}") in notes(result)


def test_a_preview_shows_a_parent_that_would_be_created_too_and_writes_nothing(rig: Rig) -> None:
    # when
    preview = rig.run("sections", dry_run=True)
    # then
    shown = {change.key: change.new for change in preview.changes if change.field == "ParentSection__c"}
    parents = in_freee(rig, "sections", "parent_id")
    assert shown == {key: parent for key, parent in parents.items() if parent}
    assert (rig.writes(), notes(preview)) == ([], [])
