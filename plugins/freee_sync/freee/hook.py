"""FreeeHook: one request to freee, with everything that one request can run into."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.providers.http.hooks.http import HttpHook
from airflow.sdk.exceptions import AirflowNotFoundException
from requests import PreparedRequest, Session
from requests.exceptions import ChunkedEncodingError, ContentDecodingError, RequestException
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from freee_sync import settings, verdicts
from freee_sync.addresses import sandbox_hosts
from freee_sync.bilingual import say
from freee_sync.calls import Meter
from freee_sync.errors import Reject, Retry, Stop, SyncError
from freee_sync.freee.answers import BLOCK, Answer, describe, failure, is_expired, refusal
from freee_sync.freee.connection import Account, read_account, read_extras
from freee_sync.freee.people import COMPANIES, RIGHTS, USER, read_companies, read_rights, read_user
from freee_sync.freee.session import FreeeSession, answer_of, bearer, post_form
from freee_sync.freee.tokens import Tokens, was_linked
from freee_sync.strict_json import bad_answer
from freee_sync.variables import ReadOnlyVariables, TaskVariables, Variables
from freee_sync.waits import can_wait, hint_first, tells

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from airflow.sdk import Connection
    from tenacity.wait import WaitBaseT

Part = TypeVar("Part")

TRIES = 3  # of one GET: what a second one does not cure is left to Airflow's retries
LONGEST_BLOCK = 720.0  # seconds: freee's block takes about ten minutes, and a longer wait is a daily limit

NOT_ASKED = (
    "freeeには問い合わせていません（有効なアクセストークンの保存がなく、更新は実行のときだけ行います）。"
    "入力項目（クライアントID・シークレット・事業所ID・httpsのURL）だけを確認しました。"
    "すべて確認するには `python -m freee_sync.doctor` を実行してください。"
)
"""What the test button says when it could not ask freee."""

REPEATED = frozenset({"freee.unavailable", "freee.bad_answer"})
"""Verdict codes that the next try of the same GET may not meet again."""


OF_A_ROW = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND})
"""How freee refuses one row: a value that it does not take, or a row that is not there."""


@dataclass(frozen=True)
class _Request:
    """One call.

    :param about_a_row: a 400 or 404 then speaks of that row alone.
    """

    method: str
    path: str
    params: dict[str, Any] | None = None
    body: dict[str, Any] | None = None
    about_a_row: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def served(self) -> frozenset[int]:
        """A GET is served by 200 alone; a POST creates with 201."""
        return frozenset({HTTPStatus.OK} if self.method == "GET" else {HTTPStatus.OK, HTTPStatus.CREATED})


@dataclass(frozen=True)
class Pace:
    """How the hook waits.

    :param between: seconds between two tries of one request.
    :param longest_block: seconds; a block of freee's that lasts longer is not waited out.
    :param sleep: takes seconds.
    """

    between: WaitBaseT = field(default_factory=lambda: wait_exponential_jitter(initial=1, max=20))
    sleep: Callable[[float], None] = time.sleep
    longest_block: float = LONGEST_BLOCK
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class FreeeHook(HttpHook):
    """One call to freee会計.

    :param freee_conn_id: a Connection of type `freee`.
    :param prefix: of the Variables that hold the tokens; another company's DAG has another.
    :param variables: where the tokens live; Airflow's Variables unless a test says otherwise.
    :ivar meter: counts each request to the API before it is made; another may be put in its place.
    """

    conn_name_attr = "freee_conn_id"
    default_conn_name = "freee_default"
    conn_type = "freee"
    hook_name = "freee会計"

    def __init__(
        self,
        freee_conn_id: str = default_conn_name,
        prefix: str = settings.PREFIX,
        variables: Variables | None = None,
        pace: Pace | None = None,
    ) -> None:
        super().__init__(method="GET", http_conn_id=freee_conn_id)
        self.freee_conn_id = freee_conn_id
        self._prefix = prefix
        self._variables = variables or TaskVariables()
        self._only_read = variables or ReadOnlyVariables()
        self._pace = pace or Pace()
        self._waited = False
        self.meter = Meter()

    def get(self, path: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """The JSON object that freee answers. A block is waited out once in the hook's life.

        :raises SyncError: what the answer stands for, `freee.*`; or what kept us from asking, `token.*` and `settings.*`.
        """
        return self._past_a_block(lambda: self._repeated(path, params))

    def once(
        self, method: str, path: str, params: dict[str, Any] | None = None, body: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The JSON object that freee answers to one call about one row, made once: a repeated POST could create a second row.

        Only what freee did not look at is sent again: a call with an expired token, and once in the hook's life a blocked one.

        :raises Reject: `push.refused` with freee's words, when it is this row that freee does not take or does not have.
        :raises SyncError: as for `get`; a Retry other than a block may have been served.
        """
        return self._past_a_block(lambda: self._once(_Request(method, path, params, body, about_a_row=True)))

    def company(self) -> tuple[int, str]:
        """Id and display name of the Connection's company.

        :raises Stop: `freee.company_not_found` when the user who authorised is not in it.
        """
        return self._ours(self._read(COMPANIES, read_companies))

    def user(self) -> str:
        """Who authorised: display name and e-mail."""
        return self._read(USER, read_user)

    def capabilities(self) -> dict[str, bool]:
        """Name of a right (`Scope.capability`) to whether the user who authorised may read it; a missing name is not known."""
        company = {"company_id": self.account.credentials.company_id}
        return self._read(RIGHTS, read_rights, company)

    def is_linked(self) -> bool:
        """Whether anybody ever linked freee: the Connection holds a refresh token, or a pair was stored once.

        A Connection that cannot be read was filled in by somebody: it counts as linked, so that the check tells what is wrong.
        """
        if was_linked(self._variables, self._prefix):
            return True
        try:
            connection = self.get_connection(self.freee_conn_id)
        except AirflowNotFoundException:
            return False
        try:
            return bool(read_extras(connection).get("refresh_token"))
        except Stop:
            return True

    def test_connection(self) -> tuple[bool, str]:
        """For the UI's button: asks freee with the stored token, and never refreshes, which the API server could not store."""
        try:
            access = replace(self.tokens, variables=self._only_read).valid_access_token()
            if access is None:
                return True, NOT_ASKED
            user = self._read_once(USER, read_user, access)
            company_id, company = self._ours(self._read_once(COMPANIES, read_companies, access))
        except SyncError as problem:
            return False, f"{verdicts.verdict(problem.code).ja.cause} {problem.detail}"
        return True, f"freeeに接続できました。事業所: {company} ({company_id})、認可した人: {user}"

    def get_conn(self, headers: dict[Any, Any] | None = None, extra_options: dict[str, Any] | None = None) -> Session:
        """A session that signs with our token. The Connection's login, password and extras go into no request but the token's.

        :param headers: sent with every request.
        :param extra_options: HttpHook's; our session has its own time-outs and certificates, so they are not used.
        """
        self.base_url = self.account.api_url
        self._base_url_initialized = True
        session = FreeeSession(self._sign, self._sandbox_hosts)
        session.headers.update(headers or {})
        self.merged_extra = {**(extra_options or {}), "check_response": False}
        return session

    @cached_property
    def account(self) -> Account:
        """Where freee is and who we are to it.

        :raises Stop: `settings.connection`, `settings.insecure`.
        """
        return read_account(self._connection(), self._sandbox_hosts)

    @cached_property
    def tokens(self) -> Tokens:
        """The pair of tokens of this Connection."""
        return Tokens(
            variables=self._variables,
            credentials=self.account.credentials,
            post=lambda url, form: post_form(self._session, url, form),
            now=self._pace.now,
            sleep=self._pace.sleep,
            prefix=self._prefix,
        )

    @cached_property
    def _session(self) -> Session:
        return self.get_conn()

    @cached_property
    def _sandbox_hosts(self) -> frozenset[str]:
        return sandbox_hosts(os.environ)

    def _connection(self) -> Connection:
        try:
            return self.get_connection(self.freee_conn_id)
        except AirflowNotFoundException:
            raise verdicts.no_connection(self.freee_conn_id) from None

    def _sign(self, request: PreparedRequest) -> PreparedRequest:
        return bearer(self.tokens.access_token())(request)

    def _past_a_block(self, call: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """What the call gives; a block is waited out once in the hook's life."""
        try:
            return call()
        except Retry as block:
            wait = BLOCK if block.wait_seconds is None else block.wait_seconds
            if block.code != "freee.blocked" or self._waited or wait > self._pace.longest_block:
                raise
            self._waited = True
            self.log.warning("%s; waiting %.0f s", block, wait)
            self._pace.sleep(wait)
        return call()

    def _repeated(self, path: str, params: dict[str, Any] | None) -> dict[str, Any]:
        """One GET, tried anew where the next try may do better."""
        tries = Retrying(
            stop=stop_after_attempt(TRIES),
            wait=hint_first(self._pace.between),
            sleep=self._pace.sleep,
            retry=retry_if_exception(_is_repeated),
            before_sleep=tells(self.log.warning),
            reraise=True,
        )
        return tries(self._once, _Request("GET", path, params))

    def _once(self, asked: _Request) -> dict[str, Any]:
        """One call, and once more with another token when freee calls ours expired."""
        access = self.tokens.access_token()
        answer = self._send(asked, access)
        if is_expired(answer):
            answer = self._send(asked, self.tokens.refresh_after_rejection(access))
        return self._body(asked, answer)

    def _send(self, asked: _Request, access: str) -> Answer:
        session, request = self._session, str(asked)
        self.meter.count()
        try:
            response = session.request(
                asked.method,
                f"{self.base_url}{asked.path}",
                params=asked.params,
                json=asked.body,
                auth=bearer(access),
                allow_redirects=False,
            )
        except (ChunkedEncodingError, ContentDecodingError) as cut:
            why = say("応答が途中で切れました。", "the answer was cut off. ")
            raise verdicts.error("freee.bad_answer", f"{request}: {why}{cut}") from cut
        except RequestException as silence:
            raise verdicts.error("freee.unavailable", f"{request}: {type(silence).__name__}: {silence}") from silence
        answer = answer_of(response)
        self.log.info(
            "%s %s: %s (X-Freee-Request-ID: %s)", request, asked.params or "", answer.status, answer.request_id
        )
        return answer

    def _body(self, asked: _Request, answer: Answer) -> dict[str, Any]:
        request = str(asked)
        if answer.status not in asked.served:
            raise self._failure(asked, answer)
        with bad_answer("freee", describe(request, answer)):
            return answer.read_object()

    def _failure(self, asked: _Request, answer: Answer) -> SyncError:
        if asked.about_a_row and answer.status in OF_A_ROW:
            return Reject("push.refused", describe(str(asked), answer, refusal(answer)))
        return failure(str(asked), answer, self._pace.now())

    def _read(self, path: str, read: Callable[[dict[str, Any]], Part], params: dict[str, Any] | None = None) -> Part:
        """One GET, and what is read in its answer."""
        answer = self.get(path, params)
        with bad_answer("freee", f"GET {path}"):
            return read(answer)

    def _read_once(self, path: str, read: Callable[[dict[str, Any]], Part], access: str) -> Part:
        """One GET with this token and no other, and what is read in its answer."""
        asked = _Request("GET", path)
        answer = self._body(asked, self._send(asked, access))
        with bad_answer("freee", f"GET {path}"):
            return read(answer)

    def _ours(self, names: Mapping[int, str]) -> tuple[int, str]:
        """The Connection's company among those of the user who authorised."""
        company_id = self.account.credentials.company_id
        if company_id in names:
            return company_id, names[company_id]
        conn_id = self.freee_conn_id
        detail = say(
            f"Connection「{conn_id}」のcompany_id「{company_id}」は、認可したユーザーの事業所にありません。",
            f'Connection "{conn_id}": company_id "{company_id}" is not among the companies of the user who authorised.',
        )
        raise Stop("freee.company_not_found", detail)


def _is_repeated(problem: BaseException) -> bool:
    return isinstance(problem, SyncError) and problem.code in REPEATED and can_wait(problem)
