"""The suite runs every case against each of the seven masters, on a sandbox of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from freee_sync.masters import MASTERS, Master
from rig import Rig, rigged


@pytest.fixture(params=MASTERS, ids=lambda master: master.name)
def master(request: pytest.FixtureRequest) -> Master:
    """Each master in turn."""
    found: Master = request.param
    return found


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A small company and an empty org."""
    with rigged() as made:
        yield made
