"""Whom the sessions to freee and Salesforce refuse to talk to, on real sockets."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from requests import Session
from requests.exceptions import SSLError

from freee_sync.errors import Stop
from freee_sync.freee.session import FreeeSession, bearer
from freee_sync.salesforce.session import open_session

ELSEWHERE = "http://elsewhere.invalid/"  # a name that never resolves (RFC 2606)


class Redirecting(BaseHTTPRequestHandler):
    """Sends everybody to plain http, and keeps what it was asked."""

    asked: list[str]

    def do_GET(self) -> None:
        """Name and redirect."""
        self.asked.append(self.path)
        self.send_response(302)
        self.send_header("Location", ELSEWHERE)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is http.server's
        """Nothing on standard error."""


@contextmanager
def serving(context: ssl.SSLContext | None = None) -> Iterator[tuple[str, list[str]]]:
    """A server on loopback: its address, and the paths it was asked for."""
    asked: list[str] = []
    with HTTPServer(("127.0.0.1", 0), type("Handler", (Redirecting,), {"asked": asked})) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}/", asked
        finally:
            server.shutdown()
            thread.join()


def self_signed(folder: Path) -> ssl.SSLContext:
    """What somebody on the way can show: the right name, signed by nobody that is trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    begin = datetime.now(UTC) - timedelta(days=1)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, begin, begin + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with file.open("ab") as appended:
        appended.write(certificate.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


@pytest.mark.parametrize("session", [FreeeSession(bearer("access"), ()), open_session()], ids=["freee", "Salesforce"])
def test_a_server_whose_certificate_nobody_vouches_for_is_told_nothing(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # either would win over what the session says
        monkeypatch.delenv(name, raising=False)
    with serving(self_signed(tmp_path)) as (address, asked), pytest.raises(SSLError):
        session.get(address, timeout=10)
    assert asked == []


def test_a_redirect_to_plain_http_is_not_followed() -> None:
    session = FreeeSession(bearer("access"), ())
    with serving() as (address, asked), pytest.raises(Stop, match=ELSEWHERE.rstrip("/")):
        session.get(address, timeout=10)
    assert asked == ["/"]
