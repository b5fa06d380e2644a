"""Linking freee: the authorisation-code flow of one freee app, from the page that asks a person to the pair of tokens.

    url         a person opens it, chooses the company and allows
    code_in     what comes back: the code alone (out of band), or the callback's URL, whose state must be ours
    exchange    the code is good for ten minutes and one use, ours alone by PKCE (S256), which freee takes beside the client secret
    companies   what the access token lets us see

Sources: https://developer.freee.co.jp/reference/認可コード, https://developer.freee.co.jp/tutorials/getting-access-token; that freee
takes PKCE is from its own client, https://github.com/freee/freee-mcp.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

from requests.exceptions import RequestException

from freee_sync import verdicts
from freee_sync.errors import Stop
from freee_sync.freee.answers import Answer, describe, failure, refusal
from freee_sync.freee.pair import Pair, fingerprint, read_pair
from freee_sync.freee.people import COMPANIES, read_companies
from freee_sync.freee.session import FreeeSession, answer_of, bearer, post_form
from freee_sync.freee.tokens import TOKEN_PATH, UnansweredError, UnsentError
from freee_sync.strict_json import bad_answer

if TYPE_CHECKING:
    from collections.abc import Collection

    from freee_sync.freee.connection import Account

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
"""As callback URL: freee shows the code on a page, for a person to copy."""


class NoCodeError(Exception):
    """What came back holds no code that we may use.

    :param reason: `denied` by the person, of another `state` than ours, or `empty`.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Authorisation:
    """One person asked once.

    :param account: the app and where freee is; its company is not known yet and does not count.
    :param callback: the app's callback URL, exactly as freee has it.
    :param hosts: what may be spoken to in plain http, besides loopback.
    """

    account: Account
    callback: str = OUT_OF_BAND
    hosts: Collection[str] = ()
    state: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)

    @property
    def url(self) -> str:
        """The page that asks the person; it names the app, and nothing that is secret."""
        digest = sha256(self.verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.account.credentials.client_id,
            "redirect_uri": self.callback,
            "state": self.state,
            "prompt": "select_company",  # https://developer.freee.co.jp/tips/select-company
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return f"{self.account.credentials.accounts_url}/public_api/authorize?{urlencode(query)}"

    def code_in(self, answer: str) -> str:
        """The code in what the person pasted, or in what their browser called.

        :raises NoCodeError: when there is none that is ours.
        """
        pasted = answer.strip()
        if "=" not in pasted:
            return _not_empty(pasted)
        query = {name: values[0] for name, values in parse_qs(urlsplit(pasted).query).items()}
        if not secrets.compare_digest(query.get("state", "").encode(), self.state.encode()):
            raise NoCodeError("state")
        if query.get("error"):
            raise NoCodeError("denied")
        return _not_empty(query.get("code", ""))

    def exchange(self, code: str) -> Pair:
        """The pair that the code is good for; its company is 0 when freee names none. The code is spent, whatever comes back.

        :raises Stop: `token.invalid_grant` for a code that is used, too old or of another callback; `token.invalid_client`.
        :raises Retry: `token.unavailable` when no whole answer came.
        """
        credentials = self.account.credentials
        answer = self._post(code)
        body = answer.json_object() if answer.status == HTTPStatus.OK else None
        pair = read_pair(body or {}, "", "", credentials, datetime.now(UTC))
        if pair is None:
            raise _refused(answer)
        return replace(pair, seed=fingerprint(pair.refresh))

    def companies(self, pair: Pair) -> dict[int, str]:
        """Id and name of every company of the person, whichever one the pair is for.

        :raises SyncError: `freee.*`.
        """
        session = FreeeSession(bearer(pair.access), self.hosts)
        try:
            answer = answer_of(session.get(f"{self.account.api_url}{COMPANIES}", allow_redirects=False))
        except RequestException as silence:
            raise verdicts.error("freee.unavailable", f"GET {COMPANIES}: {type(silence).__name__}") from None
        if answer.status != HTTPStatus.OK:
            raise failure(f"GET {COMPANIES}", answer, datetime.now(UTC))
        with bad_answer("freee", f"GET {COMPANIES}"):
            return read_companies(answer.read_object())

    def _post(self, code: str) -> Answer:
        credentials = self.account.credentials
        form = {
            "grant_type": "authorization_code",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "code": code,
            "redirect_uri": self.callback,
            "code_verifier": self.verifier,
        }
        session = FreeeSession(lambda request: request, self.hosts)
        try:
            return post_form(session, f"{credentials.accounts_url}{TOKEN_PATH}", form)
        except (UnsentError, UnansweredError) as silence:
            raise verdicts.error("token.unavailable", f"POST {TOKEN_PATH}: {silence}") from None


def _not_empty(code: str) -> str:
    if not code:
        raise NoCodeError("empty")
    return code


def _refused(answer: Answer) -> Exception:
    said = refusal(answer)
    detail = describe(f"POST {TOKEN_PATH}", answer, said)
    if said.code == "invalid_grant":
        return Stop("token.invalid_grant", detail)
    return verdicts.error("token.invalid_client" if said.code == "invalid_client" else "token.unavailable", detail)
