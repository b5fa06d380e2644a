"""The DAG: its tasks and their order, nothing else. What they do is in `tasks.py`, imported when they run.

    check_link >> the seven sync_<master> tasks >> send_report
    [check_link, *syncs, send_report] >> fail_run_on_failure

One task at a time: freee's refresh token is single-use, a refresh kills the access token in use, and freee blocks fast callers.
Speed comes from inside a task. `priority_weight` keeps the order of `masters.py`; one master's failure never stops another.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Param, TriggerRule, get_current_context, task

from freee_sync.addresses import sandbox_hosts
from freee_sync.masters import MASTERS, Master
from freee_sync.outlets import master_alias, master_asset, runs_asset
from freee_sync.settings import describe, read_settings
from freee_sync.timetable import DailyAt
from freee_sync.variables import parse_time_get
from freee_sync.wiring import Wiring

GUIDE = Path(__file__).with_name("dag.md")
"""What the data team reads beside the DAG in the UI."""

RETRIES = 2  # for what a restart cures; a refused row or a dead link fails at once
FIRST_RETRY = timedelta(minutes=5)  # then 10: together longer than freee's block
LONGEST_TRY = timedelta(hours=3)


def build(wiring: Wiring) -> DAG:
    """One company's DAG. Never raises for what the Variables hold: the state, or what to mend, is in the description."""
    settings = read_settings(wiring.prefix, parse_time_get)
    dag = DAG(
        dag_id=wiring.dag_id,
        description=describe(settings),
        schedule=DailyAt(settings.hour) if settings.enabled else None,
        catchup=False,
        max_active_runs=1,
        max_active_tasks=1,
        params=_params(),
        default_args=_default_args(),
        tags=["freee", "salesforce", *(["SANDBOX"] if sandbox_hosts(os.environ) else [])],
        doc_md=GUIDE.read_text(encoding="utf-8"),
        allowed_run_types=["scheduled", "manual"],  # type: ignore[list-item]  # DAG converts the names; its enum is private
    )
    with dag:
        _wire(wiring)
    return dag


def _default_args() -> dict[str, Any]:
    return {
        "retries": RETRIES,
        "retry_delay": FIRST_RETRY,
        "retry_exponential_backoff": 2.0,
        "execution_timeout": LONGEST_TRY,
    }


def _params() -> dict[str, Param]:
    names = [master.name for master in MASTERS]
    titles = {master.name: f"{master.japanese} ({master.name})" for master in MASTERS}
    return {
        "masters": Param(
            names,
            title="取り込むマスター",
            description="この実行で取り込むマスター。選ばなかったマスターは、取込済みの行も最終インポート日時もそのまま残ります。",
            type="array",
            items={"type": "string", "enum": names},
            examples=names,
            values_display=titles,
        ),
        "full_load": _switch(
            "全件で取り込む",
            "取引先・品目・メモタグも、差分ではなく全件を読みます。変わっていない行は書き込みません。",
        ),
        "dry_run": _switch(
            "プレビュー",
            "何が作成・更新されるかを結果メールとログに出すだけで、何も書き込みません。",
        ),
        "approve_missing": _switch(
            "「freeeにない」印の上限を外す",
            "freeeから消えた行が多すぎて保留になったとき、内容を確かめてから一度だけ選んでください。",
        ),
    }


def _switch(title: str, description: str) -> Param:
    return Param(False, title=title, description=description, type="boolean")


def _wire(wiring: Wiring) -> None:
    check = _check_link(wiring)
    syncs = [_sync(wiring, master, len(MASTERS) - place) for place, master in enumerate(MASTERS)]
    report = _send_report(wiring)
    watcher = _fail_run_on_failure()
    check >> syncs >> report
    [check, *syncs, report] >> watcher


def _check_link(wiring: Wiring) -> Any:
    @task.short_circuit(task_id="check_link", inlets=[runs_asset(wiring.dag_id)])
    def check_link() -> bool:
        from freee_sync import tasks

        return tasks.check_link(wiring, get_current_context())

    return check_link()


def _sync(wiring: Wiring, master: Master, weight: int) -> Any:
    @task(
        task_id=f"sync_{master.name}",
        task_display_name=f"sync_{master.name} {master.japanese}",
        priority_weight=weight,
        weight_rule="absolute",
        inlets=[master_asset(wiring.dag_id, master), runs_asset(wiring.dag_id)],
        outlets=[master_alias(wiring.dag_id, master)],
    )
    def sync() -> None:
        from freee_sync import tasks

        tasks.sync(wiring, master, get_current_context())

    return sync()


def _send_report(wiring: Wiring) -> Any:
    @task(task_id="send_report", trigger_rule=TriggerRule.ALL_DONE)
    def send_report() -> None:
        from freee_sync import closing

        closing.send_report(wiring, get_current_context())

    return send_report()


def _fail_run_on_failure() -> Any:
    @task(task_id="fail_run_on_failure", trigger_rule=TriggerRule.ONE_FAILED, retries=0)
    def fail_run_on_failure() -> None:
        from airflow.sdk.exceptions import AirflowFailException

        raise AirflowFailException("失敗したタスクがあります。結果メールまたは赤いタスクのログを確認してください。")

    return fail_run_on_failure()
