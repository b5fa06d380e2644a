"""Where the package keeps what must survive a run and what people may edit: Airflow Variables, behind two verbs.

A fake of the same two verbs stands in for Airflow in unit tests.
"""

from __future__ import annotations

from typing import Protocol


class Variables(Protocol):
    """Named texts that outlive a run."""

    def get(self, name: str) -> str | None:
        """The text, or None when there is no such Variable. A blank Variable is ""."""

    def set(self, name: str, value: str, description: str) -> None:
        """Store the text. The description is always given: Airflow wipes it otherwise."""


class TaskVariables:
    """Airflow's Variables as a running task sees them, through the Task SDK.

    Imported inside the methods, so that the pure modules which name the protocol load no Airflow.
    """

    def get(self, name: str) -> str | None:
        """See `Variables.get`."""
        from airflow.sdk import Variable

        value: str | None = Variable.get(name, default=None)
        return value

    def set(self, name: str, value: str, description: str) -> None:
        """See `Variables.set`."""
        from airflow.sdk import Variable

        Variable.set(name, value, description=description)
