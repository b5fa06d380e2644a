"""What the report gathers of a run, and what its task makes of the mail, without a scheduler."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from fakes import FakeStore, FakeVariables
from freee_sync import closing, tasks
from freee_sync.cursors import JST
from freee_sync.masters import MASTERS
from freee_sync.outcome import MasterResult, RunReport
from freee_sync.report import overall
from freee_sync.settings import PREFIX, read_settings
from freee_sync.wiring import Wiring
from rig import MAPPING

WIRING = Wiring(dag_id="freee_master_sync", include_dir=MAPPING.parent)
WHOLE = MasterResult("taxes", read=3, unchanged=3, complete=True, finished=True)


@dataclass
class Run:
    """One run as its last task finds it: how the others ended, and what they left."""

    states: dict[str, str]
    left: dict[tuple[str, str], Any] = field(default_factory=dict)

    def xcom_pull(self, task_ids: str, key: str) -> Any:
        return self.left.get((task_ids, key))

    def xcom_push(self, key: str, value: Any) -> None:
        self.left["send_report", key] = json.loads(json.dumps(value))

    def get_task_states(self, dag_id: str, run_ids: list[str]) -> dict[str, dict[str, str]]:
        return {run_ids[0]: self.states}

    def context(self) -> dict[str, Any]:
        """What Airflow hands the task."""
        at = datetime(2026, 11, 24, 6, tzinfo=JST)
        kind = SimpleNamespace(value="scheduled")
        run = SimpleNamespace(run_id="run", dag_id="freee_master_sync", run_type=kind, start_date=at, run_after=at)
        return {"ti": self, "dag_run": run, "params": {"dry_run": False}, "task_state_store": FakeStore()}


@pytest.fixture
def run() -> Run:
    """税区分 went well; all others ended in success and have left nothing."""
    states = {f"sync_{master.name}": "success" for master in MASTERS}
    return Run(states, {("sync_taxes", tasks.RESULT): WHOLE.to_json()})


def gathered(run: Run) -> RunReport:
    return closing.gather(read_settings(PREFIX, lambda name: None), run.context())


@pytest.mark.parametrize("state", ["success", "failed", "running", "up_for_retry", "skipped"])
def test_a_master_that_was_begun_and_left_no_result_is_a_failure_whatever_its_state(run: Run, state: str) -> None:
    run.states["sync_items"] = state
    report = gathered(run)
    assert (report.results["taxes"], report.results["items"]) == (WHOLE, None)
    assert overall(report) == "partial"


def test_a_master_that_was_not_begun_is_told_as_such(run: Run) -> None:
    run.states |= {"sync_items": "upstream_failed"}
    del run.states["sync_sections"]
    run.left["sync_memo_tags", tasks.SKIPPED] = "switched_off"
    assert gathered(run).skipped == {"items": "not_run", "sections": "not_run", "memo_tags": "switched_off"}


def test_without_an_address_the_report_is_kept_and_the_task_is_no_success(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "TaskVariables", FakeVariables)
    with pytest.raises(AirflowSkipException, match="freee_sync_mail_to"):
        closing.send_report(WIRING, run.context())
    assert run.left["send_report", closing.REPORT]["verdict"] == "partial"


def test_a_mail_that_cannot_be_sent_makes_the_task_red(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "TaskVariables", lambda: FakeVariables({"freee_sync_mail_to": "keiri@aoba.example"}))
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps({"conn_type": "smtp", "host": "127.0.0.1"}))
    with pytest.raises(AirflowFailException, match="差出人"):
        closing.send_report(WIRING, run.context())
