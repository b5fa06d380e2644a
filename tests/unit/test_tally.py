"""The books of one try balance at any moment."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from freee_sync.ledger import Ledger
from freee_sync.outcome import FAILED_ROWS_KEPT, FailedRow, MasterResult, Problem, RowState, Status
from freee_sync.tally import Tally


def refused(key: str, code: str = "salesforce.STRING_TOO_LONG") -> FailedRow:
    return FailedRow(key, f"name of {key}", "", code, "detail")


def read(*keys: str) -> Tally:
    tally = Tally(MasterResult("partners"), Ledger())
    tally.begin_sweep("1-")
    tally.stand(dict.fromkeys(keys, RowState.UNPROCESSED))
    return tally


def test_what_was_read_and_has_no_state_is_unprocessed() -> None:
    result = read("a", "b").result()
    assert (result.read, result.unprocessed) == (2, 2)
    assert result.causes == {"task.interrupted": 2}


def test_unprocessed_rows_take_the_cause_of_the_stop() -> None:
    stopped = MasterResult("partners", stop=Problem("freee.maintenance", "503"))
    tally = Tally(stopped, Ledger())
    tally.stand({"a": RowState.UNPROCESSED})
    assert tally.result().causes == {"freee.maintenance": 1}


def test_a_key_listed_twice_is_one_row() -> None:
    tally = read("a", "a")
    tally.stand({"a": RowState.CREATED})
    tally.stand({"a": RowState.UNPROCESSED})
    result = tally.result()
    assert (result.read, result.created) == (1, 1)


def test_a_row_written_in_this_try_stays_written_when_it_is_found_unchanged_later() -> None:
    tally = read("a")
    tally.stand({"a": RowState.CREATED})
    tally.stand({"a": RowState.UNCHANGED})
    assert tally.result().created == 1


def test_a_row_that_failed_and_then_arrives_is_no_failure_any_more() -> None:
    tally = read("a")
    tally.fail([refused("a")])
    assert not tally.settled_well
    tally.stand({"a": RowState.UPDATED})
    result = tally.result()
    assert (result.failed, result.updated, result.causes, result.failed_rows) == (0, 1, {}, [])
    assert tally.settled_well


def test_failed_rows_beyond_the_limit_are_counted_but_not_carried() -> None:
    names = [str(number) for number in range(FAILED_ROWS_KEPT + 7)]
    tally = read(*names)
    tally.fail(map(refused, names))
    result = tally.result()
    assert (result.failed, len(result.failed_rows)) == (FAILED_ROWS_KEPT + 7, FAILED_ROWS_KEPT)


def test_a_row_created_in_this_try_and_changed_again_stays_created() -> None:
    tally = read("a")
    tally.stand({"a": RowState.CREATED})
    tally.stand({"a": RowState.UPDATED})
    assert (tally.result().created, tally.result().updated) == (1, 0)


def test_rows_named_by_their_place_are_forgotten_when_the_listing_begins_anew() -> None:
    tally = read("a", "1-#7")
    tally.stand({"a": RowState.CREATED})
    tally.fail([refused("1-#7")])
    tally.begin_sweep("1-")
    result = tally.result()
    assert (result.read, result.created, result.failed, result.causes, result.failed_rows) == (1, 1, 0, {}, [])


def test_a_missing_row_whose_mark_was_never_answered_could_not_be_marked() -> None:
    stopped = MasterResult("partners", missing=5, marked=2, held=1, stop=Problem("salesforce.unavailable", "503"))
    snapshot = Tally(stopped, Ledger()).result()
    assert (snapshot.mark_failed, snapshot.causes) == (2, {"salesforce.unavailable": 2})


def test_a_mark_that_failed_is_counted_apart_from_the_rows_that_were_read() -> None:
    result = MasterResult("partners", finished=True, missing=1)
    tally = Tally(result, Ledger())
    tally.mark_failed(refused("gone"))
    snapshot = tally.result()
    assert (snapshot.read, snapshot.failed, snapshot.mark_failed) == (0, 0, 1)
    assert snapshot.status is Status.PARTIAL


KEYS = st.sampled_from("abcdef")
STEPS = st.one_of(
    st.tuples(st.just("settle"), KEYS, st.sampled_from([RowState.CREATED, RowState.UPDATED, RowState.UNCHANGED])),
    st.tuples(st.just("fail"), KEYS, st.sampled_from(["row.too_long", "salesforce.X"])),
)


@given(st.lists(STEPS))
def test_whatever_happens_in_whatever_order_every_row_is_in_one_state(steps: list[tuple[str, str, str]]) -> None:
    tally = Tally(MasterResult("partners"), Ledger())
    moves: dict[str, Callable[[str, str], None]] = {
        "settle": lambda key, state: tally.stand({key: RowState(state)}),
        "fail": lambda key, code: tally.fail([refused(key, code)]),
    }
    for step, key, what in steps:
        tally.stand({key: RowState.UNPROCESSED})
        moves[step](key, what)
        tally.result().check()
    result = tally.result()
    assert result.read == len({key for _, key, _ in steps})
    assert len(result.failed_rows) == result.failed
    assert tally.settled_well is (result.unsuccessful == 0)


def test_a_result_survives_the_way_through_xcom() -> None:
    tally = read("a", "b")
    tally.fail([refused("a")])
    result = tally.result()
    assert MasterResult.from_json(result.to_json()) == result
