"""Listings: every row once, and an absence that means something only when nothing moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from freee_fakes import Table, add, ids, remove
from freee_sync.errors import Retry, Stop
from freee_sync.freee import listing as module
from freee_sync.freee.listing import Listing, Page
from freee_sync.masters import ITEMS, PARTNERS, SECTIONS, SEGMENT_TAGS, TAXES, Master

if TYPE_CHECKING:
    from collections.abc import Callable

THREE_A_PAGE = replace(PARTNERS, page_limit=3)


def list_all(
    fetch: Callable[[str, dict[str, Any]], dict[str, Any]], master: Master = THREE_A_PAGE
) -> tuple[Listing, list[Page]]:
    """A listing that is through, and its pages."""
    listing = Listing(fetch, master, master.scopes[0], company_id=1)
    return listing, list(listing.pages())


def table(size: int, **changes: Any) -> Table:
    """Partners 1..size."""
    return Table(set(range(1, size + 1)), "partners", **changes)


def rows_of(pages: list[Page]) -> list[int]:
    """All ids, in the order they were yielded."""
    return [number for page in pages for number in ids(page.rows)]


@pytest.mark.parametrize(
    ("size", "calls"),
    [(0, 1), (1, 2), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4)],
)
def test_reads_every_row_once_and_asks_for_the_end(size: int, calls: int) -> None:
    partners = table(size)

    listing, pages = list_all(partners.fetch)

    assert rows_of(pages) == list(range(1, size + 1))
    assert listing.complete
    assert listing.calls == len(partners.calls) == calls


@pytest.mark.parametrize(("size", "calls"), [(2999, 2), (3000, 2), (3001, 3), (5999, 3), (6000, 4)])
def test_reads_freees_largest_pages(size: int, calls: int) -> None:
    listing, pages = list_all(table(size).fetch, PARTNERS)

    assert rows_of(pages) == list(range(1, size + 1))
    assert (listing.complete, listing.calls) == (True, calls)


def test_each_page_begins_at_the_last_row_of_the_page_before() -> None:
    partners = table(7)

    list_all(partners.fetch)

    assert partners.calls == [
        {"company_id": 1, "offset": 0, "limit": 3},
        {"company_id": 1, "offset": 2, "limit": 3},
        {"company_id": 1, "offset": 4, "limit": 3},
        {"company_id": 1, "offset": 6, "limit": 3},
    ]


@pytest.mark.parametrize("change", [remove(1), remove(3), remove(1, 2, 3), add(0), add(-1, 0)])
def test_a_change_before_the_offset_is_noticed_and_the_listing_read_again(change: Callable[[Table], None]) -> None:
    partners = table(8, before={2: change})

    listing, pages = list_all(partners.fetch)

    assert rows_of([page for page in pages if page.sweep == 2]) == sorted(partners.ids)
    assert listing.complete


@pytest.mark.parametrize("change", [remove(5), remove(4, 8), add(9, 10), add(100)])
def test_a_change_after_the_offset_is_harmless(change: Callable[[Table], None]) -> None:
    partners = table(8, before={2: change})

    listing, pages = list_all(partners.fetch)

    assert rows_of(pages) == sorted(partners.ids)
    assert {page.sweep for page in pages} == {1}
    assert listing.complete


def test_the_joint_and_all_after_it_deleted_leaves_an_empty_page_and_is_noticed() -> None:
    partners = table(3, before={2: remove(3)})

    listing, pages = list_all(partners.fetch)

    assert rows_of([page for page in pages if page.sweep == 2]) == [1, 2]
    assert listing.complete


def test_a_table_that_moves_in_both_sweeps_is_read_to_its_end_and_is_not_complete() -> None:
    partners = table(12, before={2: remove(1), 5: remove(2)})  # the call after the broken joint was already on its way

    listing, pages = list_all(partners.fetch)

    assert {page.sweep for page in pages} == {1, 2}
    assert rows_of(pages)[-1] == 12
    assert not listing.complete


def test_a_server_that_knows_no_offset_is_not_read_forever() -> None:
    def fetch(_: str, params: dict[str, Any]) -> dict[str, Any]:
        return {"partners": [{"id": number} for number in range(params["limit"])]}

    listing, pages = list_all(fetch)

    assert rows_of([page for page in pages if page.sweep == 2]) == [0, 1, 2]
    assert not listing.complete


def test_a_table_that_grows_as_fast_as_we_read_ends_with_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PAGES_AT_MOST", 20)

    def fetch(_: str, params: dict[str, Any]) -> dict[str, Any]:
        return {"partners": [{"id": params["offset"] + number} for number in range(params["limit"])]}

    with pytest.raises(Retry, match=r"freee\.bad_answer.*20ページ"):
        list_all(fetch)


def test_a_key_that_comes_twice_makes_the_listing_incomplete() -> None:
    def fetch(*_: Any) -> dict[str, Any]:
        return {"sections": [{"id": 1}, {"id": 1}]}

    listing, pages = list_all(fetch, SECTIONS)

    assert rows_of(pages) == [1]
    assert listing.calls == 2
    assert not listing.complete


@pytest.mark.parametrize("row", [{"name": "no id"}, {"id": None}, {"id": "7"}, {"id": True}, "text", None, [1]])
def test_a_row_without_a_usable_key_is_yielded_as_it_came_and_makes_the_listing_incomplete(row: Any) -> None:
    def fetch(*_: Any) -> dict[str, Any]:
        return {"sections": [{"id": 1}, row]}

    listing, pages = list_all(fetch, SECTIONS)

    assert [page.rows for page in pages] == [[{"id": 1}, row]]
    assert (listing.calls, listing.complete) == (1, False)


def test_a_joint_without_a_key_is_recognised_by_its_content() -> None:
    rows: list[Any] = [{"id": 1}, {"id": 2}, {"name": "no id"}, {"id": 4}]

    def fetch(_: str, params: dict[str, Any]) -> dict[str, Any]:
        return {"partners": rows[params["offset"] :][: params["limit"]]}

    listing, pages = list_all(fetch)

    assert [row for page in pages for row in page.rows] == rows
    assert listing.calls == 3


def test_tax_codes_may_be_zero() -> None:
    def fetch(*_: Any) -> dict[str, Any]:
        return {"taxes": [{"code": 0}, {"code": 1}]}

    listing, pages = list_all(fetch, TAXES)

    assert [page.rows for page in pages] == [[{"code": 0}, {"code": 1}]]
    assert listing.complete


def test_a_master_that_does_not_page_is_asked_once_without_offset() -> None:
    sections = Table({1, 2}, "sections")

    list_all(sections.fetch, SECTIONS)

    assert sections.calls == [{"company_id": 1}]


def test_the_company_stands_in_the_path_or_in_the_query_never_in_both() -> None:
    taxes = Table(set(), "taxes")

    list_all(taxes.fetch, TAXES)

    assert (taxes.paths, taxes.calls) == (["/api/1/taxes/companies/1"], [{}])


def test_a_segment_is_read_by_its_own_path_and_limit() -> None:
    tags = Table(set(range(600)), "segment_tags")
    listing = Listing(tags.fetch, SEGMENT_TAGS, SEGMENT_TAGS.scopes[1], company_id=1)

    assert len(rows_of(list(listing.pages()))) == 600
    assert set(tags.paths) == {"/api/1/segments/2/tags"}
    assert [call["limit"] for call in tags.calls] == [500, 500, 500]


def test_a_delta_asks_for_changes_since_a_date() -> None:
    items = Table(set(), "items")

    list(Listing(items.fetch, ITEMS, ITEMS.scopes[0], company_id=1, since=date(2026, 11, 23)).pages())

    assert items.calls == [{"company_id": 1, "start_update_date": "2026-11-23", "offset": 0, "limit": 3000}]


@pytest.mark.parametrize("body", [{}, {"partners": None}, {"partners": {"id": 1}}, {"tags": []}])
def test_an_answer_without_its_list_of_rows_is_no_empty_list(body: dict[str, Any]) -> None:
    with pytest.raises(Retry, match=r"freee\.bad_answer.*/api/1/partners.*partners"):
        list_all(lambda *_: body)


def test_a_server_that_gives_smaller_pages_than_asked_for_is_read_to_its_end() -> None:
    partners = table(9)

    def fetch(path: str, params: dict[str, Any]) -> dict[str, Any]:
        return partners.fetch(path, params | {"limit": 2})

    listing, pages = list_all(fetch)

    assert rows_of(pages) == list(range(1, 10))
    assert listing.complete


def test_an_error_on_a_later_page_surfaces_after_the_pages_before_it() -> None:
    def fail(_: Table) -> None:
        raise Stop("freee.access_denied", "page 2")

    listing = Listing(table(5, before={2: fail}).fetch, THREE_A_PAGE, PARTNERS.scopes[0], company_id=1)
    pages = listing.pages()

    assert ids(next(pages).rows) == [1, 2, 3]
    with pytest.raises(Stop, match="page 2"):
        next(pages)
    assert not listing.complete


def test_rows_in_any_other_order_than_by_id_are_read_once_each() -> None:
    listed = [{"id": number} for number in (7, 3, 9, 3, 2**80, 7, 2**80, 11)]

    listing, pages = list_all(lambda _path, _params: {"sections": listed}, SECTIONS)

    assert rows_of(pages) == [7, 3, 9, 2**80, 11]
    assert not listing.complete


@given(size=some.integers(0, 40), limit=some.integers(2, 12))
def test_without_changes_every_row_comes_exactly_once(size: int, limit: int) -> None:
    listing, pages = list_all(table(size).fetch, replace(PARTNERS, page_limit=limit))

    assert rows_of(pages) == list(range(1, size + 1))
    assert listing.complete


CHANGE = some.tuples(
    some.lists(some.integers(1, 20), max_size=3).map(lambda gone: remove(*gone)),
    some.lists(some.integers(1, 25), max_size=3).map(lambda new: add(*new)),
)


@given(
    start=some.sets(some.integers(1, 20)),
    limit=some.integers(2, 6),
    changes=some.dictionaries(some.integers(2, 10), CHANGE, max_size=4),
)
def test_a_complete_listing_holds_every_row_that_lived_all_through_it(
    start: set[int], limit: int, changes: dict[int, tuple[Callable[[Table], None], ...]]
) -> None:
    lived = set(start)
    partners = Table(set(start), "partners")

    def happen(call: int) -> Callable[[Table], None]:
        def change(living: Table) -> None:
            for step in changes[call]:
                step(living)
                lived.intersection_update(living.ids)

        return change

    partners.before = {call: happen(call) for call in changes}

    listing, pages = list_all(partners.fetch, replace(PARTNERS, page_limit=limit))

    last_sweep = [page for page in pages if page.sweep == pages[-1].sweep] if pages else []
    assert not listing.complete or lived <= set(rows_of(last_sweep))


@given(
    size=some.integers(1, 20),
    limit=some.integers(2, 6),
    strike=some.integers(1, 8),
    lost=some.sets(some.integers(0, 5), min_size=1),
)
def test_rows_left_out_of_an_answer_come_after_all_or_the_listing_is_not_complete(
    size: int, limit: int, strike: int, lost: set[int]
) -> None:
    """All but the joint left out is the one case that looks like the end: nobody could tell it from a list that ends there."""
    partners, looks_like_the_end = table(size), list[bool]()

    def fetch(path: str, params: dict[str, Any]) -> dict[str, Any]:
        rows = partners.fetch(path, params)["partners"]
        if len(partners.calls) == strike:
            kept = [row for place, row in enumerate(rows) if place not in lost]
            looks_like_the_end.append(kept != rows and kept == (rows[:1] if strike > 1 else []))
            rows = kept
        return {"partners": rows}

    listing, pages = list_all(fetch, replace(PARTNERS, page_limit=limit))

    assume(not any(looks_like_the_end))
    assert not listing.complete or rows_of(pages)[-size:] == list(range(1, size + 1))
