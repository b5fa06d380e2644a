"""The calls that ours makes, written to a file as they are made, so that the floor can make the same ones.

Recording costs ours the writing of its requests to a file; nothing is kept in memory.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from pathlib import Path
from shutil import copyfileobj
from threading import Lock
from typing import IO, Any, Literal
from urllib.parse import urlsplit

import requests

Lane = Literal["freee", "org", "write"]
"""Calls of one lane follow each other, but for writes: they have several workers."""

LEFT_OUT = frozenset(
    {"host", "content-length", "connection", "accept-encoding"}
)  # headers that each client sets itself

_WRITE = re.compile(r"/composite/sobjects/")


@dataclass(frozen=True)
class Call:
    """One call of the recording.

    :param began: seconds, on a clock that all calls share; `ended` when its answer was there.
    """

    lane: Lane
    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    began: float
    ended: float


@contextmanager
def recorded(tape: Path, freee_url: str) -> Iterator[None]:
    """Every call made by way of requests goes to the tape."""
    send = requests.Session.send
    with tape.open("wb") as file:
        recorder = _Recorder(file, urlsplit(freee_url).netloc)

        def spied(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            began = time.monotonic()
            lane = recorder.lane(request)
            response = send(session, request, **options)
            recorder.keep(request, lane, began)
            return response

        setattr(requests.Session, "send", spied)  # noqa: B010 - mypy knows that it is a method; this process does nothing else
        try:
            yield
        finally:
            setattr(requests.Session, "send", send)  # noqa: B010 - see above


class _Recorder:
    def __init__(self, file: IO[bytes], freee: str) -> None:
        self._file = file
        self._freee = freee
        self._lock = Lock()

    def lane(self, request: requests.PreparedRequest) -> Lane:
        parts = urlsplit(request.url or "")
        if parts.netloc == self._freee:
            return "freee"
        return "write" if _WRITE.search(str(parts.path)) else "org"

    def keep(self, request: requests.PreparedRequest, lane: Lane, began: float) -> None:
        body = _file(request.body)
        parts = urlsplit(str(request.url))
        head = {
            "lane": lane,
            "method": request.method,
            "target": f"{parts.path}?{parts.query}" if parts.query else parts.path,
            "headers": {name: value for name, value in request.headers.items() if name.lower() not in LEFT_OUT},
            "began": began,
            "ended": time.monotonic(),
            "size": body.seek(0, SEEK_END),
        }
        with self._lock:
            self._file.write(json.dumps(head).encode() + b"\n")
            body.seek(0)
            copyfileobj(body, self._file)


def _file(body: Any) -> IO[bytes]:
    """A body as a file; one that is a file already, such as the rows of a Bulk job, is never whole in memory."""
    if hasattr(body, "read"):
        file: IO[bytes] = body
        return file
    return BytesIO(body.encode() if isinstance(body, str) else bytes(body or b""))


def read_tape(tape: Path) -> list[Call]:
    """The calls, in the order in which they began."""
    calls = []
    with tape.open("rb") as file:
        for line in file:
            head = json.loads(line)
            body = file.read(head.pop("size"))
            calls.append(Call(**head, body=body))
    return sorted(calls, key=lambda call: call.began)
