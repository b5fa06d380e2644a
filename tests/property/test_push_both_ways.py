"""Whatever people do on both sides, and however a push ends: no partner twice, no edit lost, and then silence.

Every value that anybody types is one of its kind, so that what stands somewhere tells who put it there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from freee_sync.errors import SyncError
from mortal import Killed
from push_deaths import dying
from push_rig import PushRig, push_rigged
from sandbox.wire import Fault

FIELDS = {"phone": "Phone", "name": "Name"}
WHAT = (
    "account",
    "account",
    "ours",
    "ours",
    "theirs",
    "theirs",
    "partner",
    "push",
    "killed",
    "killed",
    "fails",
    "blank cursor",
)

acts = st.tuples(
    st.sampled_from(WHAT), st.integers(0, 9), st.sampled_from(sorted(FIELDS)), st.integers(1, 24), st.booleans()
)


@dataclass
class World:
    """One example: its accounts and partners carry its mark, those of others do nothing any more."""

    numbers: ClassVar[Iterator[int]] = count(1)
    rig: PushRig
    mark: str
    accounts: list[str] = field(default_factory=list)
    made: set[int] = field(default_factory=set)
    typed: dict[tuple[int, str], str] = field(default_factory=dict)

    def value(self) -> str:
        """Something that nobody typed before."""
        return f"{self.mark}値{next(self.numbers)}"

    def act(self, what: str, place: int, name: str, nth: int, *, after: bool) -> None:
        """Do it."""
        match what:
            case "account":
                self.accounts.append(self.rig.account(self.value(), Phone=self.value()))
            case "ours" if self.accounts:
                self.rig.edit(self.accounts[place % len(self.accounts)], **{FIELDS[name]: self.value()})
            case "theirs" if self.partners():
                self.type_in_freee(self.partners()[place % len(self.partners())], name)
            case "partner" if self.accounts:
                held = self.rig.held(self.accounts[place % len(self.accounts)])
                self.create_in_freee(str(held["Name"]))
            case "blank cursor":
                self.rig.cursor.text = ""
            case "killed":
                with suppress(Killed, SyncError), dying(nth):
                    self.rig.push()
            case "fails":
                method = "POST" if place % 2 else "PUT"
                self.rig.rig.sandbox.freee_wire.add(
                    Fault(path="/api/1/partners", method=method, status=500, after=after)
                )
                self.push()
                self.rig.rig.sandbox.freee_wire.heal()
            case _:
                self.push()
        self.no_edit_of_freee_is_overwritten()

    def push(self) -> None:
        """A run; the books balance whatever comes of it."""
        with suppress(SyncError):
            self.rig.push()
        for told in self.rig.published:
            told.check()

    def partners(self) -> list[int]:
        """Ids of this example's partners."""
        return [row["id"] for row in self.rig.partners() if self.mark in row["name"]]

    def type_in_freee(self, partner: int, name: str) -> None:
        """A person's edit in freee."""
        self.typed[partner, name] = self.value()
        self.rig.edit_partner(partner, **{name: self.typed[partner, name]})

    def create_in_freee(self, name: str) -> None:
        """A person creates the partner; freee takes a name once."""
        if any(row["name"] == name for row in self.rig.partners()):
            return
        self.made.add(self.rig.rig.sandbox.company.add("partners", {"name": name})["id"])

    # what must hold

    def no_edit_of_freee_is_overwritten(self) -> None:
        """By the policy `report` nothing that a person typed in freee is ever replaced."""
        held = {row["id"]: row for row in self.rig.partners()}
        assert {where: held[where[0]][where[1]] for where in self.typed} == self.typed

    def settle_down(self) -> None:
        """Two clean runs, then one more that has nothing to write; everything is where it should be."""
        for _ in range(2):
            result = self.rig.push()
            result.check()
        failed = {row.key for row in result.failed_rows}
        links = [self.rig.linked(account) for account in self.accounts]
        assert len([link for link in links if link]) == len({link for link in links if link})
        assert {*self.partners()} - self.made <= {*links}, "a partner that nobody needs"
        held = {row["id"]: row for row in self.rig.partners()}
        for account, link in zip(self.accounts, links, strict=True):
            assert link or account in failed
            ours = self.rig.held(account)
            for theirs, mine in FIELDS.items():
                arrived = link is not None and held[link][theirs] == ours[mine]
                assert arrived or account in failed or (link, theirs) in self.typed, "an edit is lost"
        self.rig.forget()
        self.rig.push()
        assert (self.rig.freee_writes(), self.rig.rig.writes()) == ([], [])

    def leave(self) -> None:
        """Nobody pushes these accounts any more."""
        for account in self.accounts:
            self.rig.edit(account, FreeePush__c=False)


@pytest.fixture(scope="module")
def rig() -> Iterator[PushRig]:
    """One company and one org for all examples."""
    with push_rigged() as made:
        yield made


@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(days=st.lists(acts, min_size=4, max_size=14))
def test_no_partner_twice_no_edit_lost_and_then_silence(
    rig: PushRig, days: list[tuple[str, int, str, int, bool]]
) -> None:
    world = World(rig, f"#{next(World.numbers)}#")
    try:
        world.act("account", 0, "name", 1, after=False)
        for what, place, name, nth, after in days:
            world.act(what, place, name, nth, after=after)
        world.settle_down()
    finally:
        rig.rig.sandbox.freee_wire.heal()
        world.leave()
