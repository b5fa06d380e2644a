"""The Airflow to be linked, over its public REST API: https://airflow.apache.org/docs/apache-airflow/stable/stable-rest-api-ref.html.

An answer that refuses is told by its status and Airflow's own `detail`, never by its body: a 422 repeats what was sent.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import requests
from requests.exceptions import RequestException

from freee_sync.freee.session import TIMEOUT, bearer
from freee_sync.link.stores import CONN_TYPE, Fields
from freee_sync.metadata import ACTIVE

MASK = "***"  # what the API shows of a secret, and takes to mean: as it was


class ApiError(Exception):
    """Airflow's API refuses, or does not answer; the message holds no secret."""


def token_for(url: str, username: str, password: str) -> str:
    """A token for the API, as either of Airflow's own auth managers gives it.

    :raises ApiError: when it is refused.
    """
    body = {"username": username, "password": password}
    answer = _sent("POST", f"{url}/auth/token", json=body, auth=lambda request: request)
    return str(json_of(answer).get("access_token", ""))


class RestAirflow:
    """One Airflow.

    :param url: where its UI is, without a slash at the end.
    """

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._sign = bearer(token)

    def active_run(self, dag_id: str) -> str | None:
        """See `Airflow`. A DAG that Airflow does not know has no run."""
        query = {"state": list(ACTIVE), "order_by": "run_after", "limit": 1}
        answer = self._call("GET", f"dags/{quote(dag_id, safe='')}/dagRuns", params=query, missing=True)
        runs = answer.get("dag_runs", [])
        return str(runs[0]["dag_run_id"]) if runs else None

    def connection(self, conn_id: str) -> Fields | None:
        """See `Airflow`. The API does not give the client secret away."""
        held = self._call("GET", _connection(conn_id), missing=True)
        if not held:
            return None
        return Fields(conn_id, held["host"], held["schema"], held["port"], held["login"], None, held["extra"])

    def save_connection(self, fields: Fields, *, exists: bool) -> None:
        """See `Airflow`."""
        body = {"connection_id": fields.conn_id, "conn_type": CONN_TYPE, "host": fields.host}
        body |= {"login": fields.login, "password": fields.password, "extra": fields.extra}
        if exists:
            mask = ["host", "login", "password", "extra"]
            self._call("PATCH", _connection(fields.conn_id), params={"update_mask": mask}, json=body)
        else:
            self._call("POST", "connections", json=body)

    def save_variable(self, name: str, value: str, description: str) -> None:
        """See `Airflow`."""
        body = {"key": name, "value": value, "description": description}
        path = f"variables/{quote(name, safe='')}"
        if self._call("GET", path, missing=True):
            self._call("PATCH", path, json=body)
        else:
            self._call("POST", "variables", json=body)

    def _call(self, method: str, path: str, *, missing: bool = False, **options: Any) -> dict[str, Any]:
        """The JSON that is answered; nothing for a 404 that is allowed."""
        answer = _sent(method, f"{self._url}/api/v2/{path}", auth=self._sign, **options)
        return {} if missing and answer.status_code == HTTPStatus.NOT_FOUND else json_of(answer)


def _connection(conn_id: str) -> str:
    return f"connections/{quote(conn_id, safe='')}"


def _sent(method: str, url: str, **options: Any) -> requests.Response:
    try:
        return requests.request(method, url, timeout=TIMEOUT, allow_redirects=False, **options)  # type: ignore[no-any-return, unused-ignore]  # with and without types for requests
    except RequestException as silence:
        raise ApiError(f"{method} {url}: {type(silence).__name__}") from None


def json_of(answer: requests.Response) -> dict[str, Any]:
    """The JSON object of an answer.

    :raises ApiError: when it is none, or refuses.
    """
    where = f"{answer.request.method} {answer.url.partition('?')[0]}: HTTP {answer.status_code}"
    try:
        body = answer.json()
    except ValueError:
        raise ApiError(where) from None
    if not answer.ok or not isinstance(body, dict):
        detail = body.get("detail") if isinstance(body, dict) else None
        raise ApiError(f"{where} {detail}" if isinstance(detail, str) else where)
    return body
