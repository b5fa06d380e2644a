"""A real SMTP server that keeps what it gets, and can be told to be difficult."""

from __future__ import annotations

import asyncio
import logging
import threading
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.serving import bind

if TYPE_CHECKING:
    from asyncio import AbstractServer
    from collections.abc import Coroutine, Sequence
    from email.message import EmailMessage

    from sandbox.clock import Clock

LARGEST_MAIL = 33_554_432  # bytes

logging.getLogger("mail.log").setLevel(logging.WARNING)  # aiosmtpd tells of every line it reads


@dataclass(frozen=True)
class Mail:
    """One message that was taken.

    :param raw: the message as it came over the wire.
    :param received: aware, by the sandbox's clock.
    """

    sender: str
    recipients: tuple[str, ...]
    received: datetime
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        return message_from_bytes(self.raw, policy=policy.default)


@dataclass
class Manners:
    """How the server treats its callers.

    :param refused: addresses that it does not take: 550.
    :param delay: seconds before it answers a message.
    :param drop: close the connection when a message has come, without an answer and without keeping it.
    """

    refused: set[str] = field(default_factory=set)
    delay: float = 0.0
    drop: bool = False


class MailServer:
    """An SMTP server in a thread, without encryption or log-in.

    :ivar greetings: how often somebody introduced themselves.
    """

    def __init__(self, clock: Clock, host: str, port: int) -> None:
        self.manners = Manners()
        self.greetings = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._mails: list[Mail] = []
        self._controller = _Controller(self, host, port)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._controller.port

    @property
    def mails(self) -> Sequence[Mail]:
        """What was taken so far, oldest first."""
        with self._lock:
            return tuple(self._mails)

    def clear(self) -> None:
        """Forget the messages; the manners stay."""
        with self._lock:
            self._mails.clear()

    def start(self) -> None:
        """Begin to listen."""
        self._controller.start()

    def stop(self) -> None:
        """End, and wait until the thread is gone."""
        self._controller.stop()

    async def handle_EHLO(  # noqa: N802 - the name and the arguments are aiosmtpd's
        self, _server: SMTP, session: Session, _envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Count who introduces themselves."""
        session.host_name = hostname
        self.greetings += 1
        return responses

    async def handle_RCPT(  # noqa: N802 - the name and the arguments are aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take or refuse one recipient."""
        if address in self.manners.refused:
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the name is aiosmtpd's
        """Take a message."""
        await asyncio.sleep(self.manners.delay)
        if self.manners.drop:
            if isinstance(server.transport, asyncio.Transport):
                server.transport.abort()
            return "421 4.4.2 dropped"
        with self._lock:
            self._mails.append(
                Mail(
                    sender=envelope.mail_from or "",
                    recipients=tuple(envelope.rcpt_tos),
                    received=self._clock.now(),
                    raw=envelope.original_content or b"",
                )
            )
        return "250 2.0.0 OK"


class _Controller(Controller):
    """aiosmtpd's thread, on a socket that is bound beforehand, so that port 0 works."""

    def __init__(self, handler: MailServer, host: str, port: int) -> None:
        self._bound = bind(host, port)
        super().__init__(handler, hostname=host, port=self._bound.getsockname()[1], data_size_limit=LARGEST_MAIL)

    def _create_server(self) -> Coroutine[Any, Any, AbstractServer]:
        return self.loop.create_server(self._factory_invoker, sock=self._bound)
