"""The report as one mail: text and HTML, the failed rows as a CSV, sent once over Airflow's SMTP Connection.

The provider's own `send_email_smtp` is not used: it sends HTML only, does not say which recipients were refused, and on any error
sends again, so that some get the mail twice. Its hook opens the connection, with time-out, TLS and log-in as the Connection says.
"""

from __future__ import annotations

import hashlib
import json
import logging
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, getaddresses, parseaddr
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

from freee_sync.bilingual import say
from freee_sync.errors import SyncError
from freee_sync.report import render_csv, render_html, render_text, subject, to_json
from freee_sync.report.judgement import ran
from freee_sync.verdicts import error, no_connection

if TYPE_CHECKING:
    from pathlib import Path

    from airflow.providers.smtp.hooks.smtp import SmtpHook

    from freee_sync.outcome import RunReport
    from freee_sync.receipts import Receipts
    from freee_sync.verdicts import Language

log = logging.getLogger(__name__)

Refused = Mapping[str, tuple[int, bytes]]
"""Recipient to the server's answer, as smtplib tells it."""

_PERMANENT = 500  # SMTP answers from here on say that trying again is of no use (RFC 5321, 4.2.1)


@dataclass(frozen=True)
class Envelope:
    """Who the mail is from, and who it goes to."""

    sender: str
    recipients: tuple[str, ...]


def sender(smtp_conn_id: str) -> str:
    """The address the SMTP Connection sends from: `from_email`, else its login.

    :raises Stop: `settings.connection` when there is no such Connection, or no address in it.
    """
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    try:
        connection = SmtpHook.get_connection(smtp_conn_id)
    except AirflowNotFoundException:
        raise no_connection(smtp_conn_id) from None
    address = str(connection.extra_dejson.get("from_email") or connection.login or "")
    if "@" not in parseaddr(address)[1]:
        detail = say(
            f"Connection「{smtp_conn_id}」のfrom_emailにもログインにも、差出人のメールアドレスがありません。",
            f'Neither from_email nor the login of the Connection "{smtp_conn_id}" is a mail address to send from.',
        )
        raise error("settings.connection", detail)
    return address


def build_message(report: RunReport, envelope: Envelope, templates: Path, language: Language = "ja") -> EmailMessage:
    """The whole mail: text, the same as HTML, and a CSV when rows failed.

    :param templates: the folder with `report.txt.j2` and `report.html.j2`.
    """
    message = EmailMessage()
    message["Subject"] = subject(report, language)
    message["From"] = envelope.sender
    message["To"] = ", ".join(envelope.recipients)
    message["Date"] = format_datetime(datetime.fromisoformat(report.finished))
    message["Message-ID"] = _message_id(report, envelope.sender)
    message["Auto-Submitted"] = "auto-generated"  # asks for no out-of-office replies (RFC 3834)
    # base64 throughout: a server without 8BITMIME must not break the Japanese
    message.set_content(render_text(report, templates, language), cte="base64")
    message.add_alternative(render_html(report, templates, language), subtype="html", cte="base64")
    if any(result and result.failed_rows for _, result in ran(report)):
        _attach_rows(message, report, language)
    return message


def _attach_rows(message: EmailMessage, report: RunReport, language: Language) -> None:
    name = f"freee_sync_failed_rows_{report.started[: len('yyyy-mm-dd')]}.csv"
    rows = render_csv(report, language)
    message.add_attachment(rows, maintype="text", subtype="csv", filename=name, params={"charset": "utf-8"})


def _message_id(report: RunReport, address: str) -> str:
    """The same for the same news of the same run, so that a second sending of one mail is known as such by mail programs.

    After a cleared task the news differs, and so does the id: that mail must not be taken for a copy of the first.
    """
    news = to_json(report) | {"finished": None}
    digest = hashlib.sha256(json.dumps(news, sort_keys=True).encode()).hexdigest()[:32]
    return f"<freee-sync.{digest}@{parseaddr(address)[1].rpartition('@')[2]}>"


def send(message: EmailMessage, smtp_conn_id: str, receipts: Receipts) -> None:
    """Send the mail once, to those of its recipients who do not have it yet.

    :raises Stop: `mail.refused`, naming the recipients, when some were refused for good; the others have the mail by then, and a
        later try leaves them out. Also `mail.login`, and `settings.connection` when the server lacks what the Connection asks for.
    :raises Retry: `mail.unavailable`, when nobody could be reached or some were put off.
    """
    pending = receipts.pending([address for _, address in getaddresses(message.get_all("To", []))])
    if not pending:
        log.info("All recipients have %s from an earlier try", message["Message-ID"])
        return
    try:
        refused = _deliver(message, smtp_conn_id, pending)
    except smtplib.SMTPRecipientsRefused as failure:
        raise error(_refusal(failure.recipients), _named(failure.recipients)) from failure
    except (AirflowException, OSError) as failure:  # smtplib's own errors are OSErrors
        raise _error(failure) from failure
    _keep(receipts, set(pending) - set(refused))
    if refused:
        named = _named(refused)
        told = say(
            f"ほかの宛先には届いています。届かなかった宛先: {named}", f"The others have the mail. Not reached: {named}"
        )
        raise error(_refusal(refused), told)
    log.info("Mailed to %s as %s", ", ".join(pending), message["Message-ID"])


def _keep(receipts: Receipts, taken: set[str]) -> None:
    """The mail is out: a receipt that cannot be kept must not make a later try send it again."""
    try:
        receipts.keep(taken)
    except Exception:
        log.exception("Who took the mail could not be kept")


def _refusal(refused: Refused) -> str:
    """Lasting if it is for any of them: a person has to look, and a later try would reach the others anyway."""
    return "mail.refused" if any(code >= _PERMANENT for code, _ in refused.values()) else "mail.unavailable"


def _deliver(message: EmailMessage, smtp_conn_id: str, recipients: list[str]) -> Refused:
    """Hand the mail to the server; what comes back are the recipients it refused, unless it refused all."""
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    with SmtpHook(smtp_conn_id) as hook:
        return _client(hook).send_message(message, to_addrs=recipients)


def greet(smtp_conn_id: str) -> None:
    """Go to the mail server as with a mail: connection, TLS, log-in and greeting; nothing is sent.

    :raises Stop: `mail.login`, `mail.refused`, and `settings.connection` when the server lacks what the Connection asks for.
    :raises Retry: `mail.unavailable`.
    """
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    try:
        with SmtpHook(smtp_conn_id) as hook:
            _client(hook).ehlo_or_helo_if_needed()
    except (AirflowException, OSError) as failure:
        raise _error(failure) from failure


def _client(hook: SmtpHook) -> smtplib.SMTP:
    client = hook._smtp_client  # noqa: SLF001 - the hook offers no other way to what it opened
    if not isinstance(client, smtplib.SMTP):
        raise TypeError(f"SmtpHook opened {client!r}, not a connection of smtplib")
    return client


def _error(failure: Exception) -> SyncError:
    if isinstance(failure, smtplib.SMTPNotSupportedError):
        detail = say(
            f"メールサーバーがConnectionの設定に対応していません: {failure}",
            f"The mail server cannot do what the Connection asks for: {failure}",
        )
        return error("settings.connection", detail)
    if not isinstance(failure, smtplib.SMTPResponseException):
        return error("mail.unavailable", f"{type(failure).__name__}: {failure}")
    answer = _answer(failure.smtp_code, failure.smtp_error)
    if failure.smtp_code < _PERMANENT:
        return error("mail.unavailable", answer)
    login = isinstance(failure, smtplib.SMTPAuthenticationError)
    return error("mail.login" if login else "mail.refused", answer)


def _named(refused: Refused) -> str:
    return ", ".join(f"{address} ({_answer(*answer)})" for address, answer in refused.items())


def _answer(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
