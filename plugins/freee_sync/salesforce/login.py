"""Logging in to Salesforce from an Airflow Connection, by way of the provider's hook."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import requests
from airflow.providers.salesforce.hooks.salesforce import SalesforceHook
from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from freee_sync.addresses import require_https, sandbox_hosts
from freee_sync.bilingual import say
from freee_sync.calls import OrgMeter
from freee_sync.errors import SyncError
from freee_sync.salesforce.faults import login_fault
from freee_sync.salesforce.org import Org
from freee_sync.salesforce.renewal import Session
from freee_sync.salesforce.session import open_session
from freee_sync.verdicts import error, no_connection


class OrgHook(SalesforceHook):
    """The provider's hook, with a Connection form left blank meaning "not given".

    The form saves '' for an empty user name and password; simple-salesforce would then choose the OAuth password flow
    although a consumer key and secret were given for client credentials.
    """

    @classmethod
    def get_connection(cls, conn_id: str) -> Connection:
        """The Connection, with blank login and password as None.

        :raises Stop: `settings.connection` when there is none of this name.
        """
        try:
            connection: Connection = super().get_connection(conn_id)
        except AirflowNotFoundException:
            raise no_connection(conn_id) from None
        connection.login = connection.login or None
        connection.password = connection.password or None
        return connection


def open_org(conn_id: str, sleep: Callable[[float], None] = time.sleep, meter: OrgMeter | None = None) -> Org:
    """Log in with the Connection.

    :param sleep: takes the seconds between two tries of a call.
    :param meter: counts the calls, and says when they are enough.
    :raises Stop: `settings.connection`, `settings.insecure`, or what the log-in was refused with: `login.*`, `salesforce.login`.
    :raises Retry: `salesforce.unavailable`, `salesforce.bad_answer` when the log-in server does not answer, or no sense.
    """
    named = OrgHook.get_connection(conn_id).extra_dejson.get("base_url")
    base_url = require_https(named, sandbox_hosts(os.environ)) if named else None
    meter = meter or OrgMeter()
    calls = open_session(base_url, meter)

    def log_in() -> Session:
        with open_session(base_url) as door:
            logged_in = _log_in(conn_id, door)
        logged_in.session = calls
        return logged_in

    return Org(log_in, sleep, meter)


def _log_in(conn_id: str, door: requests.Session) -> Session:
    """One log-in, asked for once.

    :param door: a session for nothing but this. What its server answered tells more than what simple-salesforce makes of it.
    """
    answers: list[requests.Response] = []
    door.hooks["response"].append(lambda answer, **_: answers.append(answer))
    where = say(f"Connection「{conn_id}」でのログイン", f'log-in with the Connection "{conn_id}"')
    try:
        return OrgHook(conn_id, session=door).get_conn()
    except SyncError:
        raise
    except requests.RequestException as silence:
        no_address = isinstance(silence, ValueError)  # such as a domain with a blank in it
        code = "settings.connection" if no_address else "salesforce.unavailable"
        raise error(code, f"{where}: {type(silence).__name__}") from silence
    except Exception as problem:
        if answers:
            raise login_fault(answers[-1].status_code, answers[-1].content, where) from None
        raise error("settings.connection", f"{where}: {type(problem).__name__}: {problem}") from problem
