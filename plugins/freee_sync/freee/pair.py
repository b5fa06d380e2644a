"""What the token Variables hold: a pair of tokens with whose they are, and the mark of a spend in flight."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Self, TypeGuard

from freee_sync.strict_json import OPTIONAL, TEXT

ACCOUNTS_URL = "https://accounts.secure.freee.co.jp"

MARGIN = timedelta(minutes=5)  # a request must not outlive the token it began with
LIFETIME = 21_600  # seconds an access token lives when freee does not say
LONGEST_LIFETIME = 86_400  # seconds that we believe; a pair must never be lost to a figure that no calendar can hold
DIGITS = 18  # of a whole number of freee, an int64

TOKENS = {"access_token": TEXT, "refresh_token": TEXT | OPTIONAL}
"""What the token endpoint's answer holds, and which types they have."""

_VISIBLE = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class Credentials:
    """Who we are to freee: what the Connection holds.

    :param refresh_token: the seed, from the last time somebody authorised the app; "" when there is none.
    :param accounts_url: base of the token endpoint, without a slash at the end.
    """

    client_id: str
    client_secret: str = field(repr=False)
    company_id: int
    refresh_token: str = field(default="", repr=False)
    accounts_url: str = ACCOUNTS_URL

    @property
    def seed(self) -> str:
        """What a pair remembers of the refresh token that it grew from."""
        return fingerprint(self.refresh_token)


@dataclass(frozen=True)
class Pair:
    """Two tokens and whose they are.

    :param expires_at: end of the access token, aware, ISO 8601.
    :param seed: fingerprint of the Connection's refresh token from which the pair grew.
    """

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: str
    client_id: str
    company_id: int
    seed: str

    def lasts(self, now: datetime) -> bool:
        """Whether the access token is good for a request that begins now."""
        return datetime.fromisoformat(self.expires_at) - now > MARGIN

    def to_text(self) -> str:
        """For the Variable."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str | None) -> Self | None:
        """What the Variable holds; None when it is missing, blank or no pair of ours."""
        try:
            pair = cls(**json.loads(text or ""))
            aware = datetime.fromisoformat(pair.expires_at).tzinfo is not None
        except (ValueError, TypeError):
            return None
        return pair if aware and is_token(pair.access) and is_token(pair.refresh) else None


@dataclass(frozen=True)
class Mark:
    """A spend in flight: the fingerprint of the refresh token, and since when (aware, ISO 8601)."""

    refresh: str
    at: str

    def to_text(self) -> str:
        """For the Variable."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str | None) -> Self | None:
        """What the Variable holds; None when nothing is in flight."""
        try:
            mark = cls(**json.loads(text or ""))
            aware = datetime.fromisoformat(mark.at).tzinfo is not None
        except (ValueError, TypeError):
            return None
        return mark if aware else None


def read_pair(body: dict[str, Any], spent: str, seed: str, credentials: Credentials, now: datetime) -> Pair | None:
    """The pair in the token endpoint's answer, None when it holds none. Without a new refresh token the old one stays good."""
    access, refresh = body.get("access_token"), body.get("refresh_token")
    if refresh in (None, ""):
        refresh = spent
    if not is_token(access) or not is_token(refresh):
        return None
    return Pair(
        access=access,
        refresh=refresh,
        expires_at=(now + timedelta(seconds=_lifetime(body.get("expires_in")))).isoformat(),
        client_id=credentials.client_id,
        company_id=_whole(body.get("company_id")) or credentials.company_id,
        seed=seed,
    )


def fingerprint(token: str) -> str:
    """What may be written down of a token: its SHA-256."""
    return sha256(token.encode()).hexdigest()


def is_token(value: Any) -> TypeGuard[str]:
    """Whether it can be a token, and stand in a header: visible ASCII (RFC 6749, appendix A.12 and A.17)."""
    return isinstance(value, str) and _VISIBLE.fullmatch(value) is not None


def _lifetime(seconds: Any) -> int:
    return min(_whole(seconds) or LIFETIME, LONGEST_LIFETIME)


def _whole(value: Any) -> int:
    """freee writes the company id as a number or as a quoted one; 0 for anything else."""
    text = str(value) if isinstance(value, int | str) else ""
    return int(text) if text.isdecimal() and len(text) <= DIGITS else 0
