"""The DAG as Airflow sees it: its tasks, their order, what it says, and what it costs to read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from airflow.sdk import DAG

from freee_sync.dag import build
from freee_sync.masters import MASTERS
from freee_sync.timetable import DailyAt
from freee_sync.wiring import Wiring

DAG_FILE = Path(__file__).parents[2] / "dags" / "freee_master_sync.py"
SYNCS = [f"sync_{master.name}" for master in MASTERS]


def built(monkeypatch: pytest.MonkeyPatch, **variables: str) -> DAG:
    """The DAG with these Variables set, by names without prefix."""
    for name, value in variables.items():
        monkeypatch.setenv(f"AIRFLOW_VAR_FREEE_SYNC_{name.upper()}", value)
    return build(Wiring(dag_id="freee_master_sync", include_dir=Path("include")))


def test_check_comes_before_the_masters_the_report_after_and_the_watcher_watches_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dag = built(monkeypatch)
    assert dag.get_task("check_link").downstream_task_ids == {*SYNCS, "fail_run_on_failure"}
    for sync in SYNCS:
        assert dag.get_task(sync).upstream_task_ids == {"check_link"}
    assert dag.get_task("send_report").upstream_task_ids == set(SYNCS)
    assert dag.get_task("send_report").trigger_rule == "all_done"
    assert dag.get_task("fail_run_on_failure").upstream_task_ids == {"check_link", *SYNCS, "send_report"}
    assert dag.get_task("fail_run_on_failure").trigger_rule == "one_failed"
    assert dag.get_task("fail_run_on_failure").retries == 0


def test_masters_run_one_at_a_time_in_the_order_of_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    dag = built(monkeypatch)
    assert (dag.max_active_runs, dag.max_active_tasks) == (1, 1)
    heaviest_first = sorted(SYNCS, key=lambda sync: -dag.get_task(sync).priority_weight)
    assert heaviest_first == SYNCS
    assert SYNCS.index("sync_taxes") < SYNCS.index("sync_account_items")


def test_a_restart_is_tried_twice_over_fifteen_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    task = built(monkeypatch).get_task("sync_partners")
    assert (task.retries, task.retry_delay.total_seconds(), task.retry_exponential_backoff) == (2, 300, 2.0)


@pytest.mark.parametrize(
    ("variables", "hour", "says"),
    [
        ({}, None, "停止中"),
        ({"enabled": "false"}, None, "停止中"),
        ({"enabled": "true"}, 6, "毎日 06:00 JST"),
        ({"enabled": "true", "hour": "23"}, 23, "毎日 23:00 JST"),
        ({"enabled": "true", "hour": "24"}, 6, "freee_sync_hour"),
        ({"enabled": "true", "hour": "six"}, 6, "freee_sync_hour"),
        ({"enabled": "perhaps"}, 6, "freee_sync_enabled"),
        ({"enabled": "true", "memo_tags": "?"}, 6, "freee_sync_memo_tags"),
        ({"enabled": "true", "mail_to": "nobody"}, 6, "freee_sync_mail_to"),
        ({"enabled": "true", "full_every_days": "-1"}, 6, "freee_sync_full_every_days"),
        ({"enabled": "true", "language": "fr"}, 6, "freee_sync_language"),
        ({"enabled": "true", "max_failed_rows": "few"}, 6, "freee_sync_max_failed_rows"),
    ],
)
def test_the_state_is_always_told_and_a_bad_value_never_breaks_the_dag(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], hour: int | None, says: str
) -> None:
    dag = built(monkeypatch, **variables)
    assert says in str(dag.description)
    assert dag.schedule == (None if hour is None else DailyAt(hour))


def test_the_form_offers_what_a_person_may_ask_of_one_run(monkeypatch: pytest.MonkeyPatch) -> None:
    params = built(monkeypatch).params
    assert params["masters"] == [master.name for master in MASTERS]
    assert {name: params[name] for name in ("full_load", "dry_run", "approve_missing")} == {
        "full_load": False,
        "dry_run": False,
        "approve_missing": False,
    }


def test_a_sandbox_is_seen_in_the_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "SANDBOX" not in built(monkeypatch).tags
    monkeypatch.setenv("FREEE_SYNC_SANDBOX_HOSTS", "127.0.0.1")
    assert "SANDBOX" in built(monkeypatch).tags


def test_reading_the_dag_file_loads_neither_http_nor_salesforce_and_asks_no_network() -> None:
    program = f"""
import runpy, socket, sys
import airflow.sdk
from airflow.sdk import DAG, Param, task, Variable
before = set(sys.modules)
socket.socket.connect = None  # any attempt raises
runpy.run_path({str(DAG_FILE)!r})
hooks = ("airflow.providers.http", "airflow.providers.salesforce", "airflow.providers.smtp")
heavy = (*hooks, "requests", "simple_salesforce", "yaml", "pandas", "freee_sync.sync", "freee_sync.tasks")
print([name for name in sys.modules if name not in before and name.startswith(heavy)])
"""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environment, check=True)  # noqa: S603 - our own program
    assert done.stdout.strip().splitlines()[-1] == "[]"
