"""How often each server is asked, and how long we wait in between: calls counted, seconds never slept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import requests

from freee_sync.errors import SyncError
from freee_sync.salesforce.login import open_org
from freee_sync.salesforce.org import Org
from scripted_web import Said, ScriptedWeb, said

LOG_IN, SOAP, DATA = "/services/oauth2/token", "/services/Soap", "/services/data"

HTML = b"<html><body>Down for Maintenance</body></html>"
WELCOME = {"access_token": "00D!session", "instance_url": "https://acme.my.salesforce.com"}
NOON, HALF_A_MINUTE_LATER = "Tue, 24 Nov 2026 12:00:00 GMT", "Tue, 24 Nov 2026 12:00:30 GMT"


def welcome() -> requests.Response:
    """A log-in that went well."""
    return said(200, WELCOME)


def good() -> requests.Response:
    """An answer to any call."""
    return said(200, {"DailyApiRequests": {}})


def refused(status: int, code: str, message: str = "") -> requests.Response:
    """A refusal of Salesforce."""
    return said(status, [{"errorCode": code, "message": message}])


def dead() -> requests.Response:
    """The session is not known, or no longer."""
    return refused(401, "INVALID_SESSION_ID", "Session expired or invalid")


def silence() -> Exception:
    """Nothing comes back in time."""
    return requests.ReadTimeout("read timed out")


@dataclass(frozen=True)
class Play:
    """One call to Salesforce and all that comes of it.

    :param data: answers to the call and its repetitions; the last one stays.
    :param log_in: answers to log-ins; the last one stays.
    :param calls: how often the call was made.
    :param log_ins: how often we logged in.
    :param waits: seconds between, at least; jitter adds up to one.
    :param code: what it ended with; None when it went well.
    """

    data: Sequence[Said]
    log_in: Sequence[Said] = ()
    calls: int = 1
    log_ins: int = 1
    waits: tuple[float, ...] = ()
    code: str | None = None


def concurrent() -> requests.Response:
    """Too many long calls at a time."""
    return refused(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded.")


UNAVAILABLE, REFUSED_SESSION = "salesforce.unavailable", "salesforce.INVALID_SESSION_ID"

PLAYS = {
    "all is well": Play([good()]),
    "503 once": Play([said(503, HTML), good()], calls=2, waits=(1,)),
    "503 for ever": Play([said(503, HTML)], calls=4, waits=(1, 2, 4), code=UNAVAILABLE),
    "429 for ever": Play([said(429)], calls=4, waits=(1, 2, 4), code=UNAVAILABLE),
    "503 that asks for 7 seconds": Play([said(503, Retry_After="7"), good()], calls=2, waits=(7,)),
    "429 that asks for 0 seconds": Play([said(429, Retry_After="0"), good()], calls=2, waits=(0,)),
    "503 that names a time": Play(
        [said(503, Retry_After=HALF_A_MINUTE_LATER, Date=NOON), good()], calls=2, waits=(30,)
    ),
    "503 that asks for an hour is left to Airflow": Play([said(503, Retry_After="3600")], code=UNAVAILABLE),
    "the connection is reset once": Play([requests.ConnectionError("reset"), good()], calls=2, waits=(1,)),
    "no answer for ever": Play([silence()], calls=4, waits=(1, 2, 4), code=UNAVAILABLE),
    "cut JSON": Play([said(200, b'{"Daily')], calls=4, waits=(1, 2, 4), code="salesforce.bad_answer"),
    "too many long calls once": Play([concurrent(), good()], calls=2, waits=(20,)),
    "too many long calls for ever": Play(
        [concurrent()], calls=4, waits=(20, 20, 20), code="salesforce.concurrent_requests"
    ),
    "the calls of a day are used up": Play(
        [refused(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")],
        code="salesforce.REQUEST_LIMIT_EXCEEDED",
    ),
    "the right is missing": Play([refused(403, "INSUFFICIENT_ACCESS")], code="salesforce.refused"),
    "the session ends": Play([dead(), good()], calls=2, log_ins=2),
    "the session ends, then 503 once": Play([dead(), said(503), good()], calls=3, log_ins=2, waits=(1,)),
    "503 once, then the session ends": Play([said(503), dead(), good()], calls=3, log_ins=2, waits=(1,)),
    "every session is refused": Play([dead()], calls=2, log_ins=2, code=REFUSED_SESSION),
    "the session ends, the log-in is silent": Play([dead()], [welcome(), silence()], log_ins=2, code=UNAVAILABLE),
    "the session ends, the password was changed": Play(
        [dead()], [welcome(), said(400, {"error": "invalid_grant"})], log_ins=2, code="login.invalid_grant"
    ),
    "the credentials are wrong": Play(
        [good()], [said(400, {"error": "invalid_client"})], calls=0, code="login.invalid_client"
    ),
    "the log-in is silent": Play([good()], [silence()], calls=0, code=UNAVAILABLE),
    "the log-in answers 503 with HTML": Play([good()], [said(503, HTML)], calls=0, code=UNAVAILABLE),
    "the log-in answers 200 with HTML": Play([good()], [said(200, HTML)], calls=0, code="salesforce.bad_answer"),
}


@pytest.fixture(autouse=True)
def connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Salesforce by client credentials, and by user name and password."""
    extra = {"consumer_key": "key", "consumer_secret": "secret", "domain": "acme.my"}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps({"conn_type": "salesforce", "extra": extra}))
    user = {"login": "sync@example.com", "password": "old", "extra": {"security_token": "token"}}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_SOAP", json.dumps({"conn_type": "salesforce", **user}))


def web_of(monkeypatch: pytest.MonkeyPatch, play: Play) -> ScriptedWeb:
    """The network of one play."""
    web = ScriptedWeb({LOG_IN: play.log_in or [welcome()], DATA: play.data})
    web.take_over(monkeypatch)
    return web


def ending(org: Org) -> str | None:
    """What one call ends with."""
    try:
        org.call("GET", "limits")
    except SyncError as problem:
        return problem.code
    return None


@pytest.mark.parametrize("play", PLAYS.values(), ids=PLAYS)
def test_salesforce_is_asked_so_often_and_left_alone_so_long(monkeypatch: pytest.MonkeyPatch, play: Play) -> None:
    web, slept = web_of(monkeypatch, play), list[float]()

    try:
        ended = ending(open_org("salesforce_default", sleep=slept.append))
    except SyncError as problem:
        ended = problem.code

    assert ended == play.code
    assert web.count(LOG_IN) == play.log_ins
    assert web.count(DATA) == play.calls
    assert len(slept) == len(play.waits)
    for seconds, least in zip(slept, play.waits, strict=True):
        assert least <= seconds <= least + 1


def test_sessions_may_end_as_often_as_they_were_good(monkeypatch: pytest.MonkeyPatch) -> None:
    web = web_of(monkeypatch, Play([dead(), good(), dead(), good(), dead(), good()]))
    org = open_org("salesforce_default")

    assert [ending(org) for _ in range(3)] == [None, None, None]
    assert web.count(LOG_IN) == 4


def test_a_domain_that_is_none_is_mended_in_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = {"consumer_key": "key", "consumer_secret": "secret", "domain": "acme my"}
    monkeypatch.setenv("AIRFLOW_CONN_SALESFORCE_DEFAULT", json.dumps({"conn_type": "salesforce", "extra": extra}))

    with pytest.raises(SyncError) as refusal:
        open_org("salesforce_default")

    assert refusal.value.code == "settings.connection"
    assert "salesforce_default" in refusal.value.detail


def test_the_log_says_why_and_how_long_a_call_waits(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    web_of(monkeypatch, PLAYS["503 that asks for 7 seconds"])
    org = open_org("salesforce_default", sleep=lambda _: None)

    with caplog.at_level("WARNING"):
        ending(org)

    assert "GET limits: HTTP 503" in caplog.text
    assert "trying again in" in caplog.text


@pytest.mark.parametrize("name", ["every session is refused", "the session ends, the log-in is silent"])
def test_the_calls_after_it_do_not_log_in_again(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """As when a check describes seven objects one after the other."""
    web = web_of(monkeypatch, PLAYS[name])
    org = open_org("salesforce_default", sleep=lambda _: None)

    endings = {ending(org) for _ in range(7)}

    assert endings == {PLAYS[name].code}
    assert web.count(LOG_IN) == 2


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (said(500, b"<Fault><sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode></Fault>"), "login.INVALID_LOGIN"),
        (said(503, HTML), UNAVAILABLE),
        (said(503, b"no XML at all"), UNAVAILABLE),
        (said(200, HTML), "salesforce.bad_answer"),
        (silence(), UNAVAILABLE),
    ],
    ids=["the password is wrong", "503 with HTML", "503 with text", "200 with HTML", "silence"],
)
def test_a_log_in_by_password_is_asked_for_once(monkeypatch: pytest.MonkeyPatch, answer: Said, code: str) -> None:
    web = ScriptedWeb({SOAP: [answer]})
    web.take_over(monkeypatch)

    with pytest.raises(SyncError) as refusal:
        open_org("salesforce_soap")

    assert refusal.value.code == code
    assert web.calls == ["POST /services/Soap/u/59.0"]
