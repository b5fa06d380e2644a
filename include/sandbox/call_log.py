"""What a sandbox server remembers of the calls it got: each as it was, or, behind a load too large for that, how many of each kind."""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

IDENTITY = re.compile(r"(?<=/)(?<!/api/)(\d[\d-]*|(?=[^/]*\d)[0-9A-Za-z]{15}([0-9A-Za-z]{3})?(-\d+)?)(?=/|$)")
"""A part of a path that names one thing: freee's ids, an external id made of them, a record id, a query's locator. Not the API version in `/api/1/`."""


@dataclass(frozen=True)
class Call:
    """One call as the server saw it.

    :param number: 1 for the first call since the start or the last `clear`, in the order of arrival.
    :param query: decoded pairs in their order; a key may repeat.
    :param headers: by lower-case name. Authorization is kept: tests look for leaks.
    :param body: the request's body, cut at the wire's BODY_KEPT.
    :param status: what the client got; 0 where the connection was dropped without a word.
    :param seconds: from arrival until the whole answer is ready to be sent, latency and delays included.
    """

    number: int
    system: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    status: int
    seconds: float

    @property
    def kind(self) -> tuple[str, str]:
        """Method and path, with `{}` for what names one thing: `GET`, `/services/data/v62.0/jobs/ingest/{}`."""
        return self.method, IDENTITY.sub("{}", self.path)


class CallLog:
    """The calls since it was begun. Safe to use from any thread.

    :param whole: keep the calls themselves; else only how many there were.
    """

    def __init__(self, *, whole: bool = True) -> None:
        self.whole = whole
        self._lock = threading.Lock()
        self._arrived = 0
        self._calls: list[Call] = []
        self._counts: Counter[tuple[str, str]] = Counter()

    def arrive(self) -> int:
        """The number of a call that comes in now."""
        with self._lock:
            self._arrived += 1
            return self._arrived

    def add(self, call: Call) -> None:
        """Note a call that is answered."""
        with self._lock:
            self._counts[call.kind] += 1
            if self.whole:
                self._calls.append(call)

    def calls(self) -> list[Call]:
        """The calls kept, by their number."""
        with self._lock:
            return sorted(self._calls, key=lambda call: call.number)

    def counts(self) -> dict[tuple[str, str], int]:
        """How many calls of each `Call.kind` were answered, whether kept or not."""
        with self._lock:
            return dict(self._counts)
