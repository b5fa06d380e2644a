"""Salesforce's answers that are no success, as errors of ours.

Top-level errors are `[{"errorCode", "message", "fields"?}]`; a row's are `{"statusCode", "message", "fields"}`
(REST API Developer Guide, "Status Codes and Error Responses"). Gateways answer HTML or nothing.
"""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any

from freee_sync.errors import Stop, SyncError
from freee_sync.outcome import legible
from freee_sync.verdicts import error

TRANSIENT_STATUS = frozenset({420, 429, 500, 502, 503, 504})  # the ones that Salesforce's own client jsforce repeats
SHOWN = 300  # characters of an answer that a message repeats

_CODES = {
    "REQUEST_LIMIT_EXCEEDED": "salesforce.REQUEST_LIMIT_EXCEEDED",
    "INVALID_SESSION_ID": "salesforce.INVALID_SESSION_ID",
    "NOT_FOUND": "salesforce.object",
    "INVALID_TYPE": "salesforce.object",
    "INVALID_FIELD": "salesforce.field",
    "STORAGE_LIMIT_EXCEEDED": "salesforce.STORAGE_LIMIT_EXCEEDED",
}

_CODE = re.compile("[A-Z][A-Z0-9_]*")
"""What a status code of Salesforce looks like; anything else must not be taken for a verdict of ours."""


class CallRefused(Stop):
    """Salesforce refused a whole call with 400: one row may be the reason, so the call is worth halving."""


def fault(status: int, body: bytes, where: str) -> SyncError:
    """The error that an unsuccessful answer means.

    :param where: the call, for the message: method and path.
    """
    code, message = _parse(body)
    detail = f"{where}: HTTP {status} {code} {message}".rstrip()
    if code in _CODES:
        return error(_CODES[code], detail)
    if status in TRANSIENT_STATUS:
        return error("salesforce.unavailable", detail)
    if status == HTTPStatus.BAD_REQUEST:
        return CallRefused("salesforce.refused", detail)
    return error("salesforce.refused", detail)


def _parse(body: bytes) -> tuple[str, str]:
    text = body.decode("utf-8", "replace")
    try:
        first = json.loads(text)[0]
        return str(first["errorCode"]), str(first.get("message", ""))[:SHOWN]
    except (ValueError, LookupError, TypeError, AttributeError):
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
