"""The books and the budget of a push."""

from __future__ import annotations

import pytest

from fakes import FakeStore
from freee_sync.errors import Stop
from freee_sync.outcome import FailedRow, MasterResult, Problem, RowState
from freee_sync.push.books import Books
from freee_sync.push.budget import Budget


def test_what_was_read_and_not_answered_is_unprocessed_for_the_reason_that_ended_it() -> None:
    books = Books(MasterResult("push_partners"))
    for account in ("a1", "a2", "a3"):
        books.read(account)
    books.settle("a1", RowState.CREATED)
    books.fail(FailedRow("a2", "二号商店", "", "push.shared", ""))
    books.result.stop = Problem("push.budget", "")

    told = books.as_it_stands()

    assert (told.read, told.created, told.failed, told.unprocessed) == (3, 1, 1, 1)
    assert told.causes == {"push.shared": 1, "push.budget": 1}
    assert not books.all_answered


def test_the_budget_of_a_day_is_counted_over_all_its_runs() -> None:
    store = FakeStore()
    for _ in range(2):
        Budget(store, "2026-11-24", most=2).spend()
    with pytest.raises(Stop) as spent:
        Budget(store, "2026-11-24", most=2).spend()
    assert spent.value.code == "push.budget"
    Budget(store, "2026-11-25", most=2).spend()
