"""Airflow's own database, for programs that run beside Airflow and not inside a task.

Tasks may not open it; they use `variables.TaskVariables`. Airflow is imported inside the functions, once it is known that it is
needed: that takes seconds.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from freee_sync.errors import Retry

if TYPE_CHECKING:
    from datetime import datetime

ACTIVE = ("queued", "running")


def enter_server_context() -> None:
    """Have Airflow look for Connections and Variables in its database too, as its own commands do, and log nothing.

    Must be called before Airflow is imported. What a person sees of our programs is what they print.
    """
    os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"
    os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "CRITICAL"


class MetadataVariables:
    """Airflow's Variables as a program outside a task sees them: what tasks would be given, from wherever it comes."""

    def get(self, name: str) -> str | None:
        """See `Variables.get`. Airflow answers "missing" when the database fails, so missing is looked at twice.

        :raises Retry: `settings.unreadable`, when the database does not answer, or the Variable is there and cannot be read.
        """
        from airflow.models.variable import Variable

        value: str | None = Variable.get(name, default_var=None)
        if value is None and _scalar(_variable_key(name)) is not None:
            raise Retry("settings.unreadable", name)
        return value

    def set(self, name: str, value: str, description: str) -> None:
        """See `Variables.set`."""
        from airflow.models.variable import Variable

        Variable.set(name, value, description=description)


def active_run(dag_id: str) -> str | None:
    """A run of the DAG that is queued or running, by its run id.

    :raises Retry: `settings.unreadable`, when the database does not answer.
    """
    from airflow.models.dagrun import DagRun
    from sqlalchemy import select

    found: str | None = _scalar(
        select(DagRun.run_id).where(DagRun.dag_id == dag_id, DagRun.state.in_(ACTIVE)).order_by(DagRun.run_after)
    )
    return found


@dataclass(frozen=True)
class DagState:
    """What Airflow knows of the DAG.

    :param next_run: when the next scheduled run starts, aware; None when none is planned.
    """

    paused: bool
    stale: bool
    broken: bool
    next_run: datetime | None


def dag_state(dag_id: str) -> DagState | None:
    """The DAG as Airflow last parsed it, None when it knows none of that name.

    :raises Retry: `settings.unreadable`, when the database does not answer.
    """
    from airflow.models.dag import DagModel
    from sqlalchemy import select

    dag = _scalar(select(DagModel).where(DagModel.dag_id == dag_id))
    if dag is None:
        return None
    return DagState(dag.is_paused, dag.is_stale, bool(dag.has_import_errors), dag.next_dagrun_create_after)


def _variable_key(name: str) -> Any:
    from airflow.models.variable import Variable
    from sqlalchemy import select

    return select(Variable.key).where(Variable.key == name)


def _scalar(statement: Any) -> Any:
    from airflow.utils.session import create_session
    from sqlalchemy.exc import SQLAlchemyError

    try:
        with create_session() as session:
            return session.scalar(statement)
    except SQLAlchemyError as failure:
        raise Retry("settings.unreadable", f"{type(failure).__name__}") from None
