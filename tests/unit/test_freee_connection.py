"""The Connection to freee: what is missing or ill-formed is named, with the Connection's own name."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from freee_sync.errors import Stop
from freee_sync.freee.connection import Account, read_account
from freee_sync.freee.pair import Credentials


@dataclass
class FakeConnection:
    """The fields of an Airflow Connection."""

    conn_id: str = "freee_of_branch"
    host: str | None = None
    schema: str | None = None
    port: int | None = None
    login: str | None = "client"
    password: str | None = "secret-word"
    extra: str | None = '{"company_id": 1, "refresh_token": "seed"}'


def extras(**changes: Any) -> FakeConnection:
    """A Connection with other extras."""
    return FakeConnection(extra=json.dumps({"company_id": 1, "refresh_token": "seed"} | changes))


def test_reads_a_connection_as_the_form_makes_it() -> None:
    account = read_account(FakeConnection(), frozenset())

    assert account == Account(
        "https://api.freee.co.jp",
        Credentials("client", "secret-word", 1, "seed", "https://accounts.secure.freee.co.jp"),
    )


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({"host": "https://api.example.com/"}, "https://api.example.com"),
        ({"host": "api.example.com"}, "https://api.example.com"),
        ({"host": "  "}, "https://api.freee.co.jp"),
        ({"host": "127.0.0.1", "schema": "http", "port": 8080}, "http://127.0.0.1:8080"),
        ({"host": "http://127.0.0.1", "port": 8080}, "http://127.0.0.1:8080"),
    ],
)
def test_reads_the_address_from_the_form_or_from_a_uri(fields: dict[str, Any], address: str) -> None:
    assert read_account(replace(FakeConnection(), **fields), frozenset()).api_url == address


@pytest.mark.parametrize("company_id", [7, "7", " 7 "])
def test_the_company_id_may_be_a_number_or_text(company_id: Any) -> None:
    assert read_account(extras(company_id=company_id), frozenset()).credentials.company_id == 7


@pytest.mark.parametrize("blank", ["", None])
def test_a_refresh_token_and_an_accounts_address_may_be_blank(blank: str | None) -> None:
    credentials = read_account(extras(refresh_token=blank, accounts_url=blank), frozenset()).credentials

    assert (credentials.refresh_token, credentials.accounts_url) == ("", "https://accounts.secure.freee.co.jp")


@pytest.mark.parametrize(
    ("connection", "field"),
    [
        (replace(FakeConnection(), login=None), "login"),
        (replace(FakeConnection(), login=" "), "login"),
        (replace(FakeConnection(), password=""), "password"),
        (replace(FakeConnection(), extra=None), "company_id"),
        (replace(FakeConnection(), extra="{"), "extra"),
        (replace(FakeConnection(), extra="[1]"), "extra"),
        (extras(company_id=None), "company_id"),
        (extras(company_id=""), "company_id"),
        (extras(company_id="abc"), "company_id"),
        (extras(company_id=1.5), "company_id"),
        (extras(company_id=-1), "company_id"),
        (extras(company_id=True), "company_id"),
        (extras(refresh_token=5), "refresh_token"),
        (extras(accounts_url=5), "accounts_url"),
    ],
)
def test_names_the_connection_and_the_field_that_is_missing_or_ill_formed(
    connection: FakeConnection, field: str
) -> None:
    with pytest.raises(Stop) as refused:
        read_account(connection, frozenset())

    assert refused.value.code == "settings.connection"
    assert "freee_of_branch" in refused.value.detail
    assert field in refused.value.detail
    assert "seed" not in refused.value.detail


@pytest.mark.parametrize(
    "connection", [replace(FakeConnection(), host="http://api.example.com"), extras(accounts_url="http://example.com")]
)
def test_refuses_plain_http_to_either_server(connection: FakeConnection) -> None:
    with pytest.raises(Stop, match=r"settings\.insecure"):
        read_account(connection, frozenset())
