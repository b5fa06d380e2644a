"""What an answer of freee means when it is not what was asked for. freee's codes stay, its messages may change: only codes decide.

Source: https://developer.freee.co.jp/reference/40x-checkpoint. 401 and 403 are overloaded: the code tells an expired token from
a missing right, and a 403 without a code is freee's block on fast callers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from freee_sync import verdicts
from freee_sync.bilingual import say
from freee_sync.errors import SyncError
from freee_sync.strict_json import MisshapenError, members, read_json
from freee_sync.waits import asked_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

BLOCK = 600.0  # seconds that freee's block lasts when it does not say how long
LONGEST_MESSAGE = 300  # characters of freee's message that the log and the mail repeat

EXPIRED = "expired_access_token"
"""The one code that a refresh cures; freee also uses it for a token that it does not know."""

_CODE = re.compile(r"[a-z][a-z_]{1,60}")


@dataclass(frozen=True)
class Answer:
    """What a server answered, whatever it was.

    :param headers: looked up in any case.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def request_id(self) -> str:
        """What freee's support asks for."""
        return self.headers.get("X-Freee-Request-ID", say("なし", "none"))

    def read_object(self) -> dict[str, Any]:
        """The body.

        :raises MisshapenError: when it is no whole JSON object.
        """
        return members(read_json(self.body), {})

    def json_object(self) -> dict[str, Any] | None:
        """The body when it is a whole JSON object, else None."""
        try:
            return self.read_object()
        except MisshapenError:
            return None


@dataclass(frozen=True)
class Refusal:
    """What a body says about why it was refused; both "" when it says nothing that we can read.

    :param code: freee's code, a word of small letters.
    :param message: freee's message, for people only.
    """

    code: str
    message: str


SAYS_NOTHING = Refusal("", "")


def refusal(answer: Answer) -> Refusal:
    """Read any of freee's three shapes of error body; an HTML page or an empty body says nothing."""
    body = answer.json_object() or {}
    nested = [error for error in _list(body.get("errors")) if isinstance(error, dict)]
    codes = [body.get("code"), body.get("error"), *(code for error in nested for code in _list(error.get("codes")))]
    messages = [body.get("message"), body.get("error_description"), *_list(body.get("messages"))]
    messages += [message for error in nested for message in _list(error.get("messages"))]
    words = [code for code in codes if isinstance(code, str) and _CODE.fullmatch(code)]
    said = " / ".join(message for message in messages if isinstance(message, str))
    return Refusal(_known_first(words), said[:LONGEST_MESSAGE])


def is_expired(answer: Answer) -> bool:
    """Whether another access token may do better."""
    return answer.status == HTTPStatus.UNAUTHORIZED and refusal(answer).code == EXPIRED


def failure(request: str, answer: Answer, now: datetime) -> SyncError:
    """The error that an answer stands for.

    :param request: method and path, for the detail.
    :param now: aware; freee tells the end of a block as a time.
    """
    said = refusal(answer)
    code = f"freee.{_code(answer.status, said.code)}"
    detail = describe(request, answer, said)
    wait = _wait(answer, now) if code == "freee.blocked" else asked_seconds(answer.headers)
    return verdicts.error(code, detail, wait)


def describe(request: str, answer: Answer, said: Refusal = SAYS_NOTHING) -> str:
    """One line for the log and the mail: request, status, code, request id and freee's message."""
    words = " ".join(word for word in (str(answer.status), said.code) if word)
    return f"{request}: {words} (X-Freee-Request-ID: {answer.request_id}) {said.message}".rstrip()


def _code(status: int, said: str) -> str:
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        return "maintenance"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "unavailable"
    if status < HTTPStatus.BAD_REQUEST:
        return "bad_answer"  # neither what was asked for nor an error, such as a redirect
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.FORBIDDEN and not _is_known(said)):
        return "blocked"
    return said or "refused"


def _known_first(codes: list[str]) -> str:
    return next(filter(_is_known, codes), codes[0] if codes else "")


def _is_known(code: str) -> bool:
    return f"freee.{code}" in verdicts.verdicts()


def _wait(answer: Answer, now: datetime) -> float:
    """Seconds until freee lets us in again, by whichever header says so."""
    asked = answer.headers.get("Retry-After", "")
    if asked.isdecimal():
        return float(asked)
    reset = answer.headers.get("x-ratelimit-reset", "")
    for text, parse in ((asked, parsedate_to_datetime), (reset, datetime.fromisoformat)):
        try:
            return max((parse(text) - now).total_seconds(), 0.0)
        except (ValueError, TypeError):  # no such header, not a time, or a time without a zone
            continue
    return BLOCK


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
