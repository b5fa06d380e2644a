"""What can be made to go wrong between a sandbox server and its network."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What goes wrong, and with which calls.

    Strikes the `at`-th matching call, counted from when the fault was added, and so many after it as `times` says.

    - `delay` alone: the real answer, late.
    - `status` or `body`: this answer instead of the real one; the request is not served.
    - `after`: the request is served for real first, and only then is its answer replaced or cut: "spent, but the answer was lost".
    - `cut`: the connection closes in mid-body, after half of the bytes announced; with no bytes to send, without a word.

    :param path: regular expression searched for in the path.
    :param method: GET, POST, ...; None for any.
    :param status: 200 where only a body is given.
    :param body: bytes or text as they are, anything else as JSON; None: nothing, or with `after` the real one.
    :param delay: seconds before anything else happens.
    :param times: how many calls in a row; None: for ever.
    """

    path: str = ""
    method: str | None = None
    at: int = 1
    times: int | None = 1
    status: int | None = None
    body: object = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: bool = False
    after: bool = False

    def matches(self, method: str, path: str) -> bool:
        """Whether a call is one of those the fault counts."""
        return self.method in {None, method} and re.search(self.path, path) is not None

    def strikes(self, nth: int) -> bool:
        """Whether it strikes the n-th call that matches, from 1."""
        return self.at <= nth and (self.times is None or nth < self.at + self.times)

    @property
    def replaces(self) -> bool:
        """Whether the fault has an answer of its own."""
        return self.status is not None or self.body is not None

    @property
    def own_answer(self) -> Answer:
        """The answer the fault gives in place of the real one."""
        body = _to_bytes(self.body)
        headers = {"content-type": "application/json; charset=utf-8"} | {
            name.lower(): value for name, value in self.headers.items()
        }
        return Answer(self.status or 200, [(name.encode(), value.encode()) for name, value in headers.items()], body)


@dataclass
class Answer:
    """A whole answer, held back."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def take(self, message: Message) -> None:
        """Stand in for ASGI's `send` and keep what it is given."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")

    def start(self) -> Message:
        """The head of the answer, announcing its whole length."""
        headers = [(name, value) for name, value in self.headers if name != b"content-length"]
        headers.append((b"content-length", str(len(self.body)).encode()))
        return {"type": "http.response.start", "status": self.status, "headers": headers}


def _to_bytes(body: object) -> bytes:
    if body is None:
        return b""
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
