"""What stands in the queries that read the org's rows."""

from __future__ import annotations

import pytest

from freee_sync.salesforce.rows import quoted
from salesforce_org import KEY, PARTNER, new_org, query, upsert


@pytest.mark.parametrize(
    "text", ["O'Neill", "' OR Name != '", "\\", "\\' OR Name != '", "one\nline\rmore", "100%_", "青木商店"]
)
def test_a_text_is_quoted_so_that_it_ends_no_literal(text: str) -> None:
    org = new_org()
    upsert(org, {KEY: "1-1", "Name": "another"}, {KEY: "1-2", "Name": text})
    found = query(org, f"SELECT {KEY} FROM {PARTNER} WHERE Name = {quoted(text)}")  # noqa: S608 - what is tested
    assert [record[KEY] for record in found] == ["1-2"]
