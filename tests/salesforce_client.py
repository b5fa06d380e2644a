"""A client of the sandbox's Salesforce, over real HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce

from salesforce_org import KEY, PARTNER, new_org
from sandbox.salesforce import Org, salesforce_app
from sandbox.serving import WebServer

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

DATA = "/services/data/v62.0"
COLLECTIONS = f"{DATA}/composite/sobjects/{PARTNER}/{KEY}"


@dataclass
class Client:
    """A client of one org; `call` is logged in as the integration user unless told otherwise."""

    org: Org
    url: str
    session: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, *, admin: bool = False, **options: Any) -> requests.Response:
        """One call, logged in for it."""
        user = self.org.admin if admin else self.org.integration
        return self.bare(method, path, f"Bearer {self.org.sessions.open(user)}", **options)

    def bare(self, method: str, path: str, authorization: str | None = None, **options: Any) -> requests.Response:
        """One call with this Authorization, or without one."""
        headers = {"Authorization": authorization, **options.pop("headers", {})}
        return self.session.request(method, f"{self.url}{path}", headers=headers, timeout=30, **options)

    def send(self, *records: dict[str, Any], path: str = COLLECTIONS, **body: Any) -> requests.Response:
        """Upsert partners by Collections."""
        typed = [{"attributes": {"type": PARTNER}, **record} for record in records]
        return self.call("PATCH", path, json={"allOrNone": False, "records": typed} | body)

    def query(self, soql: str, **headers: str) -> requests.Response:
        """The first page of a query."""
        return self.call("GET", f"{DATA}/query", params={"q": soql}, headers=headers)

    def log_in(self, **credentials: Any) -> Any:
        """A `Salesforce` of simple-salesforce, which believes that it talks to salesforce.com."""
        session = requests.Session()
        session.mount("https://", _Local(self.url))
        return Salesforce(domain="acme.my", session=session, **credentials)

    @property
    def app(self) -> dict[str, str]:
        """What the client credentials are to simple-salesforce."""
        return {"consumer_key": self.org.consumer_key, "consumer_secret": self.org.consumer_secret}


class _Local(HTTPAdapter):
    """Takes every https call to the sandbox."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        path = urlsplit(str(request.url))
        request.url = path._replace(scheme="http", netloc=urlsplit(self._url).netloc).geturl()
        return super().send(request, *args, **options)


class OrgServer:
    """A server whose org can be exchanged, because starting one for each test takes longer than the test."""

    def __init__(self) -> None:
        self._app: ASGIApp = salesforce_app(new_org())
        self._server = WebServer(self, "127.0.0.1", 0)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.stop()

    def client(self) -> Client:
        """A client of an empty org, which the server serves from now on."""
        org = new_org()
        self._app = salesforce_app(org)
        return Client(org, self._server.url)

    @property
    def url(self) -> str:
        """Where it listens."""
        return self._server.url

    def serve(self, app: ASGIApp) -> None:
        """Serve this from now on."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call, as ASGI asks for it."""
        await self._app(scope, receive, send)


def error_of(response: requests.Response) -> tuple[int, str]:
    """Status and code of a refused call."""
    (error,) = response.json()
    return response.status_code, error["errorCode"]
