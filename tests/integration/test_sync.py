"""One master against real servers: what the suite does not vary over masters."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from freee_sync.errors import Retry, Stop
from freee_sync.mapping import MasterMapping
from freee_sync.outcome import Status
from freee_sync.salesforce.faults import fault
from rig import SMALL, Rig, rigged
from sandbox.company import Sizes
from sandbox.salesforce import Field
from sandbox.wire import Fault

OBJECT = "FreeePartner__c"


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A small company and an empty org."""
    with rigged() as made:
        yield made


@pytest.fixture
def large() -> Iterator[Rig]:
    """Three pages of partners."""
    with rigged(Sizes(**(vars(SMALL) | {"partners": 6500}))) as made:
        yield made


def after_the_first_page(rig: Rig, act: Any) -> None:
    """Do something in freee between its first and its second page of partners."""
    get, pages = rig.freee.get, iter(range(1000))

    def fetch(path: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = get(path, params)
        if next(pages) == 0:
            act()
        return answer

    rig.freee.get = fetch  # type: ignore[method-assign]  # the sandbox has no hook between two calls


def test_a_row_deleted_before_the_offset_is_noticed_and_no_living_row_is_lost(large: Rig) -> None:
    keys = large.sandbox.company.keys("partners")
    after_the_first_page(large, lambda: large.sandbox.company.remove("partners", keys[10]))
    result = large.run("partners")
    assert result.complete
    assert result.read == 6500  # the deleted row was listed once, and written
    prefix = f"{large.sandbox.company.id}-"
    assert {f"{prefix}{key}" for key in large.sandbox.company.keys("partners")} <= set(large.held("partners"))
    next_time = large.run("partners", full_load=True)
    assert (next_time.missing, next_time.marked) == (1, 1)
    assert large.held("partners")[f"{prefix}{keys[10]}"]["IsMissingInFreee__c"] is True


def test_rows_that_move_all_the_time_mark_nothing_and_hold_the_cursor(large: Rig) -> None:
    large.run("partners")
    cursor = large.cursor("partners")
    large.sandbox.clock.advance(timedelta(days=8))
    get, company = large.freee.get, large.sandbox.company

    def fetch(path: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = get(path, params)
        company.remove("partners", company.keys("partners")[0])
        return answer

    large.freee.get = fetch  # type: ignore[method-assign]  # the sandbox has no hook between two calls
    result = large.run("partners")
    assert result.reason == "full_every_days"
    assert not result.complete
    assert (result.missing, result.marked) == (0, 0)
    assert [note.code for note in result.notes] == ["listing_moved"]
    assert (result.status, result.org_rows) == (Status.PARTIAL, None)
    assert large.cursor("partners") == ""
    assert cursor


def test_a_small_difference_reads_only_its_own_rows_of_the_org(large: Rig) -> None:
    large.run("partners")
    large.sandbox.clock.advance(timedelta(days=1))
    key = large.sandbox.company.keys("partners")[5]
    large.sandbox.company.edit("partners", key, {"name": "一件だけ"})
    large.forget()
    result = large.run("partners")
    assert (result.read, result.updated) == (1, 1)
    queries = large.sandbox.salesforce_wire.calls(path="/query")
    assert len(queries) == 2  # the compare, and the look back at what was updated
    assert all(f"{large.sandbox.company.id}-{key}" in dict(call.query)["q"] for call in queries)


def test_awkward_rows_arrive_or_are_named(rig: Rig) -> None:
    company = rig.sandbox.company
    added = {
        "long": company.add("partners", {"name": "長" * 255}),
        "emoji": company.add("partners", {"name": "🍣寿司🍣" * 20}),
        "null": company.add("partners", {"name": "空", "long_name": None, "code": None}),
        "spaces": company.add("partners", {"name": "　端に空白　", "shortcut1": ""}),
        "type": company.add("partners", {"name": "型違い", "org_code": "1"}),
    }
    result = rig.run("partners")
    assert (result.failed, result.causes) == (1, {"row.wrong_type": 1})
    assert result.failed_rows[0].name == "型違い"
    held = rig.held("partners")

    def of(name: str) -> dict[str, Any]:
        return held[f"{company.id}-{added[name]['id']}"]

    assert (of("long")["FullName__c"], of("long")["Name"]) == ("長" * 255, "長" * 80)
    assert of("emoji")["FullName__c"] == "🍣寿司🍣" * 20
    assert of("null")["Code__c"] is None
    assert of("spaces")["FullName__c"] == "端に空白"
    again = rig.run("partners", full_load=True)
    assert (again.updated, again.failed) == (0, 1)


def test_a_row_without_a_key_is_named_by_its_place_and_nothing_is_marked(rig: Rig) -> None:
    rig.run("partners")
    company = rig.sandbox.company
    key = company.keys("partners")[0]
    rows = [company.row("partners", key), {"name": "鍵なし"}]
    for call, left in enumerate((rows, rows[1:]), start=1):  # the second answer is the list's end
        body = json.dumps({"partners": left}).encode()
        rig.sandbox.freee_wire.add(Fault(path="/api/1/partners", at=call, status=200, body=body, times=1))
    result = rig.run("partners", full_load=True)
    assert result.causes == {"row.no_key": 1}
    assert (result.failed_rows[0].key, result.failed_rows[0].name) == (f"{company.id}-#2", "鍵なし")
    assert [note.code for note in result.notes] == ["listing_keyless", "cursor_waits"]
    assert (result.complete, result.missing) == (False, 0)
    assert rig.cursor("partners") == ""


def test_a_field_that_a_flow_rewrites_is_named_and_written_again_each_time(rig: Rig) -> None:
    rig.run("partners")
    rig.sandbox.org.flows[OBJECT] = lambda row: {"Code__c": "FLOW"}
    key = rig.sandbox.company.keys("partners")[0]
    rig.sandbox.company.edit("partners", key, {"name": "新名称"})
    result = rig.run("partners")
    assert [(note.code, note.detail) for note in result.notes] == [("changed_by_salesforce", "Code__c: 1")]
    assert result.updated == 1


def test_a_cursor_cleared_by_hand_in_mid_run_stays_cleared(rig: Rig) -> None:
    rig.run("partners")
    rig.sandbox.clock.advance(timedelta(days=1))
    after_the_first_page(rig, lambda: rig.variables.values.update(freee_sync_cursor_partners=""))
    result = rig.run("partners")
    assert [note.code for note in result.notes] == ["cursor_changed"]
    assert rig.cursor("partners") == ""
    assert rig.run("partners").reason == "cursor_blank"


def test_another_context_means_a_full_read(rig: Rig) -> None:
    rig.run("partners")
    assert rig.run("partners").mode == "delta"
    assert rig.run("partners", context="another mapping").reason == "context_changed"
    assert rig.run("partners", context="another mapping").mode == "delta"


def test_a_full_load_with_a_refused_row_stays_owed_until_that_row_passes(rig: Rig) -> None:
    rig.run("items")
    company = rig.sandbox.company
    key = company.keys("items")[0]
    company.edit("items", key, {"name": "x" * 300})
    assert rig.run("items", full_load=True).failed == 1
    assert rig.cursor("items") == ""
    rig.sandbox.clock.advance(timedelta(days=30))
    assert rig.run("items").reason == "cursor_blank"
    company.edit("items", key, {"name": "短い名前"})
    assert rig.run("items").failed == 0
    assert rig.cursor("items")


def test_sections_are_written_parents_first(rig: Rig) -> None:
    rig.run("sections")
    order = [record["FreeeKey__c"] for call in rig.writes() for record in json.loads(call.body)["records"]]
    depth = {
        f"{rig.sandbox.company.id}-{key}": rig.sandbox.company.row("sections", key)["indent_count"]
        for key in rig.sandbox.company.keys("sections")
    }
    assert [depth[key] for key in order] == sorted(depth.values())
    assert len(set(depth.values())) > 1


def test_two_rows_that_differ_only_in_case_or_width_are_two_rows(rig: Rig) -> None:
    company = rig.sandbox.company
    for name in ("フリー商店", "ﾌﾘｰ商店", "ABC", "abc"):
        company.add("partners", {"name": name})
    result = rig.run("partners")
    assert result.failed == 0
    names = {row["FullName__c"] for row in rig.held("partners").values()}
    assert {"フリー商店", "ﾌﾘｰ商店", "ABC", "abc"} <= names


def test_the_org_without_the_object_or_a_field_stops_with_its_name(rig: Rig) -> None:
    rig.sandbox.org.integration.access.hide(f"{OBJECT}.Code__c")
    with pytest.raises(Stop) as stopped:
        rig.run("partners")
    assert (stopped.value.code, "Code__c" in stopped.value.detail) == ("salesforce.field", True)
    rig.sandbox.org.integration.access.hide(OBJECT)
    with pytest.raises(Stop) as stopped:
        rig.run("partners")
    assert (stopped.value.code, OBJECT in stopped.value.detail) == ("salesforce.object", True)


def test_a_required_field_that_nobody_maps_is_said_before_anything_is_written(rig: Rig) -> None:
    rig.sandbox.org.add_field(OBJECT, Field("Rank__c", "ランク", "string", length=10, required=True))
    rig.sandbox.org.integration.access.grant(f"{OBJECT}.Rank__c")
    with pytest.raises(Stop, match="Rank__cは必須"):
        rig.run("partners")
    assert rig.writes() == []


def test_the_orgs_daily_limit_stops_the_master_at_once(rig: Rig) -> None:
    rig.run("partners")
    rig.sandbox.org.daily_limit = 1
    with pytest.raises(Stop) as stopped:
        rig.run("partners")
    assert stopped.value.code == "salesforce.REQUEST_LIMIT_EXCEEDED"


def test_an_ended_session_is_renewed_once_and_the_rows_arrive(rig: Rig) -> None:
    rig.run("partners")
    rig.sandbox.org.expire_sessions()
    rig.forget()
    assert rig.run("partners", full_load=True).status is Status.SUCCESS
    assert len(rig.sandbox.salesforce_wire.calls(path="/services/oauth2/token")) == 1


def test_an_answer_that_is_no_success_is_never_taken_for_one(rig: Rig) -> None:
    rig.sandbox.salesforce_wire.add(Fault(path="/query", status=300, body=b"[]"))
    with pytest.raises(Stop) as stopped:
        rig.run("partners")
    assert stopped.value.code == "salesforce.refused"


def test_one_cut_call_of_salesforce_is_made_again(rig: Rig) -> None:
    rig.sandbox.salesforce_wire.add(Fault(path="/composite/", method="PATCH", cut=True, times=1))
    assert rig.run("partners").status is Status.SUCCESS


def test_private_values_leave_neither_in_a_preview_nor_in_a_refusal(rig: Rig) -> None:
    block = rig.mapping["partners"].model_dump(by_alias=True)
    block["fields"]["Code__c"] = {"from": "code", "private": True}
    rig.mapping["partners"] = MasterMapping.model_validate(block)
    rig.sandbox.org.validation_rules[OBJECT] = lambda row: f"code {row.get('Code__c')} is not allowed"
    key = rig.sandbox.company.keys("partners")[0]
    rig.sandbox.company.edit("partners", key, {"code": "SECRET-77"})
    preview = rig.run("partners", dry_run=True)
    refused = rig.run("partners")
    assert refused.failed == refused.read
    assert "SECRET-77" not in json.dumps([preview.to_json(), refused.to_json()], ensure_ascii=False)
    assert "***" in json.dumps(refused.to_json())


def test_storage_that_is_full_stops_instead_of_failing_every_row(rig: Rig) -> None:
    body = [
        {"success": False, "errors": [{"statusCode": "STORAGE_LIMIT_EXCEEDED", "message": "storage limit exceeded"}]}
    ]
    answer = json.dumps(body * len(rig.sandbox.company.keys("partners"))).encode()
    rig.sandbox.salesforce_wire.add(Fault(path="/composite/", method="PATCH", status=200, body=answer))
    with pytest.raises(Stop) as stopped:
        rig.run("partners")
    assert stopped.value.code == "salesforce.STORAGE_LIMIT_EXCEEDED"


def test_a_row_that_spoils_its_call_fails_alone(rig: Rig) -> None:
    spoilt = b'[{"errorCode":"JSON_PARSER_ERROR","message":"no"}]'
    get = rig.org.call

    def call(method: str, path: str, **rest: Any) -> Any:
        if "spoilt" in json.dumps(rest.get("body")):
            raise fault(400, spoilt, path)
        return get(method, path, **rest)

    rig.org.call = call  # type: ignore[method-assign]  # the sandbox refuses no text that JSON can carry
    rig.sandbox.company.add("partners", {"name": "spoilt"})
    result = rig.run("partners")
    assert (result.failed, result.unprocessed) == (1, 0)
    assert result.failed_rows[0].name == "spoilt"
    assert result.created == result.read - 1


def test_marks_that_are_cut_off_are_all_accounted_for(large: Rig) -> None:
    large.run("partners")
    for key in large.sandbox.company.keys("partners")[:320]:
        large.sandbox.company.remove("partners", key)
    broken = Fault(path="/composite/", method="PATCH", at=2, status=503, body=b"", times=99)
    large.sandbox.salesforce_wire.add(broken)
    with pytest.raises(Retry):
        large.run("partners", full_load=True)
    last = large.published[-1]
    assert (last.missing, last.marked + last.mark_failed) == (320, 320)
    assert last.causes == {"salesforce.unavailable": last.mark_failed}
    assert last.mark_failed > 0


def test_a_right_lost_between_two_pages_is_never_a_short_segment(rig: Rig) -> None:
    for number in range(600):
        rig.sandbox.company.add("segment_tags_1", {"name": f"タグ{number}"})
    lost = b'{"status_code":401,"errors":[{"type":"status","codes":["user_do_not_have_permission"],"messages":["x"]}]}'
    rig.sandbox.freee_wire.add(Fault(path="/api/1/segments/1/tags", at=2, status=401, body=lost, times=9))
    with pytest.raises(Stop) as stopped:
        rig.run("segment_tags")
    assert stopped.value.code == "freee.user_do_not_have_permission"
    assert rig.published[-1].complete is False


def test_segments_that_were_never_readable_are_left_out_and_said(rig: Rig) -> None:
    rig.sandbox.company.settings.withdrawn.add("division_tag_2")
    result = rig.run("segment_tags")
    assert [(note.code, note.detail[:1]) for note in result.notes] == [("segment_unavailable", "2")]
    assert (result.status, result.org_rows) == (Status.SUCCESS, result.read)


def test_freee_cut_off_after_some_pages_keeps_what_was_written(large: Rig) -> None:
    large.sandbox.freee_wire.add(Fault(path="/api/1/partners", at=3, status=503, body=b"", times=9))
    with contextlib.suppress(Retry):
        large.run("partners")
    last = large.published[-1]
    assert last.stop is not None
    assert last.created > 0
    assert last.created == len(large.held("partners"))
    assert large.cursor("partners") == ""


def test_a_mark_that_was_refused_is_tried_again_by_the_next_try(rig: Rig) -> None:
    """Were the cursor set, the next try would read a difference, which marks nothing, and end green."""
    rig.run("partners")
    company = rig.sandbox.company
    company.remove("partners", company.keys("partners")[0])
    rules = rig.sandbox.org.validation_rules
    rules[OBJECT] = lambda record: "印は付けられません" if record["IsMissingInFreee__c"] else None
    refused = rig.run("partners", full_load=True)
    assert (refused.mark_failed, refused.cursor, rig.cursor("partners")) == (1, None, "")
    del rules[OBJECT]
    again = rig.run("partners")
    assert (again.mode, again.marked, again.status) == ("full", 1, Status.SUCCESS)
    assert rig.cursor("partners")


def test_a_preview_counts_missing_rows_and_marks_none(rig: Rig) -> None:
    rig.run("partners")
    rig.sandbox.company.remove("partners", rig.sandbox.company.keys("partners")[0])
    rig.forget()
    preview = rig.run("partners", full_load=True, dry_run=True)
    assert (preview.missing, preview.marked) == (1, 1)
    assert rig.writes() == []
    assert not any(row["IsMissingInFreee__c"] for row in rig.held("partners").values())


def test_what_was_read_is_published_before_the_first_write_and_what_was_written_after_each(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("freee_sync.salesforce.writer.CALL_ROWS", 10)
    rig.run("partners")
    told = list(dict.fromkeys((result.read, result.created) for result in rig.published))
    assert told == [(0, 0), (40, 0), (40, 10), (40, 20), (40, 30), (40, 40)]
