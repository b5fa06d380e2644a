"""Logging in to Salesforce: what its answers mean, and how often it is asked."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace
from typing import cast

import pytest

from freee_sync.errors import Retry, Stop, SyncError
from freee_sync.salesforce.faults import login_fault
from freee_sync.salesforce.renewal import LOG_INS, Renewal, Session


def soap(code: str, message: str = "no") -> bytes:
    """A SOAP fault as Salesforce sends it, always with 500."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>sf:{code}</faultcode><faultstring>{code}: {message}</faultstring><detail><sf:LoginFault>"
        f"<sf:exceptionCode>{code}</sf:exceptionCode><sf:exceptionMessage>{message}</sf:exceptionMessage>"
        "</sf:LoginFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    ).encode()


HTML = b"<html><body><h1>Down for Maintenance</h1></body></html>"
CONCURRENT = "ConcurrentRequests (Concurrent API Requests) Limit exceeded."


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (500, soap("INVALID_LOGIN"), Stop, "login.INVALID_LOGIN"),
        (500, soap("LOGIN_DURING_RESTRICTED_TIME"), Stop, "login.LOGIN_DURING_RESTRICTED_TIME"),
        (500, soap("A_CODE_OF_NEXT_YEAR"), Stop, "login.A_CODE_OF_NEXT_YEAR"),
        (500, soap("SERVER_UNAVAILABLE"), Retry, "login.SERVER_UNAVAILABLE"),
        (
            500,
            soap("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
            Stop,
            "salesforce.REQUEST_LIMIT_EXCEEDED",
        ),
        (500, soap("REQUEST_LIMIT_EXCEEDED", CONCURRENT), Retry, "salesforce.concurrent_requests"),
        (400, b'{"error":"invalid_grant","error_description":"ip restricted"}', Stop, "login.invalid_grant"),
        (400, b'{"error":"inactive_user"}', Stop, "login.inactive_user"),
        (400, b'{"error":"a_code_of_next_year"}', Stop, "login.a_code_of_next_year"),
        (500, b'{"error":"a_code_of_next_year"}', Retry, "salesforce.unavailable"),
        (400, b'{"error":"rate_limit_exceeded"}', Retry, "login.rate_limit_exceeded"),
        (500, b'{"error":"unknown_error"}', Retry, "login.unknown_error"),
        (400, b'{"error":"<b>no code</b>"}', Stop, "salesforce.login"),
        (400, b'{"error":5}', Stop, "salesforce.login"),
        (401, b'[{"errorCode":"X"}]', Stop, "salesforce.login"),
        (403, HTML, Stop, "salesforce.login"),
        (404, b"", Stop, "salesforce.login"),
        (403, b"[" * 100_000, Stop, "salesforce.login"),
        (429, b"", Retry, "salesforce.unavailable"),
        (500, HTML, Retry, "salesforce.unavailable"),
        (502, b"", Retry, "salesforce.unavailable"),
        (503, HTML, Retry, "salesforce.unavailable"),
        (503, b"not < well-formed", Retry, "salesforce.unavailable"),
        (200, HTML, Retry, "salesforce.bad_answer"),
        (200, b'{"access_token":"00Dsecret', Retry, "salesforce.bad_answer"),
        (302, b"", Retry, "salesforce.bad_answer"),
    ],
)
def test_an_answer_to_a_log_in_stands_for_one_verdict(
    status: int, body: bytes, kind: type[SyncError], code: str
) -> None:
    problem = login_fault(status, body, "Connection「x」でのログイン")
    assert (type(problem), problem.code) == (kind, code)
    assert f"HTTP {status}" in problem.detail


def test_the_detail_of_a_refused_log_in_tells_code_and_message() -> None:
    detail = login_fault(500, soap("INVALID_LOGIN", "Invalid username &amp; password"), "x").detail
    assert detail == "x: HTTP 500 INVALID_LOGIN Invalid username & password"


def test_a_half_answer_to_a_log_in_does_not_give_the_session_away() -> None:
    assert "secret" not in login_fault(200, b'{"access_token":"00Dsecret"', "x").detail


class Door:
    """Logs in by a script: None for a session, or what the log-in ends with; the last one stays."""

    def __init__(self, *script: SyncError | None) -> None:
        self.script = script
        self.knocks = 0

    def __call__(self) -> Session:
        said = self.script[min(self.knocks, len(self.script) - 1)]
        self.knocks += 1
        if said is not None:
            raise said
        return cast("Session", SimpleNamespace(number=self.knocks))


def refusal(step: Callable[[], object]) -> SyncError:
    """What it ends with."""
    with pytest.raises(SyncError) as refused:
        step()
    return refused.value


def test_a_session_that_has_ended_is_renewed_once_for_all_threads() -> None:
    door = Door(None)
    renewal = Renewal(door)
    ended, together = renewal.session, Barrier(3)

    def renew(_: int) -> Session:
        together.wait()
        return renewal.renewed(ended)

    with ThreadPoolExecutor(3) as threads:
        got = set(map(id, threads.map(renew, range(3))))
    assert got == {id(renewal.session)}
    assert door.knocks == 2


def test_sessions_that_are_refused_one_after_the_other_are_not_renewed_for_ever() -> None:
    door = Door(None)
    renewal = Renewal(door)
    renewal.renewed(renewal.session)
    for _ in range(7):
        assert refusal(lambda: renewal.renewed(renewal.session)).code == "salesforce.INVALID_SESSION_ID"
    assert door.knocks == LOG_INS == 2


def test_a_good_answer_in_between_allows_the_next_log_in() -> None:
    door = Door(None)
    renewal = Renewal(door)
    for _ in range(5):
        renewal.prove()
        renewal.renewed(renewal.session)
    assert door.knocks == 6


@pytest.mark.parametrize(
    "failure", [Stop("login.INVALID_LOGIN", "changed"), Retry("salesforce.unavailable", "silent")], ids=str
)
def test_a_log_in_that_fails_is_not_tried_again_by_any_thread_of_the_task(failure: SyncError) -> None:
    door = Door(None, failure)
    renewal = Renewal(door)
    ended = renewal.session
    for _ in range(3):
        renewal.prove()
        met = refusal(lambda: renewal.renewed(ended))
        assert (type(met), met.code, met.detail) == (type(failure), failure.code, failure.detail)
    assert door.knocks == 2
