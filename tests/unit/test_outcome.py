"""How a master ended, and whether that leaves its task green."""

from __future__ import annotations

from dataclasses import replace

import pytest

from freee_sync.outcome import MasterResult, Problem, Status

WHOLE = MasterResult("partners", read=10, created=1, updated=2, unchanged=7, complete=True, finished=True)
REFUSED = replace(WHOLE, unchanged=5, failed=1, unprocessed=1)


def test_a_whole_read_with_good_rows_is_a_success_and_green() -> None:
    assert WHOLE.status is Status.SUCCESS
    assert WHOLE.tolerated(0)


@pytest.mark.parametrize(
    ("worse", "status"),
    [
        (replace(WHOLE, finished=False), Status.FAILED),
        (replace(WHOLE, stop=Problem("freee.unavailable", "")), Status.FAILED),
        (replace(WHOLE, complete=False), Status.PARTIAL),
        (replace(WHOLE, missing=1, mark_failed=1), Status.PARTIAL),
    ],
    ids=["cut off", "stopped", "not all read", "a mark refused"],
)
def test_nothing_worse_than_a_refused_row_is_ever_tolerated(worse: MasterResult, status: Status) -> None:
    assert worse.status is status
    assert not worse.tolerated(100)


def test_rows_without_an_answer_count_as_refused_ones() -> None:
    assert REFUSED.status is Status.PARTIAL
    assert (REFUSED.succeeded, REFUSED.unsuccessful) == (8, 2)
    assert [REFUSED.tolerated(rows) for rows in (0, 1, 2)] == [False, False, True]
