"""Users of the org, and the sessions they get when they log in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sandbox.salesforce.access import Access
from sandbox.salesforce.errors import ApiError

if TYPE_CHECKING:
    from datetime import datetime

    from sandbox.clock import Clock

IDLE_LIMIT = timedelta(hours=2)  # Salesforce's default: a session ends so long after its last use


@dataclass(frozen=True)
class User:
    """Someone who may log in. The passwords are made up."""

    name: str
    username: str
    user_id: str
    password: str = "sandbox-password"
    security_token: str = "sandbox-token"
    access: Access = field(default_factory=Access)


@dataclass
class Session:
    """One log-in."""

    user: User
    used: datetime


class Sessions:
    """The open sessions; `issued` keeps every session id ever given out, for a search after leaks."""

    def __init__(self, organization_id: str, clock: Clock) -> None:
        self.issued: list[str] = []
        self._organization_id = organization_id
        self._clock = clock
        self._open: dict[str, Session] = {}

    def open(self, user: User) -> str:
        """Log the user in; returns the session id."""
        session_id = f"{self._organization_id[:15]}!{secrets.token_urlsafe(72)}"
        self._open[session_id] = Session(user, self._clock.now())
        self.issued.append(session_id)
        return session_id

    def user(self, session_id: str) -> User:
        """Whose session it is; ApiError INVALID_SESSION_ID if nobody's, or not used for too long."""
        session = self._open.get(session_id)
        if session is None or self._clock.now() - session.used > IDLE_LIMIT:
            raise ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")
        session.used = self._clock.now()
        return session.user

    def expire(self) -> None:
        """End every session."""
        self._open.clear()
