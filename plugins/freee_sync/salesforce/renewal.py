"""The session in use, and when it is renewed: Salesforce locks out a user who logs in wrongly too often.

the session is refused             log in again, once for all threads that met the refusal
the new one is refused too         no third log-in without a good answer in between
a log-in fails                     no other one by this task; whoever needs it is told the same
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Protocol

import requests

from freee_sync.bilingual import say
from freee_sync.errors import SyncError
from freee_sync.verdicts import error

log = logging.getLogger(__name__)

LOG_INS = 2  # in a row without a good answer in between


class Session(Protocol):
    """What we use of `simple_salesforce.Salesforce` once it is logged in."""

    base_url: str
    sf_instance: str
    headers: dict[str, str]
    session: requests.Session


class Renewal:
    """Holds the session that all threads of one task share.

    :param log_in: gives a logged-in session or raises.
    :ivar session: the newest one.
    """

    def __init__(self, log_in: Callable[[], Session]) -> None:
        self._log_in = log_in
        self._lock = threading.Lock()
        self._unproved = 0
        self._failure: SyncError | None = None
        self.session = self._logged_in()

    def prove(self) -> None:
        """A call was answered well: the session is good."""
        self._unproved = 0

    def renewed(self, ended: Session) -> Session:
        """A newer session than the one that was refused.

        :raises SyncError: what the log-in failed with, at any time; `salesforce.INVALID_SESSION_ID` when another would be one too many.
        """
        with self._lock:
            if self.session is ended:
                log.info("The Salesforce session has ended; logging in again")
                self.session = self._logged_in()
            return self.session

    def _logged_in(self) -> Session:
        if self._failure is not None:
            raise error(self._failure.code, self._failure.detail)
        if self._unproved >= LOG_INS:
            detail = say(
                f"続けて{LOG_INS}回のログインで得たセッションが、どちらも拒否されました。",
                f"The sessions of {LOG_INS} log-ins in a row were refused.",
            )
            raise error("salesforce.INVALID_SESSION_ID", detail)
        self._unproved += 1
        try:
            return self._log_in()
        except SyncError as failure:
            self._failure = failure
            raise
