"""What comes back from freee's page, and what Ctrl-C may not cut in two."""

from __future__ import annotations

import json
import os
import signal
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from freee_sync.freee.authorisation import OUT_OF_BAND, Authorisation, NoCodeError
from freee_sync.freee.connection import Account
from freee_sync.freee.pair import Credentials
from freee_sync.link.listener import Listener, listens
from freee_sync.link.person import Terminal
from freee_sync.link.rest import ApiError, json_of
from freee_sync.link.stores import MetadataAirflow, ShadowedError
from freee_sync.uninterrupted import uninterrupted

ACCOUNT = Account("https://api.freee.co.jp", Credentials("the client", "the secret", 0))


def test_the_page_is_freees_and_its_address_holds_no_secret() -> None:
    authorisation = Authorisation(ACCOUNT)
    parts = urlsplit(authorisation.url)
    query = parse_qs(parts.query)
    assert parts._replace(query="").geturl() == "https://accounts.secure.freee.co.jp/public_api/authorize"
    assert query["redirect_uri"] == [OUT_OF_BAND]
    assert query["prompt"] == ["select_company"]
    assert not {"the secret", authorisation.verifier} & set(parts.query.split("="))
    assert "the secret" not in authorisation.url
    assert authorisation.verifier not in authorisation.url


def test_two_links_differ_in_what_nobody_may_guess() -> None:
    first, second = Authorisation(ACCOUNT), Authorisation(ACCOUNT)
    assert first.state != second.state
    assert first.verifier != second.verifier
    assert min(len(first.state), len(first.verifier)) > 30


def test_a_code_may_be_pasted_alone_or_in_the_address_it_came_in() -> None:
    authorisation = Authorisation(ACCOUNT, "https://example.jp/back")
    assert authorisation.code_in(" abc_1-2 \n") == "abc_1-2"
    assert authorisation.code_in(f"https://example.jp/back?code=abc&state={authorisation.state}") == "abc"


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        ("", "empty"),
        ("https://example.jp/back?code=abc&state=other", "state"),
        ("https://example.jp/back?code=abc", "state"),
        ("https://example.jp/back?state={state}", "empty"),
        ("https://example.jp/back?error=access_denied&state={state}", "denied"),
    ],
)
def test_what_holds_no_code_of_ours_is_refused(pasted: str, reason: str) -> None:
    authorisation = Authorisation(ACCOUNT, "https://example.jp/back")
    with pytest.raises(NoCodeError) as refused:
        authorisation.code_in(pasted.format(state=authorisation.state))
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("callback", "ours"),
    [
        ("http://127.0.0.1:8765/back", True),
        ("http://localhost:8765", True),
        ("https://localhost:8765/", False),
        ("http://localhost/", False),
        ("http://example.jp:8765/", False),
        (OUT_OF_BAND, False),
    ],
)
def test_only_a_plain_loopback_callback_with_a_port_is_waited_at(callback: str, ours: bool) -> None:
    assert listens(callback) is ours


def test_a_listener_that_nobody_calls_gives_up() -> None:
    assert Listener("http://127.0.0.1:0/back").wait(0.05) is None


def test_ctrl_c_waits_until_the_work_is_done() -> None:
    done: list[str] = []
    told: list[str] = []

    def work() -> None:
        with uninterrupted(lambda: told.append("wait")):
            os.kill(os.getpid(), signal.SIGINT)
            done.append("stored")

    with pytest.raises(KeyboardInterrupt):
        work()
    assert (done, told) == (["stored"], ["wait"])
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)


def test_work_that_fails_is_told_when_nobody_interrupts() -> None:
    with pytest.raises(ValueError, match="broken"), uninterrupted():
        raise ValueError("broken")


def test_airflows_api_is_told_without_what_it_repeats_of_our_words() -> None:
    """A 422 of Airflow holds the input that it refuses."""
    answer = requests.Response()
    answer.status_code = 422
    answer._content = json.dumps({"detail": [{"msg": "bad", "input": {"password": "the secret"}}]}).encode()
    answer.request = requests.Request("POST", "https://airflow.example/api/v2/connections").prepare()
    answer.url = "https://airflow.example/api/v2/connections"

    with pytest.raises(ApiError) as told:
        json_of(answer)

    assert str(told.value) == "POST https://airflow.example/api/v2/connections: HTTP 422"


def test_a_connection_that_airflow_finds_elsewhere_first_is_not_written_behind_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_FREEE_DEFAULT", "freee://")
    with pytest.raises(ShadowedError, match="AIRFLOW_CONN_FREEE_DEFAULT"):
        MetadataAirflow().connection("freee_default")


def test_what_a_server_says_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().tell("株式会社\x1b[2Jテスト\n次の行")
    assert capsys.readouterr().out == "株式会社?[2Jテスト\n次の行\n"
