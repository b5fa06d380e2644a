"""Airflow's public REST API (v2), as far as the demo and the tests use it: what a person would click in the UI."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import requests

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TIMEOUT = 120.0  # seconds for one call on loopback; on a busy machine the first of a kind has been seen to take 31
POLL = 0.5  # seconds between two looks
ENDED = {"success", "failed"}


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until the condition holds.

    :raises TimeoutError: when it does not within so many seconds; names what we waited for.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(POLL)


@dataclass(frozen=True)
class AirflowApi:
    """One Airflow where everyone is admin.

    :param url: address of the UI, without a slash at the end.
    """

    url: str

    def healthy(self) -> bool:
        """Whether database, scheduler and DAG processor are all alive."""
        try:
            health = self._session.get(f"{self.url}/api/v2/monitor/health", timeout=TIMEOUT).json()
        except (requests.ConnectionError, requests.JSONDecodeError):
            return False
        return all(health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "dag_processor"))

    def connect(self, connection_id: str, conn_type: str, **fields: str | int | None) -> None:
        """Make a Connection; `extra` is JSON text. The database holds password and extra encrypted."""
        self.call("POST", "connections", {"connection_id": connection_id, "conn_type": conn_type, **fields})

    def form(self, conn_type: str) -> dict[str, Any]:
        """Extra of a Connection whose form nobody has filled in. What the UI sends has all of these fields, typed in or not."""
        forms = self._send("GET", "ui/connections/hook_meta").json()
        (of_type,) = (form for form in forms if form["connection_type"] == conn_type)
        return {name: field["value"] for name, field in of_type["extra_fields"].items()}

    def variable(self, name: str) -> str | None:
        """Value of a Variable as the UI shows it, or None when there is none."""
        found = self.variable_details(name)
        return None if found is None else str(found["value"])

    def variable_details(self, name: str) -> dict[str, Any] | None:
        """Value, description and more of a Variable, or None when there is none."""
        return self.find(f"variables/{quote(name)}")

    def set_variable(self, name: str, value: str) -> None:
        """Set a Variable as the UI does: its description stays."""
        body = {"key": name, "value": value}
        if self.variable(name) is None:
            self.call("POST", "variables", body)
        else:
            self.call("PATCH", f"variables/{quote(name)}?update_mask=value", body)

    def delete_variable(self, name: str) -> None:
        """Delete a Variable."""
        self.call("DELETE", f"variables/{quote(name)}")

    def import_errors(self) -> list[str]:
        """What keeps DAG files from loading."""
        return [error["stack_trace"] for error in self.call("GET", "importErrors")["import_errors"]]

    def dag(self, dag_id: str) -> DagApi:
        """One DAG of it."""
        return DagApi(self, dag_id)

    def find(self, path: str) -> dict[str, Any] | None:
        """GET one thing, or None when there is no such thing."""
        answer = self._send("GET", f"api/v2/{path}")
        if answer.status_code == requests.codes.not_found:
            return None
        return _json(answer)

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One call below /api/v2; its JSON.

        :raises requests.HTTPError: with Airflow's own words when it refuses.
        """
        return _json(self._send(method, f"api/v2/{path}", body))

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._token}"}
        return self._session.request(method, f"{self.url}/{path}", json=body, headers=headers, timeout=TIMEOUT)

    @cached_property
    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # no proxy stands before loopback
        return session

    @cached_property
    def _token(self) -> str:
        token: str = _json(self._session.get(f"{self.url}/auth/token", timeout=TIMEOUT))["access_token"]
        return token


@dataclass(frozen=True)
class DagApi:
    """One DAG and its runs."""

    airflow: AirflowApi
    dag_id: str

    def details(self) -> dict[str, Any] | None:
        """What the UI shows of it: description, next run, tags; None while Airflow has not parsed it."""
        return self.airflow.find(f"dags/{self.dag_id}/details")

    def wait_parsed(self, seconds: float = 60) -> None:
        """Wait until Airflow has read the DAG file.

        :raises TimeoutError: when it has not; shows what keeps the file from loading.
        """
        try:
            until(lambda: self.details() is not None, seconds, f"the DAG {self.dag_id}")
        except TimeoutError as late:
            raise TimeoutError("\n".join([str(late), *self.airflow.import_errors()])) from late

    def unpause(self) -> None:
        """Switch it on."""
        self.airflow.call("PATCH", f"dags/{self.dag_id}?update_mask=is_paused", {"is_paused": False})

    def trigger(self, **conf: object) -> str:
        """Start a run with these Params, as with the button; its run id."""
        run: str = self._call("POST", "dagRuns", {"logical_date": None, "conf": conf})["dag_run_id"]
        return run

    def runs(self) -> list[dict[str, Any]]:
        """Its runs, the oldest first."""
        runs: list[dict[str, Any]] = self._call("GET", "dagRuns?order_by=run_after")["dag_runs"]
        return runs

    def state(self, run_id: str) -> str:
        """queued, running, success or failed."""
        return str(self._call("GET", f"dagRuns/{quote(run_id)}")["state"])

    def wait(self, run_id: str, seconds: float = 300) -> str:
        """Wait until the run has ended; how it ended.

        :raises TimeoutError: when it does not; tells how far it came.
        """
        try:
            until(lambda: self.state(run_id) in ENDED, seconds, f"the end of the run {run_id}")
        except TimeoutError as late:
            raise TimeoutError(f"{late}; its tasks: {self.task_states(run_id)}") from late
        return self.state(run_id)

    def task_states(self, run_id: str) -> dict[str, str | None]:
        """Task id to its state; None for one that has not been looked at."""
        tasks = self._call("GET", f"dagRuns/{quote(run_id)}/taskInstances")["task_instances"]
        return {task["task_id"]: task["state"] for task in tasks}

    def task(self, run_id: str, task_id: str) -> dict[str, Any]:
        """What the UI shows of a task in a run: state, try_number, hostname and pid of the newest try, and more."""
        return self._call("GET", f"dagRuns/{quote(run_id)}/taskInstances/{task_id}")

    def xcom(self, run_id: str, task_id: str, key: str) -> Any:
        """What a task left under a key, or None."""
        entry = self.airflow.find(
            f"dags/{self.dag_id}/dagRuns/{quote(run_id)}/taskInstances/{task_id}/xcomEntries/{quote(key)}?deserialize=true"
        )
        return None if entry is None else entry["value"]

    def log(self, run_id: str, task_id: str, attempt: int = 1) -> str:
        """Log of one try of a task, as JSON text."""
        path = f"dagRuns/{quote(run_id)}/taskInstances/{task_id}/logs/{attempt}?full_content=true"
        return str(self._call("GET", path)["content"])

    def clear(self, run_id: str, task_id: str) -> None:
        """Run a task again with what comes after it, as "Clear" in the UI proposes."""
        body = {
            "dry_run": False,
            "dag_run_id": run_id,
            "task_ids": [task_id],
            "include_downstream": True,
            "only_failed": False,
        }
        self._call("POST", "clearTaskInstances", body)

    def mark_failed(self, run_id: str, task_id: str) -> None:
        """Mark a task as failed, as with "Mark state as" in the UI; Airflow then ends its process, if it has one."""
        path = f"dagRuns/{quote(run_id)}/taskInstances/{task_id}?update_mask=new_state"
        self._call("PATCH", path, {"new_state": "failed"})

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self.airflow.call(method, f"dags/{self.dag_id}/{path}", body)


def _json(answer: requests.Response) -> dict[str, Any]:
    if not answer.ok:
        raise requests.HTTPError(
            f"{answer.request.method} {answer.url}: {answer.status_code} {answer.text}", response=answer
        )
    return {} if answer.status_code == requests.codes.no_content else answer.json()
