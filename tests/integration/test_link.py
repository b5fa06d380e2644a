"""Linking against the sandbox's freee, as a person does it; and what is left when it is broken off."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from fakes import FakeVariables
from freee_sync.freee import authorisation
from freee_sync.freee.hook import FreeeHook
from freee_sync.freee.pair import Pair, read_pair
from freee_sync.link import __main__ as command
from freee_sync.link.stores import Fields
from linking import AirflowInMemory, Someone, Surfer, consent, first_answers, shown_code
from sandbox.airflow import free_ports
from sandbox.company import Sizes
from sandbox.server import Sandbox, SandboxConfig

ME = "/api/1/users/me"
TOKEN = "freee_sync_token"


class Desk:
    """A company in freee, an Airflow, and the command that links them."""

    def __init__(self, sandbox: Sandbox, patch: pytest.MonkeyPatch) -> None:
        self.sandbox = sandbox
        self.airflow = AirflowInMemory()
        self.heard: list[str] = []
        patch.setattr(command, "MetadataAirflow", lambda: self.airflow)
        self._patch = patch

    def link(self, person: Someone | None = None, *arguments: str) -> int:
        """Link; the exit code."""
        asked = person or Someone(first_answers(self.sandbox))
        try:
            return command.main(list(arguments), asked)
        finally:
            self.heard += asked.heard

    @property
    def fields(self) -> Fields:
        """The stored Connection."""
        return self.airflow.connections["freee_default"]

    @property
    def extras(self) -> dict[str, str | int]:
        """Its extras."""
        extras: dict[str, str | int] = json.loads(self.fields.extra or "{}")
        return extras

    def hook(self) -> FreeeHook:
        """What the next run would ask freee with."""
        held = {name: getattr(self.fields, name) for name in ("host", "login", "password", "extra")}
        self._patch.setenv("AIRFLOW_CONN_FREEE_DEFAULT", json.dumps(held | {"conn_type": "freee"}))
        return FreeeHook(variables=FakeVariables(self.airflow.variables))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Nothing is linked yet. Whatever the test does, no secret may be told."""
    with Sandbox(SandboxConfig(sizes=Sizes(partners=5, account_items=5))) as sandbox:
        desk = Desk(sandbox, monkeypatch)
        yield desk
        told = "\n".join(desk.heard)
        assert not [secret for secret in sandbox.issued_secrets() if secret in told]


def interrupt() -> str:
    """Ctrl-C instead of an answer."""
    raise KeyboardInterrupt


def test_a_first_link_stores_the_connection_and_a_pair_that_works_at_once(desk: Desk) -> None:
    assert desk.link() == 0

    assert (desk.fields.host, desk.fields.login) == (desk.sandbox.freee_url, desk.sandbox.client_id)
    assert desk.extras["company_id"] == desk.sandbox.company.id
    assert desk.hook().company() == (desk.sandbox.company.id, desk.sandbox.company.name)
    assert desk.sandbox.tokens.refreshes() == 0
    assert desk.sandbox.company.name in desk.heard[-1]


def test_the_pair_grows_from_the_connections_token(desk: Desk) -> None:
    desk.link()
    desk.sandbox.clock.advance(timedelta(hours=7))
    hook = desk.hook()
    hook.get(ME)

    assert desk.sandbox.tokens.refreshes() == 1
    assert desk.sandbox.tokens.accepted(str(desk.extras["refresh_token"])) == 1


def test_what_is_there_is_not_asked_for_again_and_stays(desk: Desk) -> None:
    desk.link()
    desk.fields.extra = desk.fields.with_extras({"kept": "as it was"})
    first = desk.extras["refresh_token"]
    desk.sandbox.tokens.revoke_all()

    assert desk.link(Someone()) == 0

    assert desk.extras["refresh_token"] != first
    assert desk.extras["kept"] == "as it was"
    assert desk.hook().user()


def test_a_refresh_token_pasted_into_the_connection_wins_over_the_pair(desk: Desk) -> None:
    desk.link()
    desk.sandbox.tokens.revoke_all()
    pasted = desk.sandbox.link()
    desk.fields.extra = desk.fields.with_extras({"refresh_token": pasted})

    assert desk.hook().user()
    assert desk.sandbox.tokens.accepted(pasted) == 1


def test_nothing_is_asked_while_a_run_is_active(desk: Desk) -> None:
    desk.airflow.runs = ["scheduled__2026-11-24"]

    assert desk.link(Someone()) == 1

    assert "scheduled__2026-11-24" in desk.heard[0]
    assert desk.airflow.connections == {}


def test_a_run_that_began_meanwhile_stops_the_link_before_anything_is_stored(desk: Desk) -> None:
    desk.airflow.runs = [None, "manual__1"]

    assert desk.link() == 1

    assert any("manual__1" in text for text in desk.heard)
    assert (desk.airflow.connections, desk.airflow.variables) == ({}, {})


def test_a_listener_catches_the_answer_at_a_loopback_callback(desk: Desk) -> None:
    (port,) = free_ports(1)

    assert desk.link(Surfer(first_answers(desk.sandbox)), "--callback", f"http://localhost:{port}/back") == 0

    assert desk.hook().user()


def test_a_callback_whose_port_is_taken_is_told(desk: Desk) -> None:
    callback = f"{desk.sandbox.freee_url}/back"

    assert desk.link(Someone(first_answers(desk.sandbox)), "--callback", callback) == 1

    assert any(callback in text for text in desk.heard)


def test_elsewhere_the_address_that_the_browser_was_sent_to_is_pasted(desk: Desk) -> None:
    person = Someone(first_answers(desk.sandbox), visit=lambda page: consent(page).headers["location"])
    assert desk.link(person, "--callback", "https://example.jp/back") == 0


def deny(page: str) -> str:
    return consent(page, "deny").headers["location"]


def test_a_person_who_does_not_allow_changes_nothing(desk: Desk) -> None:
    person = Someone(first_answers(desk.sandbox), visit=deny)

    assert desk.link(person, "--callback", "https://example.jp/back") == 1

    assert any("許可されませんでした" in text for text in desk.heard)
    assert desk.airflow.connections == {}


def test_a_code_that_is_too_old_is_told_as_such(desk: Desk) -> None:
    def linger(page: str) -> str:
        code = shown_code(consent(page))
        desk.sandbox.clock.advance(timedelta(minutes=11))
        return code

    assert desk.link(Someone(first_answers(desk.sandbox), visit=linger)) == 1

    assert any("10分" in text and "invalid_grant" in text for text in desk.heard)
    assert any("何も保存していません" in text for text in desk.heard)


def test_a_wrong_client_secret_is_named_and_not_told(desk: Desk) -> None:
    answers = [*first_answers(desk.sandbox)[:3], "a wrong secret"]

    assert desk.link(Someone(answers)) == 1

    assert any("invalid_client" in text for text in desk.heard)
    assert not any("a wrong secret" in text for text in desk.heard)


@pytest.mark.parametrize("question", range(5))
def test_ctrl_c_at_any_question_leaves_everything_as_it_was(desk: Desk, question: int) -> None:
    desk.link()
    before = (replace(desk.fields), dict(desk.airflow.variables))
    held = desk.airflow.connections.pop("freee_default")
    answers: list[str | Callable[[], str]] = [*first_answers(desk.sandbox)[:question], interrupt]

    person = Someone(answers, visit=lambda page: interrupt())
    assert desk.link(person) == 130

    assert desk.airflow.connections == {}
    assert (held, desk.airflow.variables) == before


def test_ctrl_c_while_it_is_stored_waits_until_all_is_stored(desk: Desk) -> None:
    desk.airflow.before_variable = lambda: os.kill(os.getpid(), signal.SIGINT)

    assert desk.link() == 0

    pair = Pair.from_text(desk.airflow.variables[TOKEN])
    assert pair is not None
    assert pair.refresh == desk.extras["refresh_token"]
    assert "連携しました" in desk.heard[-1]


def test_the_connection_alone_is_a_whole_link(desk: Desk) -> None:
    """So dying between the two writes loses nothing."""
    desk.link()
    old = dict(desk.airflow.variables)

    def fail() -> None:
        raise OSError("database is gone: client secret and all")

    desk.airflow.before_variable = fail
    assert desk.link(Someone()) == 0

    assert "OSError" in desk.heard[-1]
    assert "client secret" not in desk.heard[-1]
    assert desk.airflow.variables == old
    assert desk.hook().user()
    assert desk.sandbox.tokens.accepted(str(desk.extras["refresh_token"])) == 1


def test_an_error_that_is_not_ours_is_told_by_its_name_alone(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(fields: Fields, *, exists: bool) -> None:
        raise RuntimeError(f"INSERT ... {fields.password} {fields.extra}")

    monkeypatch.setattr(desk.airflow, "save_connection", fail)

    assert desk.link() == 1

    assert any("RuntimeError" in text for text in desk.heard)
    assert "分かりません" in desk.heard[-1]


OTHER = {77: "別の事業所"}


def choose(page: str) -> str:
    """Choose the other company on freee's page."""
    return shown_code(consent(page, company_id=77))


def test_the_company_chosen_on_freees_page_is_taken(desk: Desk) -> None:
    desk.sandbox.company.settings.other_companies = OTHER

    assert desk.link(Someone(first_answers(desk.sandbox), visit=choose)) == 0

    assert desk.extras["company_id"] == 77
    assert "別の事業所" in desk.heard[-1]


@pytest.mark.parametrize(("answer", "company"), [("y", 77), ("", None)])
def test_another_company_than_before_needs_a_yes(desk: Desk, answer: str, company: int | None) -> None:
    desk.link()
    desk.sandbox.company.settings.other_companies = OTHER

    desk.link(Someone([answer], visit=choose))

    assert desk.extras["company_id"] == (company or desk.sandbox.company.id)


@pytest.mark.parametrize(("others", "answers"), [({}, []), (OTHER, ["77"])])
def test_a_company_that_freee_does_not_name_is_the_only_one_or_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, others: dict[int, str], answers: list[str | Callable[[], str]]
) -> None:
    monkeypatch.setattr(authorisation, "read_pair", _nameless)
    desk.sandbox.company.settings.other_companies = others

    assert desk.link(Someone([*first_answers(desk.sandbox), *answers])) == 0

    assert desk.extras["company_id"] == (77 if others else desk.sandbox.company.id)


def _nameless(*given: object) -> Pair | None:
    pair = read_pair(*given)  # type: ignore[arg-type]  # whatever it is given
    return pair and replace(pair, company_id=0)


def test_a_password_does_not_go_over_plain_http(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(command.PASSWORD, "the password")

    assert desk.link(Someone(), "--api", "http://airflow.example", "--username", "admin") == 1

    assert "http://airflow.example" in desk.heard[0]
    assert not any("the password" in text for text in desk.heard)


def test_an_airflow_that_does_not_answer_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(command.PASSWORD, "the password")
    (port,) = free_ports(1)

    assert desk.link(Someone(), "--api", f"http://127.0.0.1:{port}", "--username", "admin") == 1

    assert "ConnectionError" in desk.heard[0]


def test_the_english_of_it(desk: Desk) -> None:
    desk.airflow.runs = ["manual__1"]
    desk.link(Someone(), "--language", "en")
    assert "manual__1 of DAG freee_master_sync is active" in desk.heard[0]
