"""A real Airflow on loopback, for the demo and the tests: its own home, its own free ports, nothing left behind.

API server, scheduler and DAG processor of the installed Airflow, on SQLite with LocalExecutor. Whoever can reach the port is
admin: it listens on 127.0.0.1 only. Keys are made up for each home and live in its airflow.cfg.
"""

from __future__ import annotations

import configparser
import os
import secrets
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from cryptography.fernet import Fernet

from sandbox.airflow_api import AirflowApi
from sandbox.tether import Tethered

if TYPE_CHECKING:
    from collections.abc import Mapping

CLONE = Path(__file__).parents[2]
PROGRAMS = Path(sys.executable).parent
COMPONENTS = ("api-server", "scheduler", "dag-processor")
START = 120.0  # seconds until all three must be healthy; about 10 on two cores

Settings = dict[str, dict[str, str]]
"""Section of airflow.cfg to option to value."""


class AirflowFailedError(Exception):
    """A command or a component of Airflow ended badly; says which log tells why."""


@dataclass
class Airflow:
    """One Airflow, started and stopped as often as one likes; the database stays in its home.

    :param home: AIRFLOW_HOME, made if missing; database, logs and airflow.cfg go there and nowhere else.
    :param dags: the folder its DAG files are in.
    :param settings: options of airflow.cfg beyond ours.
    :param environment: environment variables of its processes beyond our own.
    :param programs: the folder that `airflow` is in.
    """

    home: Path
    dags: Path = CLONE / "dags"
    settings: Settings = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    programs: Path = PROGRAMS
    _running: list[Tethered] = field(default_factory=list, init=False)

    def __enter__(self) -> Self:
        """Set it up and start it."""
        try:
            self.set_up()
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.stop()

    @property
    def url(self) -> str:
        """Address of the UI, without a slash at the end."""
        return self._config().get("api", "base_url")

    @cached_property
    def api(self) -> AirflowApi:
        """Its REST API."""
        return AirflowApi(self.url)

    def set_up(self) -> None:
        """Make it, and import the Variables as the README says."""
        self.make()
        self.command(
            "variables", "import", "--action-on-existing-key", "skip", str(CLONE / "include" / "variables.json")
        )

    def make(self) -> None:
        """Write airflow.cfg and make the database; nothing of ours is in it."""
        self.home.mkdir(parents=True, exist_ok=True)
        if not self._config_file.exists():
            self._write_config()
        self.command("db", "migrate")

    def command(self, *arguments: str) -> None:
        """Run one `airflow` command to its end.

        :raises AirflowFailedError: when it does not end with 0.
        """
        log = self.home / "command.log"
        with log.open("ab") as output:
            done = subprocess.run(  # noqa: S603 - our own airflow, our own arguments
                airflow_command(*arguments, programs=self.programs),
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self.environment_of_processes,
                check=False,
            )
        if done.returncode != 0:
            raise AirflowFailedError(f"airflow {' '.join(arguments)} ended with {done.returncode}; see {log}")

    def start(self) -> None:
        """Start the three components and wait until all are healthy."""
        for component in COMPONENTS:
            self._running.append(
                Tethered(
                    airflow_command(component, programs=self.programs),
                    self.home / f"{component}.log",
                    self.environment_of_processes,
                )
            )
        self._wait_healthy()

    def stop(self) -> None:
        """Stop all of it; nothing is running afterwards."""
        for component in self._running:
            component.ask_to_stop()
        for component in self._running:
            component.stop()
        self._running.clear()

    def _wait_healthy(self) -> None:
        end = time.monotonic() + START
        while not self.api.healthy():
            dead = [component.log for component in self._running if not component.running]
            if dead or time.monotonic() > end:
                log = dead[0] if dead else self.home
                raise AirflowFailedError(f"Airflow did not become healthy within {START:.0f} s; see {log}")
            time.sleep(0.3)

    @property
    def environment_of_processes(self) -> dict[str, str]:
        """Ours without any other Airflow's, and its home."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        kept.pop("PYTHONDONTWRITEBYTECODE", None)  # a start of Airflow takes four seconds more without compiled files
        own = {"AIRFLOW_HOME": str(self.home), "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
        return kept | own | dict(self.environment)

    @property
    def _config_file(self) -> Path:
        return self.home / "airflow.cfg"

    def _config(self) -> configparser.ConfigParser:
        config = configparser.ConfigParser(interpolation=None)
        config.read(self._config_file, encoding="utf-8")
        return config

    def _write_config(self) -> None:
        config = configparser.ConfigParser(interpolation=None)
        config.read_dict(_settings(self.dags, *free_ports(2)))
        config.read_dict(self.settings)
        with os.fdopen(os.open(self._config_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            config.write(file)


def airflow_command(*arguments: str, programs: Path = PROGRAMS) -> list[str]:
    """The command line of the installed `airflow`."""
    return [str(programs / "airflow"), *arguments]


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on; all are held until the last is found, so that they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _settings(dags: Path, port: int, log_port: int) -> Settings:
    """Stock Airflow but for the addresses, the keys, and intervals short enough to watch."""
    url = f"http://127.0.0.1:{port}"
    return {
        "core": {
            "dags_folder": str(dags),
            "executor": "LocalExecutor",
            "parallelism": "2",
            "load_examples": "False",
            "fernet_key": Fernet.generate_key().decode(),
            "simple_auth_manager_all_admins": "True",
            "execution_api_server_url": f"{url}/execution/",
            "min_serialized_dag_update_interval": "5",
        },
        "api": {
            "host": "127.0.0.1",
            "port": str(port),
            "base_url": url,
            "workers": "1",
            "secret_key": secrets.token_hex(32),
        },
        "api_auth": {"jwt_secret": secrets.token_hex(32)},
        "logging": {"worker_log_server_port": str(log_port)},
        "dag_processor": {"refresh_interval": "5", "min_file_process_interval": "5", "parsing_processes": "1"},
        "workers": {"min_heartbeat_interval": "1"},
    }
