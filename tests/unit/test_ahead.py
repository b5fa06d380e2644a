"""The next thing is fetched while the present one is used, and never two at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from freee_sync.ahead import meanwhile, one_ahead


class Pages:
    """Numbers from 1 on, each fetched alone."""

    def __init__(self, last: int = 30) -> None:
        self.fetched = 0
        self.second = threading.Event()
        self._last = last
        self._one_at_a_time = threading.Lock()

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        with self._one_at_a_time:
            if self.fetched == self._last:
                raise StopIteration
            self.fetched += 1
            if self.fetched == 2:
                self.second.set()
            return self.fetched


def test_all_items_come_in_their_order() -> None:
    with one_ahead(iter(Pages(last=5))) as pages:
        assert list(pages) == [1, 2, 3, 4, 5]


def test_the_first_item_is_fetched_before_anybody_asks_and_the_next_while_it_is_used() -> None:
    source = Pages()
    with one_ahead(source) as pages:
        assert next(pages) == 1
        assert source.second.wait(timeout=10)


def test_no_more_than_one_item_is_fetched_ahead_and_leaving_early_waits_for_it() -> None:
    source = Pages()
    with one_ahead(source) as pages:
        next(pages)
    assert source.fetched == 2
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_an_error_comes_where_its_item_is_taken() -> None:
    def broken() -> Iterator[int]:
        yield 1
        raise ValueError("the second")

    with one_ahead(broken()) as pages:
        assert next(pages) == 1
        with pytest.raises(ValueError, match="the second"):
            next(pages)


@pytest.mark.parametrize("others", [0, 1, 5])
def test_what_comes_before_the_wanted_is_kept_in_its_order_and_the_rest_is_still_to_come(others: int) -> None:
    kept: list[int] = []
    enough = threading.Event()

    def wanted() -> Iterator[str]:
        yield "a"
        enough.wait(timeout=10)
        yield "b"

    def keep(number: int) -> None:
        kept.append(number)
        if len(kept) == min(others, 3):
            enough.set()

    if not others:
        enough.set()
    with one_ahead(wanted()) as first, one_ahead(Pages(last=others)) as second:
        assert list(meanwhile(first, second, keep)) == ["a", "b"]
        assert [*kept, *second] == list(range(1, others + 1))


def test_an_error_of_the_other_waits_until_it_is_taken() -> None:
    broken = map(int, ["at once"])
    with one_ahead(iter("ab")) as first, one_ahead(broken) as second:
        assert list(meanwhile(first, second, lambda _: pytest.fail("kept"))) == ["a", "b"]
        with pytest.raises(ValueError, match="at once"):
            next(second)
