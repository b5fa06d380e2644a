"""freee's pair of tokens: a refresh token works once, and a refresh kills the access token before it.

    valid for five more minutes        use it
    else  mark the spend, read back    Variables that do not hold the mark would not hold the new pair either;
                                       another user's mark for the same token: that one spends it, we wait
          POST once, store, then use   the pair is stored before anything else can go wrong
    no answer                          a later try looks again; the token call is never repeated blindly
    invalid_grant                      wait for the newer pair of another user; none: the link is gone

Airflow's Variables know no compare-and-set, so the mark is what two users see of each other. And a Variable that cannot be read
right now looks like one that does not exist (Task SDK 1.3), so the pair is read once more after the mark was, before the spend.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from threading import Lock
from typing import TYPE_CHECKING

from freee_sync import settings, verdicts
from freee_sync.bilingual import say
from freee_sync.errors import Retry, Stop, SyncError
from freee_sync.freee.answers import Answer, describe, refusal
from freee_sync.freee.pair import TOKENS, Credentials, Mark, Pair, fingerprint, read_pair
from freee_sync.strict_json import MisshapenError, members

if TYPE_CHECKING:
    from collections.abc import Callable

    from freee_sync.variables import Variables

TOKEN_PATH = "/public_api/token"  # noqa: S105 - a path, no password

PASSING = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
"""Refusals that pass: freee's block on fast callers is a 403."""

NO_TIME = timedelta(0)
SPENDING = timedelta(minutes=1)  # a younger mark means that somebody may be waiting for freee's answer right now
GRACE = timedelta(seconds=30)  # the winner of a race has stored its pair by then
POLL = 2.0  # seconds between two looks for a newer pair
STORE_WAITS = (1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0)  # seconds between tries: ours is the only copy


class UnsentError(Exception):
    """The request never reached the server: nothing was spent."""


class UnansweredError(Exception):
    """The request left and no whole answer came: it may have been spent."""


def mask_in_logs(secret: str) -> None:
    """Have Airflow write *** for it in every log from here on."""
    from airflow.sdk.log import mask_secret

    mask_secret(secret)


@dataclass
class Tokens:
    """The pair of one company and one app, kept in two Variables. May be shared by threads.

    :param post: one form to one URL; raises `UnsentError` or `UnansweredError`. Never repeats, never follows a redirect.
    :param sleep: takes seconds.
    """

    variables: Variables
    credentials: Credentials
    post: Callable[[str, dict[str, str]], Answer]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    prefix: str = settings.PREFIX
    mask: Callable[[str], None] = mask_in_logs
    _rejected: str = field(default="", init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def access_token(self) -> str:
        """An access token that lasts, refreshed if it has to be.

        :raises Stop: `token.*`, `freee.company_not_found`: somebody has to link anew or to mend the Connection.
        :raises Retry: `token.unavailable`: freee's token endpoint or the Variables do not answer.
        """
        with self._lock:
            return self._usable(self._stored())

    def refresh_after_rejection(self, rejected: str) -> str:
        """Another access token than the one that freee calls expired; raises what `access_token` raises."""
        with self._lock:
            self._rejected = rejected
            return self._usable(self._stored())

    def valid_access_token(self) -> str | None:
        """The stored access token if it lasts; never refreshes."""
        pair = self._stored()
        return pair.access if pair and pair.lasts(self.now()) else None

    @property
    def _name(self) -> str:
        return f"{self.prefix}token"

    @property
    def _mark_name(self) -> str:
        return f"{self.prefix}token_in_flight"

    def _usable(self, pair: Pair | None) -> str:
        if pair and pair.access != self._rejected and pair.lasts(self.now()):
            return pair.access
        return self._refreshed(pair)

    def _stored(self) -> Pair | None:
        """The stored pair if it is ours: of this client and company, and not of a link before the present one."""
        pair = Pair.from_text(self.variables.get(self._name))
        if pair is None or pair.client_id != self.credentials.client_id:
            return None
        if self.credentials.refresh_token and pair.seed != self.credentials.seed:
            return None
        self._mask(pair)
        self._check_company(pair)
        return pair

    def _newer(self, spent: str) -> Pair | None:
        """The stored pair if somebody refreshed meanwhile."""
        pair = self._stored()
        return pair if pair and pair.refresh != spent else None

    def _wait_for_newer(self, spent: str, patience: timedelta) -> Pair | None:
        end = self.now() + patience
        while self.now() < end:
            self.sleep(POLL)
            if pair := self._newer(spent):
                return pair
        return None

    def _refreshed(self, pair: Pair | None) -> str:
        """Spend the pair's refresh token, or the seed, unless somebody else just did."""
        spent = pair.refresh if pair else self.credentials.refresh_token
        if not spent:
            detail = say(
                f"ConnectionとVariable「{self._name}」にリフレッシュトークンがありません。",
                f'Neither the Connection nor the Variable "{self._name}" holds a refresh token.',
            )
            raise Stop("token.not_linked", detail)
        earlier = self._mark_of(spent)
        if newer := self._wait_for_newer(spent, self._patience(earlier)):
            return self._usable(newer)
        if not self._announce(spent, earlier):
            return self._refreshed(pair)
        if newer := self._newer(spent):
            return self._usable(newer)
        seed = pair.seed if pair else self.credentials.seed
        return self._exchange(spent, seed, earlier)

    def _mark_of(self, spent: str) -> Mark | None:
        """The mark of an earlier spend of this token that nobody settled."""
        mark = Mark.from_text(self.variables.get(self._mark_name))
        return mark if mark and mark.refresh == fingerprint(spent) else None

    def _patience(self, mark: Mark | None) -> timedelta:
        if mark is None:
            return NO_TIME
        return min(SPENDING - (self.now() - datetime.fromisoformat(mark.at)), SPENDING)

    def _announce(self, spent: str, earlier: Mark | None) -> bool:
        """Mark the spend; False when another user has marked the same one after us: that one spends, we wait.

        :raises Retry: `token.unavailable`, when the Variables do not hold what is written to them; nothing was spent.
        """
        ours = Mark(fingerprint(spent), self.now().isoformat())
        self._write_mark(ours.to_text())
        held = self._mark_of(spent)
        if held is None or (held == earlier and held != ours):
            detail = say(
                f"Variable「{self._mark_name}」に書いた値を読み返せないため、トークンの更新を見送りました。",
                f'The Variable "{self._mark_name}" does not hold what was written to it, so no token was refreshed.',
            )
            raise Retry("token.unavailable", detail)
        return held == ours

    def _write_mark(self, text: str) -> None:
        """A mark that cannot be written is found out by reading it; one that cannot be blanked costs a minute of waiting."""
        with suppress(Exception):
            self.variables.set(self._mark_name, text, settings.VARIABLES["token_in_flight"].description)

    def _exchange(self, spent: str, seed: str, earlier: Mark | None) -> str:
        """The one POST of this refresh token, and what became of it."""
        answer = self._post(spent)
        said = refusal(answer).code
        if answer.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED) and said == "invalid_grant":
            return self._after_invalid_grant(spent, answer, earlier)
        body = answer.json_object() if answer.status == HTTPStatus.OK else None
        pair = read_pair(body or {}, spent, seed, self.credentials, self.now())
        if pair is None:
            raise self._refused(answer)
        return self._keep(pair)

    def _post(self, spent: str) -> Answer:
        self.mask(spent)
        form = {
            "grant_type": "refresh_token",
            "client_id": self.credentials.client_id,
            "client_secret": self.credentials.client_secret,
            "refresh_token": spent,
        }
        try:
            return self.post(f"{self.credentials.accounts_url}{TOKEN_PATH}", form)
        except UnsentError as failure:
            self._write_mark("")
            why = say("接続できません。", "no connection. ")
            raise Retry("token.unavailable", f"POST {TOKEN_PATH}: {why}{failure}") from failure
        except UnansweredError as failure:
            why = say("応答を受け取れませんでした。次の試行で確認します。", "no answer; the next try looks again. ")
            raise Retry("token.unavailable", f"POST {TOKEN_PATH}: {why}{failure}") from failure

    def _keep(self, pair: Pair) -> str:
        """Store the pair, then hand it out.

        :raises Stop: `token.lost` when it cannot be stored; `freee.company_not_found` when it is another company's.
        """
        self._mask(pair)
        self._store(pair.to_text())
        self._write_mark("")
        self._check_company(pair)
        return pair.access

    def _store(self, text: str) -> None:
        for wait in (*STORE_WAITS, None):
            try:
                self.variables.set(self._name, text, settings.VARIABLES["token"].description)
            except Exception as failure:
                if wait is None:
                    raise self._not_stored(failure) from failure
                self.sleep(wait)
            else:
                return

    def _not_stored(self, failure: Exception) -> Stop:
        name, why = self._name, type(failure).__name__
        detail = say(
            f"新しいトークンをVariable「{name}」に保存できません ({why})。",
            f'The new tokens could not be stored in the Variable "{name}" ({why}).',
        )
        return Stop("token.lost", detail)

    def _refused(self, answer: Answer) -> SyncError:
        """A 4xx was refused and not spent; after anything else the mark stays, because it may have been."""
        said = refusal(answer)
        if HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            self._write_mark("")
        flaw = f": {_flaw(answer)}" if answer.status == HTTPStatus.OK else ""
        detail = describe(f"POST {TOKEN_PATH}", answer, said) + flaw
        return verdicts.error(_refusal(answer.status, said.code), detail)

    def _after_invalid_grant(self, spent: str, answer: Answer, earlier: Mark | None) -> str:
        if newer := self._wait_for_newer(spent, GRACE):
            return self._usable(newer)
        detail = describe(f"POST {TOKEN_PATH}", answer, refusal(answer))
        if earlier:
            lost = say(
                f"{earlier.at}に始めた更新の応答が、保存される前に失われました。",
                f"The answer to the refresh begun at {earlier.at} was lost before it was stored. ",
            )
            raise Stop("token.lost", lost + detail)
        self._write_mark("")
        raise Stop("token.invalid_grant", detail)

    def _check_company(self, pair: Pair) -> None:
        asked = self.credentials.company_id
        if pair.company_id != asked:
            detail = say(
                f"認可時に選ばれた事業所は{pair.company_id}ですが、Connectionのcompany_idは{asked}です。",
                f"Authorised for company {pair.company_id}, but company_id in the Connection is {asked}.",
            )
            raise Stop("freee.company_not_found", detail)

    def _mask(self, pair: Pair) -> None:
        self.mask(pair.access)
        self.mask(pair.refresh)


def _refusal(status: int, said: str) -> str:
    """The verdict of an answer without a pair: only what a later try may not meet again is left to Airflow's retries."""
    if said == "invalid_client":
        return "token.invalid_client"
    passing = status in PASSING or not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return "token.unavailable" if passing else "token.refused"


def _flaw(answer: Answer) -> str:
    """Why a good answer holds no pair, and where."""
    try:
        members(answer.read_object(), TOKENS)
    except MisshapenError as flaw:
        return str(flaw)
    return f"{say('・', ', ').join(TOKENS)}: {say('トークンではありません', 'no tokens')}"


def was_linked(variables: Variables, prefix: str) -> bool:
    """Whether a pair was ever stored, whosever it is."""
    return bool((variables.get(f"{prefix}token") or "").strip())
