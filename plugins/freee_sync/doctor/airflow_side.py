"""Airflow's side of a set-up: Variables, encryption, the DAG, its next run, and the mail."""

from __future__ import annotations

from collections.abc import Iterator

from airflow.providers.smtp.hooks.smtp import SmtpHook

from freee_sync import mailer
from freee_sync.cursors import JST, parse_cursor
from freee_sync.doctor.connection_type import require_type
from freee_sync.doctor.lines import Line, SickError, bad, good
from freee_sync.doctor.patient import Patient
from freee_sync.errors import SyncError
from freee_sync.settings import MAINTENANCE_HOURS, VARIABLES, Entry, read_settings
from freee_sync.timetable import GRACE
from freee_sync.verdicts import verdict

CURSOR = "cursor_"


def variables(patient: Patient) -> Iterator[Line]:
    """Each Variable that people set: what it holds, and what it may hold when that is wrong."""
    for name, entry in VARIABLES.items():
        if entry.shipped is not None:
            yield _variable(patient, name, entry)


def _variable(patient: Patient, name: str, entry: Entry) -> Line:
    full = patient.wiring.prefix + name
    held = patient.variables.get(full)
    problem = _cursor_problem(patient, full, held) if name.startswith(CURSOR) else _problem(patient, full, held)
    if problem is not None:
        return bad(full, problem.detail, verdict(problem.code).words(patient.words.language).hint)
    return good(full, _shown(patient, name, held, entry.shipped or ""))


def _problem(patient: Patient, full: str, held: str | None) -> SyncError | None:
    """What is wrong with this Variable, all others being as shipped."""
    found = read_settings(patient.wiring.prefix, lambda name: held if name == full else None).problems
    return next((SyncError(each.code, each.detail) for each in found), None)


def _cursor_problem(patient: Patient, full: str, held: str | None) -> SyncError | None:
    try:
        parse_cursor(full, held, patient.airflow.now())
    except SyncError as problem:
        return problem
    return None


def _shown(patient: Patient, name: str, held: str | None, shipped: str) -> str:
    words = patient.words
    if not (held or "").strip():
        return words("shipped", value=shipped) if shipped else words(f"blank_{name.partition('_')[0]}")
    text = str(held).strip()
    if name == "hour" and patient.settings.hour in MAINTENANCE_HOURS:
        return words("maintenance", value=text)
    return text


def encryption(patient: Patient) -> Iterator[Line]:
    """Whether what is secret is stored encrypted."""
    if patient.airflow.encrypts():
        yield good("", patient.words("encrypted"))
    else:
        yield bad("", patient.words("plain_text"), patient.words("set_fernet_key"))


def dag(patient: Patient) -> Iterator[Line]:
    """Whether Airflow has the DAG, can read it, and would start it."""
    words, dag_id = patient.words, patient.wiring.dag_id
    state = patient.airflow.dag_state(dag_id)
    if state is None:
        raise SickError(words("no_dag", dag_id=dag_id), words("look_at_dags_folder"))
    if state.broken or state.stale:
        raise SickError(words("broken_dag", dag_id=dag_id), words("look_at_import_errors"))
    if state.paused:
        raise SickError(words("paused", dag_id=dag_id), words("unpause"))
    run_id = patient.airflow.active_run(dag_id)
    yield good("", words("running", run_id=run_id) if run_id else dag_id)


def next_run(patient: Patient) -> Iterator[Line]:
    """When the next scheduled run starts, in Japan's time."""
    words, state = patient.words, patient.airflow.dag_state(patient.wiring.dag_id)
    planned = state.next_run if state else None
    if not patient.settings.enabled:
        yield good("", words("by_hand_only", variable=f"{patient.wiring.prefix}enabled"))
    elif planned is None:
        yield bad("", words("not_planned"), words("wait_for_parse"))
    elif planned + GRACE < patient.airflow.now():
        yield bad("", words("overdue", at=f"{planned.astimezone(JST):%m/%d %H:%M}"), words("start_scheduler"))
    else:
        yield good("", words("planned", at=f"{planned.astimezone(JST):%Y-%m-%d %H:%M}"))


def mail(patient: Patient) -> Iterator[Line]:
    """Whether the result mail would be taken: a sender, and a server that lets us in. Nothing is sent."""
    words, conn_id = patient.words, patient.wiring.smtp_conn_id
    recipients = patient.settings.mail_to
    if not recipients:
        yield good("", words("no_mail", variable=f"{patient.wiring.prefix}mail_to"))
        return
    sender = mailer.sender(conn_id)
    require_type(patient, SmtpHook.get_connection(conn_id), SmtpHook.conn_type)
    mailer.greet(conn_id)
    yield good("", words("sends", sender=sender, recipients=", ".join(recipients)))
