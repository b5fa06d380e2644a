"""Ours: one master synced as its task does it, with the whole of freee read; no scheduler around it, and fakes for what outlives a run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.contestant import ROOT, RunOrder
from benchmarks.settings import MASTER
from benchmarks.tape import recorded
from freee_sync.attempt import Order, Tools
from freee_sync.cursors import Cursor
from freee_sync.freee.hook import FreeeHook
from freee_sync.mapper import Mapper
from freee_sync.mapping import read_mapping
from freee_sync.masters import BY_NAME
from freee_sync.memory import remember_job
from freee_sync.outcome import MasterResult
from freee_sync.salesforce.bulk_calls import IngestJobs
from freee_sync.salesforce.bulk_csv import BulkTarget
from freee_sync.salesforce.bulk_jobs import BulkUpsert
from freee_sync.salesforce.login import open_org
from freee_sync.salesforce.rows import HeldRows
from freee_sync.salesforce.sobject_collections import CollectionsUpsert
from freee_sync.settings import PREFIX
from freee_sync.sync import sync_master

MAPPING = ROOT / "include" / "mapping.yaml"


class Variables:
    """Airflow's Variables for one run."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        """See `freee_sync.variables.Variables`."""
        return self._values.get(name)

    def set(self, name: str, value: str, description: str) -> None:  # noqa: ARG002 - nobody reads it here
        """See `freee_sync.variables.Variables`."""
        self._values[name] = value


class Store:
    """An asset's state for one run."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def get(self, key: str, default: Any = None) -> Any:
        """See `freee_sync.memory.StateStore`."""
        return self._values.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """See `freee_sync.memory.StateStore`."""
        self._values[key] = value


def prepare(order: RunOrder) -> Callable[[], MasterResult]:
    """The hooks are made, nothing is asked of either side yet."""
    variables = Variables()
    freee = FreeeHook(variables=variables)
    freee.account.credentials  # noqa: B018 - Airflow loads its providers for the first Connection that is looked up

    def run() -> MasterResult:
        with recorded(Path(order.tape), order.connections["freee_default"]["host"]):
            result = _sync(freee, variables)
        if result.read != order.rows or result.unsuccessful:
            raise AssertionError(f"{result.read} rows read, {result.unsuccessful} not in the org: {result.causes}")
        return result

    return run


def _sync(freee: FreeeHook, variables: Variables) -> MasterResult:
    """As `freee_sync.tasks` does it."""
    org, master, mapping = open_org("salesforce_default"), BY_NAME[MASTER], read_mapping(MAPPING)[MASTER]
    mapper = Mapper(master, mapping, org.describe(mapping.object), freee.account.credentials.company_id)
    store, target = Store(), BulkTarget(mapping.object, mapping.key, mapper.times)
    tools = Tools(
        fetch=freee.get,
        held=HeldRows(org, mapper),
        upsert=CollectionsUpsert(org, mapping.object, mapping.key),
        bulk=BulkUpsert(IngestJobs(org), target, partial(remember_job, store)),
        store=store,
        cursor=Cursor(variables, PREFIX, master),
        publish=lambda result: result,
    )
    return sync_master(mapper, Order(datetime.now(UTC), "same", "bench", full_load=True), tools)
