"""The HTTP session to freee: time-outs always, https only, our headers and none of anybody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from requests import PreparedRequest, Response, Session
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout, RequestException
from urllib3.exceptions import MaxRetryError, NewConnectionError

from freee_sync import __version__
from freee_sync.addresses import require_https
from freee_sync.freee.answers import Answer
from freee_sync.freee.tokens import UnansweredError, UnsentError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

TIMEOUT = (10.0, 60.0)  # seconds to connect and between two bytes; a full page of 3,000 partners takes freee seconds

HEADERS = {
    "Accept": "application/json",
    "X-Api-Version": "2020-06-15",  # https://developer.freee.co.jp/release-note/2948
    "User-Agent": f"freee-sync/{__version__} (Apache Airflow)",
}


class FreeeSession(Session):
    """A session that signs every request and never sends one without a time-out or over plain http.

    :param sign: sets the Authorization header. Having one keeps requests from sending a password out of ~/.netrc.
    """

    def __init__(self, sign: Callable[[PreparedRequest], PreparedRequest], sandbox_hosts: Collection[str]) -> None:
        super().__init__()
        self.auth = sign
        self.headers.update(HEADERS)
        self._sandbox_hosts = sandbox_hosts

    def send(self, request: PreparedRequest, **options: Any) -> Response:
        """Send one request, each hop of a redirect too."""
        require_https(request.url or "", self._sandbox_hosts)
        options["timeout"] = options.get("timeout") or TIMEOUT
        return super().send(request, **options)


def bearer(access: str) -> Callable[[PreparedRequest], PreparedRequest]:
    """Signs a request with an access token."""

    def sign(request: PreparedRequest) -> PreparedRequest:
        request.headers["Authorization"] = f"Bearer {access}"
        return request

    return sign


def answer_of(response: Response) -> Answer:
    """What our own code reads of a response."""
    return Answer(response.status_code, response.headers, response.content)


def post_form(session: Session, url: str, form: dict[str, str]) -> Answer:
    """One form, unsigned, sent once.

    :raises UnsentError: when no connection came about.
    :raises UnansweredError: when one did and no whole answer came.
    """
    try:
        return answer_of(session.post(url, data=form, auth=_unsigned, allow_redirects=False))
    except RequestException as failure:
        raise (UnsentError if _is_unsent(failure) else UnansweredError)(str(failure)) from failure


def _unsigned(request: PreparedRequest) -> PreparedRequest:
    return request


def _is_unsent(failure: RequestException) -> bool:
    if isinstance(failure, ConnectTimeout):
        return True
    cause = failure.args[0] if isinstance(failure, NoConnection) and failure.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
