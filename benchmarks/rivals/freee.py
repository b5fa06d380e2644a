"""freee as every rival reads it: pages of 3,000, one ahead, until a short one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import requests

from benchmarks.contestant import RunOrder

PAGE = 3_000

Row = dict[str, Any]


def pages(order: RunOrder) -> Iterator[list[Row]]:
    """The rows that freee lists, page by page."""
    with _signed(order) as session, ThreadPoolExecutor(1) as worker:
        offset, coming = 0, worker.submit(_page, session, order, 0)
        while True:
            rows = coming.result()
            if len(rows) == PAGE:
                offset += PAGE
                coming = worker.submit(_page, session, order, offset)
            yield rows
            if len(rows) < PAGE:
                return


def _signed(order: RunOrder) -> requests.Session:
    """One exchange of the refresh token for an access token."""
    freee, session = order.connections["freee_default"], requests.Session()
    form = {
        "grant_type": "refresh_token",
        "client_id": freee["login"],
        "client_secret": freee["password"],
        "refresh_token": freee["extra"]["refresh_token"],
    }
    answer = session.post(f"{freee['host']}/public_api/token", data=form)
    answer.raise_for_status()
    session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return session


def _page(session: requests.Session, order: RunOrder, offset: int) -> list[Row]:
    rows: list[Row] = json.loads(_bytes(session, order, offset))["partners"]
    return rows


def _bytes(session: requests.Session, order: RunOrder, offset: int) -> bytes:
    url = f"{order.connections['freee_default']['host']}/api/1/partners"
    answer = session.get(url, params={"company_id": order.company_id, "offset": offset, "limit": PAGE})
    answer.raise_for_status()
    return answer.content


def first_page(order: RunOrder) -> bytes:
    """The first page as it comes."""
    with _signed(order) as session:
        return _bytes(session, order, 0)
