"""What is examined: one DAG's set-up, and how to get at each part of it. What was fetched once is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from freee_sync.bilingual import Words
from freee_sync.doctor.census import rows_in_freee, rows_in_org
from freee_sync.fields import SalesforceField
from freee_sync.freee.hook import FreeeHook
from freee_sync.mapping import MasterMapping, read_mapping
from freee_sync.metadata import DagState
from freee_sync.salesforce.org import Org
from freee_sync.settings import Settings, read_settings
from freee_sync.strict_json import bad_answer, members
from freee_sync.variables import Variables
from freee_sync.wiring import Wiring


class Airflow(Protocol):
    """What is asked of Airflow itself."""

    def dag_state(self, dag_id: str) -> DagState | None:
        """The DAG as it was last parsed."""

    def active_run(self, dag_id: str) -> str | None:
        """A run that is queued or running."""

    def encrypts(self) -> bool:
        """Whether Connections and Variables are encrypted."""

    def now(self) -> datetime:
        """The time, aware."""


@dataclass(frozen=True)
class Doors:
    """How to get at both sides; opening one may fail."""

    freee: Callable[[], FreeeHook]
    org: Callable[[], Org]


@dataclass
class Patient:
    """One DAG's set-up."""

    wiring: Wiring
    words: Words
    variables: Variables
    airflow: Airflow
    doors: Doors
    _described: dict[str, dict[str, SalesforceField]] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def settings(self) -> Settings:
        """The Variables, ready to use."""
        return read_settings(self.wiring.prefix, self.variables.get)

    @cached_property
    def mapping(self) -> dict[str, MasterMapping]:
        """mapping.yaml.

        :raises Stop: `settings.mapping`.
        """
        return read_mapping(self.wiring.mapping)

    @cached_property
    def freee(self) -> FreeeHook:
        """freee, not asked yet."""
        return self.doors.freee()

    @cached_property
    def org(self) -> Org:
        """Salesforce, logged in.

        :raises SyncError: what the log-in ran into.
        """
        return self.doors.org()

    def described(self, name: str) -> dict[str, SalesforceField]:
        """The fields of an object, asked for once.

        :raises SyncError: `salesforce.*`.
        """
        if name not in self._described:
            self._described[name] = self.org.describe(name)
        return self._described[name]

    @cached_property
    def limits(self) -> dict[str, Any]:
        """What is left in the org: name of a limit to its `Max` and `Remaining`."""
        with bad_answer("salesforce", "GET limits"):
            return members(self.org.call("GET", "limits"), {})

    @cached_property
    def new_rows(self) -> int:
        """Rows that a full load would add to the org."""
        freee = rows_in_freee(self.freee)
        held = rows_in_org(self.org, self.mapping, self.freee.account.credentials.company_id)
        return sum(max(0, rows - held.get(name, 0)) for name, rows in freee.items())
