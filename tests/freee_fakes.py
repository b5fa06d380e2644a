"""Stand-ins for what freee's client talks to: a table that lives while it is listed, Variables, a clock, a token endpoint."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from requests.structures import CaseInsensitiveDict

from fakes import FakeVariables
from freee_sync.freee.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@dataclass
class Table:
    """A table of freee, listed by id, that may change before any call.

    :param before: call number, from 1, to what happens to the table just before it.
    :ivar calls: the parameters of every call.
    """

    ids: set[int]
    envelope: str
    before: dict[int, Callable[[Table], None]] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)

    def fetch(self, path: str, params: dict[str, Any]) -> dict[str, Any]:
        """What the hook's `get` would answer."""
        self.paths.append(path)
        self.calls.append(params)
        self.before.get(len(self.calls), _nothing)(self)
        rows = [{"id": number, "name": f"row {number}"} for number in sorted(self.ids)]
        offset = params.get("offset", 0)
        return {self.envelope: rows[offset : offset + params.get("limit", len(rows))]}


def _nothing(_: Table) -> None:
    """Nothing happens."""


def remove(*ids: int) -> Callable[[Table], None]:
    """Rows deleted in freee."""
    return lambda table: table.ids.difference_update(ids)


def add(*ids: int) -> Callable[[Table], None]:
    """Rows added in freee, or unarchived."""
    return lambda table: table.ids.update(ids)


class WatchedVariables(FakeVariables):
    """Variables that tell of every write just before it happens.

    :ivar before_set: takes the name; may raise, or change the values.
    """

    def __init__(self) -> None:
        super().__init__()
        self.before_set: Callable[[str], object] = lambda _: None

    def set(self, name: str, value: str, description: str) -> None:
        """See `Variables.set`."""
        self.before_set(name)
        super().set(name, value, description)


@dataclass
class FakeClock:
    """Time that passes only by sleeping.

    :ivar alarms: seconds after noon to what happens when a sleep has passed them.
    """

    time: datetime = NOON
    slept: list[float] = field(default_factory=list)
    alarms: dict[float, Callable[[], None]] = field(default_factory=dict)

    def now(self) -> datetime:
        """The time."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)
        for due in [due for due in self.alarms if self.time >= NOON + timedelta(seconds=due)]:
            self.alarms.pop(due)()


def answer(status: int, body: Any = b"", **headers: str) -> Answer:
    """An answer of freee; a body that is no bytes becomes JSON. Underscores in header names become hyphens."""
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, CaseInsensitiveDict(named), raw)


@dataclass
class FakeTokenServer:
    """freee's token endpoint: every refresh token works once.

    :param good: the refresh tokens that still work.
    :param answers: what to answer, or raise, instead, first come first served.
    :ivar spent: every refresh token that was posted, in order.
    """

    good: set[str] = field(default_factory=lambda: {"seed-1"})
    company_id: Any = "1"
    answers: list[Answer | Exception] = field(default_factory=list)
    spent: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)

    def post(self, url: str, form: dict[str, str]) -> Answer:
        """One refresh."""
        self.urls.append(url)
        self.forms.append(form)
        self.spent.append(form["refresh_token"])
        if self.answers:
            return _raised_or(self.answers.pop(0))
        if form["refresh_token"] not in self.good:
            return answer(401, {"error": "invalid_grant", "error_description": "無効です。"})
        self.good.discard(form["refresh_token"])
        return self.issue(len(self.spent))

    def issue(self, number: int) -> Answer:
        """A new pair."""
        self.good.add(f"refresh-{number}")
        body = {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}", "expires_in": 21600}
        return answer(200, {**body, "token_type": "bearer", "company_id": self.company_id})


def _raised_or(result: Answer | Exception) -> Answer:
    if isinstance(result, Exception):
        raise result
    return result


def ids(rows: Iterable[dict[str, Any]]) -> list[int]:
    """The ids of rows."""
    return [row["id"] for row in rows]
