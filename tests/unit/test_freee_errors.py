"""What an answer of freee means: codes decide, messages only tell."""

from __future__ import annotations

from typing import Any

import pytest

from freee_fakes import NOON, answer
from freee_sync.errors import Retry, Stop
from freee_sync.freee.answers import Answer, Refusal, failure, is_expired, refusal


def nested(code: str | None, *messages: str, status: int = 401) -> dict[str, Any]:
    """freee's usual shape."""
    error: dict[str, Any] = {"type": "status", "messages": list(messages)}
    return {"status_code": status, "errors": [error | ({"codes": [code]} if code else {})]}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (nested("company_not_found", "A", "B"), Refusal("company_not_found", "A / B")),
        (nested(None, "A"), Refusal("", "A")),
        ({"message": "A", "code": "expired_access_token"}, Refusal("expired_access_token", "A")),
        ({"error": "invalid_grant", "error_description": "A"}, Refusal("invalid_grant", "A")),
        ({"messages": ["A", "B"]}, Refusal("", "A / B")),
        ({"errors": [{"codes": ["status", "freee_plan_limit"], "messages": []}]}, Refusal("freee_plan_limit", "")),
        ({"errors": [{"codes": ["new_code", "newer_code"]}]}, Refusal("new_code", "")),
        ({"code": "</b>Not A Code", "message": "A"}, Refusal("", "A")),
        ({"code": 401, "message": 5, "errors": "none", "messages": "A"}, Refusal("", "")),
        ({"errors": [None, "text", {"codes": [1, None], "messages": [{}]}]}, Refusal("", "")),
        ([], Refusal("", "")),
        (b"<html>Bad Gateway</html>", Refusal("", "")),
        (b"", Refusal("", "")),
        (b"\xff\xfe\xfd", Refusal("", "")),
    ],
)
def test_reads_every_shape_of_error_body(body: Any, said: Refusal) -> None:
    assert refusal(answer(400, body)) == said


@pytest.mark.parametrize(
    ("answered", "kind", "code"),
    [
        (answer(401, {"message": "A", "code": "expired_access_token"}), Stop, "freee.expired_access_token"),
        (answer(401, nested("user_do_not_have_permission")), Stop, "freee.user_do_not_have_permission"),
        (answer(401, nested("company_not_found")), Stop, "freee.company_not_found"),
        (answer(401, nested("freee_plan_limit")), Stop, "freee.freee_plan_limit"),
        (answer(401, nested("source_ip_address_limit")), Stop, "freee.source_ip_address_limit"),
        (answer(401, {"code": "re_authorization_required"}), Stop, "freee.re_authorization_required"),
        (answer(401, nested("not_available_plan_limited_app")), Stop, "freee.not_available_plan_limited_app"),
        (answer(401, nested("a_code_of_next_year")), Stop, "freee.a_code_of_next_year"),
        (answer(401, nested(None, "アクセス権限がありません。")), Stop, "freee.refused"),
        (answer(403, {"message": "A", "code": "access_denied"}), Stop, "freee.access_denied"),
        (answer(403, nested("source_ip_address_limit")), Stop, "freee.source_ip_address_limit"),
        (answer(403, {"message": "expired_access_token"}), Retry, "freee.blocked"),
        (answer(403, {"code": "a_code_of_next_year"}), Retry, "freee.blocked"),
        (answer(403, b"<html></html>"), Retry, "freee.blocked"),
        (answer(403), Retry, "freee.blocked"),
        (answer(429, {"status_code": 429, "meta": {"limit": 100}}), Retry, "freee.blocked"),
        (answer(429, {"code": "access_denied"}), Retry, "freee.blocked"),
        (answer(400, nested(None, "不正なリクエストです。", status=400)), Stop, "freee.refused"),
        (answer(404, nested(None, "リソースが見つかりません。", status=404)), Stop, "freee.refused"),
        (answer(500), Retry, "freee.unavailable"),
        (answer(502, b"<html>"), Retry, "freee.unavailable"),
        (answer(503, {"message": "このAPIは現在ご利用いただけません。"}), Retry, "freee.maintenance"),
        (answer(503, b"<html>"), Retry, "freee.maintenance"),
        (answer(504), Retry, "freee.unavailable"),
        (answer(200, b'{"partners":[{"id"'), Retry, "freee.bad_answer"),
        (answer(200, b"<html>"), Retry, "freee.bad_answer"),
        (answer(302), Retry, "freee.bad_answer"),
    ],
)
def test_an_answer_stands_for_one_verdict(answered: Answer, kind: type[Exception], code: str) -> None:
    error = failure("GET /api/1/partners", answered, NOON)

    assert (type(error), error.code) == (kind, code)


def test_the_detail_tells_request_status_code_request_id_and_freees_words() -> None:
    answered = answer(401, nested("company_not_found", "存在しない事業所です。"), X_Freee_Request_ID="req-1")

    detail = failure("GET /api/1/items", answered, NOON).detail

    assert detail == "GET /api/1/items: 401 company_not_found (X-Freee-Request-ID: req-1) 存在しない事業所です。"


def test_the_detail_is_short_and_repeats_no_rows() -> None:
    long = failure("GET /x", answer(400, {"message": "あ" * 5000}), NOON).detail
    rows = failure("GET /x", answer(200, b'{"partners":[{"email":"keiri@example.com"'), NOON).detail

    assert len(long) < 400
    assert "keiri" not in rows


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 600),
        ({"Retry_After": "90"}, 90),
        ({"Retry_After": "Tue, 24 Nov 2026 12:02:00 GMT"}, 120),
        ({"x_ratelimit_reset": "2026-11-24T21:05:00+09:00"}, 300),
        ({"X_RateLimit_Reset": "2026-11-24T21:05:00+09:00", "Retry_After": "soon"}, 300),
        ({"x_ratelimit_reset": "2026-11-24T11:00:00+09:00"}, 0),
        ({"x_ratelimit_reset": "2026-11-24T21:05:00"}, 600),
        ({"x_ratelimit_reset": "1795521600"}, 600),
    ],
)
@pytest.mark.parametrize("status", [403, 429])
def test_a_block_lasts_as_long_as_freee_says_else_ten_minutes(
    status: int, headers: dict[str, str], seconds: float
) -> None:
    block = failure("GET /x", answer(status, **headers), NOON)

    assert isinstance(block, Retry)
    assert block.wait_seconds == seconds


def test_only_the_code_for_an_expired_token_asks_for_a_refresh() -> None:
    assert is_expired(answer(401, {"code": "expired_access_token"}))
    assert is_expired(answer(401, nested("expired_access_token")))
    assert not is_expired(answer(401, nested("user_do_not_have_permission", "アクセスする権限がありません")))
    assert not is_expired(answer(403, {"code": "expired_access_token"}))
    assert not is_expired(answer(401, b"<html>"))
