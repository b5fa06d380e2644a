"""The mail as a message: its headers, its parts, who it is from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import reports
from freee_sync.errors import Stop
from freee_sync.mailer import Envelope, build_message, sender
from freee_sync.outcome import Link

if TYPE_CHECKING:
    from email.message import EmailMessage

    from freee_sync.outcome import RunReport

TEMPLATES = Path(__file__).parents[2] / "include" / "templates"
ENVELOPE = Envelope("freee sync <sync@aoba.example>", ("keiri@aoba.example", "data@aoba.example"))


def mail(report: RunReport) -> EmailMessage:
    return build_message(report, ENVELOPE, TEMPLATES)


class TestHeaders:
    def test_it_says_from_whom_to_whom_and_what(self) -> None:
        message = mail(reports.partial())

        assert message["From"] == "freee sync <sync@aoba.example>"
        assert message["To"] == "keiri@aoba.example, data@aoba.example"
        assert message["Subject"] == "【一部失敗】freeeマスター同期 11/24 06:00 対象517 失敗1"
        assert message["Date"] == "Tue, 24 Nov 2026 06:02:11 +0900"

    def test_two_sendings_of_the_same_news_have_one_message_id(self) -> None:
        first = mail(reports.partial())
        again = mail(reports.partial(finished="2026-11-24T06:09:00+09:00"))

        assert first["Message-ID"] == again["Message-ID"]
        assert first["Message-ID"].endswith("@aoba.example>")

    def test_after_a_cleared_task_the_message_id_is_another(self) -> None:
        assert mail(reports.partial())["Message-ID"] != mail(reports.success())["Message-ID"]

    def test_another_run_has_another_message_id(self) -> None:
        assert mail(reports.success())["Message-ID"] != mail(reports.success(run_id="manual__1"))["Message-ID"]

    def test_a_line_break_in_a_name_makes_no_header(self) -> None:
        link = Link(company_id=1, company_name=reports.MALICIOUS_NAME)

        message = mail(reports.success(link=link, kind="manual\r\nBcc: thief@example.com"))

        assert message["Bcc"] is None


class TestParts:
    def test_text_comes_first_and_html_is_its_alternative(self) -> None:
        message = mail(reports.success())

        assert message.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]

    def test_only_a_run_with_failed_rows_has_a_csv(self) -> None:
        (rows,) = mail(reports.partial()).iter_attachments()

        assert rows.get_filename() == "freee_sync_failed_rows_2026-11-24.csv"
        assert rows.get_content_type() == "text/csv"
        assert rows.get_content().startswith("\ufeffmaster,key,")
        assert list(mail(reports.success()).iter_attachments()) == []
        assert list(mail(reports.no_result()).iter_attachments()) == []

    def test_the_wire_form_is_ascii_in_lines_that_every_server_takes(self) -> None:
        wire = mail(reports.partial()).as_bytes()

        assert wire.isascii()
        assert max(map(len, wire.splitlines())) <= 998

    def test_half_a_surrogate_pair_in_a_name_does_not_stop_the_mail(self) -> None:
        row = reports.failed_row(name="品目\ud83d")
        items = reports.delta("items", failed=1, causes={reports.VALIDATION: 1}, failed_rows=[row])

        assert mail(reports.success(results=reports.seven(items=items))).as_bytes().isascii()


class TestSender:
    def test_it_is_the_from_email_of_the_connection(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_MAIL", "smtp://login%40aoba.example@localhost/?from_email=sync%40aoba.example")

        assert sender("mail") == "sync@aoba.example"

    def test_without_one_it_is_the_login(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_MAIL", "smtp://login%40aoba.example@localhost")

        assert sender("mail") == "login@aoba.example"

    def test_a_connection_without_any_address_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AIRFLOW_CONN_MAIL", "smtp://user:secret@localhost")

        with pytest.raises(Stop, match="「mail」のfrom_emailにもログインにも") as failure:
            sender("mail")

        assert failure.value.code == "settings.connection"
        assert "secret" not in failure.value.detail
