"""Logging in to Salesforce from an Airflow Connection, by way of the provider's hook."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import requests
from airflow.providers.salesforce.hooks.salesforce import SalesforceHook
from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from simple_salesforce.exceptions import SalesforceAuthenticationFailed

from freee_sync.addresses import require_https, sandbox_hosts
from freee_sync.salesforce.org import Org
from freee_sync.salesforce.renewal import Session
from freee_sync.salesforce.session import open_session
from freee_sync.verdicts import error


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
            raise error("settings.connection", f"Connection「{conn_id}」がありません。") from None
        connection.login = connection.login or None
        connection.password = connection.password or None
        return connection


def open_org(conn_id: str, sleep: Callable[[float], None] = time.sleep) -> Org:
    """Log in with the Connection.

    :param sleep: takes the seconds between two tries of a call.
    :raises Stop: `settings.connection`, `settings.insecure` or `salesforce.login`. A log-in is never repeated: that locks users out.
    :raises Retry: `salesforce.unavailable` when the log-in server does not answer.
    """
    base_url = OrgHook.get_connection(conn_id).extra_dejson.get("base_url")
    session = open_session(require_https(base_url, sandbox_hosts(os.environ)) if base_url else None)

    def log_in() -> Session:
        return _log_in(conn_id, session)

    return Org(log_in, sleep)


def _log_in(conn_id: str, session: requests.Session) -> Session:
    try:
        return OrgHook(conn_id, session=session).get_conn()
    except SalesforceAuthenticationFailed as problem:
        raise error("salesforce.login", f"Connection「{conn_id}」: {problem}") from None
    except requests.RequestException as problem:
        raise error(
            "salesforce.unavailable", f"Connection「{conn_id}」でのログイン: {type(problem).__name__}"
        ) from problem
    except (TypeError, ValueError, AttributeError) as problem:
        raise error("settings.connection", f"Connection「{conn_id}」: {problem}") from problem
