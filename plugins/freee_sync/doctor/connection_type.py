"""Whether a Connection is of the type whose form its fields were filled in with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from freee_sync.doctor.lines import SickError
from freee_sync.doctor.patient import Patient

if TYPE_CHECKING:
    from airflow.sdk import Connection


def require_type(patient: Patient, connection: Connection, conn_type: str) -> None:
    """Whether a Connection is of the type that its hook reads.

    :raises SickError: when it is not.
    """
    if connection.conn_type != conn_type:
        words, conn_id = patient.words, connection.conn_id
        text = words("wrong_type", conn_id=conn_id, held=connection.conn_type, wanted=conn_type)
        raise SickError(text, words("choose_type", conn_id=conn_id, wanted=conn_type))
