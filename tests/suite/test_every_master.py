"""What must hold for every master, on a real freee and a real Salesforce of the sandbox."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import Any

import pytest

from freee_sync.errors import Retry, Stop
from freee_sync.masters import BY_NAME, Master
from freee_sync.outcome import Status
from rig import Rig
from sandbox.salesforce.automation import FieldRule
from sandbox.wire import Fault

TABLES = {"memo_tags": "tags", "segment_tags": "segment_tags_1"}
"""Where the sandbox's company keeps a master's rows, when not under its own name."""

REFUSED = "拒否される名前"


def table(master: Master) -> str:
    return TABLES.get(master.name, master.name)


def first_key(rig: Rig, master: Master) -> int:
    return rig.sandbox.company.keys(table(master))[0]


def key_of(rig: Rig, master: Master, key: int) -> str:
    return f"{master.key_prefix(rig.sandbox.company.id, master.scopes[0])}{key}"


def rows_in_freee(rig: Rig, master: Master) -> int:
    tables = [f"segment_tags_{n}" for n in (1, 2, 3)] if master.name == "segment_tags" else [table(master)]
    return sum(len(rig.sandbox.company.keys(name)) for name in tables)


def rename(rig: Rig, master: Master, name: str) -> str:
    """Rename the first row in freee; its key in the org."""
    key = first_key(rig, master)
    rig.sandbox.company.edit(table(master), key, {master.label: name})
    return key_of(rig, master, key)


def refuse(rig: Rig, master: Master) -> None:
    rule = FieldRule("FullName__c", equals=REFUSED, message="この名前は使えません")
    rig.sandbox.org.validation_rules[rig.mapping[master.name].object] = rule


def allow(rig: Rig, master: Master) -> None:
    del rig.sandbox.org.validation_rules[rig.mapping[master.name].object]


def day_passes(rig: Rig) -> None:
    rig.sandbox.clock.advance(timedelta(days=1))


def test_the_first_run_reads_everything_and_creates_everything(rig: Rig, master: Master) -> None:
    result = rig.run(master.name)
    rows = rows_in_freee(rig, master)
    assert (result.mode, result.read, result.created, result.org_rows) == ("full", rows, rows, rows)
    assert result.status is Status.SUCCESS
    assert len(rig.held(master.name)) == rows


def test_a_run_without_changes_writes_nothing(rig: Rig, master: Master) -> None:
    rig.run(master.name)
    before = rig.held(master.name)
    day_passes(rig)
    rig.forget()
    result = rig.run(master.name, full_load=True)
    assert rig.writes() == []
    assert (result.unchanged, result.created, result.updated) == (rows_in_freee(rig, master), 0, 0)
    assert rig.held(master.name) == before


def test_only_the_row_that_changed_is_written(rig: Rig, master: Master) -> None:
    rig.run(master.name)
    day_passes(rig)
    key = rename(rig, master, "新しい名前")
    rig.forget()
    result = rig.run(master.name)
    assert (result.updated, result.created, result.failed) == (1, 0, 0)
    assert len(rig.writes()) == 1
    assert rig.held(master.name)[key]["FullName__c"] == "新しい名前"
    assert result.mode == ("delta" if master.delta else "full")


def test_a_value_changed_by_hand_is_set_back_by_a_full_read(rig: Rig, master: Master) -> None:
    rig.run(master.name)
    key, row = next(iter(rig.held(master.name).items()))
    rig.sandbox.org.edit(rig.mapping[master.name].object, row["Id"], FullName__c="手で変えた名前")
    result = rig.run(master.name, full_load=True)
    assert result.updated == 1
    assert rig.held(master.name)[key]["FullName__c"] == row["FullName__c"]


def test_a_refused_row_fails_alone_and_comes_again_until_it_passes(rig: Rig, master: Master) -> None:
    rig.run(master.name)
    cursor = rig.cursor(master.name)
    day_passes(rig)
    refuse(rig, master)
    key = rename(rig, master, REFUSED)

    result = rig.run(master.name)
    assert (result.failed, result.status) == (1, Status.PARTIAL)
    assert result.causes == {"salesforce.FIELD_CUSTOM_VALIDATION_EXCEPTION": 1}
    assert [(row.key, row.name) for row in result.failed_rows] == [(key, REFUSED)]
    assert "この名前は使えません" in result.failed_rows[0].detail
    assert rig.cursor(master.name) == cursor

    day_passes(rig)
    allow(rig, master)
    again = rig.run(master.name)
    assert (again.updated, again.failed) == (1, 0)
    assert rig.held(master.name)[key]["FullName__c"] == REFUSED
    if master.delta:
        assert rig.cursor(master.name) != cursor


def test_a_row_gone_from_freee_is_marked_and_never_deleted_and_comes_back(rig: Rig, master: Master) -> None:
    rig.run(master.name)
    key = first_key(rig, master)
    row = rig.sandbox.company.remove(table(master), key)
    marked = rig.run(master.name, full_load=True)
    assert (marked.missing, marked.marked, marked.held) == (1, 1, 0)
    held = rig.held(master.name)[key_of(rig, master, key)]
    assert held["IsMissingInFreee__c"] is True
    assert marked.org_rows == rows_in_freee(rig, master)

    quiet = rig.run(master.name, full_load=True)
    assert (quiet.missing, quiet.updated) == (0, 0)

    rig.sandbox.company.tables[table(master)].put(key, row, row.get("update_date"))
    back = rig.run(master.name, full_load=True)
    assert (back.restored, back.updated, back.created) == (1, 1, 0)
    assert rig.held(master.name)[key_of(rig, master, key)]["IsMissingInFreee__c"] is False


def empty(rig: Rig, master: Master) -> None:
    for key in rig.sandbox.company.keys(table(master)):
        rig.sandbox.company.remove(table(master), key)


def test_an_empty_listing_marks_nothing_until_a_person_approves(rig: Rig, master: Master) -> None:
    rig.run(master.name)
    gone = len(rig.sandbox.company.keys(table(master)))
    empty(rig, master)
    held = rig.run(master.name, full_load=True)
    assert (held.missing, held.marked, held.held) == (gone, 0, gone)
    assert [note.code for note in held.notes] == ["marks_held"]
    approved = rig.run(master.name, full_load=True, approve_missing=True)
    assert (approved.missing, approved.marked) == (gone, gone)
    assert len(rig.held(master.name)) >= gone


def test_a_row_that_cannot_be_mapped_is_refused_and_not_taken_for_missing(rig: Rig, master: Master) -> None:
    rig.run(master.name)
    key = rename(rig, master, "名" * 300)
    result = rig.run(master.name, full_load=True)
    assert (result.failed, result.missing) == (1, 0)
    assert result.causes == {"row.too_long": 1}
    assert result.failed_rows[0].key == key
    assert "FullName__c" in result.failed_rows[0].detail
    assert rig.held(master.name)[key]["IsMissingInFreee__c"] is False


def test_a_preview_writes_nothing_and_moves_nothing(rig: Rig, master: Master) -> None:
    rig.run(master.name)
    day_passes(rig)
    key = rename(rig, master, "見るだけ")
    before, cursor = rig.held(master.name), rig.cursor(master.name)
    memory = dict(rig.stores[master.name].values)
    rig.forget()
    preview = rig.run(master.name, dry_run=True)
    assert preview.updated == 1
    assert not preview.wrote
    changed = {change.field: (change.old, change.new) for change in preview.changes if change.key == key}
    assert changed["FullName__c"] == (before[key]["FullName__c"], "見るだけ")
    assert rig.writes() == []
    assert (rig.held(master.name), rig.cursor(master.name)) == (before, cursor)
    assert rig.stores[master.name].values == memory


def test_a_preview_of_a_cleared_cursor_shows_the_full_load_and_leaves_it_owed(rig: Rig, master: Master) -> None:
    rig.forget()
    preview = rig.run(master.name, dry_run=True)
    assert (preview.mode, preview.created) == ("full", rows_in_freee(rig, master))
    assert rig.writes() == []
    assert rig.variables.values.keys() <= {"freee_sync_token", "freee_sync_token_in_flight"}


def test_freee_down_stops_the_master_and_a_later_try_brings_it_home(rig: Rig, master: Master) -> None:
    rig.sandbox.freee_wire.add(Fault(path="/api/1/", status=503, body=b"", times=99))
    with pytest.raises(Retry) as stopped:
        rig.run(master.name)
    assert stopped.value.code == "freee.maintenance"
    last = rig.published[-1]
    assert (last.status, last.stop is not None) == (Status.FAILED, True)
    assert not rig.cursor(master.name)
    rig.sandbox.freee_wire.heal()
    assert rig.run(master.name).status is Status.SUCCESS


def test_salesforce_down_in_mid_write_counts_what_was_written_and_the_rest_as_unprocessed(
    rig: Rig, master: Master
) -> None:
    rig.sandbox.salesforce_wire.add(Fault(path="/composite/", method="PATCH", status=503, body=b"<html>", times=99))
    with pytest.raises(Retry) as stopped:
        rig.run(master.name)
    assert stopped.value.code == "salesforce.unavailable"
    last = rig.published[-1]
    assert last.read == last.unprocessed + last.succeeded
    assert last.unprocessed > 0
    assert last.causes == {"salesforce.unavailable": last.unprocessed}
    rig.sandbox.salesforce_wire.heal()
    done = rig.run(master.name)
    assert done.status is Status.SUCCESS
    assert len(rig.held(master.name)) == rows_in_freee(rig, master)


def test_a_written_row_whose_answer_was_lost_is_found_unchanged_by_the_next_try(rig: Rig, master: Master) -> None:
    lost = Fault(path="/composite/", method="PATCH", after=True, status=503, body=b"", times=99)
    rig.sandbox.salesforce_wire.add(lost)
    with pytest.raises(Retry):
        rig.run(master.name)
    assert rig.published[-1].succeeded == 0
    rig.sandbox.salesforce_wire.heal()
    done = rig.run(master.name)
    assert done.unchanged > 0
    assert (done.unchanged + done.created, done.failed) == (rows_in_freee(rig, master), 0)


def test_a_cut_answer_of_freee_is_never_a_short_listing(rig: Rig, master: Master) -> None:
    rig.run(master.name)
    rig.sandbox.freee_wire.add(Fault(path="/api/1/", cut=True, times=99))
    with pytest.raises(Retry) as stopped:
        rig.run(master.name, full_load=True)
    assert stopped.value.code in {"freee.bad_answer", "freee.unavailable"}
    assert rig.published[-1].missing == 0


def test_a_right_withdrawn_in_freee_stops_the_master(rig: Rig, master: Master) -> None:
    rig.run(master.name)
    rig.sandbox.company.settings.withdrawn.add(master.scopes[0].capability)
    with pytest.raises(Stop) as stopped:
        rig.run(master.name)
    assert stopped.value.code == "freee.user_do_not_have_permission"
    assert rig.published[-1].missing == 0


def test_the_last_thing_published_is_what_the_run_returns(rig: Rig, master: Master) -> None:
    result = rig.run(master.name)
    assert rig.published[-1] == result
    assert rig.published[0].read == 0


def test_every_published_result_balances_even_when_the_try_is_cut_off(rig: Rig, master: Master) -> None:
    rig.sandbox.salesforce_wire.add(Fault(path="/composite/", method="PATCH", status=500, body=b"", times=99))
    with contextlib.suppress(Retry):
        rig.run(master.name)
    for result in rig.published:
        result.check()


def test_the_stamp_moves_only_with_another_change(rig: Rig, master: Master) -> None:
    rig.run(master.name)
    stamps = {key: row["SyncChangedAt__c"] for key, row in rig.held(master.name).items()}
    day_passes(rig)
    key = rename(rig, master, "また新しい名前")
    rig.run(master.name)
    after: dict[str, Any] = {key: row["SyncChangedAt__c"] for key, row in rig.held(master.name).items()}
    assert [changed for changed in after if after[changed] != stamps[changed]] == [key]


def test_masters_in_the_suite_are_all_there_are() -> None:
    assert len(BY_NAME) == 7
