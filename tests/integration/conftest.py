"""What the tests of the sandbox's Salesforce share: a server, and a client of a fresh org on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from salesforce_client import Client, OrgServer


@pytest.fixture(scope="module")
def server() -> Iterator[OrgServer]:
    """One server for all tests."""
    with OrgServer() as server:
        yield server


@pytest.fixture
def client(server: OrgServer) -> Client:
    """A client of an org of its own."""
    return server.client()
