"""How many rows each side has, with few calls: freee lists six masters in brief in one answer, segments' tags by the page."""

from __future__ import annotations

from collections.abc import Mapping

from freee_sync.errors import Stop
from freee_sync.freee.hook import FreeeHook
from freee_sync.freee.people import COMPANIES
from freee_sync.mapping import MasterMapping
from freee_sync.masters import BY_NAME, MASTERS, SEGMENT_TAGS, Scope
from freee_sync.salesforce.org import Org
from freee_sync.salesforce.rows import quoted
from freee_sync.strict_json import LIST, OBJECT, WHOLE, bad_answer, members
from freee_sync.sync import OUT_OF_REACH

ASKED = {"memo_tags": "tags"}
"""Master to what `/companies/{id}` calls it, where that is not its own name."""

HELD_AS = {"taxes": "tax_codes", "memo_tags": "tags"}
"""Master to the key that the answer has for it, where that is not its own name."""


def rows_in_freee(freee: FreeeHook) -> dict[str, int]:
    """Master to the number of its rows.

    :raises SyncError: `freee.*`.
    """
    listed = [master for master in MASTERS if master is not SEGMENT_TAGS]
    asked = {ASKED.get(master.name, master.name): "true" for master in listed}
    path = f"{COMPANIES}/{freee.account.credentials.company_id}"
    answer = freee.get(path, asked)
    held = {master.name: HELD_AS.get(master.name, master.name) for master in listed}
    with bad_answer("freee", f"GET {path}"):
        company = members(members(answer, {"company": OBJECT})["company"], dict.fromkeys(held.values(), LIST))
    rows = {name: len(company[key]) for name, key in held.items()}
    return {**rows, SEGMENT_TAGS.name: sum(_tags(freee, scope) for scope in SEGMENT_TAGS.scopes)}


def _tags(freee: FreeeHook, scope: Scope) -> int:
    """Tags of one segment; none of one that cannot be read."""
    page = SEGMENT_TAGS.page_limit or 1
    company, rows = freee.account.credentials.company_id, 0
    while True:
        try:
            answer = freee.get(scope.path, {"company_id": company, "offset": rows, "limit": page})
        except Stop as problem:
            if problem.code in OUT_OF_REACH:
                return 0
            raise
        with bad_answer("freee", f"GET {scope.path}"):
            some = len(members(answer, {SEGMENT_TAGS.envelope: LIST})[SEGMENT_TAGS.envelope])
        rows += some
        if some < page:
            return rows


def rows_in_org(org: Org, mapping: Mapping[str, MasterMapping], company_id: int) -> dict[str, int]:
    """Master to the number of rows that the org holds of this company; none of an object that is not there."""
    return {name: _held(org, block, company_id) for name, block in mapping.items() if name in BY_NAME}


def _held(org: Org, block: MasterMapping, company_id: int) -> int:
    soql = f"SELECT COUNT() FROM {block.object} WHERE {block.key} LIKE {quoted(f'{company_id}-%')}"  # noqa: S608 - names that mapping.py checked
    try:
        answer = org.call("GET", "query", params={"q": soql})
    except Stop:
        return 0
    with bad_answer("salesforce", "GET query"):
        rows: int = members(answer, {"totalSize": WHOLE})["totalSize"]
        return rows
