"""A whole set-up that is in order, to be broken at one place: a sandbox, Airflow's side of it, and the doctor."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tenacity import wait_none

from fakes import FakeVariables
from freee_sync.bilingual import Words
from freee_sync.cursors import JST
from freee_sync.doctor.examination import Section, examine
from freee_sync.doctor.lines import Line, State
from freee_sync.doctor.patient import Doors, Patient
from freee_sync.doctor.table import section_lines, summary
from freee_sync.doctor.words import TEXTS
from freee_sync.freee.hook import FreeeHook, Pace
from freee_sync.metadata import DagState
from freee_sync.salesforce.login import open_org
from freee_sync.settings import PREFIX
from freee_sync.wiring import Wiring
from rig import MAPPING, SMALL, no_sleep
from sandbox.server import Sandbox, SandboxConfig

Connections = dict[str, dict[str, Any]]


@dataclass
class FakeAirflow:
    """See `doctor.patient.Airflow`."""

    clock: Callable[[], datetime]
    state: DagState | None = None
    run_id: str | None = None
    encrypted: bool = True

    def dag_state(self, dag_id: str) -> DagState | None:
        return self.state

    def active_run(self, dag_id: str) -> str | None:
        return self.run_id

    def encrypts(self) -> bool:
        return self.encrypted

    def now(self) -> datetime:
        return self.clock()


@dataclass
class Setup:
    """One set-up.

    :ivar mapping: the file that the doctor reads; a copy of the shipped one.
    """

    sandbox: Sandbox
    patch: pytest.MonkeyPatch
    airflow: FakeAirflow
    mapping: Path
    connections: Connections
    variables: FakeVariables = field(
        default_factory=lambda: FakeVariables(
            {f"{PREFIX}enabled": "true", f"{PREFIX}hour": "6", f"{PREFIX}mail_to": "keiri@example.jp"}
        )
    )
    heard: list[str] = field(default_factory=list)

    def connect(self, name: str, extra: dict[str, Any] | None = None, **changes: Any) -> None:
        """Change fields of a Connection, and some of its extras."""
        connection = self.connections[name] | changes
        self.connections[name] = connection | {"extra": connection["extra"] | (extra or {})}

    def set(self, name: str, value: str) -> None:
        """Set a Variable, by its name without the prefix."""
        self.variables.values[PREFIX + name] = value

    def rewrite(self, old: str, new: str) -> None:
        """Edit mapping.yaml."""
        text = self.mapping.read_text(encoding="utf-8")
        assert old in text
        self.mapping.write_text(text.replace(old, new, 1), encoding="utf-8")

    def patient(self, language: str = "ja") -> Patient:
        """The set-up as it is now, for the doctor."""
        for name, connection in self.connections.items():
            self.patch.setenv(f"AIRFLOW_CONN_{name.upper()}", json.dumps(connection))
        words = Words(TEXTS, language)
        pace = Pace(between=wait_none(), sleep=self.sleep, longest_block=0, now=self.sandbox.clock.now)
        doors = Doors(
            freee=lambda: FreeeHook(variables=self.variables, pace=pace),
            org=lambda: open_org("salesforce_default", sleep=no_sleep),
        )
        wiring = Wiring(dag_id="freee_master_sync", include_dir=self.mapping.parent)
        return Patient(wiring, words, self.variables, self.airflow, doors)

    def examine(self, language: str = "ja") -> dict[str, Section]:
        """Let the doctor look; what was found, by the checks' titles."""
        patient = self.patient(language)
        sections = list(examine(patient))
        for section in sections:
            self.heard += section_lines(section, patient.words, colour=False)
        self.heard.append(summary(sections, patient.words))
        return {section.title: section for section in sections}

    def sleep(self, seconds: float) -> None:
        """Let the sandbox's time pass."""
        self.sandbox.clock.advance(timedelta(seconds=seconds))


@contextmanager
def setup(patch: pytest.MonkeyPatch, folder: Path) -> Iterator[Setup]:
    """A set-up in order; whatever the test does, no secret may be told."""
    with Sandbox(SandboxConfig(sizes=SMALL)) as sandbox:
        mapping = folder / "mapping.yaml"
        mapping.write_bytes(MAPPING.read_bytes())
        tomorrow = (sandbox.clock.now().astimezone(JST) + timedelta(days=1)).replace(hour=6, minute=0)
        airflow = FakeAirflow(sandbox.clock.now, DagState(paused=False, stale=False, broken=False, next_run=tomorrow))
        made = Setup(sandbox, patch, airflow, mapping, sandbox.connections())
        yield made
        told = "\n".join(made.heard)
        assert not [secret for secret in sandbox.issued_secrets() if secret in told]


def lines(found: dict[str, Section], state: State) -> list[tuple[str, Line]]:
    """The lines of one state, with their checks' titles."""
    return [(title, line) for title, section in found.items() for line in section.lines if line.state is state]


def changed(state: DagState | None, **changes: Any) -> DagState:
    """A DAG's state, otherwise."""
    assert state is not None
    return replace(state, **changes)
