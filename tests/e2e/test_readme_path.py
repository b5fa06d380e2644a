"""README.md's way from the sandbox to one's own accounts, gone step by step, and nothing beside it.

The accounts are the sandbox's, on an address of this machine that is not loopback, so that no rule for loopback helps. Each
command is typed as README.md has it. What people do in a browser is done over the same HTTP: freee's page by its form, Airflow's
UI by the REST API it calls. Not real are `sf` (see `sf_stand_in`), the two apps of steps 3 and 4, which the sandbox has from the
start, and three answers that only a sandbox needs: where freee's two servers and Salesforce are.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import oracle
from linking import URL, consent, shown_code
from newcomer import LONGEST, Newcomer, own_host
from readme_steps import Step, commands_in, read_steps, section
from sandbox.airflow_api import until
from sandbox.salesforce.org import PERMISSION_SET
from sandbox.stage import DAG_ID

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

MOST_STEPS = 12


def deploy(newcomer: Newcomer, step: Step) -> None:
    """The org is made of what was deployed."""
    for command in step.commands:
        newcomer.run(command)
    newcomer.open_accounts()


def make_user(newcomer: Newcomer, step: Step) -> None:
    """The sandbox's user has the permission set from the start; here it is seen that README.md gives the same."""
    for command in step.commands:
        newcomer.run(command)
    assigned = (newcomer.org / "assigned.txt").read_text(encoding="utf-8")
    assert assigned.split() == [PERMISSION_SET, "INTEGRATION_USER"]


def note_consumer(newcomer: Newcomer, step: Step) -> None:
    """The sandbox's org has its app."""
    newcomer.say("    consumer key and secret are noted")


def note_client(newcomer: Newcomer, step: Step) -> None:
    """The sandbox's freee has its app."""
    newcomer.say(f"    client id and secret are noted, the callback URL is {step.names[0]}")


def install(newcomer: Newcomer, step: Step) -> None:
    for command in step.commands:
        newcomer.run(command)
    for folder in ("dags", "include"):
        assert f"{folder}/" in step.names
        shutil.copytree(newcomer.clone / folder, newcomer.airflow.home / folder)
    newcomer.start_airflow()


def import_variables(newcomer: Newcomer, step: Step) -> None:
    for command in step.commands:
        newcomer.run(command)


def enter_salesforce(newcomer: Newcomer, step: Step) -> None:
    conn_id, domain = step.names
    sandbox, api = newcomer.sandbox, newcomer.airflow.api
    typed = {
        "domain": domain,
        "consumer_key": sandbox.consumer_key,
        "consumer_secret": sandbox.consumer_secret,
        "base_url": sandbox.salesforce_url,
    }
    api.connect(conn_id, "salesforce", extra=json.dumps(api.form("salesforce") | typed))


def enter_mail(newcomer: Newcomer, step: Step) -> None:
    conn_id, sender, recipients = step.names
    sandbox, api = newcomer.sandbox, newcomer.airflow.api
    typed = {sender: "freee-sync@example.jp", "disable_ssl": True, "disable_tls": True}
    extra = json.dumps(api.form("smtp") | typed)
    api.connect(conn_id, "smtp", host=newcomer.host, port=sandbox.smtp_port, extra=extra)
    api.set_variable(recipients, "keiri@example.jp")


def link(newcomer: Newcomer, step: Step) -> None:
    (command,) = step.commands
    sandbox = newcomer.sandbox
    terminal = newcomer.talk_to(command)
    terminal.answer("freee APIのURL", sandbox.freee_url)
    terminal.answer("freee認証サーバーのURL", sandbox.freee_url)
    terminal.answer("クライアントID", sandbox.client_id)
    terminal.answer("クライアントシークレット", sandbox.client_secret)
    page = terminal.wait_for(rf"{URL.pattern}(?=\s)")
    newcomer.say("    the page is opened, the company chosen, the access allowed, the code pasted")
    code = shown_code(consent(page, company_id=sandbox.company.id))
    terminal.answer("認可コード", code)
    shown = terminal.end()
    assert f"{sandbox.company.name} ({sandbox.company.id})" in shown
    newcomer.shown.append(shown.replace(code, "", 1))  # pasted, so the terminal shows it; and it is spent


def ask_doctor(newcomer: Newcomer, step: Step) -> None:
    newcomer.airflow.api.dag(DAG_ID).wait_parsed(LONGEST)
    for command in step.commands:
        table = newcomer.run(command)
    assert set(re.findall("^[✓✗–]", table, re.MULTILINE)) == {"✓"}, table


def try_small(newcomer: Newcomer, step: Step) -> None:
    preview, one_master, everything = step.commands
    for command in step.commands:
        newcomer.run(command)
        if command == preview:
            assert verdict_of_run(newcomer) == "preview"
            assert filled(newcomer) == set()
        elif command == one_master:
            assert verdict_of_run(newcomer) == "success"
            assert filled(newcomer) == {"FreeeTax__c"}
        elif command == everything:
            assert verdict_of_run(newcomer) == "success"
    assert len(newcomer.sandbox.mail.mails) == 3
    assert oracle.main(newcomer.sandbox.freee_url, newcomer.sandbox.salesforce_url) == 0


def verdict_of_run(newcomer: Newcomer) -> str:
    """Wait for the run just triggered; the verdict of its report."""
    state, report = newcomer.end_of_newest_run()
    assert state == "success"
    return str(report["verdict"])


def filled(newcomer: Newcomer) -> set[str]:
    """The objects that hold a record."""
    return {name for name in oracle.EXPECTED if newcomer.sandbox.org.rows(name)}


def switch_on(newcomer: Newcomer, step: Step) -> None:
    name, value = step.names
    dag = newcomer.airflow.api.dag(DAG_ID)
    assert (dag.details() or {})["next_dagrun_run_after"] is None
    newcomer.airflow.api.set_variable(name, value)
    until(lambda: (dag.details() or {})["next_dagrun_run_after"] is not None, LONGEST, "the next run to show")


HANDS: dict[str, Callable[[Newcomer, Step], None]] = {
    "Deploy the Salesforce package": deploy,
    "Make an integration user": make_user,
    "Make an External Client App": note_consumer,
    "Make a private app": note_client,
    "Put the package into Airflow": install,
    "Import the Variables": import_variables,
    "Enter the Connection `salesforce_default`": enter_salesforce,
    "Enter the Connection `smtp_default`": enter_mail,
    "Link freee": link,
    "Switch the DAG on and ask the doctor": ask_doctor,
    "Try it small": try_small,
    "Switch the daily run on": switch_on,
}
"""What a person does at each step. A step that README.md gets, loses or renames must be looked at here."""


def test_the_twelve_steps_of_the_readme_lead_from_nothing_to_a_daily_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = own_host()
    if host is None:
        pytest.skip("this machine has no address but loopback")
    steps = read_steps(section())
    assert [step.title for step in steps] == list(HANDS)

    def say(text: str) -> None:
        with capsys.disabled():
            print(text, flush=True)  # noqa: T201 - that the steps are seen is the point of it

    say(f"\nThe steps of README.md, with the accounts on {host}:")
    with Newcomer(tmp_path, host, say) as newcomer:
        for step in steps:
            say(f"{step.number:2}. {step.title}")
            HANDS[step.title](newcomer, step)
        secrets = newcomer.sandbox.issued_secrets()

    say(f"{len(steps)} steps by hand")
    assert len(steps) <= MOST_STEPS
    assert newcomer.ran == commands_in(section())
    assert not [secret[:4] for secret in secrets if any(secret in shown for shown in newcomer.shown)]
