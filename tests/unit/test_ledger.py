"""What the ledger of one try says of each key."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freee_sync.ledger import Entry, KeyTwiceError, Ledger, Sending
from freee_sync.outcome import RowState


def holding(*keys: str, marked: bool = False) -> Ledger:
    """A ledger of an org that holds these, in its first sweep."""
    ledger = Ledger()
    ledger.hold((key, 7, marked) for key in keys)
    ledger.sweep = 1
    return ledger


def test_what_nobody_knows_has_no_entry() -> None:
    assert holding("1-1").look(["1-1", "1-2"]) == {"1-1": Entry(held=7)}


def test_a_record_that_comes_twice_is_an_error_and_takes_none_of_its_page_in() -> None:
    ledger = holding("1-1")
    with pytest.raises(KeyTwiceError):
        ledger.hold([("1-2", 1, False), ("1-1", 1, False)])
    assert set(ledger.look(["1-1", "1-2"])) == {"1-1"}


def test_a_row_that_arrives_is_held_as_it_was_sent_and_is_marked_no_more() -> None:
    ledger = holding("1-1", marked=True)
    ledger.stand({"1-1": RowState.UNPROCESSED, "1-2": RowState.UNPROCESSED})
    ledger.send([Sending(8, "東京", "A", "1-1"), Sending(-(2**63), "大阪", "", "1-2")])
    ledger.arrive(["1-1"])
    assert ledger.look(["1-1", "1-2"]) == {
        "1-1": Entry(8, False, RowState.UNPROCESSED, 8, "東京", "A"),
        "1-2": Entry(None, False, RowState.UNPROCESSED, -(2**63), "大阪", ""),
    }


def test_missing_are_the_unmarked_records_of_the_scope_that_the_last_sweep_did_not_list() -> None:
    ledger = holding("1-1", "1-2", "1-3", "10-4", "2-5")
    ledger.hold([("1-6", 7, True)])
    ledger.stand({"1-1": RowState.UNCHANGED, "1-2": RowState.UNCHANGED})
    ledger.sweep = 2
    ledger.stand({"1-2": RowState.UNCHANGED, "1-9": RowState.CREATED})
    assert ledger.unlisted("1-") == ["1-1", "1-3"]
    assert (ledger.candidates("1-"), ledger.listed("1-")) == (3, 2)


def test_rows_named_by_their_place_are_dropped_when_they_are_of_an_earlier_sweep_of_the_same_scope() -> None:
    ledger = holding()
    ledger.stand({"1-1-#4": RowState.FAILED, "1-2-#4": RowState.FAILED, "1-1-5": RowState.UNCHANGED})
    ledger.sweep = 2
    ledger.stand({"1-1-#6": RowState.FAILED})
    assert ledger.drop_places("1-1-") == [("1-1-#4", RowState.FAILED)]
    assert set(ledger.look(["1-1-#4", "1-1-#6", "1-2-#4", "1-1-5"])) == {"1-1-#6", "1-2-#4", "1-1-5"}


def test_present_are_the_records_that_are_not_marked() -> None:
    ledger = holding("1-1", "1-2")
    ledger.hold([("1-3", 7, True)])
    ledger.stand({"1-3": RowState.UNPROCESSED, "1-4": RowState.UNPROCESSED})
    ledger.send([Sending(8, "", "", "1-3"), Sending(8, "", "", "1-4")])
    ledger.arrive(["1-3"])
    ledger.mark(["1-1"])
    assert ledger.present("1-") == 2


@given(st.sets(st.text(min_size=1).filter(lambda key: key.isprintable())))
def test_any_key_that_the_org_may_hold_is_found_again(keys: set[str]) -> None:
    with Ledger() as ledger:
        ledger.hold((key, number, False) for number, key in enumerate(keys))
        assert set(ledger.look(keys)) == keys
