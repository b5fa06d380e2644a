"""The shipped DAG started by the schedule, on a real Airflow whose clock the test moves. Times are JST."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pendulum
import pytest

from rig import SMALL
from sandbox.airflow import Airflow
from sandbox.airflow_api import ENDED, AirflowApi, DagApi, until
from sandbox.server import Sandbox, SandboxConfig
from shifted_clock import ShiftedClock

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

TOMORROW = pendulum.tomorrow("Asia/Tokyo")
FIRST, SECOND, THIRD = (TOMORROW.add(days=day, hours=6) for day in range(3))
SECONDS_BEFORE = pendulum.duration(seconds=5)
PATIENCE = 400  # seconds: ten tasks on a machine that is busy with other tests


class Stage:
    """An Airflow on a moved clock, connected to a sandbox on the real one."""

    def __init__(self, airflow: Airflow, sandbox: Sandbox, clock: ShiftedClock) -> None:
        self.airflow = airflow
        self.sandbox = sandbox
        self.clock = clock

    @property
    def dag(self) -> DagApi:
        """The DAG, through a session of its own: the last one may have expired by the clock."""
        return AirflowApi(self.airflow.url).dag("freee_master_sync")

    def report_of(self, start: pendulum.DateTime) -> dict[str, Any]:
        """Wait for the scheduled run of this start; its report."""
        run_id = f"scheduled__{start.in_timezone('UTC').isoformat()}"
        until(lambda: self._ended(run_id), PATIENCE, f"the end of {run_id}")
        assert self.dag.state(run_id) == "success"
        report: dict[str, Any] = self.dag.xcom(run_id, "send_report", "report")
        return report

    def _ended(self, run_id: str) -> bool:
        return any(run["dag_run_id"] == run_id and run["state"] in ENDED for run in self.dag.runs())


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Switched on and enabled, shortly before the hour."""
    clock = ShiftedClock(tmp_path / "clock", FIRST.subtract(minutes=2))
    environment = {**clock.environment, "FREEE_SYNC_SANDBOX_HOSTS": "127.0.0.1"}
    with Sandbox(SandboxConfig(sizes=SMALL)) as sandbox, Airflow(tmp_path / "home", environment=environment) as airflow:
        for connection_id, fields in sandbox.connections().items():
            airflow.api.connect(connection_id, **fields | {"extra": json.dumps(fields["extra"])})
        airflow.api.set_variable("freee_sync_mail_to", "keiri@example.jp")
        airflow.api.set_variable("freee_sync_enabled", "true")
        stage = Stage(airflow, sandbox, clock)
        stage.dag.wait_parsed()
        stage.dag.unpause()
        until(lambda: (stage.dag.details() or {})["next_dagrun_run_after"] is not None, 60, "a next run")
        yield stage


def test_the_hour_comes_and_a_start_that_was_missed_is_named_in_the_next_mail(stage: Stage) -> None:
    stage.clock.move(FIRST - SECONDS_BEFORE)
    first = stage.report_of(FIRST)
    assert (first["kind"], first["verdict"], first["missed_starts"]) == ("scheduled", "success", [])
    assert "定期実行" in stage.sandbox.mail.mails[-1].message.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # every mail has a text

    stage.airflow.stop()
    stage.clock.move(THIRD - SECONDS_BEFORE)
    stage.airflow.start()
    third = stage.report_of(THIRD)
    assert third["missed_starts"] == [SECOND.isoformat()]
    modes = {master["master"]: master["mode"] for master in third["masters"] if master["mode"]}
    assert (modes["partners"], modes["items"], modes["taxes"]) == ("delta", "delta", "full")
    assert f"{SECOND:YYYY/MM/DD} 06:00" in stage.sandbox.mail.mails[-1].message.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # same
    assert len(stage.sandbox.mail.mails) == 2
