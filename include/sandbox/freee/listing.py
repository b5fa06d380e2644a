"""The list endpoints of the seven masters, as data, and the one way in which they all answer."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from fastapi import Request, Response

from sandbox.freee import parameters, selecting, showing
from sandbox.freee.answers import invalid, raw_answer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from sandbox.company import Company, Row, Settings, Table
    from sandbox.freee.access import Gate
    from sandbox.freee.parameters import Query

    Handler = Callable[[Request], Awaitable[Response]]

MAX_INT32, MAX_INT64 = 2**31 - 1, 2**63 - 1
NO_COMPANY_ID = "事業所IDを入力してください。"
PAGES_KEPT = 32  # answers kept as bytes: a page of 3,000 partners takes some 70 ms to make


@dataclass(frozen=True)
class Paging:
    """How a listing pages: freee's default and maximum of `limit`, and its maximum of `offset`."""

    default: int
    maximum: int
    most_offset: int = MAX_INT32


@dataclass(frozen=True)
class Listing:
    """One list endpoint.

    :param path: `{company_id}` and `{segment_id}` are its path parameters.
    :param table: the company's table, and `right` its name in `/users/capabilities`; `{segment_id}` is filled in.
    :param paging: None where freee answers everything at once.
    :param select: the keys that a query asks for.
    :param show: a row under the company's settings.
    """

    path: str
    envelope: str
    table: str
    right: str
    paging: Paging | None = None
    select: Callable[[Table, Query], Sequence[int]] = selecting.by_date
    show: Callable[[Row, Settings, Query], Row] = showing.as_it_is


LISTINGS = (
    Listing(
        path="/api/1/partners",
        envelope="partners",
        table="partners",
        right="partners",
        paging=Paging(50, 3000, MAX_INT64),
        select=selecting.partners,
        show=showing.partner,
    ),
    Listing(
        path="/api/1/account_items",
        envelope="account_items",
        table="account_items",
        right="account_items",
        show=showing.account_item,
    ),
    Listing(path="/api/1/tags", envelope="tags", table="tags", right="tags", paging=Paging(50, 3000)),
    Listing(
        path="/api/1/taxes/companies/{company_id}",
        envelope="taxes",
        table="taxes",
        right="taxes",
        select=selecting.taxes,
    ),
    Listing(
        path="/api/1/items", envelope="items", table="items", right="items", paging=Paging(50, 3000), show=showing.item
    ),
    Listing(
        path="/api/1/sections",
        envelope="sections",
        table="sections",
        right="sections",
        select=selecting.sections,
        show=showing.section,
    ),
    Listing(
        path="/api/1/segments/{segment_id}/tags",
        envelope="segment_tags",
        table="segment_tags_{segment_id}",
        right="division_tag_{segment_id}",
        paging=Paging(20, 500, MAX_INT64),
        show=showing.segment_tag,
    ),
)


class Lister:
    """Answers the listings of one company."""

    def __init__(self, company: Company, gate: Gate) -> None:
        self._company = company
        self._gate = gate
        self._page = lru_cache(PAGES_KEPT)(self._make_page)

    def handler(self, listing: Listing) -> Handler:
        """The endpoint of one listing."""

        async def handle(request: Request) -> Response:
            self._gate.token_company(request)
            segment = _segment(request)
            self._gate.admit(request, company_id(request), listing.right.format(segment_id=segment))
            query = tuple((name, value) for name, value in request.query_params.items() if value)
            return raw_answer(self._answer(listing, listing.table.format(segment_id=segment), query))

        return handle

    def _answer(self, listing: Listing, name: str, query: tuple[tuple[str, str], ...]) -> bytes:
        return self._page(listing, name, query, (self._company.tables[name].version, str(self._company.settings)))

    def _make_page(
        self, listing: Listing, name: str, query: tuple[tuple[str, str], ...], _state: tuple[int, str]
    ) -> bytes:
        """An answer as bytes. `_state` tells the cache when one that it holds is no longer true."""
        asked = dict(query)
        table, settings = self._company.tables[name], self._company.settings
        wanted = _paged(listing.select(table, asked), listing.paging, asked)
        rows = [listing.show(row, settings, asked) for row in table.rows(wanted)]
        return json.dumps({listing.envelope: rows}, ensure_ascii=False, separators=(",", ":")).encode()


def _paged(keys: Sequence[int], paging: Paging | None, query: Query) -> Sequence[int]:
    if paging is None:
        return keys
    limit = parameters.whole_number(query, "limit", default=paging.default, within=(1, paging.maximum))
    offset = parameters.whole_number(query, "offset", default=0, within=(0, paging.most_offset))
    return keys[offset : offset + limit]


def company_id(request: Request) -> int:
    """The company asked for, in the path or the query.

    :raises RefusedError: 400 when it is not there.
    """
    given: dict[str, Any] = {**request.query_params, **request.path_params}
    asked = parameters.whole_number(given, "company_id", default=0, within=(1, MAX_INT64))
    if not asked:
        raise invalid(NO_COMPANY_ID)
    return asked


def _segment(request: Request) -> int:
    """The segment in the path, 0 where the path has none.

    :raises RefusedError: 400 for another than 1 to 3.
    """
    return parameters.whole_number(request.path_params, "segment_id", default=0, within=(1, 3))
