"""A caller of the sandbox's freee, for tests: holds an access token and asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests

if TYPE_CHECKING:
    from sandbox.server import Sandbox

TIMEOUT = 30.0  # seconds; more than loopback ever needs


class FreeeClient:
    """One person's view of the company, linked when it is made."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.trust_env = False  # no proxy stands before loopback
        self.tokens = self.grant(refresh_token=sandbox.link()).json()

    def grant(self, grant_type: str = "refresh_token", **form: str) -> requests.Response:
        """Ask the token endpoint, as the app unless the form says otherwise."""
        client = {"client_id": self.sandbox.client_id, "client_secret": self.sandbox.client_secret}
        url = f"{self.sandbox.freee_url}/public_api/token"
        return self.session.post(url, data={"grant_type": grant_type} | client | form, timeout=TIMEOUT)

    def get(self, path: str, **query: str | int) -> requests.Response:
        """GET below /api/1/, of our company unless the query says otherwise."""
        return self.session.get(
            f"{self.sandbox.freee_url}/api/1/{path}",
            params={"company_id": self.sandbox.company.id, **query},
            headers={"Authorization": f"Bearer {self.tokens['access_token']}"},
            timeout=TIMEOUT,
        )

    def send(self, method: str, path: str, body: object = None, **query: str | int) -> requests.Response:
        """Write below /api/1/: a body of our company unless it says otherwise; without one, a query as `get` has it."""
        company: dict[str, str | int] = {"company_id": self.sandbox.company.id}
        return self.session.request(
            method,
            f"{self.sandbox.freee_url}/api/1/{path}",
            params=company | query if body is None else query,
            json=company | body if isinstance(body, dict) else body,
            headers={"Authorization": f"Bearer {self.tokens['access_token']}"},
            timeout=TIMEOUT,
        )

    def rows(self, path: str, **query: str | int) -> list[dict[str, Any]]:
        """The rows of one listing answer."""
        answer = self.get(path, **query)
        answer.raise_for_status()
        (rows,) = answer.json().values()
        return list(rows)

    def code(self, path: str, **query: str | int) -> str:
        """The error code of an answer that refuses, in either of freee's shapes."""
        body = self.get(path, **query).json()
        return str(body["code"] if "code" in body else body["errors"][0]["codes"][0])
