"""Somebody who has a clone, an Airflow that knows nothing of freee_sync, and two accounts on a host that is not loopback."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self

import psutil  # type: ignore[import-untyped] # psutil ships no types

import sf_stand_in
from sandbox.airflow import CLONE, PROGRAMS, Airflow
from sandbox.company import Sizes
from sandbox.server import Sandbox, SandboxConfig
from sandbox.stage import DAG_ID
from terminal import Terminal

LONGEST = 300.0  # seconds for one command or one run; on a busy machine each takes a minute

CLONED = ("dags", "include", "plugins")
FILES = ("pyproject.toml", "README.md")

SIZES = Sizes(
    partners=20, account_items=15, tags=0, items=12, sections=6, segment_tags_1=4, segment_tags_2=3, segment_tags_3=2
)
"""Few rows, and no memo tags: they are shipped switched off, so what freee has of them would not arrive."""

OTHER_COMPANY = {1_234_567: "別の会社"}


def own_host() -> str | None:
    """A name of this machine that leads to an address other than loopback; else such an address; None if it has none."""
    cards = psutil.net_if_addrs().values()
    found = [each.address for card in cards for each in card if each.family == socket.AF_INET]
    addresses = [address for address in found if not ip_address(address).is_loopback]
    try:
        named = socket.gethostbyname(socket.gethostname())
    except OSError:
        named = ""
    return socket.gethostname() if named in addresses else next(iter(addresses), None)


class Newcomer:
    """Their machine.

    :param folder: where all of it is.
    :param host: where their accounts are.
    :param say: told what they do.
    :ivar ran: the commands they typed.
    :ivar shown: what those showed.
    """

    def __init__(self, folder: Path, host: str, say: Callable[[str], None]) -> None:
        self.clone = folder / "clone"
        self.org = folder / "org"
        self.host = host
        self.say = say
        self.ran: list[str] = []
        self.shown: list[str] = []
        home, programs = folder / "airflow", folder / "venv" / "bin"
        self.airflow = Airflow(home, home / "dags", environment=self._environment(programs), programs=programs)
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        """Set up what they have before the first step."""
        for name in CLONED:
            shutil.copytree(CLONE / name, self.clone / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in FILES:
            shutil.copy(CLONE / name, self.clone)
        _make_venv(self.airflow.programs)
        self.airflow.make()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop what was started."""
        self._ending.close()

    def open_accounts(self) -> None:
        """From now on freee, Salesforce and the mail server are there. The org holds what was deployed."""
        config = SandboxConfig(host=self.host, sizes=SIZES, metadata=self.org)
        self.sandbox = self._ending.enter_context(Sandbox(config))
        self.sandbox.company.settings.other_companies = dict(OTHER_COMPANY)

    def start_airflow(self) -> None:
        """Start scheduler, DAG processor and API server."""
        self._ending.callback(self.airflow.stop)
        self.airflow.start()

    def run(self, command: str) -> str:
        """Type a command in the clone, and wait until it ends well; what it showed."""
        self._begin(command)
        done = subprocess.run(  # noqa: S603 - the README's own commands
            ["/bin/sh", "-c", command],
            cwd=self.clone,
            env=self.airflow.environment_of_processes,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        self.shown.append(done.stdout)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def talk_to(self, command: str) -> Terminal:
        """Type a command that asks questions."""
        self._begin(command)
        terminal = Terminal(command, self.clone, self.airflow.environment_of_processes)
        self._ending.callback(terminal.close)
        return terminal

    def end_of_newest_run(self) -> tuple[str, dict[str, Any]]:
        """Wait for the end of the run that was triggered last; how it ended, and its report."""
        dag = self.airflow.api.dag(DAG_ID)
        run_id = dag.runs()[-1]["dag_run_id"]
        state = dag.wait(run_id, LONGEST)
        return state, dag.xcom(run_id, "send_report", "report")

    def _begin(self, command: str) -> None:
        self.ran.append(command)
        self.say(f"    $ {command}")

    def _environment(self, programs: Path) -> dict[str, str]:
        direct = f"127.0.0.1,localhost,{self.host}"
        return {
            "FREEE_SYNC_SANDBOX_HOSTS": self.host,
            "NO_PROXY": direct,
            "no_proxy": direct,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": "",
            "PIP_NO_INDEX": "1",  # what the package needs is there, or it is not in the lock
            "PIP_NO_BUILD_ISOLATION": "0",  # pip's way to say: build with the hatchling that is there
            sf_stand_in.ORG: str(self.org),
        }


def _make_venv(programs: Path) -> None:
    """A virtual environment with links to all that is installed for the tests but freee_sync."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", programs.parent], check=True)  # noqa: S603 - our own Python
    (packages,) = programs.parent.glob("lib/python*/site-packages")
    (ours,) = PROGRAMS.parent.glob("lib/python*/site-packages")
    for installed in ours.iterdir():
        if not installed.name.lstrip("_").startswith("freee_sync"):
            (packages / installed.name).symlink_to(installed)
    for name, program in {"airflow": "-m airflow", "pip": "-m pip", "sf": f"'{sf_stand_in.__file__}'"}.items():
        script = programs / name
        script.write_text(f"#!/bin/sh\nexec '{programs}/python' {program} \"$@\"\n", encoding="utf-8")
        script.chmod(0o755)
