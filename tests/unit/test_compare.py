"""Which rows are written, and which are marked as missing."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import mapped, mapper, partner
from freee_sync.compare import CEILING_ROWS, compare, differences, digest, judge_missing
from freee_sync.fields import Value
from freee_sync.ledger import Entry
from freee_sync.mapper import Record
from freee_sync.outcome import RowState


def test_new_changed_and_equal_rows_are_told_apart() -> None:
    new, changed, equal = mapped(partner(1)), mapped(partner(2)), mapped(partner(3))
    old = mapped(partner(2, code="old"))
    held = {row.key: Entry(digest(row.values)) for row in (old, equal)}
    states = {plan.row.key: plan.state for plan in compare([new, changed, equal], held)}
    assert states == {
        new.key: RowState.CREATED,
        changed.key: RowState.UPDATED,
        equal.key: RowState.UNCHANGED,
    }


def test_differences_name_only_the_fields_that_differ() -> None:
    used = mapper()
    old, new = mapped(partner(code="A")).values, mapped(partner(code="B")).values
    assert list(differences(used.fields, old, new)) == [("Code__c", "A", "B")]


def test_all_set_fields_of_a_new_row_are_differences() -> None:
    used = mapper()
    fields = [name for name, _, _ in differences(used.fields, None, mapped(partner()).values)]
    assert fields == ["Name", "FullName__c", "IsAvailable__c", "UpdateDate__c", "IsMissingInFreee__c"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((-1.0,), (-2.0,)),  # Python's own hash of these two is the same
        ((1.0,), (True,)),
        ((None,), ("None",)),
        (("a", "b"), ("b", "a")),
        (("a', 'b",), ("a", "b")),
        (("é",), ("e\u0301",)),
    ],
)
def test_records_that_differ_have_different_digests(one: Record, other: Record) -> None:
    assert digest(one) != digest(other)


@given(st.lists(st.one_of(st.none(), st.booleans(), st.text(), st.floats(allow_nan=False))))
def test_a_digest_depends_on_the_values_alone_and_fits_the_ledger(values: list[Value]) -> None:
    copies = [digest(tuple(pickle.loads(pickle.dumps(values)))) for _ in range(2)]  # noqa: S301 - made here
    assert copies == [digest(tuple(values))] * 2
    assert -(2**63) <= copies[0] < 2**63


def test_rows_that_are_not_listed_are_missing() -> None:
    missing = judge_missing(2, held=10, listed=8, approved=False)
    assert (missing.marked, missing.held) == (2, 0)


@pytest.mark.parametrize(
    ("rows", "gone", "marked"),
    [(10, CEILING_ROWS, True), (10, CEILING_ROWS + 1, False), (1000, 50, True), (1000, 51, False)],
)
def test_more_than_the_ceiling_is_held(rows: int, gone: int, *, marked: bool) -> None:
    missing = judge_missing(gone, held=rows, listed=rows - gone, approved=False)
    assert (missing.marked, missing.held) == ((gone, 0) if marked else (0, gone))
    assert bool(missing.why) is not marked


def test_an_empty_listing_marks_nothing_however_few_rows_there_are() -> None:
    missing = judge_missing(3, held=3, listed=0, approved=False)
    assert (missing.marked, missing.held) == (0, 3)


def test_approval_lifts_the_ceiling() -> None:
    assert judge_missing(100, held=100, listed=0, approved=True).marked == 100
