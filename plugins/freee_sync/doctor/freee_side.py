"""freee's side of a set-up: Connection, link, company, rights, segments, and what is known of the calls left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from freee_sync.check import without_right
from freee_sync.cursors import JST
from freee_sync.doctor.connection_type import require_type
from freee_sync.doctor.lines import Line, UnknownError, bad, good
from freee_sync.doctor.patient import Patient
from freee_sync.errors import Stop
from freee_sync.freee.hook import FreeeHook
from freee_sync.freee.pair import LIFETIME, Pair
from freee_sync.masters import MASTERS, SEGMENT_TAGS, Scope
from freee_sync.report.wording import master_name
from freee_sync.sync import OUT_OF_REACH
from freee_sync.uninterrupted import uninterrupted
from freee_sync.verdicts import verdict

REFRESH_LIFE = timedelta(days=90)  # of a refresh token from its issue, https://developer.freee.co.jp/news/6540


def connection(patient: Patient) -> Iterator[Line]:
    """Whether the Connection is there, of its type, complete, and not in plain http."""
    freee = patient.freee
    account = freee.account
    require_type(patient, freee.get_connection(freee.freee_conn_id), FreeeHook.conn_type)
    company = account.credentials.company_id
    yield good("", patient.words("connection", conn_id=freee.freee_conn_id, url=account.api_url, company=company))


def link(patient: Patient) -> Iterator[Line]:
    """Whether freee lets us in, and who authorised that. Refreshes the pair only when no run may be using it."""
    words, freee = patient.words, patient.freee
    if not freee.is_linked():
        raise Stop("token.not_linked", words("never_linked", conn_id=freee.freee_conn_id))
    if freee.tokens.valid_access_token() is None:
        run_id = patient.airflow.active_run(patient.wiring.dag_id)
        if run_id is not None:
            raise UnknownError(words("not_refreshed", run_id=run_id))
    with uninterrupted():
        user = freee.user()
    yield good("", words("authorised", user=user, until=_good_until(patient)))


def _good_until(patient: Patient) -> str:
    """The day in Japan until which the link can be refreshed if nobody uses it; "?" when there is no pair that could tell."""
    pair = Pair.from_text(patient.variables.get(f"{patient.wiring.prefix}token"))
    if pair is None:
        return "?"
    issued = datetime.fromisoformat(pair.expires_at) - timedelta(seconds=LIFETIME)
    return f"{(issued + REFRESH_LIFE).astimezone(JST):%Y-%m-%d}"


def company(patient: Patient) -> Iterator[Line]:
    """Whether the one who authorised is in the Connection's company."""
    company_id, name = patient.freee.company()
    yield good("", f"{name} ({company_id})")


def rights(patient: Patient) -> Iterator[Line]:
    """Whether the one who authorised may read each master; one that is switched off needs no right."""
    words = patient.words
    refused = without_right(patient.freee.capabilities())
    for master in MASTERS:
        if master is SEGMENT_TAGS:
            continue
        name = master_name(master, words.language)
        if master.switch and not getattr(patient.settings, master.switch):
            yield good(name, words("switched_off", variable=f"{patient.wiring.prefix}{master.switch}"))
        elif master in refused:
            wording = verdict("freee.user_do_not_have_permission").words(words.language)
            yield bad(name, f"{wording.cause} ({master.scopes[0].capability})", wording.hint)
        else:
            yield good(name, words("readable"))


def segments(patient: Patient) -> Iterator[Line]:
    """Which of the three segments the plan and the rights give; the others are left out, which is no fault."""
    for scope in SEGMENT_TAGS.scopes:
        yield _segment(patient, scope)


def _segment(patient: Patient, scope: Scope) -> Line:
    words = patient.words
    subject = words("segment", master=master_name(SEGMENT_TAGS, words.language), number=scope.segment)
    try:
        patient.freee.get(scope.path, {"company_id": patient.freee.account.credentials.company_id, "limit": 1})
    except Stop as problem:
        if problem.code not in OUT_OF_REACH:
            raise
        cause = verdict(problem.code).words(words.language).cause
        return good(subject, words("left_out", cause=cause))
    return good(subject, words("readable"))


def calls(patient: Patient) -> Iterator[Line]:
    """freee tells nobody how many calls are left (it sends rate headers with a 429 only), so this is what is known."""
    yield good("", patient.words("not_blocked"))
