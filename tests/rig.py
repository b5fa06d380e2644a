"""A sandbox and everything a sync task has in hand, without Airflow's scheduler: what the suite and the integration tests use."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from fakes import FakeStore, FakeVariables
from freee_sync.attempt import Order, Tools
from freee_sync.budget import Budget
from freee_sync.cursors import Cursor
from freee_sync.freee.hook import FreeeHook, Pace
from freee_sync.mapper import Mapper
from freee_sync.mapping import MasterMapping, read_mapping
from freee_sync.masters import BY_NAME
from freee_sync.memory import remember_job
from freee_sync.outcome import MasterResult
from freee_sync.salesforce.bulk_calls import IngestJobs
from freee_sync.salesforce.bulk_csv import BulkTarget
from freee_sync.salesforce.bulk_jobs import BulkUpsert
from freee_sync.salesforce.login import open_org
from freee_sync.salesforce.org import Org
from freee_sync.salesforce.rows import HeldRows
from freee_sync.salesforce.sobject_collections import CollectionsUpsert
from freee_sync.settings import PREFIX
from freee_sync.sync import sync_master
from sandbox.company import Sizes
from sandbox.server import Sandbox, SandboxConfig
from sandbox.wire import Call

MAPPING = Path(__file__).parents[1] / "include" / "mapping.yaml"

SMALL = Sizes(
    partners=40, account_items=30, tags=12, items=15, sections=8, segment_tags_1=7, segment_tags_2=3, segment_tags_3=2
)


def no_sleep(_seconds: float) -> None:
    """Waits are asked for, never slept."""


@dataclass
class Rig:
    """One company and one org, and what outlives a run. Each `run` is one try of one master."""

    sandbox: Sandbox
    freee: FreeeHook
    org: Org
    variables: FakeVariables
    mapping: dict[str, MasterMapping]
    stores: dict[str, FakeStore] = field(default_factory=dict)
    published: list[MasterResult] = field(default_factory=list)

    def order(self, **wishes: Any) -> Order:
        """What a plain scheduled run asks for, at the sandbox's time."""
        return replace(
            Order(began=self.sandbox.clock.now(), context="same", run_id="this run", full_every_days=7), **wishes
        )

    def run(self, name: str, **wishes: Any) -> MasterResult:
        """Sync one master; raises what the task would raise."""
        master, mapping = BY_NAME[name], self.mapping[name]
        mapper = Mapper(master, mapping, self.org.describe(mapping.object), self.sandbox.company.id)
        self.published.clear()
        tools = Tools(
            fetch=self.freee.get,
            held=HeldRows(self.org, mapper),
            upsert=CollectionsUpsert(self.org, mapping.object, mapping.key, sleep=no_sleep),
            bulk=BulkUpsert(
                IngestJobs(self.org),
                BulkTarget(mapping.object, mapping.key, mapper.times),
                partial(remember_job, self.store(name)),
                self.sleep,
            ),
            store=self.store(name),
            cursor=Cursor(self.variables, PREFIX, master) if master.delta else None,
            publish=self._publish,
        )
        return sync_master(mapper, self.order(**wishes), tools, Budget(self.freee.meter, self.org.meter))

    def store(self, name: str) -> FakeStore:
        """What is remembered of a master."""
        return self.stores.setdefault(name, FakeStore())

    def sleep(self, seconds: float) -> None:
        """A Bulk job waits for its turn by the sandbox's clock."""
        self.sandbox.clock.advance(timedelta(seconds=seconds))

    def _publish(self, result: MasterResult) -> MasterResult:
        self.published.append(result)
        return result

    def cursor(self, name: str) -> str | None:
        """What the cursor's Variable holds."""
        return self.variables.values.get(f"{PREFIX}cursor_{name}")

    def held(self, name: str) -> dict[str, dict[str, Any]]:
        """The org's rows of a master, by key."""
        return {str(row["FreeeKey__c"]): row for row in self.sandbox.org.rows(self.mapping[name].object)}

    def writes(self) -> list[Call]:
        """The write calls that Salesforce got since the last `forget`."""
        return self.sandbox.salesforce_wire.calls(method="PATCH")

    def forget(self) -> None:
        """Begin the request logs anew."""
        self.sandbox.salesforce_wire.clear()
        self.sandbox.freee_wire.clear()


@contextmanager
def rigged(sizes: Sizes = SMALL, **config: Any) -> Iterator[Rig]:
    """A running sandbox with both sides logged in."""
    with Sandbox(SandboxConfig(sizes=sizes, **config)) as sandbox:
        connections = {
            f"AIRFLOW_CONN_{name.upper()}": json.dumps(connection) for name, connection in sandbox.connections().items()
        }
        with patch.dict("os.environ", connections):
            variables = FakeVariables()
            pace = Pace(sleep=no_sleep, now=sandbox.clock.now)
            yield Rig(
                sandbox=sandbox,
                freee=FreeeHook(variables=variables, pace=pace),
                org=open_org("salesforce_default", sleep=no_sleep),
                variables=variables,
                mapping=read_mapping(MAPPING),
            )
