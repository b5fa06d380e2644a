"""The sandbox's Salesforce org for tests, and rows to put into it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox.clock import Clock
from sandbox.salesforce import Org
from sandbox.salesforce.columns import shown
from sandbox.salesforce.saving import save_each

if TYPE_CHECKING:
    from sandbox.salesforce.saving import Outcome

ROOT = Path(__file__).parents[1]
METADATA = ROOT / "include" / "salesforce"
PARTNER = "FreeePartner__c"
KEY = "FreeeKey__c"


def new_org() -> Org:
    """An org with the shipped metadata and no rows."""
    return Org(METADATA, Clock())


def later(org: Org, **time: float) -> None:
    """Let time pass in the org: `later(org, hours=3)`."""
    clock = org.clock
    assert isinstance(clock, Clock)
    clock.advance(timedelta(**time))


def partner(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A partner as it is sent to Salesforce."""
    return {KEY: f"1-{number}", "Name": f"取引先{number}", **fields}


def upsert(org: Org, *records: dict[str, Any], object_name: str = PARTNER, all_or_none: bool = False) -> list[Outcome]:
    """Upsert by key as the integration user, in one call."""
    saving = org.saving(org.integration, object_name)
    rows = [saving.take(record) for record in records]
    return save_each(saving, saving.upserts(saving.external_id(KEY), rows), all_or_none=all_or_none)


def query(org: Org, soql: str) -> list[dict[str, Any]]:
    """The records of a query as the integration user, without their own attributes; `[{"count": n}]` of COUNT()."""
    selection = org.select(org.integration, soql)
    rows = [selection.table.rows[each] for each in selection.ids()]
    if not selection.columns:
        return [{"count": len(rows)}]
    return [shown(selection.columns, row, lambda name, _: name) for row in rows]
