"""The mail sent to a real SMTP server, which takes it, refuses it, or breaks."""

from __future__ import annotations

import email
import email.policy
import json
import os
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

import reports
from fakes import FakeStore
from freee_sync import mailer
from freee_sync.errors import Retry, Stop, SyncError
from freee_sync.receipts import Receipts

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATES = Path(__file__).parents[2] / "include" / "templates"
KEIRI, DATA = "keiri@aoba.example", "data@aoba.example"


class MailServer:
    """An SMTP server on loopback that keeps what it takes, and answers as it is told.

    Its methods have aiosmtpd's names (https://aiosmtpd.aio-libs.org/en/latest/handlers.html).
    """

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.refused: dict[str, str] = {}
        self.answer = "250 OK"

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so, with these
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.taken.append(envelope)
        return self.answer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """A running server, and the Connection `mail` that leads to it."""
    handler = MailServer()
    controller = Controller(
        handler, hostname="127.0.0.1", port=free_port(), authenticator=refuse, auth_require_tls=False
    )
    controller.start()
    connect(monkeypatch, controller.port)
    yield handler
    controller.stop()


def refuse(*_: object) -> AuthResult:
    """No password is right."""
    return AuthResult(success=False, handled=False)


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def connect(monkeypatch: pytest.MonkeyPatch, port: int, **extra: object) -> None:
    """Let the Connection `mail` lead to a plain server on loopback."""
    plain = {"from_email": "sync@aoba.example", "disable_ssl": True, "disable_tls": True, "timeout": 5}
    change(monkeypatch, conn_type="smtp", host="127.0.0.1", port=port, extra=plain | extra)


def change(monkeypatch: pytest.MonkeyPatch, **fields: object) -> None:
    """Change some fields of the Connection `mail`."""
    old = json.loads(os.environ.get("AIRFLOW_CONN_MAIL", "{}"))
    monkeypatch.setenv("AIRFLOW_CONN_MAIL", json.dumps(old | fields))


def send(store: FakeStore | None = None, **changes: Any) -> None:
    """One try of sending the report; with a store, what earlier tries kept in it."""
    envelope = mailer.Envelope(mailer.sender("mail"), (KEIRI, DATA))
    made = mailer.build_message(reports.partial(**changes), envelope, TEMPLATES)
    mailer.send(made, "mail", Receipts(store or FakeStore(), made["Message-ID"]))


def test_what_the_server_gets_is_the_whole_report(server: MailServer) -> None:
    send()

    (taken,) = server.taken
    assert taken.mail_from == "sync@aoba.example"
    assert taken.rcpt_tos == [KEIRI, DATA]
    received = email.message_from_bytes(taken.original_content or b"", policy=email.policy.default)
    assert received["Subject"] == "【一部失敗】freeeマスター同期 11/24 06:00 対象517 失敗1"
    text, html = (received.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "品目 " in text.get_content()
    assert "品目名に「一式」は使えません" in html.get_content()
    (rows,) = received.iter_attachments()
    assert "1234567-1,品目1" in rows.get_content()


def test_a_refused_recipient_is_named_after_the_others_got_the_mail(server: MailServer) -> None:
    server.refused[DATA] = "550 no such user"

    with pytest.raises(Stop) as failure:
        send()

    assert failure.value.code == "mail.refused"
    assert f"{DATA} (550 no such user)" in failure.value.detail
    assert KEIRI not in failure.value.detail
    assert [taken.rcpt_tos for taken in server.taken] == [[KEIRI]]


def test_a_later_try_reaches_only_those_who_were_refused(server: MailServer) -> None:
    store = FakeStore()
    server.refused[DATA] = "550 no such user"
    with pytest.raises(Stop):
        send(store)
    server.refused.clear()

    send(store, finished="2026-11-24T07:30:00+09:00")
    send(store)

    assert [taken.rcpt_tos for taken in server.taken] == [[KEIRI], [DATA]]


def test_one_who_was_put_off_is_worth_a_later_try(server: MailServer) -> None:
    server.refused[DATA] = "450 greylisted"

    with pytest.raises(Retry, match="ほかの宛先には届いています"):
        send()


def test_other_news_of_the_same_run_goes_to_everybody_again(server: MailServer) -> None:
    store = FakeStore()
    send(store)

    send(store, results=reports.seven())

    assert [taken.rcpt_tos for taken in server.taken] == [[KEIRI, DATA], [KEIRI, DATA]]


def test_receipts_that_cannot_be_kept_are_no_reason_to_mail_again(server: MailServer) -> None:
    class Full(FakeStore):
        def set(self, key: str, value: Any) -> None:
            raise OSError("full")

    send(Full())

    assert [taken.rcpt_tos for taken in server.taken] == [[KEIRI, DATA]]


def test_receipts_that_cannot_be_read_are_none(server: MailServer) -> None:
    store = FakeStore()
    send(store)
    store.values = {slot: {**kept, "taken": None} for slot, kept in store.values.items()}

    send(store)

    assert len(server.taken) == 2


def test_when_all_are_refused_for_good_nothing_is_tried_again(server: MailServer) -> None:
    server.refused = {KEIRI: "550 no", DATA: "450 later"}

    with pytest.raises(Stop, match=KEIRI):
        send()

    assert server.taken == []


def test_when_all_are_put_off_a_later_try_may_pass(server: MailServer) -> None:
    server.refused = {KEIRI: "450 greylisted", DATA: "450 greylisted"}

    with pytest.raises(Retry, match="greylisted"):
        send()


@pytest.mark.parametrize(("answer", "expected"), [("554 spam", Stop), ("451 try later", Retry)])
def test_a_refused_message_is_sent_only_once(server: MailServer, answer: str, expected: type[SyncError]) -> None:
    server.answer = answer

    with pytest.raises(expected, match=answer):
        send()

    assert len(server.taken) == 1


def test_no_server_is_worth_a_later_try(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, free_port())

    with pytest.raises(Retry, match="ConnectionRefusedError"):
        send()


def test_a_server_that_never_answers_is_given_up_after_the_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        connect(monkeypatch, mute.getsockname()[1], timeout=1, retry_limit=0)

        with pytest.raises(Retry, match="Unable to connect"):
            send()


def test_a_server_that_breaks_off_after_the_mail_gets_it_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        mails: list[bytes] = []
        thread = threading.Thread(target=take_and_break_off, args=(listener, mails))
        thread.start()
        connect(monkeypatch, listener.getsockname()[1])

        with pytest.raises(Retry, match="SMTPServerDisconnected"):
            send()

        thread.join()
    assert len(mails) == 1


def take_and_break_off(listener: socket.socket, mails: list[bytes]) -> None:
    """Serve one connection: say yes to everything, take the mail, and hang up without an answer."""
    connection, _ = listener.accept()
    with connection, connection.makefile("rwb", buffering=0) as lines:
        lines.write(b"220 here\r\n")
        while not (line := lines.readline()).upper().startswith(b"DATA"):
            assert line
            lines.write(b"250 OK\r\n")
        lines.write(b"354 go on\r\n")
        mails.append(b"".join(iter(lines.readline, b".\r\n")))


def test_a_wrong_password_is_told_as_such_and_is_not_in_the_message(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, login="sync", password="wrong-password")

    with pytest.raises(Stop) as failure:
        send()

    assert failure.value.code == "mail.login"
    assert "wrong-password" not in failure.value.detail
    assert server.taken == []


def test_a_server_without_tls_is_not_given_the_mail_in_the_clear(
    server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(monkeypatch, extra={"from_email": "sync@aoba.example", "disable_ssl": True})

    with pytest.raises(Stop) as failure:
        send()

    assert failure.value.code == "settings.connection"
    assert server.taken == []
