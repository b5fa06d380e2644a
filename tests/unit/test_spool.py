"""Rows that wait to be sent: none is lost, none comes twice, and they take their turn."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freee_sync.errors import Retry, SyncError
from freee_sync.fields import Value
from freee_sync.salesforce.sobject_collections import CALL_ROWS, Answer, Outgoing
from freee_sync.salesforce.spool import Spool
from freee_sync.salesforce.writer import AHEAD, write

PATIENCE = 30  # seconds until a test that hangs fails


def rows(*numbers: int) -> list[Outgoing]:
    return [Outgoing(str(number), {"Name": f"株式会社{number}"}) for number in numbers]


def drained(spool: Spool[Outgoing]) -> list[list[Outgoing]]:
    """All that waits, as much together as is taken at once."""
    taken = []
    while spool.rows:
        taken.append(spool.read(spool.take()))
    return taken


CHUNKS = st.lists(st.lists(st.integers(), min_size=1, max_size=5))


@given(CHUNKS, CHUNKS, st.integers(0, 9))
def test_rows_leave_as_they_came_in_whatever_way_putting_and_taking_alternate(
    first: list[list[int]], second: list[list[int]], early: int
) -> None:
    spool, came = Spool[Outgoing](), [rows(*numbers) for numbers in (*first, *second)]
    for chunk in came[: len(first)]:
        spool.put(chunk)
    left = [spool.read(spool.take()) for _ in range(min(early, len(first)))]
    for chunk in came[len(first) :]:
        spool.put(chunk)
    assert spool.rows == sum(map(len, came)) - sum(map(len, left))
    assert left + drained(spool) == came
    assert spool.rows == 0
    spool.close()


@pytest.mark.parametrize("value", [None, True, False, 0.1, -0.0, "", "０\n\0'\"", datetime(2026, 11, 24, tzinfo=UTC)])
def test_a_value_leaves_as_what_it_was(value: Value) -> None:
    spool = Spool[Outgoing]()
    spool.put([Outgoing("1", {"Field__c": value})])
    ((row,),) = drained(spool)
    assert (row.fields["Field__c"], type(row.fields["Field__c"])) == (value, type(value))


def test_what_was_taken_can_be_read_again_by_another_thread_while_more_comes() -> None:
    spool, came = Spool[Outgoing](), [rows(*range(start, start + 50)) for start in range(0, 2000, 50)]
    for chunk in came:
        spool.put(chunk)
    taken = [spool.take() for _ in came]
    with ThreadPoolExecutor(2) as readers:
        reading = readers.map(spool.read, taken * 3)
        for chunk in came:
            spool.put(chunk)
        assert list(reading) == came * 3
    assert drained(spool) == came


def test_nothing_can_be_taken_when_nothing_waits() -> None:
    spool = Spool[Outgoing]()
    spool.put(rows(1))
    spool.take()
    with pytest.raises(IndexError):
        spool.take()


def test_no_file_can_be_seen_and_closing_gives_it_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    spool = Spool[Outgoing]()
    spool.put(rows(*range(500)))
    assert list(tmp_path.iterdir()) == []
    spool.close()
    with pytest.raises(ValueError, match="closed"):
        spool.put(rows(1))


class SlowOrg:
    """Answers no call before rows have come in full, so that all that may not be sent ahead must wait."""

    def __init__(self, source: Iterable[Outgoing], ending: SyncError | None = None) -> None:
        self.sent: list[list[str]] = []
        self._source = source
        self._ending = ending
        self._through = Event()

    def rows(self) -> Iterator[Outgoing]:
        """As freee gives them: all of them, then perhaps an error."""
        yield from self._source
        self._through.set()
        if self._ending:
            raise self._ending

    def upsert(self, records: Sequence[Outgoing]) -> list[Answer]:
        """One call."""
        assert self._through.wait(PATIENCE), "rows were not taken in while this call was under way"
        self.sent.append([record.key for record in records])
        return [Answer(record.key, created=True) for record in records]


@pytest.fixture
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls end in the order in which they began."""
    monkeypatch.setattr("freee_sync.salesforce.writer.WORKERS", 1)


MANY = 3 * AHEAD * CALL_ROWS + 17


@pytest.mark.usefixtures("one_at_a_time")
def test_rows_come_while_calls_are_under_way_and_each_is_sent_once_and_in_its_turn() -> None:
    org = SlowOrg(rows(*range(MANY)))
    told = [answer.key for answers in write(org.rows(), org.upsert) for answer in answers]
    assert [key for call in org.sent for key in call] == list(map(str, range(MANY)))
    assert {len(call) for call in org.sent[:-1]} == {CALL_ROWS}
    assert sorted(told, key=int) == list(map(str, range(MANY)))


@pytest.mark.parametrize("came", [1, CALL_ROWS, CALL_ROWS + 1, MANY])
def test_rows_that_came_before_an_error_of_freee_are_all_written_and_then_it_is_raised(came: int) -> None:
    org = SlowOrg(rows(*range(came)), Retry("freee.maintenance", "503"))
    told: list[str] = []
    with pytest.raises(Retry, match="maintenance"):
        told.extend(answer.key for answers in write(org.rows(), org.upsert) for answer in answers)
    assert sorted(told, key=int) == list(map(str, range(came)))
