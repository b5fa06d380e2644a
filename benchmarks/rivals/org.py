"""simple-salesforce, logged in to the sandbox instead of to Salesforce."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce

from benchmarks.contestant import RunOrder


class _ToSandbox(HTTPAdapter):
    """simple-salesforce knows no address but https://….salesforce.com."""

    def __init__(self, host: str) -> None:
        super().__init__()
        self._host = host

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        """Send it to the sandbox."""
        parts = urlsplit(str(request.url))
        request.url = self._host + parts.path + (f"?{parts.query}" if parts.query else "")
        return super().send(request, *args, **options)


def log_in(order: RunOrder) -> Salesforce:
    """By client credentials, as ours."""
    extra = order.connections["salesforce_default"]["extra"]
    session = requests.Session()
    session.mount("https://", _ToSandbox(extra["base_url"]))
    return Salesforce(
        consumer_key=extra["consumer_key"],
        consumer_secret=extra["consumer_secret"],
        domain=extra["domain"],
        session=session,
    )
