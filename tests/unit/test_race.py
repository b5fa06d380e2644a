"""When a Bulk job is worth it beside the Collections calls, as fast as both have proved so far."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from freee_sync.salesforce.race import PROBE_FROM, PROBE_ROWS, Race
from freee_sync.salesforce.sobject_collections import CALL_ROWS

LANES = 3

seconds = st.floats(0.01, 60)
waits = st.floats(0, 7_200)  # of a job in the queue
rows = st.integers(0, 2_000_000)


def after_calls(each: float = 1.0, calls: int = 5) -> Race:
    """Some calls of 200 rows were answered, each in so many seconds."""
    race = Race(LANES)
    for _ in range(calls):
        race.collected(CALL_ROWS, each)
    return race


def after_probe(each: float, queue: float, working: float) -> Race:
    """The same, and a small job waited and was worked on for so many seconds."""
    race = after_calls(each)
    race.done(PROBE_ROWS, queue + working, working)
    return race


@given(waiting=rows)
def test_no_job_before_a_call_was_answered(waiting: int) -> None:
    assert Race(LANES).job_rows(waiting) == 0


@given(waiting=st.integers(0, PROBE_FROM - 1))
def test_no_job_for_few_rows(waiting: int) -> None:
    assert after_calls().job_rows(waiting) == 0


@given(waiting=st.integers(PROBE_FROM, 2_000_000), each=seconds)
def test_the_first_job_is_a_small_one(waiting: int, each: float) -> None:
    assert after_calls(each).job_rows(waiting) == PROBE_ROWS


def test_a_queue_that_is_slower_than_the_calls_gets_no_further_job() -> None:
    # given: 200 rows a second and lane; 50,000 rows take 84 s, half as long as a job waits for its turn
    race = after_probe(1.0, queue=170, working=2)
    # then
    assert race.job_rows(50_000) == 0
    assert race.job_rows(200_000) > 0  # 334 s: now it would


def test_a_fast_job_takes_what_lets_both_ways_end_together() -> None:
    # given: 600 rows a second by calls, 1,000 by a job that begins after 10 s
    race = after_probe(1.0, queue=10, working=2)
    # then: 33,750 rows in 10 s and 33.75 s, 26,250 in 43.75 s
    assert race.job_rows(60_000) == 33_749  # rounded down


@given(waiting=rows, each=seconds, queue=waits, working=seconds)
def test_both_ways_end_together_within_a_row_of_each(waiting: int, each: float, queue: float, working: float) -> None:
    share = after_probe(each, queue, working).job_rows(waiting)
    if share:
        row, pace = working / PROBE_ROWS, each / CALL_ROWS / LANES
        apart = (queue + share * row) - (waiting - share) * pace
        assert abs(apart) <= row + pace + 1e-6 * (queue + waiting * pace)


@given(waiting=rows, each=seconds, total=waits, working=waits)
def test_a_job_never_takes_more_rows_than_wait(waiting: int, each: float, total: float, working: float) -> None:
    """Not even when Salesforce says that it worked for longer than we waited: batches that it works on at once may add up."""
    race = after_calls(each)
    race.done(PROBE_ROWS, total, working)
    assert 0 <= race.job_rows(waiting) <= max(PROBE_ROWS, waiting)


@given(waiting=rows, more=st.integers(0, 100_000), each=seconds, queue=waits)
def test_the_more_rows_wait_the_more_a_job_takes(waiting: int, more: int, each: float, queue: float) -> None:
    race = after_probe(each, queue, 2.0)
    assert race.job_rows(waiting) <= race.job_rows(waiting + more)


def test_a_later_job_tells_anew_how_fast_rows_are() -> None:
    # given
    race = after_probe(1.0, queue=10, working=2)
    before = race.job_rows(60_000)
    # when: 20,000 rows in 110 s, of which the queue took 10
    race.done(20_000, 110, 0)
    # then: 5 ms a row instead of 1
    assert race.job_rows(60_000) == 13_500
    assert race.job_rows(60_000) < before


def test_calls_that_become_slower_make_jobs_larger() -> None:
    race = after_probe(1.0, queue=10, working=2)
    before = race.job_rows(60_000)
    for _ in range(30):
        race.collected(CALL_ROWS, 4.0)
    assert race.job_rows(60_000) > before


def test_a_job_is_overtaken_once_it_has_waited_for_longer_than_its_rows_take_by_calls() -> None:
    race = after_calls()  # 600 rows a second
    assert not race.overtaken(6_000, 9.9)
    assert race.overtaken(6_000, 10.1)


def test_nothing_overtakes_a_job_before_a_call_was_answered() -> None:
    assert not Race(LANES).overtaken(1, 1e9)


@given(waiting=rows, each=seconds)
def test_after_one_was_overtaken_there_is_no_further_job(waiting: int, each: float) -> None:
    race = after_probe(each, 0.0, 0.01)
    race.given_up()
    assert race.job_rows(waiting) == 0


class Interrupted(float):
    """Seconds of a call; while they are added up, another call is answered, as happens in a thread of its own."""

    race: Race

    def __radd__(self, other: float) -> float:
        self.race.collected(CALL_ROWS, 1.0)
        return other + float(self)


def test_calls_may_be_answered_while_it_is_thought_about() -> None:
    race = Race(LANES)
    Interrupted.race = race
    for _ in range(5):
        race.collected(CALL_ROWS, Interrupted(1.0))
    assert race.overtaken(6_000, 10.1)
    assert not race.overtaken(6_000, 9.9)


def test_few_rows_that_are_sent_again_by_a_job_of_their_own_tell_nothing_of_the_pace() -> None:
    """Nearly all that such a job takes is waiting: by that measure no job would ever be worth it again."""
    race = after_probe(1.0, queue=10, working=2)
    before = race.job_rows(60_000)
    race.done(3, 45, 0.003)
    assert race.job_rows(60_000) == before
