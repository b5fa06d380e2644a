"""What is remembered of a master's earlier runs, and what follows from it for the failed rows of this one."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import pytest

from fakes import FakeStore
from freee_sync.history import RUNS_KEPT, SLOT, History, PastRun, keep_history, recall_history
from freee_sync.ledger import Ledger
from freee_sync.outcome import FAILED_ROWS_KEPT, FailedRow, MasterResult, Problem, RowState
from freee_sync.tally import Tally

MONDAY, TUESDAY = "2026-11-23T06:00:00+09:00", "2026-11-24T06:00:00+09:00"


def refused(key: str, **values: Any) -> FailedRow:
    return FailedRow(**{"key": key, "name": "name", "row_code": "", "code": "row.too_long", "detail": "why", **values})


def result(**values: Any) -> MasterResult:
    return MasterResult(**{"master": "items", "mode": "delta", "complete": True, **values})


def after_monday(*keys: str) -> History:
    """The history after a run on Monday in which these rows failed."""
    rows = [History().dated(refused(key), "monday", MONDAY) for key in keys]
    return History().after("monday", result(failed_rows=rows))


def books(**states: RowState) -> Tally:
    tally = Tally(MasterResult("items"), Ledger())
    tally.stand({key: state for key, state in states.items() if state is not RowState.FAILED})
    tally.fail([refused(key) for key, state in states.items() if state is RowState.FAILED])
    return tally


def test_a_row_that_fails_for_the_first_time_dates_from_this_run() -> None:
    row = after_monday("a").dated(refused("b"), "tuesday", TUESDAY)
    assert (row.since, row.first_run, row.detail) == (TUESDAY, "tuesday", "why")


def test_a_row_that_failed_before_keeps_its_date_and_tells_what_is_wrong_now() -> None:
    row = after_monday("a").dated(refused("a", detail="something else"), "tuesday", TUESDAY)
    assert (row.since, row.first_run, row.detail) == (MONDAY, "monday", "something else")


def test_a_later_try_of_the_same_run_keeps_its_rows_new() -> None:
    row = after_monday("a").dated(refused("a"), "monday", MONDAY)
    assert row.first_run == "monday"


def test_without_history_nobody_knows_whether_a_row_failed_before() -> None:
    row = History(known=False).dated(refused("a"), "tuesday", TUESDAY)
    assert (row.since, row.first_run) == (TUESDAY, None)


def test_what_was_unknown_stays_unknown_in_the_next_run() -> None:
    row = History(known=False).dated(refused("a"), "monday", MONDAY)
    history = History(known=False).after("monday", result(failed_rows=[row]))
    later = history.dated(refused("a"), "tuesday", TUESDAY)
    assert (later.since, later.first_run, history.known) == (MONDAY, None, True)


def test_a_row_without_a_key_is_not_known_again() -> None:
    row = History().dated(refused("1-#7"), "monday", MONDAY)
    assert row.first_run is None
    assert not History().after("monday", result(failed_rows=[row])).open


@pytest.mark.parametrize("state", [RowState.CREATED, RowState.UPDATED, RowState.UNCHANGED])
def test_a_row_that_arrived_is_resolved(state: RowState) -> None:
    resolved = after_monday("a", "b").resolved(books(a=state), whole=False)
    assert [row.key for row in resolved] == ["a"]


def test_a_row_that_failed_again_or_got_no_answer_stays_open() -> None:
    tally = books(a=RowState.FAILED)
    tally.stand({"b": RowState.UNPROCESSED})
    assert after_monday("a", "b").resolved(tally, whole=True) == []


def test_a_row_that_a_whole_full_read_did_not_list_is_resolved() -> None:
    history = after_monday("gone")
    assert [row.key for row in history.resolved(books(a=RowState.UNCHANGED), whole=True)] == ["gone"]
    assert history.resolved(books(a=RowState.UNCHANGED), whole=False) == []


def test_a_missing_row_that_could_not_be_marked_stays_open() -> None:
    tally = books()
    tally.mark_failed(refused("a"))
    assert after_monday("a").resolved(tally, whole=True) == []


def test_resolved_rows_are_no_longer_open() -> None:
    history = after_monday("a", "b")
    left = history.after("tuesday", result(resolved=[history.open["a"]]))
    assert list(left.open) == ["b"]


def test_each_run_has_one_entry_with_the_counts_of_its_last_try() -> None:
    history = History().after("monday", result(read=1)).after("monday", result(read=2))
    assert [(run.run_id, run.read) for run in history.runs] == [("monday", 2)]


def test_only_the_newest_runs_are_kept() -> None:
    history = History()
    for number in range(RUNS_KEPT + 5):
        history = history.after(f"run {number}", result(read=number))
    assert [run.read for run in history.runs] == list(range(5, RUNS_KEPT + 5))


def test_a_row_that_fails_beside_as_many_as_are_kept_may_have_failed_before() -> None:
    rows = [History().dated(refused(f"a{number}"), "monday", MONDAY) for number in range(FAILED_ROWS_KEPT)]
    history = History().after("monday", result(failed_rows=rows))
    assert history.dated(refused("b"), "tuesday", TUESDAY).first_run is None


def test_as_many_open_failures_as_are_kept_fit_into_what_airflow_keeps_without_complaint() -> None:
    """The default of `[state_store] max_value_storage_bytes`."""
    store = FakeStore()
    rows = [
        History().dated(refused(f"1234567-1234567{number:03}", name="株" * 100), f"scheduled__{MONDAY}", MONDAY)
        for number in range(FAILED_ROWS_KEPT)
    ]
    keep_history(store, History().after("monday", result(failed_rows=rows)))
    assert len(recall_history(store).open) == FAILED_ROWS_KEPT
    assert len(json.dumps(store.values[SLOT])) < 65_535


def test_of_more_open_failures_than_are_kept_the_oldest_stay() -> None:
    history = after_monday("oldest")
    rows = [history.dated(refused(f"new {number}"), "tuesday", TUESDAY) for number in range(FAILED_ROWS_KEPT)]
    left = history.after("tuesday", result(failed_rows=rows)).open
    assert len(left) == FAILED_ROWS_KEPT
    assert left["oldest"].since == MONDAY


@pytest.mark.parametrize(
    "later", [{"mode": "full"}, {"complete": False}, {"stop": Problem("freee.maintenance", "503")}], ids=str
)
def test_a_run_is_compared_with_the_last_whole_one_of_the_same_mode(later: dict[str, Any]) -> None:
    history = History().after("monday", result(read=7)).after("later", result(read=9, **later))
    assert history.read_before("tuesday", "delta") == 7


def test_a_run_is_not_compared_with_itself() -> None:
    assert History().after("monday", result(read=7)).read_before("monday", "delta") is None


def test_what_was_kept_is_recalled() -> None:
    store, history = FakeStore(), after_monday("a", "b")
    keep_history(store, history)
    store.values = json.loads(json.dumps(store.values))
    assert recall_history(store) == history


NO_TIME = {"runs": [], "open": [{"first_run": "monday", "since": "soon", "code": "row.too_long", "rows": [["a", "A"]]}]}
NO_NUMBER = {"runs": [{**asdict(PastRun.of("monday", result())), "read": "many"}], "open": []}


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "text",
        3,
        {},
        {"runs": 3, "open": []},
        {"runs": [{"x": 1}], "open": []},
        {"runs": [], "open": [{}]},
        {"runs": [], "open": [3]},
        NO_TIME,
        NO_NUMBER,
    ],
)
def test_lost_or_broken_history_is_not_known(broken: object) -> None:
    store = FakeStore()
    store.set(SLOT, broken)
    assert recall_history(store) == History(known=False)


def test_a_result_carries_its_resolved_rows_through_json() -> None:
    told = result(resolved=list(after_monday("a").open.values()))
    assert MasterResult.from_json(json.loads(json.dumps(told.to_json()))) == told


def test_a_past_run_is_whole_only_if_nothing_ended_it() -> None:
    assert PastRun.of("monday", result()).whole
    assert not PastRun.of("monday", result(stop=Problem("task.error", ""))).whole
