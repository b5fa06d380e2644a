"""Where a link is stored: Airflow's Connection and Variable, through its database or over its REST API."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from freee_sync import metadata
from freee_sync.freee.connection import read_extras

if TYPE_CHECKING:
    from collections.abc import Mapping

    from airflow.models.connection import Connection
    from sqlalchemy.orm import Session

CONN_TYPE = "freee"


@dataclass
class Fields:
    """The fields of the Connection to freee, as far as a link needs them; secrets that cannot be read are None."""

    conn_id: str
    host: str | None = None
    schema: str | None = None
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    extra: str | None = field(default=None, repr=False)

    def with_extras(self, extras: Mapping[str, Any]) -> str:
        """The extras with some of them set, as JSON.

        :raises Stop: `settings.connection` when they are no JSON object.
        """
        return json.dumps({**read_extras(self), **extras}, ensure_ascii=False)


class Airflow(Protocol):
    """The Airflow that is to be linked."""

    def active_run(self, dag_id: str) -> str | None:
        """A run of the DAG that is queued or running, by its run id."""

    def connection(self, conn_id: str) -> Fields | None:
        """The Connection, or None when there is none."""

    def save_connection(self, fields: Fields, *, exists: bool) -> None:
        """Store host, login, password and extra; whatever else the Connection holds stays."""

    def save_variable(self, name: str, value: str, description: str) -> None:
        """Store a Variable, new or not."""


class ShadowedError(Exception):
    """The Connection comes from somewhere that we cannot write to, and that Airflow asks before its database."""


class MetadataAirflow:
    """The Airflow of this machine, through its database."""

    def active_run(self, dag_id: str) -> str | None:
        """See `Airflow`."""
        return metadata.active_run(dag_id)

    def connection(self, conn_id: str) -> Fields | None:
        """See `Airflow`.

        :raises ShadowedError: with the name of what holds it instead.
        """
        _check_shadows(conn_id)
        from airflow.utils.session import create_session

        with create_session() as session:
            held = _held(session, conn_id)
            if held is None:
                return None
            return Fields(conn_id, held.host, held.schema, held.port, held.login, held.password, held.extra)

    def save_connection(self, fields: Fields, *, exists: bool) -> None:
        """See `Airflow`."""
        from airflow.models.connection import Connection
        from airflow.utils.session import create_session

        with create_session() as session:
            held = _held(session, fields.conn_id) if exists else None
            if held is None:
                held = Connection(conn_id=fields.conn_id, conn_type=CONN_TYPE)
                session.add(held)
            held.host, held.login = fields.host, fields.login
            held.set_password(fields.password)
            held.set_extra(fields.extra)

    def save_variable(self, name: str, value: str, description: str) -> None:
        """See `Airflow`."""
        metadata.MetadataVariables().set(name, value, description)


def _held(session: Session, conn_id: str) -> Connection | None:
    from airflow.models.connection import Connection
    from sqlalchemy import select

    held: Connection | None = session.scalar(select(Connection).where(Connection.conn_id == conn_id))
    return held


def _check_shadows(conn_id: str) -> None:
    from airflow.configuration import ensure_secrets_loaded
    from airflow.secrets.metastore import MetastoreBackend

    name = f"AIRFLOW_CONN_{conn_id.upper()}"
    if name in os.environ:
        raise ShadowedError(name)
    for backend in ensure_secrets_loaded():
        if not isinstance(backend, MetastoreBackend) and backend.get_connection(conn_id=conn_id):
            raise ShadowedError(type(backend).__name__)
