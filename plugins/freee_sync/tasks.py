"""What the DAG's tasks do, between Airflow and the rest: the run's Params and Variables in, XComs and task states out.

Whatever stops a task is in an XCom before it is raised, so that the mail can tell it: a task that is killed says nothing more.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk.timezone import utcnow

from freee_sync import check
from freee_sync.attempt import Order, Tools
from freee_sync.bilingual import say, speak, spoken
from freee_sync.budget import Budget
from freee_sync.calls import DayMeter, Limit, OrgMeter
from freee_sync.cursors import JST, Cursor
from freee_sync.errors import Retry, Stop
from freee_sync.freee.hook import FreeeHook
from freee_sync.mapper import Mapper
from freee_sync.mapping import MasterMapping, no_block, read_mapping
from freee_sync.masters import Master
from freee_sync.memory import StateStore, context_of, remember_job
from freee_sync.outcome import Link, MasterResult, Problem
from freee_sync.outlets import master_alias, master_asset, runs_asset
from freee_sync.report.wording import SKIPS, master_name, word_of
from freee_sync.salesforce.bulk_calls import IngestJobs
from freee_sync.salesforce.bulk_csv import BulkTarget
from freee_sync.salesforce.bulk_jobs import BulkUpsert
from freee_sync.salesforce.login import open_org
from freee_sync.salesforce.org import Org
from freee_sync.salesforce.rows import HeldRows
from freee_sync.salesforce.sobject_collections import CollectionsUpsert
from freee_sync.settings import Settings, read_language, read_settings
from freee_sync.sync import sync_master
from freee_sync.timetable import missed_starts
from freee_sync.tries import Tries
from freee_sync.variables import TaskVariables
from freee_sync.verdicts import verdict
from freee_sync.wiring import Wiring

log = logging.getLogger(__name__)

RESULT, SKIPPED, LINK, MISSED = "result", "skipped", "link", "missed_starts"
"""XCom keys."""

Context = Mapping[str, Any]
"""What Airflow hands a running task."""


def settings_of(wiring: Wiring) -> Settings:
    """The Variables as they are now. From here on the task speaks the language that they name."""
    get = cache(TaskVariables().get)
    speak(read_language(wiring.prefix, get))
    return read_settings(wiring.prefix, get)


# check_link


def check_link(wiring: Wiring, context: Context) -> bool:
    """Whether the run goes on; False skips it without a mail.

    :raises AirflowFailException: with everything that has to be mended, which is also in the mail.
    """
    with _linked(context):
        return _check_link(wiring, context)


def _check_link(wiring: Wiring, context: Context) -> bool:
    settings = settings_of(wiring)
    if _scheduled(context) and not settings.enabled:
        name = f"{wiring.prefix}enabled"
        log.info("%s", say(f"停止中({name})のため実行しません。", f"Switched off ({name}), so nothing is run."))
        return False
    if not _freee(wiring).is_linked():
        conn_id = wiring.freee_conn_id
        why = say(
            f"freeeと連携されていないため実行しません(Connection {conn_id})。",
            f"freee is not linked, so nothing is run (Connection {conn_id}).",
        )
        log.info("%s", why)
        return False
    context["ti"].xcom_push(MISSED, _missed_starts(wiring, settings, context))
    doors = check.Doors(
        freee=lambda: _freee(wiring),
        org=lambda: open_org(wiring.salesforce_conn_id),
    )
    link = check.check_link(settings, wiring.mapping, doors)
    context["ti"].xcom_push(LINK, link.to_json())
    _raise_problems(link)
    return True


@contextmanager
def _linked(context: Context) -> Iterator[None]:
    """Whatever ends the check before it has found anything is left for the mail."""
    try:
        yield
    except Exception as failure:
        if context["ti"].xcom_pull(task_ids="check_link", key=LINK) is None:
            context["ti"].xcom_push(LINK, Link(problems=(Problem.of(failure),)).to_json())
        raise


def _freee(wiring: Wiring) -> FreeeHook:
    return FreeeHook(wiring.freee_conn_id, prefix=wiring.prefix)


def _scheduled(context: Context) -> bool:
    return bool(context["dag_run"].run_type.value == "scheduled")


def _missed_starts(wiring: Wiring, settings: Settings, context: Context) -> list[str]:
    """Due starts since the last scheduled run that did not happen; a retry of this run sees the same ones, an older one cleared none."""
    if not _scheduled(context):
        return []
    store = context["asset_state_store"][runs_asset(wiring.dag_id)]
    run = context["dag_run"]
    last = store.get("scheduled", default=None) or {"run_id": None, "at": None, "before": None}
    before = last["before"] if last["run_id"] == run.run_id else last["at"]
    if last["at"] and datetime.fromisoformat(last["at"]) > run.run_after:
        return []
    store.set("scheduled", {"run_id": run.run_id, "at": run.run_after.isoformat(), "before": before})
    previous = datetime.fromisoformat(before) if before else None
    return [start.isoformat() for start in missed_starts(previous, run.run_after, settings.hour)]


def _raise_problems(link: Link) -> None:
    for name, problem in link.masters.items():
        log.error("%s: %s", name, explain(problem))
    if not link.problems:
        return
    text = "\n".join(explain(problem) for problem in link.problems)
    if all(verdict(problem.code).verb == "retry" for problem in link.problems):
        raise Retry(link.problems[0].code, text)
    raise AirflowFailException(text)


def explain(problem: Problem) -> str:
    """Cause, place and remedy, for the task log."""
    wording = verdict(problem.code).words(spoken())
    return f"{wording.cause} {wording.hint} [{problem.code}] {problem.detail}"


# sync_<master>


def sync(wiring: Wiring, master: Master, context: Context) -> None:
    """Sync one master and leave its result in XCom, whatever happens.

    :raises AirflowSkipException: not wanted in this run, or a preview: nothing that follows the data may start.
    :raises AirflowFailException: rows failed, or what stopped it needs a person.
    :raises Retry: what stopped it may pass.
    """
    settings = settings_of(wiring)
    _skip_unless_wanted(master, settings, context)
    tries = Tries(context["task_state_store"], context["ti"].try_number)
    budget = _budget(settings, context["asset_state_store"][runs_asset(wiring.dag_id)])
    this = _Try(wiring, master, context, tries, budget)
    with stops_failed(), _told(this):
        result = _sync(this, settings)
    _announce(this, result)
    if result.dry_run:
        raise AirflowSkipException(say("プレビューのため、何も書き込んでいません。", "A preview: nothing was written."))
    if result.tolerated(settings.max_failed_rows):
        return
    if not (result.unsuccessful or result.mark_failed):
        raise Retry("freee.listing_moved", master.name)
    raise AirflowFailException(_failures(master, result))


@dataclass(frozen=True)
class _Try:
    """One try of one master's task."""

    wiring: Wiring
    master: Master
    context: Context
    tries: Tries
    budget: Budget

    def publish(self, result: MasterResult) -> MasterResult:
        """Leave the result in XCom, and say how it was left there: with what earlier tries wrote, and with the calls made."""
        told = replace(self.tries.carry(result), calls=self.budget.calls)
        self.context["ti"].xcom_push(RESULT, told.to_json())
        return told


def _skip_unless_wanted(master: Master, settings: Settings, context: Context) -> None:
    reason = None
    if master.name not in context["params"]["masters"]:
        reason = "not_chosen"
    elif master.switch and not getattr(settings, master.switch):
        reason = "switched_off"
    if reason:
        context["ti"].xcom_push(SKIPPED, reason)
        raise AirflowSkipException(f"{master_name(master, spoken())}: {word_of(SKIPS, reason, spoken())}")


def _failures(master: Master, result: MasterResult) -> str:
    causes = [
        f"{say(f'{rows}件', f'{rows} rows:')} {verdict(code).words(spoken()).cause} [{code}]"
        for code, rows in result.causes.items()
    ]
    return f"{master_name(master, spoken())}: {' '.join(causes)}"


@contextmanager
def _told(this: _Try) -> Iterator[None]:
    """Say in XCom what stopped a master before it had a result of its own."""
    ti, name = this.context["ti"], this.master.name
    this.publish(MasterResult(name))
    try:
        yield
    except BaseException as ending:
        if ti.xcom_pull(task_ids=ti.task_id, key=RESULT)["stop"] is None:
            this.publish(MasterResult(name, stop=Problem.of(ending)))
        raise
    finally:
        this.budget.close(name)


@contextmanager
def stops_failed() -> Iterator[None]:
    """Our verbs as Airflow's: a Stop fails the task for good, anything else is left to its retries."""
    try:
        yield
    except Stop as problem:
        raise AirflowFailException(explain(Problem.of(problem))) from problem


def _sync(this: _Try, settings: Settings) -> MasterResult:
    wiring, master, params = this.wiring, this.master, this.context["params"]
    freee = _freee(wiring)
    freee.meter = this.budget.freee
    org = open_org(wiring.salesforce_conn_id, meter=this.budget.salesforce)
    mapping = _mapping(wiring, master)
    mapper = Mapper(master, mapping, org.describe(mapping.object), freee.account.credentials.company_id)
    order = Order(
        began=utcnow(),
        context=_context(freee, org, mapping),
        run_id=this.context["dag_run"].run_id,
        full_load=params["full_load"],
        full_every_days=settings.full_every_days,
        dry_run=params["dry_run"],
        approve_missing=params["approve_missing"],
    )
    return sync_master(mapper, order, _tools(this, mapper, (freee, org)), this.budget)


def _budget(settings: Settings, store: StateStore) -> Budget:
    """What one try may ask of both sides: the DAG's own memory tells what its other tries of today asked of freee."""
    day = utcnow().astimezone(JST).date().isoformat()
    return Budget(
        DayMeter(store, day, Limit(settings.freee_calls, f"{settings.prefix}freee_calls")),
        OrgMeter(Limit(settings.salesforce_share, f"{settings.prefix}salesforce_share")),
    )


def _mapping(wiring: Wiring, master: Master) -> MasterMapping:
    block = read_mapping(wiring.mapping).get(master.name)
    if block is None:
        raise Stop("settings.mapping", no_block(wiring.mapping.name, master))
    return block


def _context(freee: FreeeHook, org: Org, mapping: MasterMapping) -> str:
    return context_of(
        api=freee.account.api_url,
        company=freee.account.credentials.company_id,
        org=org.organization(),
        mapping=mapping.model_dump(),
    )


def _tools(this: _Try, mapper: Mapper, sides: tuple[FreeeHook, Org]) -> Tools:
    freee, org = sides
    wiring, master, mapping = this.wiring, this.master, mapper.mapping
    store = this.context["asset_state_store"][master_asset(wiring.dag_id, master)]
    target = BulkTarget(mapping.object, mapping.key, mapper.times)
    return Tools(
        fetch=freee.get,
        held=HeldRows(org, mapper),
        upsert=CollectionsUpsert(org, mapping.object, mapping.key),
        bulk=BulkUpsert(IngestJobs(org), target, partial(remember_job, store)),
        store=store,
        cursor=Cursor(TaskVariables(), wiring.prefix, master) if master.delta else None,
        publish=this.publish,
    )


def _announce(this: _Try, result: MasterResult) -> None:
    """Tell Airflow that the org's copy changed, for DAGs that wait for it. An event of a try that failed is lost, its counts are not."""
    if not result.wrote:
        return
    written = result.written + result.earlier
    counts = {state: getattr(written, state) for state in ("created", "updated", "marked")}
    counts |= {"unchanged": result.unchanged, "failed": result.failed}
    alias, asset = master_alias(this.wiring.dag_id, this.master), master_asset(this.wiring.dag_id, this.master)
    this.context["outlet_events"][alias].add(asset, extra=counts)
