"""The sandbox's mail server takes real mail, keeps it as it came, and is difficult when told to be."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from sandbox.clock import Clock
from sandbox.mail import MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator

SENDER, TARO, HANAKO = "sync@example.jp", "taro@example.jp", "hanako@example.jp"


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A listening server."""
    server = MailServer(Clock(), "127.0.0.1", 0)
    server.start()
    yield server
    server.stop()


def send(server: MailServer, *recipients: str) -> dict[str, tuple[int, bytes]]:
    """Send one message; the recipients that were refused, if some were taken."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, ", ".join(recipients), "【成功】マスター同期"
    message.set_content("件数は1件です。\n.\n以上")
    with smtplib.SMTP("127.0.0.1", server.port, timeout=30) as smtp:
        return smtp.send_message(message)


def test_a_message_is_kept_as_it_came(server: MailServer) -> None:
    send(server, TARO, HANAKO)

    (mail,) = server.mails
    assert (mail.sender, mail.recipients) == (SENDER, (TARO, HANAKO))
    assert mail.message["subject"] == "【成功】マスター同期"
    assert mail.message.get_content().splitlines() == ["件数は1件です。", ".", "以上"]
    assert mail.raw.startswith(b"From: ")


def test_a_refused_recipient_does_not_hold_up_the_others(server: MailServer) -> None:
    server.manners.refused = {TARO}

    refused = send(server, TARO, HANAKO)

    assert set(refused) == {TARO}
    assert server.mails[0].recipients == (HANAKO,)


def test_when_all_are_refused_nothing_is_kept(server: MailServer) -> None:
    server.manners.refused = {TARO}

    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(server, TARO)

    assert server.mails == ()


def test_a_dropped_message_is_lost(server: MailServer) -> None:
    server.manners.drop = True

    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(server, TARO)

    assert server.mails == ()


def test_a_slow_server_takes_it_all_the_same(server: MailServer) -> None:
    server.manners.delay = 0.2

    send(server, TARO)

    assert len(server.mails) == 1


def test_clear_forgets(server: MailServer) -> None:
    send(server, TARO)

    server.clear()

    assert server.mails == ()
