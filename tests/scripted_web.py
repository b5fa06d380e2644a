"""The network as a test scripts it: for each path, what is answered, in turn; the last answer stays for all calls after."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

Said = requests.Response | Exception
"""An answer, or what the connection ends with."""


@dataclass
class ScriptedWeb:
    """Takes the place of every HTTP server.

    :param script: the beginning of a path to its answers; the first that fits is taken.
    :ivar calls: method and path of every call, in order.
    """

    script: dict[str, Sequence[Said]]
    calls: list[str] = field(default_factory=list)

    def answer(self, request: requests.PreparedRequest) -> requests.Response:
        """One call."""
        path = urlsplit(request.url or "").path
        name = next(begin for begin in self.script if path.startswith(begin))
        answers = self.script[name]
        said = answers[min(self.count(name), len(answers) - 1)]
        self.calls.append(f"{request.method} {path}")
        if isinstance(said, Exception):
            raise said
        said.request, said.url = request, request.url or ""
        return said

    def count(self, begin: str) -> int:
        """The calls to the paths that begin so."""
        return sum(call.split(" ", 1)[1].startswith(begin) for call in self.calls)

    def take_over(self, monkeypatch: Any) -> None:
        """Let no call out any more."""
        monkeypatch.setattr(HTTPAdapter, "send", lambda _adapter, request, **_options: self.answer(request))


def said(status: int, body: object = b"", **headers: str) -> requests.Response:
    """An answer; a body that is no bytes becomes JSON. Underscores in header names become hyphens."""
    response = requests.Response()
    response.status_code = status
    response.raw = BytesIO(body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode())
    response.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return response
