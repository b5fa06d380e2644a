"""freee's tokens: what was issued, what is still good, and how often each was used.

Access tokens live 6 hours, refresh tokens 90 days and for one use; a refresh kills the access token it belongs to. Times are the
sandbox clock's.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.clock import Clock

CODE_LIFE = timedelta(minutes=10)
ACCESS_LIFE = timedelta(hours=6)
REFRESH_LIFE = timedelta(days=90)  # since December 2023, https://developer.freee.co.jp/news/6540


@dataclass(frozen=True)
class Pair:
    """An access token and the refresh token issued with it, for one company."""

    access: str
    refresh: str
    company_id: int
    issued: datetime


@dataclass(frozen=True)
class Consent:
    """What a person allowed: for which callback, which company, and whose verifier must follow.

    :param challenge: PKCE's, S256; "" when the app sent none.
    """

    redirect_uri: str
    company_id: int
    challenge: str = ""

    def kept_by(self, redirect_uri: str, verifier: str) -> bool:
        """Whether the one who brings the code is the one who asked for it."""
        return redirect_uri == self.redirect_uri and (not self.challenge or _challenge(verifier) == self.challenge)


class Tokens:
    """The ledger of one freee app. Safe to use from any thread."""

    def __init__(self, company_id: int, clock: Clock) -> None:
        self.client_id = secrets.token_hex(16)
        self.client_secret = secrets.token_urlsafe(32)
        self._company_id = company_id
        self._clock = clock
        self._lock = threading.Lock()
        self._codes: dict[str, tuple[Consent, datetime]] = {}
        self._living: dict[str, Pair] = {}
        self._refreshable: dict[str, Pair] = {}
        self._issued: list[str] = [self.client_secret]
        self._accepted: Counter[str] = Counter()

    def issued_secrets(self) -> frozenset[str]:
        """Every secret that was ever given out, dead or alive: client secret, codes, access and refresh tokens."""
        with self._lock:
            return frozenset(self._issued)

    def accepted(self, refresh: str) -> int:
        """How often a refresh token was exchanged for a new pair: 0 or 1, if all is well."""
        with self._lock:
            return self._accepted[refresh]

    def refreshes(self) -> int:
        """How many refreshes there were."""
        with self._lock:
            return self._accepted.total()

    def knows_client(self, client_id: str, client_secret: str) -> bool:
        """Whether these are the app's."""
        return (client_id, client_secret) == (self.client_id, self.client_secret)

    def grant_code(self, consent: Consent) -> str:
        """A code, good for 10 minutes and one use."""
        with self._lock:
            code = self._note(secrets.token_urlsafe(32))
            self._codes[code] = (consent, self._clock.now())
            return code

    def redeem(self, code: str, redirect_uri: str, verifier: str = "") -> Pair | None:
        """A pair for a code; None when it is unknown, used, too old, of another redirect or another verifier."""
        with self._lock:
            consent, granted = self._codes.pop(code, (None, self._clock.now()))
            if consent is None or not consent.kept_by(redirect_uri, verifier):
                return None
            return None if self._clock.now() > granted + CODE_LIFE else self._issue(consent.company_id)

    def link(self) -> Pair:
        """A pair as if a person had authorised the app just now."""
        with self._lock:
            return self._issue(self._company_id)

    def refresh(self, refresh: str) -> Pair | None:
        """A new pair for a refresh token; None when it is unknown, used, revoked or too old."""
        with self._lock:
            pair = self._refreshable.pop(refresh, None)
            if pair is None or self._clock.now() > pair.issued + REFRESH_LIFE:
                return None
            self._living.pop(pair.access, None)
            self._accepted[refresh] += 1
            return self._issue(pair.company_id)

    def revoke(self, token: str) -> None:
        """Kill a token, access or refresh; with a refresh token goes its access token."""
        with self._lock:
            pair = self._refreshable.pop(token, None)
            self._living.pop(pair.access if pair else token, None)

    def revoke_all(self) -> None:
        """Kill every token, as when the user takes the app's rights away."""
        with self._lock:
            self._refreshable.clear()
            self._living.clear()

    def company_of(self, access: str) -> int | None:
        """The company an access token is for; None when it is not good, or no longer."""
        with self._lock:
            pair = self._living.get(access)
            if pair is None or self._clock.now() >= pair.issued + ACCESS_LIFE:
                return None
            return pair.company_id

    def _issue(self, company_id: int) -> Pair:
        access, refresh = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        pair = Pair(self._note(access), self._note(refresh), company_id, self._clock.now())
        self._living[pair.access] = self._refreshable[pair.refresh] = pair
        return pair

    def _note(self, secret: str) -> str:
        self._issued.append(secret)
        return secret


def _challenge(verifier: str) -> str:
    """PKCE's S256 of a verifier, RFC 7636 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
