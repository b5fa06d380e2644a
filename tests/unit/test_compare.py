"""Which rows are written, and which are marked as missing."""

from __future__ import annotations

import pytest

from builders import mapped, mapper, partner
from freee_sync.compare import CEILING_ROWS, compare, differences, missing_rows
from freee_sync.outcome import RowState


def test_new_changed_and_equal_rows_are_told_apart() -> None:
    new, changed, equal = mapped(partner(1)), mapped(partner(2)), mapped(partner(3))
    held = {changed.key: mapped(partner(2, code="old")).values, equal.key: equal.values}
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


def keys(count: int) -> list[str]:
    return [f"1-{number:04}" for number in range(count)]


def test_rows_that_are_not_listed_are_missing() -> None:
    held = keys(10)
    missing = missing_rows(held, held[2:], approved=False)
    assert missing.keys == ("1-0000", "1-0001")
    assert missing.held == 0


@pytest.mark.parametrize(
    ("rows", "gone", "marked"),
    [(10, CEILING_ROWS, True), (10, CEILING_ROWS + 1, False), (1000, 50, True), (1000, 51, False)],
)
def test_more_than_the_ceiling_is_held(rows: int, gone: int, *, marked: bool) -> None:
    held = keys(rows)
    missing = missing_rows(held, held[gone:], approved=False)
    assert (len(missing.keys), missing.held) == ((gone, 0) if marked else (0, gone))
    assert bool(missing.why) is not marked


def test_an_empty_listing_marks_nothing_however_few_rows_there_are() -> None:
    missing = missing_rows(keys(3), [], approved=False)
    assert (missing.keys, missing.held) == ((), 3)


def test_approval_lifts_the_ceiling() -> None:
    assert len(missing_rows(keys(100), [], approved=True).keys) == 100
