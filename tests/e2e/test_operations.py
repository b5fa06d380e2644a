"""What the data team does in the UI, on a real Airflow: settings, cursors, clearing, previews, and where no secret may be."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.airflow_api import until
from sandbox.freee.tokens import ACCESS_LIFE
from sandbox.salesforce.automation import FieldRule
from sandbox.stage import Stage, stage

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

RULE = "FreeeItem__c.test"
MASTERS = ("taxes", "account_items", "sections", "segment_tags", "partners", "items", "memo_tags")


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A sandbox and an Airflow whose DAG is unpaused but not enabled, as it is shipped."""
    with stage(tmp_path_factory.mktemp("airflow")) as running:
        running.dag.unpause()
        yield running


def run(staged: Stage, **params: Any) -> tuple[str, str, dict[str, Any]]:
    """One run by hand: its id, how it ended, its report."""
    run_id = staged.dag.trigger(**params)
    state = staged.dag.wait(run_id)
    report: dict[str, Any] = staged.dag.xcom(run_id, "send_report", "report")
    return run_id, state, report


def masters(report: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {master["master"]: master for master in report["masters"]}


def description(staged: Stage) -> str:
    return str((staged.dag.details() or {}).get("description"))


def writes(staged: Stage) -> int:
    return len(staged.sandbox.salesforce_wire.calls("PATCH"))


def test_as_shipped_it_is_off_shows_no_next_run_and_says_so(staged: Stage) -> None:
    details = staged.dag.details()
    assert details is not None
    assert details["next_dagrun_run_after"] is None
    assert "停止中" in details["description"]
    assert staged.api.import_errors() == []


def test_a_run_by_hand_works_while_it_is_off_and_leaves_memo_tags_alone(staged: Stage) -> None:
    run_id, state, report = run(staged)
    assert state == "success"
    assert staged.dag.task_states(run_id)["sync_memo_tags"] == "skipped"
    assert staged.dag.task_states(run_id)["send_report"] == "skipped"  # nobody to mail
    assert masters(report)["memo_tags"]["skipped"] == "switched_off"
    assert masters(report)["partners"]["created"] == len(staged.sandbox.company.keys("partners"))
    assert staged.variable("cursor_memo_tags") == ""


def test_a_deleted_cursor_means_a_full_load_and_comes_back_with_its_description(staged: Stage) -> None:
    staged.api.delete_variable("freee_sync_cursor_partners")
    staged.set_variable("cursor_items", "")
    _, state, report = run(staged)
    assert state == "success"
    for name in ("partners", "items"):
        master = masters(report)[name]
        assert (master["mode"], master["reason"], master["updated"]) == ("full", "cursor_blank", 0)
        details = staged.api.variable_details(f"freee_sync_cursor_{name}")
        assert details is not None
        assert details["value"] != ""
        assert "最終インポート日時" in details["description"]


def test_a_bad_value_keeps_the_dag_visible_syncs_nothing_and_is_mailed(staged: Stage) -> None:
    staged.set_variable("mail_to", "keiri@example.jp")
    staged.set_variable("hour", "25")
    until(lambda: "freee_sync_hour" in description(staged), 60, "the description to tell of the bad hour")
    assert "25" in description(staged)
    assert staged.api.import_errors() == []
    staged.sandbox.salesforce_wire.clear()
    staged.sandbox.freee_wire.clear()
    mails = len(staged.sandbox.mail.mails)

    run_id, state, report = run(staged)

    assert state == "failed"
    states = staged.dag.task_states(run_id)
    assert states["check_link"] == "failed"
    assert {states[f"sync_{name}"] for name in MASTERS} == {"upstream_failed"}
    assert report["verdict"] == "not_run"
    assert staged.sandbox.freee_wire.calls() == []
    assert staged.sandbox.salesforce_wire.calls() == []
    (mail,) = staged.sandbox.mail.mails[mails:]
    assert "未実行" in mail.message["subject"]
    assert "freee_sync_hour" in mail.message.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # every mail has a text
    staged.set_variable("hour", "6")
    until(lambda: "設定エラー" not in description(staged), 60, "the description to forget the bad hour")


def test_clearing_a_failed_task_reruns_it_alone_with_report_and_watcher(staged: Stage) -> None:
    company = staged.sandbox.company
    item = company.keys("items")[0]
    company.edit("items", item, {"name": "審査中の品目"})
    staged.sandbox.org.validation_rules[RULE] = FieldRule("FreeeId__c", "審査中です。", equals=str(item))
    run_id, state, report = run(staged)
    assert state == "failed"
    assert staged.dag.task_states(run_id)["sync_items"] == "failed"
    assert masters(report)["items"]["failed"] == 1

    del staged.sandbox.org.validation_rules[RULE]
    mails = len(staged.sandbox.mail.mails)
    staged.sandbox.freee_wire.clear()
    staged.dag.clear(run_id, "sync_items")
    until(lambda: staged.dag.state(run_id) == "success", 120, "the cleared run to succeed")

    paths = {call.path for call in staged.sandbox.freee_wire.calls()}
    assert "/api/1/items" in paths
    assert "/api/1/partners" not in paths
    again = staged.dag.xcom(run_id, "send_report", "report")
    assert masters(again)["items"]["updated"] == 1
    assert masters(again)["partners"]["status"] == "success"
    assert len(staged.sandbox.mail.mails) == mails + 1


def test_a_preview_writes_nothing_and_stops_what_waits_for_the_data(staged: Stage) -> None:
    company = staged.sandbox.company
    company.edit("partners", company.keys("partners")[0], {"name": "見るだけの取引先"})
    cursor = staged.variable("cursor_partners")
    before = writes(staged)
    run_id, state, report = run(staged, dry_run=True, masters=["partners"])
    assert state == "success"
    assert staged.dag.task_states(run_id)["sync_partners"] == "skipped"
    assert report["verdict"] == "preview"
    assert masters(report)["partners"]["updated"] == 1
    assert masters(report)["items"]["skipped"] == "not_chosen"
    assert writes(staged) == before
    assert staged.variable("cursor_partners") == cursor


def test_an_unreadable_cursor_fails_its_own_master_only(staged: Stage) -> None:
    staged.set_variable("cursor_items", "きのう")
    run_id, state, report = run(staged)
    assert state == "failed"
    states = staged.dag.task_states(run_id)
    assert [name for name in MASTERS if states[f"sync_{name}"] == "failed"] == ["items"]
    assert masters(report)["items"]["causes"][0]["code"] == "settings.cursor"
    assert staged.variable("cursor_items") == "きのう"
    staged.set_variable("cursor_items", "")


def test_no_secret_is_anywhere_but_encrypted_in_the_database(staged: Stage) -> None:
    staged.sandbox.freee_wire.clear()
    staged.sandbox.clock.advance(ACCESS_LIFE)
    _, state, _ = run(staged)
    assert state == "success"
    secrets = staged.sandbox.issued_secrets()
    assert len(secrets) > 4
    spilled = [
        (file.relative_to(staged.airflow.home).as_posix(), secret[:4])
        for file in staged.airflow.home.rglob("*")
        if file.is_file()
        for secret in secrets
        if secret.encode() in plain(file)
    ]
    assert spilled == []
    for mail in staged.sandbox.mail.mails:
        assert not [secret for secret in secrets if secret.encode() in mail.raw]
    for call in staged.sandbox.freee_wire.calls():
        sent = {name: value for name, value in call.headers.items() if name != "authorization"}
        assert not [secret for secret in secrets if any(secret in value for value in sent.values())]


def plain(file: Path) -> bytes:
    """A file's bytes, unpacked when packed."""
    data = file.read_bytes()
    return gzip.decompress(data) if file.suffix == ".gz" else data
