"""Catches the answer of freee's page when the app's callback URL is on this machine: one answer, then nobody listens any more."""

from __future__ import annotations

import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

LOOPBACK = ("127.0.0.1", "localhost")
PATIENCE = 600.0  # seconds, as long as a code lives

PAGE = '<!DOCTYPE html><html lang="ja"><meta charset="utf-8"><title>freee_sync</title><p>{text}</p></html>'
TAKEN = "受け取りました。このタブを閉じて、ターミナルに戻ってください。 / Received. Close this tab and return to the terminal."


def listens(callback: str) -> bool:
    """Whether the callback URL is one that we can wait at."""
    parts = urlsplit(callback)
    return parts.scheme == "http" and parts.hostname in LOOPBACK and bool(parts.port)


class Listener:
    """Waits at a loopback callback URL. It listens from when it is made until `wait` ends.

    :raises OSError: when the port is taken.
    """

    def __init__(self, callback: str) -> None:
        parts = urlsplit(callback)
        self._server = _Server((LOOPBACK[0], parts.port or 0), _Handler)
        self._server.path = parts.path or "/"

    def wait(self, seconds: float = PATIENCE) -> str | None:
        """The address that the browser was sent to, with its query; None when none came in time."""
        end = time.monotonic() + seconds
        with self._server as server:
            while server.answer is None and (left := end - time.monotonic()) > 0:
                server.timeout = left
                server.handle_request()
            return server.answer


class _Server(HTTPServer):
    path = "/"
    answer: str | None = None


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10.0  # seconds for one browser to say what it wants; nobody else is served meanwhile

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        answers = parts.path == self.server.path and {"code", "error"} & parse_qs(parts.query).keys()
        if answers:
            self.server.answer = self.path
        self.send_response(HTTPStatus.OK if answers else HTTPStatus.NOT_FOUND)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(PAGE.format(text=TAKEN if answers else "?").encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Say nothing: the request holds the code."""
