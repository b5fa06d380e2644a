"""The verdict table is whole: every code that either system documents has its words, every other one a safe default."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from freee_fakes import NOON, answer
from freee_sync.errors import Reject, Retry, Stop, SyncError
from freee_sync.freee.answers import failure
from freee_sync.outcome import Problem
from freee_sync.report import render_html, render_text
from freee_sync.salesforce.faults import CONCURRENT_WAIT, fault, login_fault, row_fault
from freee_sync.salesforce.sobject_collections import TRANSIENT
from freee_sync.verdicts import Owner, Verb, error, verdict, verdicts
from reports import delta, failed_row, success

TEMPLATES = Path(__file__).parents[2] / "include" / "templates"

FREEE = {
    # https://developer.freee.co.jp/reference/40x-checkpoint
    "freee.expired_access_token": Verb.STOP,
    "freee.invalid_access_token": Verb.STOP,  # until 2024-12-20: https://developer.freee.co.jp/news/7180
    "freee.user_do_not_have_permission": Verb.STOP,
    "freee.company_not_found": Verb.STOP,
    "freee.freee_plan_limit": Verb.STOP,
    "freee.source_ip_address_limit": Verb.STOP,
    "freee.re_authorization_required": Verb.STOP,  # https://developer.freee.co.jp/news/2867
    "freee.not_available_plan_limited_app": Verb.STOP,
    "freee.invalid_grant": Verb.STOP,
    "freee.access_denied": Verb.STOP,  # https://developer.freee.co.jp/news/7879
    # ours, for what freee gives no code: https://github.com/freee/freee-api-schema, description of the API
    "freee.blocked": Verb.RETRY,
    "freee.maintenance": Verb.RETRY,
    "freee.unavailable": Verb.RETRY,
    "freee.bad_answer": Verb.RETRY,
    "freee.refused": Verb.STOP,
    # https://developer.freee.co.jp/news/6540 and RFC 6749, 5.2
    "token.invalid_grant": Verb.STOP,
    "token.invalid_client": Verb.STOP,
    "token.lost": Verb.STOP,
    "token.not_linked": Verb.STOP,
    "token.refused": Verb.STOP,
    "token.unavailable": Verb.RETRY,
}

SALESFORCE_CALLS = {
    # https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
    "salesforce.INVALID_SESSION_ID": Verb.STOP,
    "salesforce.REQUEST_LIMIT_EXCEEDED": Verb.STOP,
    "salesforce.object": Verb.STOP,
    "salesforce.field": Verb.STOP,
    "salesforce.unavailable": Verb.RETRY,
    "salesforce.bad_answer": Verb.RETRY,
    "salesforce.refused": Verb.STOP,
    # https://developer.salesforce.com/docs/platform/salesforce-app-limits-cheatsheet/guide/salesforce-app-limits-platform-api.html
    "salesforce.concurrent_requests": Verb.RETRY,
}

SALESFORCE_LOG_INS = {
    # ExceptionCode of the partner WSDL: https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm
    "login.INVALID_LOGIN": Verb.STOP,
    "login.LOGIN_MUST_USE_SECURITY_TOKEN": Verb.STOP,
    "login.PASSWORD_LOCKOUT": Verb.STOP,
    "login.LOGIN_DURING_RESTRICTED_DOMAIN": Verb.STOP,
    "login.LOGIN_DURING_RESTRICTED_TIME": Verb.STOP,
    "login.LOGIN_CHALLENGE_ISSUED": Verb.STOP,
    "login.LOGIN_CHALLENGE_PENDING": Verb.STOP,
    "login.INVALID_OPERATION_WITH_EXPIRED_PASSWORD": Verb.STOP,
    "login.API_DISABLED_FOR_ORG": Verb.STOP,
    "login.API_CURRENTLY_DISABLED": Verb.STOP,
    "login.UNSUPPORTED_API_VERSION": Verb.STOP,
    "login.ORG_LOCKED": Verb.STOP,
    "login.TRIAL_EXPIRED": Verb.STOP,
    "login.SERVER_UNAVAILABLE": Verb.RETRY,
    "login.UNKNOWN_EXCEPTION": Verb.RETRY,
    # https://developer.salesforce.com/docs/platform/api/guide/sforce-api-calls-login.html
    "login.INVALID_OPERATION": Verb.STOP,
    "login.INSUFFICIENT_ACCESS": Verb.STOP,
    # https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_flow_errors.htm
    "login.invalid_grant": Verb.STOP,
    "login.invalid_client": Verb.STOP,
    "login.invalid_client_id": Verb.STOP,
    "login.invalid_client_credentials": Verb.STOP,
    "login.inactive_user": Verb.STOP,
    "login.inactive_org": Verb.STOP,
    "login.access_denied": Verb.STOP,
    "login.invalid_request": Verb.STOP,
    "login.invalid_scope": Verb.STOP,
    "login.unauthorized_client": Verb.STOP,
    "login.unsupported_grant_type": Verb.STOP,
    "login.rate_limit_exceeded": Verb.RETRY,
    "login.unknown_error": Verb.RETRY,
    "login.server_error": Verb.RETRY,
    "login.temporarily_unavailable": Verb.RETRY,
    # no code that we can read
    "salesforce.login": Verb.STOP,
}

SALESFORCE_ROWS = {
    # StatusCode: https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm
    "salesforce.STORAGE_LIMIT_EXCEEDED": Verb.STOP,
    "salesforce.INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": Verb.RETRY,
    "salesforce.REQUIRED_FIELD_MISSING": Verb.REJECT,
    "salesforce.STRING_TOO_LONG": Verb.REJECT,
    "salesforce.INVALID_CROSS_REFERENCE_KEY": Verb.REJECT,
    "salesforce.FIELD_CUSTOM_VALIDATION_EXCEPTION": Verb.REJECT,
    "salesforce.INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": Verb.REJECT,
    "salesforce.INVALID_EMAIL_ADDRESS": Verb.REJECT,
    "salesforce.NUMBER_OUTSIDE_VALID_RANGE": Verb.REJECT,
    "salesforce.DUPLICATE_EXTERNAL_ID": Verb.REJECT,
    "salesforce.DUPLICATE_VALUE": Verb.REJECT,
    "salesforce.DUPLICATES_DETECTED": Verb.REJECT,
    "salesforce.ENTITY_IS_LOCKED": Verb.REJECT,
    "salesforce.ENTITY_IS_DELETED": Verb.REJECT,
    "salesforce.INVALID_FIELD": Verb.REJECT,
    "salesforce.INVALID_FIELD_FOR_INSERT_UPDATE": Verb.REJECT,
    "salesforce.INVALID_TYPE_ON_FIELD_IN_RECORD": Verb.REJECT,
    "salesforce.JSON_PARSER_ERROR": Verb.REJECT,
    "salesforce.INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": Verb.REJECT,
    "salesforce.INSUFFICIENT_ACCESS_OR_READONLY": Verb.REJECT,
    "salesforce.CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": Verb.REJECT,
    "salesforce.CANNOT_EXECUTE_FLOW_TRIGGER": Verb.REJECT,
    "salesforce.APEX_ERROR": Verb.REJECT,
    "salesforce.FIELD_INTEGRITY_EXCEPTION": Verb.REJECT,
    # sent again up to three times; then the row has failed and the rows behind it go on
    "salesforce.UNABLE_TO_LOCK_ROW": Verb.REJECT,
    "salesforce.API_TEMPORARILY_UNAVAILABLE": Verb.REJECT,
    "salesforce.SERVER_UNAVAILABLE": Verb.REJECT,
    "salesforce.REQUEST_RUNNING_TOO_LONG": Verb.REJECT,
    "salesforce.TOO_MANY_APEX_REQUESTS": Verb.REJECT,
    "salesforce.UNKNOWN_EXCEPTION": Verb.REJECT,
    # no code that we can read
    "salesforce.row": Verb.REJECT,
}

DOCUMENTED = FREEE | SALESFORCE_CALLS | SALESFORCE_LOG_INS | SALESFORCE_ROWS

JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")


@pytest.mark.parametrize(("code", "verb"), DOCUMENTED.items())
def test_every_documented_code_is_in_the_table_with_its_verb(code: str, verb: Verb) -> None:
    assert verdicts()[code].verb is verb


@pytest.mark.parametrize("code", verdicts())
def test_every_verdict_has_an_owner_a_cause_and_a_hint_in_both_languages(code: str) -> None:
    entry = verdicts()[code]
    japanese, english = entry.words("ja"), entry.words("en")
    assert entry.owner in Owner
    for words in (japanese.cause, japanese.hint):
        assert JAPANESE.search(words)
        assert words.endswith("。")
    for words in (english.cause, english.hint):
        assert not JAPANESE.search(words)
        assert words.endswith(".")


def test_nobody_has_to_act_only_where_the_next_try_or_run_mends_it() -> None:
    assert [code for code, entry in verdicts().items() if entry.owner is Owner.NOBODY and entry.verb is Verb.STOP] == []


def test_a_row_that_is_sent_again_never_stops_the_load() -> None:
    assert {verdict(code).verb for code in TRANSIENT} == {Verb.REJECT}


@pytest.mark.parametrize(
    ("code", "default", "kind"),
    [
        ("freee.a_code_of_next_year", "freee.refused", Stop),
        ("login.A_CODE_OF_NEXT_YEAR", "salesforce.login", Stop),
        ("login.a_code_of_next_year", "salesforce.login", Stop),
        ("salesforce.A_CODE_OF_NEXT_YEAR", "salesforce.row", Reject),
        ("token.a_code_of_next_year", "token.unavailable", Retry),
        ("nonsense", "task.error", Stop),
    ],
)
def test_an_unknown_code_gets_the_default_of_its_system_and_keeps_its_name(
    code: str, default: str, kind: type[SyncError]
) -> None:
    problem = error(code, "detail")
    assert (type(problem), problem.code) == (kind, code)
    assert verdict(code) == replace(verdicts()[default], code=code)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        *((status, Stop) for status in (300, 400, 401, 403, 404, 415)),
        *((status, Retry) for status in (420, 429, 500, 502, 503, 504)),
    ],
)
def test_an_unknown_code_of_a_call_to_salesforce_is_judged_by_its_status(status: int, kind: type[SyncError]) -> None:
    problem = fault(status, b'[{"errorCode":"A_CODE_OF_NEXT_YEAR","message":"new"}]', "GET query")
    assert isinstance(problem, kind)
    assert "A_CODE_OF_NEXT_YEAR" in problem.detail


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (401, "INVALID_SESSION_ID", "salesforce.INVALID_SESSION_ID"),
        (404, "NOT_FOUND", "salesforce.object"),
        (400, "INVALID_TYPE", "salesforce.object"),
        (400, "INVALID_FIELD", "salesforce.field"),
        (400, "STORAGE_LIMIT_EXCEEDED", "salesforce.STORAGE_LIMIT_EXCEEDED"),
        (403, "API_DISABLED_FOR_ORG", "login.API_DISABLED_FOR_ORG"),
        (403, "API_CURRENTLY_DISABLED", "login.API_CURRENTLY_DISABLED"),
        (400, "QUERY_TIMEOUT", "salesforce.unavailable"),
        (400, "REQUEST_RUNNING_TOO_LONG", "salesforce.unavailable"),
        (400, "INVALID_QUERY_LOCATOR", "salesforce.unavailable"),
        (503, "SERVER_UNAVAILABLE", "salesforce.unavailable"),
        (500, "UNKNOWN_EXCEPTION", "salesforce.unavailable"),
        (
            400,
            "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
            "salesforce.INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
        ),
    ],
)
def test_a_known_code_of_a_call_to_salesforce_has_its_verdict_in_the_table(status: int, said: str, code: str) -> None:
    problem = fault(status, json.dumps([{"errorCode": said, "message": "new"}]).encode(), "GET query")
    assert problem.code == code
    assert code in verdicts()


@pytest.mark.parametrize(
    ("message", "code", "wait"),
    [
        ("TotalRequests Limit exceeded.", "REQUEST_LIMIT_EXCEEDED", None),
        ("ConcurrentRequests (Concurrent API Requests) Limit exceeded.", "concurrent_requests", CONCURRENT_WAIT),
        ("ConcurrentPerOrgLongTxn Limit exceeded.", "concurrent_requests", CONCURRENT_WAIT),
        ("A limit of next year, on Concurrent something, exceeded.", "REQUEST_LIMIT_EXCEEDED", None),
        ("", "REQUEST_LIMIT_EXCEEDED", None),
    ],
)
def test_the_limit_on_calls_at_a_time_passes_and_every_other_one_does_not(
    message: str, code: str, wait: float | None
) -> None:
    body = json.dumps([{"message": message, "errorCode": "REQUEST_LIMIT_EXCEEDED"}]).encode()
    problem = fault(403, body, "GET query")
    assert problem.code == f"salesforce.{code}"
    assert getattr(problem, "wait_seconds", None) == wait


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, Stop), (401, Stop), (403, Retry), (404, Stop), (429, Retry), (500, Retry), (502, Retry), (503, Retry)],
)
def test_an_unknown_code_of_freee_is_judged_by_its_status(status: int, kind: type[SyncError]) -> None:
    problem = failure("GET /api/1/items", answer(status, {"code": "a_code_of_next_year"}), NOON)
    assert isinstance(problem, kind)
    assert "a_code_of_next_year" in problem.detail


@pytest.mark.parametrize(
    "problem",
    [
        failure("GET /api/1/items", answer(401, {"code": "a_code_of_next_year"}), NOON),
        failure("GET /api/1/items", answer(500, {"code": "a_code_of_next_year"}), NOON),
        fault(400, b'[{"errorCode":"a_code_of_next_year","message":"new"}]', "GET query"),
        fault(503, b'[{"errorCode":"a_code_of_next_year","message":"new"}]', "GET query"),
        login_fault(400, b'{"error":"a_code_of_next_year"}', "x"),
        login_fault(500, b'{"error":"a_code_of_next_year"}', "x"),
    ],
    ids=str,
)
def test_the_mail_names_an_unknown_code_that_stopped_a_master(problem: SyncError) -> None:
    struck = delta("items", stop=Problem.of(problem), complete=False)
    report = success(results={"items": struck})
    assert "a_code_of_next_year" in render_text(report, TEMPLATES)
    assert "a_code_of_next_year" in render_html(report, TEMPLATES)


def test_the_mail_names_an_unknown_code_of_a_row() -> None:
    code, detail, _ = row_fault([{"statusCode": "A_CODE_OF_NEXT_YEAR", "message": "new", "fields": []}])
    refused = delta("items", failed=1, causes={code: 1}, failed_rows=[failed_row(code=code, detail=detail)])
    report = success(results={"items": refused})
    assert "A_CODE_OF_NEXT_YEAR" in render_text(report, TEMPLATES)
    assert "A_CODE_OF_NEXT_YEAR" in render_html(report, TEMPLATES)
