"""Where the package keeps what must survive a run and what people may edit: Airflow Variables, behind two verbs.

A fake of the same two verbs stands in for Airflow in unit tests. Airflow is imported inside the methods, so that the pure
modules which name the protocol load none of it.
"""

from __future__ import annotations

from typing import NoReturn, Protocol

from freee_sync.errors import Retry


class Variables(Protocol):
    """Named texts that outlive a run."""

    def get(self, name: str) -> str | None:
        """The text, or None when there is no such Variable. A blank Variable is ""."""

    def set(self, name: str, value: str, description: str) -> None:
        """Store the text. The description is always given: Airflow wipes it otherwise."""


def parse_time_get(name: str) -> str | None:
    """A Variable as the DAG file may read it: one cheap look, which takes an unanswered question for a missing Variable."""
    from airflow.sdk import Variable

    value: str | None = Variable.get(name, default=None)
    return value


class TaskVariables:
    """Airflow's Variables as a running task sees them, through the Task SDK."""

    def get(self, name: str) -> str | None:
        """See `Variables.get`. The SDK answers "missing" when the API server fails, so missing is looked at twice.

        :raises Retry: `settings.unreadable`, when the Variable is there and cannot be read.
        """
        from airflow.sdk import Variable

        value = parse_time_get(name)
        if value is None and name in Variable.keys(prefix=name):
            raise Retry("settings.unreadable", name)
        return value

    def set(self, name: str, value: str, description: str) -> None:
        """See `Variables.set`."""
        from airflow.sdk import Variable

        Variable.set(name, value, description=description)


class ReadOnlyVariables:
    """Airflow's Variables from wherever Airflow runs us, also in its API server, which may not write what a task relies on."""

    def get(self, name: str) -> str | None:
        """See `parse_time_get`."""
        return parse_time_get(name)

    def set(self, name: str, value: str, description: str) -> NoReturn:  # noqa: ARG002 - as `Variables` has it
        """Never.

        :raises TypeError: always.
        """
        raise TypeError(f"{name} is only read here")
