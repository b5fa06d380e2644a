"""The end of a run: its XComs and task states gathered into one report, and the report mailed.

What is not there is told too: a master whose task left no result is a failure with unknown counts, never a silence.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any

from airflow.sdk.configuration import conf
from airflow.sdk.exceptions import AirflowSkipException
from airflow.sdk.timezone import utcnow

from freee_sync.addresses import sandbox_hosts
from freee_sync.bilingual import say
from freee_sync.cursors import JST
from freee_sync.mailer import Envelope, build_message, send, sender
from freee_sync.masters import MASTERS
from freee_sync.outcome import Link, MasterResult, RunReport
from freee_sync.receipts import Receipts
from freee_sync.report import render_text, to_json
from freee_sync.settings import Settings
from freee_sync.tasks import LINK, MISSED, RESULT, SKIPPED, Context, settings_of, stops_failed
from freee_sync.wiring import Wiring

log = logging.getLogger(__name__)

REPORT = "report"
"""XCom key: the report as JSON, after `include/report.schema.json`."""

TRIED = frozenset({"success", "failed", "skipped", "running", "up_for_retry"})
"""Task states of a master that was at least begun; `upstream_failed` was not."""


def send_report(wiring: Wiring, context: Context) -> None:
    """Keep the report as XCom and mail it.

    :raises AirflowSkipException: nobody is to be mailed; the report is in the task log.
    :raises AirflowFailException: the mail server refused the mail or a recipient; those it took are left out of a later try.
    :raises Retry: the mail server does not answer, or put a recipient off.
    """
    settings = settings_of(wiring)
    report = gather(settings, context)
    context["ti"].xcom_push(REPORT, to_json(report, settings.language))
    log.info("%s", render_text(report, wiring.templates, settings.language))
    if not settings.mail_to:
        name = f"{wiring.prefix}mail_to"
        why = say(f"宛先({name})が空のため、メールは送っていません。", f"{name} names nobody, so no mail was sent.")
        raise AirflowSkipException(why)
    with stops_failed():
        envelope = Envelope(sender(wiring.smtp_conn_id), settings.mail_to)
        message = build_message(report, envelope, wiring.templates, settings.language)
        send(message, wiring.smtp_conn_id, Receipts(context["task_state_store"], message["Message-ID"]))


def gather(settings: Settings, context: Context) -> RunReport:
    """Everything the run left behind, as one report."""
    ti, run = context["ti"], context["dag_run"]
    found = ti.xcom_pull(task_ids="check_link", key=LINK)
    link = Link.from_json(found) if found else Link()
    sandbox = bool(sandbox_hosts(os.environ))
    results, skipped = _outcomes(ti, run)
    return RunReport(
        run_id=run.run_id,
        dag_id=run.dag_id,
        kind="dry_run" if context["params"]["dry_run"] else run.run_type.value,
        started=_jst(run.start_date or run.run_after),
        finished=_jst(utcnow()),
        link=link,
        results=results,
        skipped=skipped,
        missed_starts=tuple(ti.xcom_pull(task_ids="check_link", key=MISSED) or ()),
        run_url=_run_url(run),
        max_failed_rows=settings.max_failed_rows,
        org_url=None if sandbox else link.org_url,
        sandbox=sandbox,
    )


def _outcomes(ti: Any, run: Any) -> tuple[dict[str, MasterResult | None], dict[str, str]]:
    """Master to its result (None: it was begun and left none), and master to why it was not begun."""
    results: dict[str, MasterResult | None] = {}
    skipped: dict[str, str] = {}
    states = _states(ti, run)
    for master in MASTERS:
        task_id = f"sync_{master.name}"
        reason = ti.xcom_pull(task_ids=task_id, key=SKIPPED)
        if reason is not None:
            skipped[master.name] = reason
        elif states.get(task_id) in TRIED:
            result = ti.xcom_pull(task_ids=task_id, key=RESULT)
            results[master.name] = MasterResult.from_json(result) if result else None
        else:
            skipped[master.name] = "not_run"
    return results, skipped


def _states(ti: Any, run: Any) -> Mapping[str, str]:
    states: Mapping[str, str] = ti.get_task_states(dag_id=run.dag_id, run_ids=[run.run_id]).get(run.run_id, {})
    return states


def _jst(moment: Any) -> str:
    text: str = moment.astimezone(JST).isoformat(timespec="seconds")
    return text


def _run_url(run: Any) -> str | None:
    base = conf.get("api", "base_url", fallback=None)
    return f"{base.rstrip('/')}/dags/{run.dag_id}/runs/{run.run_id}" if base else None
