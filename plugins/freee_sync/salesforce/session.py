"""The HTTP session that simple-salesforce is given: a time-out on every call, no blind retries, and a sandbox's address.

simple-salesforce sets no time-out anywhere, its log-in included, and builds every URL as `https://`. The Connection's own
extra `base_url` sends all of that to another server, which may speak plain http only where `addresses.py` allows it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from freee_sync.calls import OrgMeter

TIMEOUT = (10.0, 120.0)  # seconds to connect and between bytes; Salesforce itself ends a REST call after 600
CONNECTIONS = 6  # four writers, the reader and the job


class OrgAdapter(HTTPAdapter):
    """Gives each request a time-out, and another server where one is named. Counts it."""

    def __init__(self, base_url: str | None, meter: OrgMeter) -> None:
        super().__init__(pool_maxsize=CONNECTIONS, max_retries=0)
        self._base_url = base_url
        self._meter = meter

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Send one request; a time-out given by the caller stays."""
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = TIMEOUT
        if self._base_url and request.url:
            request.url = self._base_url + _below_host(request.url)
        self._meter.count()
        response = super().send(request, *args, **kwargs)
        self._meter.told(response.headers)
        return response


def _below_host(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def open_session(base_url: str | None = None, meter: OrgMeter | None = None) -> requests.Session:
    """A session for one org.

    :param base_url: where all calls really go, without a slash at the end; None for the addresses Salesforce gives.
    :param meter: counts its requests.
    """
    session = requests.Session()
    session.mount("https://", OrgAdapter(base_url.rstrip("/") if base_url else None, meter or OrgMeter()))
    return session
