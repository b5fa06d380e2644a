"""Salesforce's side of a set-up: Connection, log-in, mapping, objects and fields, calls and storage left."""

from __future__ import annotations

import os
from collections.abc import Iterator

from freee_sync.addresses import require_https, sandbox_hosts
from freee_sync.check import misfit
from freee_sync.doctor.connection_type import require_type
from freee_sync.doctor.lengths import too_short
from freee_sync.doctor.lines import Line, UnknownError, bad, good
from freee_sync.doctor.patient import Patient
from freee_sync.errors import Stop
from freee_sync.masters import MASTERS, Master
from freee_sync.report.wording import master_name
from freee_sync.salesforce.login import OrgHook
from freee_sync.salesforce.sobject_collections import CALL_ROWS
from freee_sync.strict_json import OBJECT, WHOLE, bad_answer, members
from freee_sync.verdicts import verdict

RECORD_SIZE = 2 / 1024  # MB that a custom record counts, whatever its fields
CALLS_OF_A_RUN = 100  # beside those that write rows: log-in, describes, queries, tries again


def connection(patient: Patient) -> Iterator[Line]:
    """Whether the Connection is there, of its type, and not in plain http."""
    held = OrgHook.get_connection(patient.wiring.salesforce_conn_id)
    require_type(patient, held, OrgHook.conn_type)
    base_url = held.extra_dejson.get("base_url")
    if base_url:
        require_https(base_url, sandbox_hosts(os.environ))
    yield good("", patient.wiring.salesforce_conn_id)


def log_in(patient: Patient) -> Iterator[Line]:
    """Whether Salesforce lets us in."""
    yield good("", f"{patient.org.home} ({patient.org.organization()})")


def mapping(patient: Patient) -> Iterator[Line]:
    """Whether mapping.yaml can be read."""
    yield good("", f"{patient.wiring.mapping} ({len(patient.mapping)})")


def objects(patient: Patient) -> Iterator[Line]:
    """Whether each master's object is there, with fields that fit, can be written, and a key that identifies."""
    for master in MASTERS:
        problem = misfit(patient.described, master, patient.mapping.get(master.name))
        if problem is None:
            yield _fitting(patient, master)
        else:
            wording = verdict(problem.code).words(patient.words.language)
            yield bad(master_name(master, patient.words.language), f"{wording.cause} {problem.detail}", wording.hint)


def _fitting(patient: Patient, master: Master) -> Line:
    """An object that fits, unless a field of it is too short for what freee may send."""
    words, block = patient.words, patient.mapping[master.name]
    name = master_name(master, words.language)
    short = [
        words("short", field=field.name, length=field.length, source=source, longest=longest)
        for field, source, longest in too_short(master, block, patient.described(block.object))
    ]
    if short:
        return bad(name, f"{block.object} ({master.name}): {' '.join(short)}", words("lengthen"))
    return good(name, words("object", object=block.object, fields=len(block.fields)))


def calls(patient: Patient) -> Iterator[Line]:
    """Whether today's calls are enough for a full load."""
    words, limit = patient.words, _limit(patient, "DailyApiRequests")
    needed = CALLS_OF_A_RUN + patient.new_rows // CALL_ROWS
    told = {"left": f"{limit['Remaining']:,}", "most": f"{limit['Max']:,}", "needed": f"{needed:,}"}
    if limit["Remaining"] < needed:
        yield bad("", words("few_calls", **told), words("wait_or_buy_calls"))
    else:
        yield good("", words("calls", **told))


def storage(patient: Patient) -> Iterator[Line]:
    """Whether the org has room for the rows that a full load would add."""
    words, limit = patient.words, _limit(patient, "DataStorageMB")
    needed = patient.new_rows * RECORD_SIZE
    told = {"left": f"{limit['Remaining']:,}", "rows": f"{patient.new_rows:,}", "needed": f"{needed:,.1f}"}
    if limit["Remaining"] < needed:
        yield bad("", words("little_storage", **told), words("free_storage"))
    else:
        yield good("", words("room", **told))


def _limit(patient: Patient, name: str) -> dict[str, int]:
    """One limit.

    :raises UnknownError: when Salesforce does not show it to this user.
    """
    try:
        limits = patient.limits
    except Stop as problem:
        if problem.code == "salesforce.REQUEST_LIMIT_EXCEEDED":
            raise
        raise UnknownError(patient.words("setup_hidden", why=problem.code)) from None
    with bad_answer("salesforce", "GET limits"):
        return members(members(limits, {name: OBJECT})[name], {"Max": WHOLE, "Remaining": WHOLE})
