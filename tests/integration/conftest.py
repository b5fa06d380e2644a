"""What the tests of the sandbox share: a Salesforce with a client of a fresh org, and a freee with a person in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from freee_client import FreeeClient
from salesforce_client import Client, OrgServer
from sandbox.company import Settings, Sizes
from sandbox.server import Sandbox, SandboxConfig


@pytest.fixture(scope="module")
def server() -> Iterator[OrgServer]:
    """One server for all tests."""
    with OrgServer() as server:
        yield server


@pytest.fixture
def client(server: OrgServer) -> Client:
    """A client of an org of its own."""
    return server.client()


@pytest.fixture(scope="module")
def partner_sandbox() -> Iterator[Sandbox]:
    """One for all tests; each takes partners of its own."""
    with Sandbox(SandboxConfig(sizes=Sizes(partners=300))) as sandbox:
        yield sandbox


@pytest.fixture
def freee(partner_sandbox: Sandbox) -> Iterator[FreeeClient]:
    """A person of that company, with all rights and no faults."""
    yield FreeeClient(partner_sandbox)
    partner_sandbox.company.settings = Settings()
    partner_sandbox.freee_wire.heal()
