"""A sandbox and a real Airflow that is connected to it: what the demo plays on and the end-to-end test runs against."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.airflow import Airflow
from sandbox.server import Sandbox, SandboxConfig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.airflow import Settings
    from sandbox.airflow_api import AirflowApi, DagApi

DAG_ID = "freee_master_sync"
PREFIX = "freee_sync_"


@dataclass(frozen=True)
class Stage:
    """Both sides, running."""

    sandbox: Sandbox
    airflow: Airflow

    @property
    def api(self) -> AirflowApi:
        """Airflow, as its UI sees it."""
        return self.airflow.api

    @property
    def dag(self) -> DagApi:
        """The DAG."""
        return self.api.dag(DAG_ID)

    def variable(self, name: str) -> str | None:
        """One of the DAG's Variables, by its name without the prefix."""
        return self.api.variable(PREFIX + name)

    def set_variable(self, name: str, value: str) -> None:
        """Set one of the DAG's Variables, as a person does in the UI."""
        self.api.set_variable(PREFIX + name, value)


@contextmanager
def stage(home: Path, config: SandboxConfig | None = None, settings: Settings | None = None) -> Iterator[Stage]:
    """Start both sides and make Airflow's three Connections; stop both in the end.

    :param home: Airflow's home.
    :param settings: options of airflow.cfg beyond the stage's own.
    """
    config = config or SandboxConfig()
    environment = {"FREEE_SYNC_SANDBOX_HOSTS": config.host}
    with Sandbox(config) as sandbox, Airflow(home, settings=settings or {}, environment=environment) as airflow:
        for connection_id, fields in sandbox.connections().items():
            airflow.api.connect(connection_id, **fields | {"extra": json.dumps(fields["extra"])})
        running = Stage(sandbox, airflow)
        running.dag.wait_parsed()
        yield running
