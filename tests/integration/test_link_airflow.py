"""A link into a real Airflow: through its database from a process of its own, and over its REST API; and the test button."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from freee_sync.freee.hook import NOT_ASKED
from freee_sync.link import __main__ as command
from linking import Someone, browser, consent, first_answers, shown_code
from sandbox.airflow import Airflow, airflow_command
from sandbox.airflow_api import AirflowApi, until
from sandbox.company import Sizes
from sandbox.server import Sandbox, SandboxConfig
from sandbox.tether import Tethered

START = 60.0  # seconds until the API server must answer

PAGE = re.compile(r"http\S+/public_api/authorize\?\S+")


@dataclass
class Place:
    """A freee, and an Airflow of which only database and API server are there."""

    sandbox: Sandbox
    airflow: Airflow
    api: AirflowApi

    def link_here(self) -> tuple[int, str]:
        """Run the command beside Airflow, as a person does; exit code and all that was shown."""
        started = subprocess.Popen(
            [sys.executable, "-m", "freee_sync.link"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self.airflow.environment_of_processes,
            start_new_session=True,  # without a terminal of its own, or it would ask ours for the secret
        )
        with started:
            assert started.stdin is not None
            assert started.stdout is not None
            answers = first_answers(self.sandbox) if self.connection() is None else []
            started.stdin.write("".join(f"{answer}\n" for answer in answers))
            started.stdin.flush()
            shown = ""
            while not (found := PAGE.search(shown)):
                line = started.stdout.readline()
                assert line, shown
                shown += line
            started.stdin.write(shown_code(consent(found[0])) + "\n")
            started.stdin.close()
            shown += started.stdout.read()
        return started.returncode, shown

    def doctor(self, *arguments: str) -> tuple[int, str]:
        """Let the doctor look, beside Airflow; exit code and the table."""
        done = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "freee_sync.doctor", *arguments],
            capture_output=True,
            text=True,
            check=False,
            env=self.airflow.environment_of_processes,
        )
        return done.returncode, done.stdout + done.stderr

    def connection(self) -> dict[str, Any] | None:
        """The Connection as the API shows it."""
        return self.api.find("connections/freee_default")

    def press_button(self) -> dict[str, Any]:
        """The test button of the Connection's form, whose secrets are not sent again."""
        held = self.connection()
        assert held is not None
        fields = ("connection_id", "conn_type", "host", "login", "password", "extra")
        return self.api.call("POST", "connections/test", {name: held[name] for name in fields})


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """An Airflow that was never linked."""
    with Sandbox(SandboxConfig(sizes=Sizes(partners=5, account_items=5))) as sandbox:
        settings = {"core": {"test_connection": "Enabled"}}
        airflow = Airflow(tmp_path_factory.mktemp("airflow") / "home", settings=settings)
        airflow.set_up()
        log = airflow.home / "api-server.log"
        server = Tethered(airflow_command("api-server"), log, airflow.environment_of_processes)
        try:
            until(lambda: answers(airflow.url), START, f"the API server, see {log}")
            yield Place(sandbox, airflow, airflow.api)
        finally:
            server.stop()


def answers(url: str) -> bool:
    try:
        return browser().get(f"{url}/api/v2/version", timeout=5).ok
    except requests.RequestException:
        return False


def test_a_link_beside_airflow_then_over_its_api_and_the_button_after_each(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One story, because each start of Airflow takes seconds."""
    code, shown = place.link_here()

    assert code == 0, shown
    assert "連携しました" in shown
    held = place.connection()
    assert held is not None
    assert (held["conn_type"], held["host"], held["password"]) == ("freee", place.sandbox.freee_url, "***")
    assert json.loads(held["extra"]) == {
        "accounts_url": place.sandbox.freee_url,
        "company_id": place.sandbox.company.id,
        "refresh_token": "***",
    }
    token = place.api.variable_details("freee_sync_token")
    assert token is not None
    assert token["description"].startswith("freeeの認証情報")
    assert "花子" in place.press_button()["message"]

    refused = Someone()
    monkeypatch.setenv(command.TOKEN, "a-wrong-token")
    assert command.main(["--api", place.airflow.url], refused) == 1
    assert "HTTP 403 Invalid JWT token" in refused.heard[0]
    assert "a-wrong-token" not in refused.heard[0]

    person = Someone([place.sandbox.client_secret])
    monkeypatch.setenv(
        command.TOKEN, browser().get(f"{place.airflow.url}/auth/token", timeout=30).json()["access_token"]
    )
    place.sandbox.tokens.revoke_all()
    assert command.main(["--api", place.airflow.url], person) == 0, person.heard
    assert place.connection() == held
    assert place.api.variable_details("freee_sync_token") == token

    pressed = place.press_button()
    assert pressed["status"] is True
    assert place.sandbox.company.name in pressed["message"]
    place.api.delete_variable("freee_sync_token")
    assert place.press_button() == {"status": True, "message": NOT_ASKED}
    assert place.sandbox.tokens.refreshes() == 0

    told = "\n".join([shown, *person.heard])
    assert not [secret for secret in place.sandbox.issued_secrets() if secret in told]
    assert os.environ[command.TOKEN] not in told


def test_the_doctor_beside_airflow_is_all_green(place: Place) -> None:
    """The set-up of the story before, with the README's other steps done."""
    if place.connection() is None:
        place.link_here()
    for connection_id, fields in place.sandbox.connections().items():
        if connection_id != "freee_default":
            place.api.connect(connection_id, **fields | {"extra": json.dumps(fields["extra"])})
    place.api.set_variable("freee_sync_mail_to", "keiri@example.jp")
    place.airflow.command("dags", "reserialize")
    place.api.dag("freee_master_sync").unpause()

    code, table = place.doctor("--language", "en")

    assert code == 0, table
    assert table.splitlines()[-1].startswith("All is well")
    assert not [line for line in table.splitlines()[:-1] if line[:1] not in {"✓", " "}]
    assert not [secret for secret in place.sandbox.issued_secrets() if secret in table]
