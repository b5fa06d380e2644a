"""A push that dies at any of its steps, or meets a server that fails at any of them: the next runs mend it, and nothing is there twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest

from freee_sync.errors import SyncError
from mortal import Killed
from push_deaths import dying
from push_rig import PushRig, push_rigged
from sandbox.wire import Fault

FAILING = [
    ("freee", "/api/1/partners", "POST", 2),
    ("freee", "/api/1/partners/", "PUT", 1),
    ("salesforce", "/composite/", "PATCH", 6),
]
"""Side, path, method, and how many such calls a push of three accounts makes."""
MOST_STEPS = 40  # more than a push of three accounts takes


@pytest.fixture(scope="module")
def rig() -> Iterator[PushRig]:
    """One company and one org for all deaths: each play ends with both alike."""
    with push_rigged() as made:
        yield made


def given_work(rig: PushRig, mark: str) -> list[str]:
    """Two new accounts, and one that was pushed before and has an edit."""
    known = rig.account(f"既存{mark}", Phone="03-1")
    rig.push()
    rig.edit(known, Phone="03-2")
    return [known, rig.account(f"新規一{mark}", Phone="03-3"), rig.account(f"新規二{mark}", Phone="03-4")]


def assert_all_arrived(rig: PushRig, mark: str, accounts: list[str]) -> None:
    """Each account is one partner with its values, linked to it, and nobody is there twice; the next run writes nothing."""
    assert len([row for row in rig.partners() if mark in row["name"]]) == len(accounts)
    for account in accounts:
        held = rig.held(account)
        partner = rig.partner(str(held["Name"]))
        assert (rig.linked(account), partner["phone"]) == (partner["id"], held["Phone"])
    rig.forget()
    rig.push()
    assert (rig.freee_writes(), rig.rig.writes()) == ([], [])


def test_whenever_a_push_is_killed_the_next_one_mends_it(rig: PushRig) -> None:
    """Dying after a step is dying before the next: nobody can see anything of what is between them."""
    for nth in range(1, MOST_STEPS):
        mark = f"#{nth}#"
        accounts = given_work(rig, mark)
        with suppress(Killed), dying(nth) as left:
            rig.push_only()
        for told in rig.published:
            told.check()
        rig.edit(
            accounts[1], Name=f"改名{mark}"
        )  # a partner that was created is not to be found by the account's name any more
        assert rig.push().unsuccessful == 0
        assert_all_arrived(rig, mark, accounts)
        if left[0] > 0:
            return
    pytest.fail("a push has more steps than were tried")


@pytest.mark.parametrize("after", [False, True], ids=["not done", "done and not answered"])
@pytest.mark.parametrize("failing", FAILING, ids=lambda call: call[2])
def test_whatever_call_fails_nothing_is_there_twice(
    rig: PushRig, failing: tuple[str, str, str, int], after: bool
) -> None:
    side, path, method, calls = failing
    for nth in range(1, calls + 1):
        mark = f"#{side}{method}{nth}{after}#"
        accounts = given_work(rig, mark)
        wire = rig.rig.sandbox.freee_wire if side == "freee" else rig.rig.sandbox.salesforce_wire
        wire.add(Fault(path=path, method=method, at=nth, status=500, after=after, cut=after))
        with suppress(SyncError):
            rig.push_only()
        wire.heal()
        rig.edit(accounts[1], Name=f"改名{mark}")
        assert rig.push().unsuccessful == 0
        assert_all_arrived(rig, mark, accounts)
