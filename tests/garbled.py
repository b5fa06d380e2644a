"""Answers garbled on their way: what random byte mutations make of them, and a network that serves the result."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlsplit

Bytes = Callable[[bytes, Random], bytes]


def _span(content: bytes, dice: Random) -> tuple[int, int]:
    """A few bytes, or all from one byte to the next of its kind: from comma to comma, from brace to brace."""
    start = dice.randrange(len(content))
    if dice.random() < 0.5:
        return start, start + dice.randint(1, 8)
    end = content.find(content[start : start + 1], start + 1)
    return start, len(content) if end < 0 else end


def _flipped(content: bytes, dice: Random) -> bytes:
    place = dice.randrange(len(content))
    return content[:place] + bytes([content[place] ^ 1 << dice.randrange(8)]) + content[place + 1 :]


def _deleted(content: bytes, dice: Random) -> bytes:
    start, end = _span(content, dice)
    return content[:start] + content[end:]


def _inserted(content: bytes, dice: Random) -> bytes:
    place = dice.randrange(len(content) + 1)
    new = bytes(dice.choice(content) for _ in range(dice.randint(1, 4)))
    return content[:place] + new + content[place:]


def _doubled(content: bytes, dice: Random) -> bytes:
    start, end = _span(content, dice)
    return content[:end] + content[start:]


def _cut(content: bytes, dice: Random) -> bytes:
    return content[: dice.randrange(len(content))]


MUTATIONS: Mapping[str, Bytes] = {
    "flip": _flipped,
    "delete": _deleted,
    "insert": _inserted,
    "duplicate": _doubled,
    "truncate": _cut,
}


def garbled(content: bytes, dice: Random) -> bytes:
    """One random mutation, now and then two; never what it was."""
    changed = content
    for _ in range(1 if dice.random() < 0.8 else 2):
        changed = dice.choice([*MUTATIONS.values()])(changed or content, dice)
    return changed if changed != content else garbled(content, dice)


@dataclass(frozen=True)
class Said:
    """One answer, as much of an HTTP response as the product reads."""

    content: bytes
    status_code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Script:
    """In place of the network: gives the answers in their order. A call made again at once is the same call, and answered alike.

    :ivar calls: method and address of every call.
    """

    answers: Sequence[bytes]
    calls: list[tuple[str, str, str]] = field(default_factory=list)
    given: int = 0

    def request(self, method: str, url: str, **options: Any) -> Said:
        """What `requests.Session` does."""
        call = (method, urlsplit(url).path, json.dumps(options.get("params") or {}, sort_keys=True))
        if not self.calls or self.calls[-1] != call:
            self.given += 1
        self.calls.append(call)
        assert self.given <= len(self.answers), f"more was asked for than was ever answered: {call}"
        return Said(self.answers[self.given - 1])

    def get(self, url: str, **options: Any) -> Said:
        """Same."""
        return self.request("GET", url, **options)


@dataclass
class PageServer:
    """One list of freee, page by page, one of its answers garbled.

    :param strike: which answer, from 1. A list without pages is garbled alike each time.
    :ivar served: offset and bytes of every call, in order.
    """

    envelope: str
    rows: Sequence[Any]
    strike: int
    spoil: Callable[[bytes], bytes]
    served: list[tuple[int, bytes]] = field(default_factory=list)
    asked: int = 0

    def request(self, method: str, url: str, params: Mapping[str, Any] | None = None, **_: Any) -> Said:
        """What `requests.Session` does."""
        offset, limit = (params or {}).get("offset", 0), (params or {}).get("limit")
        if self.served and limit is None:
            return self._serve(offset, self.served[-1][1])
        self.asked += 1
        page = self.page(offset, limit)
        return self._serve(offset, self.spoil(page) if self.asked == self.strike else page)

    def page(self, offset: int, limit: int | None) -> bytes:
        """The page as freee writes it."""
        rows = self.rows[offset:] if limit is None else self.rows[offset : offset + limit]
        return json.dumps({self.envelope: rows}, ensure_ascii=False, separators=(",", ":")).encode()

    def _serve(self, offset: int, content: bytes) -> Said:
        self.served.append((offset, content))
        return Said(content)
