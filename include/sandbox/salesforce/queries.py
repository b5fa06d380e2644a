"""Handlers of SOQL queries: the first page, and the pages after it by the locator that the page before names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.salesforce.call import Answer, Call
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.records import show
from sandbox.salesforce.tables import record_id

if TYPE_CHECKING:
    from sandbox.salesforce.fields import Json
    from sandbox.salesforce.query import Selection

SMALLEST_PAGE, LARGEST_PAGE = 200, 2000  # rows; the largest is the default
BATCH_SIZE = re.compile(r"batchSize\s*=\s*(\d+)")


@dataclass(frozen=True)
class Cursor:
    """A query whose rows are fetched page by page: which rows was settled when it ran, what they hold is read page by page."""

    locator: str
    selection: Selection
    ids: list[str]


def query(call: Call) -> Answer:
    """`GET /query?q=SELECT…`: how many rows there are, and the first page of them."""
    if "q" not in call.query:
        raise ApiError(400, "MALFORMED_QUERY", "SOQL statements cannot be empty")
    selection = call.org.select(call.user, call.query["q"])
    ids = selection.ids()
    if not selection.columns:
        return Answer({"totalSize": len(ids), "done": True, "records": []})
    cursor = Cursor(record_id("0r8", len(call.org.cursors) + 1), selection, ids)
    call.org.cursors[cursor.locator] = cursor
    return _page(call, cursor, 0)


def query_more(call: Call) -> Answer:
    """`GET /query/{locator}-{offset}`: a page after the first."""
    locator, _, offset = call.path["locator"].rpartition("-")
    if locator not in call.org.cursors or not offset.isdigit():
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    return _page(call, call.org.cursors[locator], int(offset))


def _page(call: Call, cursor: Cursor, start: int) -> Answer:
    end = start + _page_size(call)
    done = end >= len(cursor.ids)
    table = cursor.selection.table
    records: list[Json] = [
        show(call, table.object_type.name, cursor.selection.columns, table.rows[each])
        for each in cursor.ids[start:end]
        if each in table.rows
    ]
    answer: dict[str, Json] = {"totalSize": len(cursor.ids), "done": done}
    if not done:
        answer["nextRecordsUrl"] = call.url(f"query/{cursor.locator}-{end}")
    return Answer({**answer, "records": records})


def _page_size(call: Call) -> int:
    asked = BATCH_SIZE.search(call.headers.get("sforce-query-options", ""))
    return max(SMALLEST_PAGE, min(int(asked[1]), LARGEST_PAGE)) if asked else LARGEST_PAGE
