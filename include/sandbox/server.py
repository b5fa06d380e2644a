"""The whole sandbox: freee, Salesforce and mail on loopback, as one context manager."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from sandbox.clock import Clock
from sandbox.company import Company, Sizes
from sandbox.control import add_control
from sandbox.freee import Tokens, freee_app
from sandbox.mail import MailServer
from sandbox.salesforce import Org, salesforce_app
from sandbox.serving import WebServer
from sandbox.wire import Wire

METADATA = Path(__file__).parents[1] / "salesforce"
"""The shipped sfdx project, whose objects the sandbox's org has."""


@dataclass(frozen=True)
class SandboxConfig:
    """What a sandbox is made of.

    :param seed: the same seed gives the same company on the same day.
    :param freee_port: 0 takes a free one; so do the other two.
    :param sizes: how many rows each master begins with.
    :param metadata: the sfdx project that is deployed in the org.
    """

    seed: int = 1
    host: str = "127.0.0.1"
    freee_port: int = 0
    salesforce_port: int = 0
    smtp_port: int = 0
    sizes: Sizes = field(default_factory=Sizes)
    metadata: Path = METADATA


class Sandbox:
    """Three servers in threads of this process, from `__enter__` to `__exit__`. What they hold is gone afterwards."""

    def __init__(self, config: SandboxConfig | None = None) -> None:
        self.config = config or SandboxConfig()
        self.clock = Clock()
        self.company = Company(self.config.seed, self.clock, self.config.sizes)
        self.tokens = Tokens(self.company.id, self.clock)
        self.org = Org(self.config.metadata, self.clock)
        self.mail = MailServer(self.clock, self.config.host, self.config.smtp_port)
        self.freee_wire, self._freee = self._freee_server()
        self.salesforce_wire, self._salesforce = self._salesforce_server()
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start all three; if one fails, none is left behind."""
        with ExitStack() as starting:
            servers = (self._freee, self._salesforce, self.mail)
            for server in servers:
                starting.callback(server.stop)
            for web_server in (self._freee, self._salesforce):
                starting.callback(web_server.ask_to_stop)  # called before the first `stop`, so that both end at once
            for server in servers:
                server.start()
            self._running = starting.pop_all()
        return self

    def __exit__(self, *_error: object) -> None:
        """Stop all three, and wait until their threads are gone."""
        self._running.close()

    @property
    def freee_url(self) -> str:
        """freee's API and its accounts server."""
        return self._freee.url

    @property
    def salesforce_url(self) -> str:
        """The org, and its log-in."""
        return self._salesforce.url

    @property
    def smtp_port(self) -> int:
        """The mail server's port."""
        return self.mail.port

    @property
    def client_id(self) -> str:
        """The freee app's client id."""
        return self.tokens.client_id

    @property
    def client_secret(self) -> str:
        """The freee app's client secret."""
        return self.tokens.client_secret

    @property
    def consumer_key(self) -> str:
        """The Salesforce app's client id."""
        return self.org.consumer_key

    @property
    def consumer_secret(self) -> str:
        """The Salesforce app's client secret."""
        return self.org.consumer_secret

    def link(self) -> str:
        """A fresh refresh token, as if a person had authorised the freee app just now."""
        return self.tokens.link().refresh

    def connections(self) -> dict[str, dict[str, Any]]:
        """Airflow's three Connections, by their ids, linked anew."""
        return {
            "freee_default": {
                "conn_type": "freee",
                "host": self.freee_url,
                "login": self.client_id,
                "password": self.client_secret,
                "extra": {"company_id": self.company.id, "refresh_token": self.link(), "accounts_url": self.freee_url},
            },
            "salesforce_default": {
                "conn_type": "salesforce",
                "extra": {
                    "consumer_key": self.consumer_key,
                    "consumer_secret": self.consumer_secret,
                    "domain": "sandbox.my",
                    "base_url": self.salesforce_url,
                },
            },
            "smtp_default": {
                "conn_type": "smtp",
                "host": self.config.host,
                "port": self.smtp_port,
                "extra": {"from_email": "freee-sync@sandbox.example.jp", "disable_ssl": True, "disable_tls": True},
            },
        }

    def issued_secrets(self) -> frozenset[str]:
        """Every secret given out by either side, dead or alive, for a search after leaks."""
        return self.tokens.issued_secrets() | {self.consumer_secret, *self.org.sessions.issued}

    def _freee_server(self) -> tuple[Wire, WebServer]:
        app = freee_app(self.company, self.tokens)
        wire = Wire(app, "freee")
        add_control(app, self, wire)
        return wire, WebServer(wire, self.config.host, self.config.freee_port)

    def _salesforce_server(self) -> tuple[Wire, WebServer]:
        app = salesforce_app(self.org)
        wire = Wire(app, "salesforce")
        add_control(app, self, wire)
        return wire, WebServer(wire, self.config.host, self.config.salesforce_port)
