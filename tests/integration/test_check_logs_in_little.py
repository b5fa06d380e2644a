"""However the org answers, the check before a run logs in to Salesforce a few times and no more: a failed log-in counts towards a lock-out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from freee_sync.check import Doors, check_link
from freee_sync.outcome import Link
from freee_sync.salesforce.login import open_org
from freee_sync.settings import PREFIX, read_settings
from rig import MAPPING, Rig, no_sleep, rigged
from sandbox.wire import Fault

LOG_IN = "/services/oauth2/token"
DEAD = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]


@pytest.fixture(scope="module")
def shared_rig() -> Iterator[Rig]:
    """One company and one org for all of these tests."""
    with rigged() as made:
        yield made


@pytest.fixture
def rig(shared_rig: Rig) -> Iterator[Rig]:
    """The same, with clean request logs and nothing wrong yet."""
    shared_rig.forget()
    yield shared_rig
    shared_rig.sandbox.salesforce_wire.heal()


def checked(rig: Rig, **fault: Any) -> tuple[Link, int]:
    """What the check found while this went wrong in Salesforce, and how often it logged in."""
    rig.sandbox.salesforce_wire.add(Fault(times=None, **fault))
    settings = read_settings(PREFIX, {f"{PREFIX}hour": "6"}.get)
    link = check_link(settings, MAPPING, Doors(lambda: rig.freee, lambda: open_org("salesforce_default", no_sleep)))
    return link, len(rig.sandbox.salesforce_wire.calls(path=LOG_IN))


def test_sessions_that_die_at_every_describe_are_renewed_twice_for_all_seven(rig: Rig) -> None:
    link, log_ins = checked(rig, path="/describe", status=401, body=DEAD)
    assert {problem.code for problem in link.masters.values()} == {"salesforce.INVALID_SESSION_ID"}
    assert len(link.masters) == 7
    assert log_ins == 1 + 2


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"status": 400, "body": {"error": "invalid_client"}}, "login.invalid_client"),
        ({"status": 503, "body": "<html><body>Maintenance</body></html>"}, "salesforce.unavailable"),
        ({"cut": True}, "salesforce.unavailable"),
    ],
    ids=json.dumps,
)
def test_a_log_in_that_fails_is_asked_for_once(rig: Rig, fault: dict[str, Any], code: str) -> None:
    link, log_ins = checked(rig, path=LOG_IN, **fault)
    assert [problem.code for problem in link.problems] == [code]
    assert log_ins == 1
