"""What the tasks do with a run's context, Variables and Connections, on the sandbox and without a scheduler."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from fakes import FakeStore, FakeVariables
from freee_sync import tasks
from freee_sync.cursors import JST
from freee_sync.errors import Retry
from freee_sync.freee import hook
from freee_sync.masters import BY_NAME
from freee_sync.wiring import Wiring
from rig import MAPPING, Rig, rigged
from sandbox.wire import Fault

WIRING = Wiring(dag_id="freee_master_sync", include_dir=MAPPING.parent)
ITEMS = BY_NAME["items"]


@dataclass
class TaskInstance:
    """Keeps XComs, and gives the task its own back."""

    task_id: str = "check_link"
    try_number: int = 1
    xcoms: dict[str, Any] = field(default_factory=dict)

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[key] = json.loads(json.dumps(value))

    def xcom_pull(self, task_ids: str, key: str) -> Any:
        assert task_ids == self.task_id
        return self.xcoms.get(key)


@dataclass
class Desk:
    """One DAG's Variables, states and Connections, and a task at work on them."""

    rig: Rig
    variables: FakeVariables
    states: dict[str, FakeStore] = field(default_factory=dict)

    def context(self, run_type: str = "manual", day: int = 24, **params: Any) -> dict[str, Any]:
        """What Airflow hands a task of the run of 06:00 on this day of November."""
        at = datetime(2026, 11, day, 6, tzinfo=JST)
        asked = {"masters": list(BY_NAME), "full_load": False, "dry_run": False, "approve_missing": False} | params
        return {
            "ti": TaskInstance(),
            "dag_run": SimpleNamespace(
                run_type=SimpleNamespace(value=run_type), run_id=f"{run_type}-{day}", run_after=at
            ),
            "params": asked,
            "asset_state_store": _Stores(self.states),
            "task_state_store": FakeStore(),
            "outlet_events": defaultdict(_Events),
        }

    def work(
        self, expected: type[Exception] | None = None, **params: Any
    ) -> tuple[dict[str, Any], list[dict[str, int]]]:
        """One try of the task of 品目, which must end so: the result that it left, and what it told through its asset."""
        context = self.context(**params)
        context["ti"].task_id = "sync_items"
        with pytest.raises(expected) if expected else nullcontext():
            tasks.sync(WIRING, ITEMS, context)
        return context["ti"].xcoms[tasks.RESULT], [
            extra for told in context["outlet_events"].values() for extra in told
        ]

    def missed(self, day: int) -> list[str]:
        """What the check of a scheduled run of this day tells of missed starts."""
        context = self.context("scheduled", day)
        assert tasks.check_link(WIRING, context)
        found: list[str] = context["ti"].xcoms[tasks.MISSED]
        return [start[:10] for start in found]


class _Events(list[dict[str, int]]):
    """What a task told through one asset alias."""

    def add(self, asset: Any, extra: dict[str, int]) -> None:
        self.append(extra)


class _Stores(dict[Any, FakeStore]):
    """One store for each asset, by its name."""

    def __init__(self, states: dict[str, FakeStore]) -> None:
        super().__init__()
        self._states = states

    def __getitem__(self, asset: Any) -> FakeStore:
        return self._states.setdefault(asset.name, FakeStore())


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """An enabled, linked DAG."""
    variables = FakeVariables({"freee_sync_enabled": "true", "freee_sync_hour": "6"})
    monkeypatch.setattr(tasks, "TaskVariables", lambda: variables)
    monkeypatch.setattr(hook, "TaskVariables", lambda: variables)
    with rigged() as rig:
        yield Desk(rig, variables)
        monkeypatch.undo()  # before the rig takes its Connections back: later it would put them there again


def connection(monkeypatch: pytest.MonkeyPatch, name: str, **fields: Any) -> None:
    """Give a Connection these fields and no others."""
    monkeypatch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(fields))


def problems_of(desk: Desk) -> list[dict[str, str]]:
    """The check must fail for good; what it leaves for the mail."""
    context = desk.context()
    with pytest.raises(AirflowFailException):
        tasks.check_link(WIRING, context)
    found: list[dict[str, str]] = context["ti"].xcoms[tasks.LINK]["problems"]
    return found


def test_a_linked_run_goes_on_and_leaves_who_and_where_for_the_mail(desk: Desk) -> None:
    context = desk.context()
    assert tasks.check_link(WIRING, context)
    link = context["ti"].xcoms[tasks.LINK]
    assert (link["company_id"], link["problems"], link["masters"]) == (desk.rig.sandbox.company.id, [], {})
    assert "花子" in link["authorised_by"]


def test_a_scheduled_run_that_slipped_through_while_off_is_skipped_and_one_by_hand_is_not(desk: Desk) -> None:
    desk.variables.values["freee_sync_enabled"] = "false"
    desk.rig.forget()
    assert not tasks.check_link(WIRING, desk.context("scheduled"))
    assert desk.rig.sandbox.freee_wire.calls() == []
    assert tasks.check_link(WIRING, desk.context("manual"))


def test_what_was_never_linked_is_skipped(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_FREEE_DEFAULT")
    context = desk.context("scheduled")
    assert not tasks.check_link(WIRING, context)
    assert tasks.LINK not in context["ti"].xcoms


def test_a_link_that_was_there_and_is_gone_is_no_skip(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tasks.check_link(WIRING, desk.context())
    monkeypatch.delenv("AIRFLOW_CONN_FREEE_DEFAULT")
    (problem,) = problems_of(desk)
    assert problem["code"] == "settings.connection"
    assert "freee_default" in problem["detail"]


def test_a_missing_salesforce_connection_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_SALESFORCE_DEFAULT")
    (problem,) = problems_of(desk)
    assert problem["code"] == "settings.connection"
    assert "salesforce_default" in problem["detail"]


@pytest.mark.parametrize("extra", [{}, {"consumer_key": "only this"}, "not json"])
def test_a_half_filled_salesforce_connection_is_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, extra: dict[str, str] | str
) -> None:
    connection(monkeypatch, "salesforce_default", conn_type="salesforce", extra=extra)
    (problem,) = problems_of(desk)
    assert problem["code"] == "settings.connection"
    assert "salesforce_default" in problem["detail"]


def test_a_wrong_salesforce_secret_is_a_refused_log_in(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = desk.rig.sandbox.connections()["salesforce_default"]
    connection(monkeypatch, "salesforce_default", **fields | {"extra": fields["extra"] | {"consumer_secret": "wrong"}})
    (problem,) = problems_of(desk)
    assert problem["code"] == "login.invalid_client"
    assert "wrong" not in problem["detail"]


def test_what_is_wrong_is_told_in_the_language_of_the_settings(desk: Desk) -> None:
    desk.variables.values |= {"freee_sync_language": "en", "freee_sync_hour": "25"}
    (problem,) = problems_of(desk)
    assert problem["detail"].startswith('The Variable "freee_sync_hour" holds "25", which cannot be used.')


def test_a_language_that_cannot_be_used_is_told_in_japanese(desk: Desk) -> None:
    desk.variables.values["freee_sync_language"] = "fr"
    (problem,) = problems_of(desk)
    assert problem["detail"].startswith("Variable「freee_sync_language」の値「fr」は使えません。")


def test_an_unknown_company_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    fields = desk.rig.sandbox.connections()["freee_default"]
    connection(monkeypatch, "freee_default", **fields | {"extra": fields["extra"] | {"company_id": 1}})
    (problem,) = problems_of(desk)
    assert problem["code"] == "freee.company_not_found"


def test_a_start_that_did_not_happen_is_told_once_and_also_by_a_retry(desk: Desk) -> None:
    assert desk.missed(22) == []
    assert desk.missed(25) == ["2026-11-23", "2026-11-24"]
    assert desk.missed(25) == ["2026-11-23", "2026-11-24"]
    assert desk.missed(26) == []


def test_clearing_an_old_run_makes_no_later_start_a_missed_one(desk: Desk) -> None:
    for day in (22, 23, 24):
        assert desk.missed(day) == []
    assert desk.missed(22) == []
    assert desk.missed(25) == []


def test_a_trouble_with_the_link_itself_is_in_the_mail_too(desk: Desk) -> None:
    desk.variables.get = _unreadable  # type: ignore[method-assign]  # an API server that fails
    context = desk.context()
    with pytest.raises(Retry, match="unreadable"):
        tasks.check_link(WIRING, context)
    assert "settings.unreadable" in {problem["code"] for problem in context["ti"].xcoms[tasks.LINK]["problems"]}


def _unreadable(name: str) -> str | None:
    raise Retry("settings.unreadable", name)


@pytest.mark.parametrize(("params", "reason"), [({"masters": ["taxes"]}, "not_chosen"), ({}, "switched_off")])
def test_a_master_that_is_not_wanted_says_why(desk: Desk, params: dict[str, Any], reason: str) -> None:
    context = desk.context(**params)
    with pytest.raises(AirflowSkipException):
        tasks.sync(WIRING, BY_NAME["memo_tags"], context)
    assert context["ti"].xcoms == {tasks.SKIPPED: reason}


def refuse_one(desk: Desk) -> None:
    """Salesforce takes no item of the first one's name."""
    company, org = desk.rig.sandbox.company, desk.rig.sandbox.org
    name = company.row("items", company.keys("items")[0])["name"]
    org.validation_rules["FreeeItem__c"] = lambda row: "no" if row["FullName__c"] == name else None


def test_a_master_whose_rows_all_arrived_is_green_and_tells_that_its_copy_changed(desk: Desk) -> None:
    result, events = desk.work()
    assert (result["finished"], result["created"]) == (True, result["read"])
    assert [event["created"] for event in events] == [result["read"]]


def test_a_master_that_changed_nothing_tells_nothing_through_its_asset(desk: Desk) -> None:
    desk.work()
    result, events = desk.work(full_load=True)
    assert result["unchanged"] == result["read"]
    assert events == []


def test_one_refused_row_makes_its_task_red_for_good(desk: Desk) -> None:
    refuse_one(desk)
    result, _ = desk.work(AirflowFailException)
    assert (result["failed"], result["created"]) == (1, result["read"] - 1)


def test_the_tasks_log_is_in_the_language_of_the_settings(desk: Desk) -> None:
    refuse_one(desk)
    desk.variables.values["freee_sync_language"] = "en"
    context = desk.context()
    context["ti"].task_id = "sync_items"
    with pytest.raises(AirflowFailException, match=r"^items: 1 rows: .*VALIDATION") as ended:
        tasks.sync(WIRING, ITEMS, context)
    assert str(ended.value).isascii()


def test_as_many_refused_rows_as_the_variable_allows_leave_the_task_green(desk: Desk) -> None:
    refuse_one(desk)
    desk.variables.values["freee_sync_max_failed_rows"] = "1"
    result, _ = desk.work()
    assert result["failed"] == 1
    assert not desk.variables.values["freee_sync_cursor_items"]


def test_what_needs_a_person_fails_for_good_and_is_told_though_nothing_was_begun(desk: Desk) -> None:
    desk.rig.sandbox.org.integration.access.hide("FreeeItem__c")
    result, _ = desk.work(AirflowFailException)
    assert (result["stop"]["code"], result["mode"]) == ("salesforce.object", None)


def test_what_may_pass_is_told_and_left_to_airflows_retries(desk: Desk) -> None:
    desk.rig.sandbox.freee_wire.add(Fault(path="/api/1/items", status=503, body=b"", times=99))
    result, _ = desk.work(Retry)
    assert (result["stop"]["code"], result["finished"]) == ("freee.maintenance", False)


def test_a_preview_is_skipped_so_that_nothing_after_it_starts(desk: Desk) -> None:
    result, events = desk.work(AirflowSkipException, dry_run=True)
    assert result["created"] == result["read"] > 0
    assert events == []


def asked(desk: Desk) -> tuple[int, int]:
    """How many calls both sides really got since the logs began, log-ins and token calls apart."""
    freee, salesforce = desk.rig.sandbox.freee_wire, desk.rig.sandbox.salesforce_wire
    return len(freee.calls(path="^/api/")), len(salesforce.calls(path="^/services/data/"))


def told_calls(result: dict[str, Any]) -> tuple[int, int]:
    """The same as the result tells it."""
    return result["calls"]["freee"], result["calls"]["salesforce"]


def of_today(desk: Desk) -> int:
    """The calls to freee that the DAG remembers of this day."""
    counted: int = desk.states["freee_master_sync.runs"].values["freee_calls"]["calls"]
    return counted


@pytest.mark.parametrize("dry_run", [False, True], ids=["sync", "preview"])
def test_a_result_tells_every_call_that_was_made(desk: Desk, dry_run: bool) -> None:
    desk.rig.forget()
    result, _ = desk.work(AirflowSkipException if dry_run else None, dry_run=dry_run)
    org = desk.rig.sandbox.org
    assert told_calls(result) == asked(desk)
    assert min(told_calls(result)) > 0
    assert (result["calls"]["org_used"], result["calls"]["org_limit"]) == (org.requests_used, org.daily_limit)
    assert of_today(desk) == result["calls"]["freee"]


def test_a_try_that_failed_tells_its_calls_and_the_day_adds_up(desk: Desk) -> None:
    first, _ = desk.work()
    desk.rig.forget()
    desk.rig.sandbox.freee_wire.add(Fault(path="/api/1/items", status=503, body=b"", times=99))
    failed, _ = desk.work(Retry)
    assert told_calls(failed) == asked(desk)
    assert failed["calls"]["freee"] > 0
    assert of_today(desk) == first["calls"]["freee"] + failed["calls"]["freee"]


def test_a_try_that_never_reached_freee_tells_its_calls(desk: Desk) -> None:
    desk.rig.forget()
    desk.rig.sandbox.org.integration.access.hide("FreeeItem__c")
    result, _ = desk.work(AirflowFailException)
    assert told_calls(result) == asked(desk) == (0, 1)


def test_the_share_of_the_org_stops_a_load_before_anything_is_read_or_written(desk: Desk) -> None:
    desk.variables.values["freee_sync_salesforce_share"] = "50"
    org = desk.rig.sandbox.org
    org.daily_limit = 2 * org.requests_used + 2
    desk.rig.forget()
    result, _ = desk.work(AirflowFailException)
    assert result["stop"]["code"] == "salesforce.budget"
    assert "50%（freee_sync_salesforce_share）" in result["stop"]["detail"]
    assert asked(desk) == (0, 1)
    assert not desk.rig.held("items")


def test_the_calls_of_a_day_stop_a_load_before_freee_is_listed(desk: Desk) -> None:
    desk.work()
    desk.variables.values["freee_sync_freee_calls"] = "3"
    desk.rig.forget()
    result, _ = desk.work(AirflowFailException, day=25, full_load=True)
    assert result["stop"]["code"] == "freee.budget"
    assert "上限3回（freee_sync_freee_calls）" in result["stop"]["detail"]
    assert result["calls"]["freee"] == asked(desk)[0] == 0
    assert of_today(desk) == 2
