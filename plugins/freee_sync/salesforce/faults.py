"""Salesforce's answers that are no success, as errors of ours.

Top-level errors are `[{"errorCode", "message", "fields"?}]`; a row's are `{"statusCode", "message", "fields"}`
(REST API Developer Guide, "Status Codes and Error Responses"). A log-in is refused with OAuth's `{"error", "error_description"}` or,
always with 500, with SOAP's `<sf:exceptionCode>`, `<sf:exceptionMessage>`. Gateways answer HTML or nothing.
"""

from __future__ import annotations

import json
import re
from html import unescape
from http import HTTPStatus
from typing import Any

from freee_sync.bilingual import say
from freee_sync.errors import Stop, SyncError
from freee_sync.outcome import legible
from freee_sync.verdicts import error, verdicts

TRANSIENT_STATUS = frozenset({420, 429, 500, 502, 503, 504})  # the ones that Salesforce's own client jsforce repeats
SHOWN = 300  # characters of an answer that a message repeats

CONCURRENT_WAIT = 20.0  # seconds; only calls that last so long are counted, and one of them has to end first

_CODES = {
    "INVALID_SESSION_ID": "salesforce.INVALID_SESSION_ID",
    "NOT_FOUND": "salesforce.object",
    "INVALID_TYPE": "salesforce.object",
    "INVALID_FIELD": "salesforce.field",
    "STORAGE_LIMIT_EXCEEDED": "salesforce.STORAGE_LIMIT_EXCEEDED",
    "API_DISABLED_FOR_ORG": "login.API_DISABLED_FOR_ORG",
    "API_CURRENTLY_DISABLED": "login.API_CURRENTLY_DISABLED",
    "QUERY_TIMEOUT": "salesforce.unavailable",
    "REQUEST_RUNNING_TOO_LONG": "salesforce.unavailable",
    "INVALID_QUERY_LOCATOR": "salesforce.unavailable",
    "INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE": "salesforce.INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE",
}
"""Error codes that mean the same whatever the HTTP status."""

_CODE = re.compile("[A-Z][A-Z0-9_]*")
"""What a status code of Salesforce looks like; anything else must not be taken for a verdict of ours."""

_LOGIN_CODE = re.compile("<(?:[A-Za-z]+:)?exceptionCode>([A-Z][A-Z0-9_]*)<")
_LOGIN_MESSAGE = re.compile("<(?:[A-Za-z]+:)?exceptionMessage>([^<]*)<")
_OAUTH_CODE = re.compile("[a-z][a-z0-9_]*")


class CallRefused(Stop):
    """Salesforce refused a whole call with 400: one row may be the reason, so the call is worth halving."""


def fault(status: int, body: bytes, where: str, asked: float | None = None) -> SyncError:
    """The error that an unsuccessful answer means.

    :param where: the call, for the message: method and path.
    :param asked: seconds that the server asked us to wait, if it did.
    """
    code, message = _parse(body)
    detail = f"{where}: HTTP {status} {code} {message}".rstrip()
    if code == "REQUEST_LIMIT_EXCEEDED":
        return request_limit(message, detail, asked)
    if code in _CODES:
        return error(_CODES[code], detail, asked)
    if status in TRANSIENT_STATUS:
        return error("salesforce.unavailable", detail, asked)
    if status == HTTPStatus.BAD_REQUEST:
        return CallRefused("salesforce.refused", detail)
    return error("salesforce.refused", detail)


def request_limit(message: str, detail: str, asked: float | None) -> SyncError:
    """Which limit REQUEST_LIMIT_EXCEEDED speaks of: the one on long calls at a time passes, the one of 24 hours does not.

    Salesforce documents one code for both and nothing else that tells them apart, but its message begins with the limit's own
    name: `TotalRequests Limit exceeded.`, `ConcurrentRequests (Concurrent API Requests) Limit exceeded.`, `ConcurrentPerOrgLongTxn
    Limit exceeded.` (github.com/SalesforceLabs/OrgCheck issues 181 and 432, github.com/mautic/mautic issue 5006; what is counted:
    Salesforce Developer Limits, "API Request Limits and Allocations"). A name that we do not know is taken for the one that does not pass.
    """
    if message.startswith("Concurrent"):
        return error("salesforce.concurrent_requests", detail, CONCURRENT_WAIT if asked is None else asked)
    return error("salesforce.REQUEST_LIMIT_EXCEEDED", detail)


def login_fault(status: int, body: bytes, where: str) -> SyncError:
    """The error that an answer to a log-in means that was none.

    :param where: which Connection's log-in, for the message. The body of a success is not repeated: it may hold the session.
    """
    if status < HTTPStatus.BAD_REQUEST:
        size = say(f"{len(body)}バイト", f"{len(body)} bytes")
        return error("salesforce.bad_answer", f"{where}: HTTP {status} ({size})")
    code, message = _parse_login(body.decode("utf-8", "replace"))
    detail = f"{where}: HTTP {status} {code} {message}".rstrip()
    if code == "REQUEST_LIMIT_EXCEEDED":
        return request_limit(message, detail, None)
    if f"login.{code}" in verdicts() or _CODE.fullmatch(code):
        return error(f"login.{code}", detail)
    if status in TRANSIENT_STATUS:
        return error("salesforce.unavailable", detail)
    return error(f"login.{code}" if code else "salesforce.login", detail)


def _parse_login(text: str) -> tuple[str, str]:
    """Code and message; without a code the beginning of the text."""
    found = _LOGIN_CODE.search(text)
    if found:
        message = _LOGIN_MESSAGE.search(text)
        return found[1], unescape(message[1])[:SHOWN] if message else ""
    try:
        said = json.loads(text)
        code = said["error"] if _OAUTH_CODE.fullmatch(said["error"]) else ""
        return code, str(said.get("error_description", ""))[:SHOWN]
    except (ValueError, LookupError, TypeError, RecursionError):
        return "", text[:SHOWN]


def _parse(body: bytes) -> tuple[str, str]:
    text = body.decode("utf-8", "replace")
    try:
        first = json.loads(text)[0]
        return str(first["errorCode"]), str(first.get("message", ""))[:SHOWN]
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return "", text[:SHOWN]


def row_fault(errors: Any) -> tuple[str, str, tuple[str, ...]]:
    """Verdict code, message and named fields of a refused row, from the `errors` of its result."""
    try:
        first = errors[0]
        fields = tuple(str(name) for name in first.get("fields") or ())
        code = first["statusCode"] if _CODE.fullmatch(first["statusCode"]) else "row"
        return f"salesforce.{code}", legible(str(first["message"]), SHOWN), fields
    except (LookupError, TypeError, AttributeError):
        return "salesforce.row", legible(str(errors), SHOWN), ()
