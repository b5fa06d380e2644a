"""One REST call to the org: let in, answered, refused."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from starlette.responses import HTMLResponse, Response

from sandbox.salesforce.errors import ApiError, Refusal, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from sandbox.salesforce.fields import Json
    from sandbox.salesforce.org import Org
    from sandbox.salesforce.sessions import User

Handler: TypeAlias = "Callable[[Call], Answer]"

LONGEST_URI = 16_384  # bytes; a longer one is answered with 414 before anything else is looked at
OLDEST_VERSION, NEWEST_VERSION = 31, 68  # API versions; Winter '27 is 68.0
JSON_TYPE = "application/json;charset=UTF-8"
CSV_TYPE = "text/csv"  # without a charset, as the answers of others' field reports came; it is UTF-8

STATUS_OF_REFUSAL = {"ENTITY_IS_DELETED": 404, "INSUFFICIENT_ACCESS_OR_READONLY": 403}
"""HTTP status of a single row's refusal; 400 for all others."""


@dataclass(frozen=True)
class Answer:
    """A body and its HTTP status; no body with 204. Bytes are CSV."""

    body: Json | bytes = None
    status: int = HTTPStatus.OK


@dataclass(frozen=True)
class Call:
    """One call that was let in.

    :param path: the parts of the path, by their name in the route.
    """

    org: Org
    user: User
    version: str
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes

    def json(self) -> dict[str, Json]:
        """The body as a JSON object; ApiError if it is none."""
        if "json" not in self.headers.get("content-type", ""):
            raise ApiError(
                415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type header specified in HTTP request is not supported"
            )
        raw = gzip.decompress(self.raw) if self.headers.get("content-encoding") == "gzip" else self.raw
        try:
            body = json.loads(raw)
        except ValueError as problem:
            raise ApiError(400, "JSON_PARSER_ERROR", f"{problem}") from None
        if not isinstance(body, dict):
            raise ApiError(400, "JSON_PARSER_ERROR", "Unexpected value, expected an object at [line:1, column:1]")
        return body

    def url(self, tail: str) -> str:
        """A path of the API in the call's own version."""
        return f"/services/data/v{self.version}/{tail}"


async def serve(org: Org, request: Request, handler: Handler) -> Response:
    """Let a call in, have it handled, and say how much of the daily limit is used."""
    if len(request.url.path) + len(request.url.query) > LONGEST_URI:
        return HTMLResponse("<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>", 414)
    try:
        answer = handler(await _admitted(org, request))
    except ApiError as refused:
        answer = Answer([{"errorCode": refused.code, "message": refused.message}], refused.status)
    except Refusal as refusal:
        answer = _refused_row(refusal)
    response = respond(answer)
    response.headers["Sforce-Limit-Info"] = f"api-usage={org.requests_used}/{org.daily_limit}"
    return response


def respond(answer: Answer) -> Response:
    """The answer as HTTP."""
    if answer.status == HTTPStatus.NO_CONTENT:
        return Response(status_code=answer.status)
    if isinstance(answer.body, bytes):
        return Response(answer.body, answer.status, headers={"Content-Type": CSV_TYPE})
    return Response(json.dumps(answer.body, ensure_ascii=False), answer.status, media_type=JSON_TYPE)


async def _admitted(org: Org, request: Request) -> Call:
    user = org.sessions.user(bearer(request))
    org.count_request()
    org.jobs.advance(org.clock.now())
    version = request.path_params.get("version", f"{NEWEST_VERSION}.0")
    if version not in versions():
        raise not_found()
    return Call(org, user, version, request.path_params, request.query_params, request.headers, await request.body())


def versions() -> list[str]:
    """The API versions, `31.0` to the newest."""
    return [f"{number}.0" for number in range(OLDEST_VERSION, NEWEST_VERSION + 1)]


def bearer(request: Request) -> str:
    """The session id of a call; ApiError if it carries none."""
    scheme, _, session_id = request.headers.get("authorization", "").partition(" ")
    if scheme not in {"Bearer", "OAuth"}:
        raise ApiError(401, "INVALID_AUTH_HEADER", "INVALID_HEADER_TYPE")
    return session_id


def _refused_row(refusal: Refusal) -> Answer:
    first = refusal.errors[0].code
    body: list[Json] = [
        {"message": error.message, "errorCode": error.code, "fields": list(error.fields)} for error in refusal.errors
    ]
    return Answer(body, STATUS_OF_REFUSAL.get(first, 400))
