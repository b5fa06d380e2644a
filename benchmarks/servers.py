"""The two servers of the benchmark, inside the process that `world` starts: the sandbox, and how it is set back between runs."""

from __future__ import annotations

from typing import Any, Self

from benchmarks.settings import FREEE_LATENCY, MASTER, OBJECT, SALESFORCE_LATENCY, Setting
from benchmarks.world import Seen
from sandbox.company import Sizes
from sandbox.salesforce.bulk_job import Jobs, Pace
from sandbox.server import Sandbox, SandboxConfig

WITHOUT_LIMIT = 10**9  # calls a day, and MB of storage: what they forbid is not measured here

Rows = dict[str, dict[str, Any]]


class Servers:
    """A running sandbox and the org's rows as they were kept. Nothing here runs while a contestant does."""

    def __init__(self, rows: int) -> None:
        self._sandbox = Sandbox(SandboxConfig(sizes=Sizes(partners=rows)))
        self._sandbox.org.daily_limit = self._sandbox.org.data_storage = WITHOUT_LIMIT
        self._kept: Rows = {}
        self._before: Rows = {}
        self._edits = 0

    def __enter__(self) -> Self:
        self._sandbox.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._sandbox.__exit__(*error)

    def arrange(self, setting: Setting, loaded: bool) -> dict[str, Any]:
        """See `World`."""
        org, table = self._sandbox.org, self._sandbox.org.tables[OBJECT]
        self._before = self._kept if loaded else {}
        table.rows = dict(self._before)
        table.index()
        org.cursors.clear()
        org.jobs = Jobs()
        org.jobs.pace = Pace(setting.queue_seconds, setting.row_seconds)
        self._delay()
        return self._sandbox.connections()

    def _delay(self) -> None:
        sides = ((self._sandbox.freee_wire, FREEE_LATENCY), (self._sandbox.salesforce_wire, SALESFORCE_LATENCY))
        for wire, seconds in sides:
            wire.latency = seconds
            wire.keep_calls(wanted=False)

    def company_id(self) -> int:
        """See `World`."""
        return self._sandbox.company.id

    def keep(self) -> None:
        """See `World`. Rows are replaced and never changed, so a copy of the table is enough."""
        self._kept = dict(self._sandbox.org.tables[OBJECT].rows)

    def change(self, share: float) -> int:
        """See `World`."""
        company = self._sandbox.company
        keys = company.keys(MASTER)
        chosen = keys[:: round(1 / share)]
        self._edits += 1
        for key in chosen:
            company.edit(MASTER, key, {"shortcut1": f"edit {self._edits}"})
        return len(chosen)

    def seen(self) -> Seen:
        """See `World`."""
        rows = self._sandbox.org.tables[OBJECT].rows
        return Seen(
            freee_calls=sum(self._sandbox.freee_wire.counts().values()),
            salesforce_calls=sum(self._sandbox.salesforce_wire.counts().values()),
            org_rows=len(rows),
            written=sum(row is not self._before.get(identity) for identity, row in rows.items()),
        )
