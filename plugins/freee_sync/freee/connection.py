"""The Airflow Connection to freee, read and checked: every message names the Connection and the field."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from freee_sync.addresses import require_https
from freee_sync.bilingual import say
from freee_sync.errors import Stop
from freee_sync.freee.pair import ACCOUNTS_URL, Credentials

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

API_URL = "https://api.freee.co.jp"


class Fields(Protocol):
    """What we read of Airflow's Connection."""

    conn_id: str
    host: str | None
    schema: str | None
    port: int | None
    login: str | None
    password: str | None
    extra: str | None


@dataclass(frozen=True)
class Account:
    """Where freee is and who we are to it.

    :param api_url: base of the API, without a slash at the end.
    """

    api_url: str
    credentials: Credentials


def read_account(fields: Fields, sandbox_hosts: Collection[str]) -> Account:
    """Everything a request needs.

    :raises Stop: `settings.connection` for a field that is missing or ill-formed, `settings.insecure` for plain http.
    """
    extras = read_extras(fields)
    form = _Form(fields.conn_id, extras)
    credentials = Credentials(
        client_id=form.required(say("login（クライアントID）", "login (client ID)"), fields.login),
        client_secret=form.required(
            say("password（クライアントシークレット）", "password (client secret)"), fields.password
        ),
        company_id=form.company_id(),
        refresh_token=form.text("refresh_token"),
        accounts_url=require_https(form.text("accounts_url") or ACCOUNTS_URL, sandbox_hosts),
    )
    return Account(require_https(_address(fields), sandbox_hosts), credentials)


def read_extras(fields: Fields) -> Mapping[str, Any]:
    """The Connection's extras.

    :raises Stop: `settings.connection` when they are no JSON object.
    """
    try:
        extras = json.loads(fields.extra or "{}")
    except ValueError:
        extras = None
    if not isinstance(extras, dict):
        raise _Form(fields.conn_id, {}).wrong("extra", _NO_OBJECT)
    return extras


def _address(fields: Fields) -> str:
    """The API's base: host is a whole URL in the form, and a bare name in a Connection given as a URI."""
    host = (fields.host or "").strip().rstrip("/") or API_URL
    address = host if "://" in host else f"{fields.schema or 'https'}://{host}"
    return f"{address}:{fields.port}" if fields.port else address


Problem = tuple[str, str]
"""The end of a sentence that begins with Connection and field, in Japanese and English."""

_BLANK: Problem = ("が空です。", "is blank.")
_NO_OBJECT: Problem = ("がJSONのオブジェクトではありません。", "is no JSON object.")
_NO_TEXT: Problem = ("が文字列ではありません。", "is no text.")


@dataclass(frozen=True)
class _Form:
    """The fields of one Connection, with the words for what is wrong with them."""

    conn_id: str
    extras: Mapping[str, Any]

    def required(self, label: str, value: str | None) -> str:
        if not (value or "").strip():
            raise self.wrong(label, _BLANK)
        return str(value).strip()

    def text(self, name: str) -> str:
        value = self.extras.get(name) or ""
        if not isinstance(value, str):
            raise self.wrong(say(f"extraの{name}", f"{name} in extra"), _NO_TEXT)
        return value.strip()

    def company_id(self) -> int:
        value = self.extras.get("company_id")
        text = "" if value is None else str(value).strip()
        label = say("extraのcompany_id（事業所ID）", "company_id in extra (the company's ID)")
        if not text:
            raise self.wrong(label, _BLANK)
        if not text.isdecimal():
            raise self.wrong(label, (f"「{text:.40}」が整数ではありません。", f'"{text:.40}" is no whole number.'))
        return int(text)

    def wrong(self, field: str, problem: Problem) -> Stop:
        """The error that names the Connection, the field and what is wrong with it."""
        end = say(*problem)
        detail = say(f"Connection「{self.conn_id}」の{field}{end}", f'Connection "{self.conn_id}": {field} {end}')
        return Stop("settings.connection", detail)
