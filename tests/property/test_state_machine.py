"""Whatever happens in freee, in Salesforce, on the wire and to the worker: no row is lost, and nothing is claimed that is not so.

Hypothesis plays weeks in the life of one master of a small company and shrinks what it finds to the fewest steps. The same lives
are played each time; `FREEE_SYNC_LIVES=500 pytest tests/property/test_state_machine.py` plays as many new ones.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from freee_sync.errors import SyncError
from freee_sync.masters import BY_NAME
from mortal import STEPS, Fate, Killed, Step, mortal
from rig import Rig
from sandbox.clock import JST
from sandbox.wire import Fault
from small_world import DELTA, IN_AIRFLOW, IN_FREEE, IN_SALESFORCE, LISTING, TABLES, Act, SmallWorld, tiny_sandbox
from trial import Before, Trial

LIVES = int(os.environ.get("FREEE_SYNC_LIVES", "0"))  # at random; 0: the ones that `make test` plays
USUAL_LIVES, RUNS_OF_A_LIFE = 20, 10

MASTERS = (*TABLES, *DELTA, *DELTA)  # a delta has more to go wrong

MAINTENANCE = b"<html>503</html>"
EXPIRED = b'{"status_code": 401, "errors": [{"type": "status", "codes": ["expired_access_token"], "messages": [""]}]}'
ENDED = b'[{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]'
EXHAUSTED = b'[{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]'
SPOILT = (400, b"[]")  # never of a call that was served
FREEE_ANSWERS = [(500, b""), (503, MAINTENANCE), (401, EXPIRED), (403, b""), (429, b""), (200, b"{}"), (200, b"{")]
SALESFORCE_ANSWERS = [(500, b""), (503, MAINTENANCE), (401, ENDED), (403, EXHAUSTED), SPOILT]

places = st.integers(0, 30)
names = st.sampled_from(["東京商店", "拒否商店", "拒否商店", " 端に空白 ", "🍣" * 45, "長" * 300, "O'Brien\\%"])
numbers = st.integers(1, 4)
hours = st.sampled_from([None, 0, 30, 100])
seldom = st.sampled_from([False, False, False, True])
acts = st.one_of(
    st.builds(Act, st.sampled_from(IN_FREEE), place=places, name=names),
    st.builds(Act, st.sampled_from(["rename", "forbid"]), place=places, name=st.just("拒否商店")),
    st.builds(Act, st.just("wait"), hours=st.sampled_from([1, 7, 24, 24, 72, 200])),
    st.builds(Act, st.sampled_from(IN_SALESFORCE), place=places),
    st.builds(Act, st.sampled_from(IN_AIRFLOW), hours=hours),
)
days = st.lists(acts, max_size=6)
moves = st.builds(
    Act, st.sampled_from(["remove two", "remove two", "archive", "add", "rename"]), st.integers(0, 3), st.just("途中")
)
"""While a list is read: two rows that go between two pages take a living one out of sight, the joint with them."""
some_calls = st.builds(Fault, at=numbers, times=st.sampled_from([1, 5, 99]))


def faults(answers: list[tuple[int, bytes]], path: str, method: str | None = None) -> st.SearchStrategy[Fault]:
    """An answer in place of the real one, or a connection that breaks; with `after`, what was asked has been done."""
    return st.builds(
        lambda answer, *, after, **how: Fault(
            path=path, method=method, status=answer[0], body=answer[1], after=after and answer is not SPOILT, **how
        ),
        answer=st.sampled_from(answers),
        at=numbers,
        times=st.sampled_from([1, 2, 99]),
        cut=st.booleans(),
        after=st.booleans(),
    )


any_fault = st.one_of(
    faults(FREEE_ANSWERS, LISTING),
    faults(SALESFORCE_ANSWERS, "/services/data/"),
    faults(SALESFORCE_ANSWERS, "/composite/", "PATCH"),
)


class Life(RuleBasedStateMachine):
    """A master, an org, and a person at Airflow."""

    rig: ClassVar[Rig]
    fate: ClassVar[Fate]
    world: SmallWorld

    @initialize(name=st.sampled_from(MASTERS), hour=st.sampled_from([0, 9, 23]), lag=st.sampled_from([0, 2, 20]))
    def begin(self, name: str, hour: int, lag: int) -> None:
        """Half past an hour in Japan, after a first run; freee's clock is some hours behind."""
        clock = self.rig.sandbox.clock
        tomorrow = datetime.combine(clock.today_jst() + timedelta(days=1), datetime.min.time(), JST)
        clock.advance(tomorrow + timedelta(hours=hour, minutes=30) - clock.now())
        self.world = SmallWorld(self.rig, name, timedelta(hours=lag))
        self.attempt()

    @rule(days=days, full_load=seldom, approve_missing=seldom, dry_run=seldom)
    def run(self, days: list[Act], full_load: bool, approve_missing: bool, dry_run: bool) -> None:
        """A run, or a preview of one; rows may be refused."""
        self.live(days)
        self.attempt(full_load=full_load, approve_missing=approve_missing, dry_run=dry_run)

    @rule(days=days, full_load=seldom, fault=any_fault, retries=numbers)
    def run_while_a_server_fails(self, days: list[Act], full_load: bool, fault: Fault, retries: int) -> None:
        """freee or Salesforce does not answer, answers half, or answers with an error; Airflow may try again."""
        self.live(days)
        (self.rig.sandbox.freee_wire if fault.path == LISTING else self.rig.sandbox.salesforce_wire).add(fault)
        for _ in range(min(retries, 2)):
            self.attempt(full_load=full_load)

    @rule(days=days, full_load=seldom, step=st.sampled_from(STEPS), nth=numbers, retries=numbers)
    def run_and_be_killed(self, days: list[Act], full_load: bool, step: Step, nth: int, retries: int) -> None:
        """The worker is killed; no `finally` reaches anything."""
        self.live(days)
        self.fate.doom(step, nth)
        for _ in range(min(retries, 2)):
            self.attempt(full_load=full_load)

    @rule(days=days, full_load=seldom, call=numbers, hours=hours)
    def run_while_the_cursor_is_set(self, days: list[Act], full_load: bool, call: int, hours: int | None) -> None:
        """A person sets or clears the cursor while a run is under way: the next obeys."""
        self.live(days)
        hand: list[str] = []
        self.meanwhile(Fault(at=call), lambda: hand.append(self.world.set_cursor(hours)))
        self.attempt(full_load=full_load, hand=hand)

    @rule(days=days, full_load=st.booleans(), approve_missing=st.booleans(), calls=some_calls, act=moves)
    def run_while_rows_move(
        self, days: list[Act], full_load: bool, approve_missing: bool, calls: Fault, act: Act
    ) -> None:
        """Somebody works in freee while it is listed."""
        self.live(days)
        self.meanwhile(calls, lambda: self.world.do(act))
        self.attempt(full_load=full_load, approve_missing=approve_missing, calm=False)

    def live(self, days: list[Act]) -> None:
        """What happens until the run."""
        for act in days:
            self.world.do(act)

    def meanwhile(self, calls: Fault, act: Callable[[], object]) -> None:
        """Do something just before freee serves these calls of a listing."""
        listing = BY_NAME[self.world.name].scopes[0].path.partition("{")[0]
        self.rig.sandbox.freee_wire.add(replace(calls, path=listing), act)

    @rule(days=days, full_load=seldom, approve=seldom, previewed=seldom)
    def run_cleanly(self, days: list[Act], full_load: bool, approve: bool, previewed: bool) -> None:
        """Nothing is wrong: what was changed in freee is there, after a full read all is, and the next run has nothing to write."""
        self.live(days)
        self.world.rescue()
        preview = self.attempt(full_load=full_load, approve_missing=approve, dry_run=True) if previewed else None
        gone, held = sum(map(len, self.world.gone().values())), 0 if approve else self.world.held_back()
        trial = self.attempt(full_load=full_load, approve_missing=approve)
        full, result, wrong = trial.before.window.mode == "full", trial.result, self.world.wrong()
        assert result is not None
        assert (result.complete, result.unsuccessful, result.mark_failed, result.read) == (
            True,
            0,
            0,
            len(trial.before.owed),
        )
        assert (result.missing, result.held) == ((gone, held) if full else (0, 0))
        assert wrong.keys() <= (set() if full else self.world.excused)
        if full:
            assert sum(map(len, self.world.gone().values())) == held
        if self.world.name in DELTA:
            assert self.world.cursor == trial.before.moment
        if preview and preview.result:
            assert preview.result.read == result.read
        self.nothing_left_to_write(trial, full_load=full_load)

    def nothing_left_to_write(self, first: Trial, *, full_load: bool) -> None:
        """The same once more."""
        again = self.attempt(full_load=full_load)
        assert again.result is not None
        assert (again.result.unchanged, again.result.unsuccessful) == (again.result.read, 0)
        if first.before.window.mode == "full" or again.before.window.mode == "delta":
            assert self.rig.writes() == []

    # what holds at any time

    @invariant()
    def nothing_is_forgotten(self) -> None:
        """Every row that freee dated and the org does not hold so is in what the next run reads."""
        listed, window = self.world.listed(), self.world.next_window()
        forgotten = {key for key in self.world.wrong() if not window.holds(listed[key])}
        assert forgotten <= self.world.excused

    def attempt(self, *, calm: bool = True, hand: list[str] | None = None, **wishes: Any) -> Trial:
        """One try, a minute later, and whatever holds of every try."""
        self.rig.sandbox.clock.advance(timedelta(minutes=1))
        self.rig.forget()
        self.rig.published.clear()
        self.world.touched.clear()
        before = Before.of(self.world, full_load=wishes.get("full_load", False))
        trial = Trial(self.world, before, calm=calm, hand=[] if hand is None else hand)
        trial.dry_run, trial.approved = wishes.get("dry_run", False), wishes.get("approve_missing", False)
        with suppress(SyncError, Killed):
            trial.result = self.world.run(began=before.began, **wishes)
        self.fate.spare()
        self.rig.sandbox.freee_wire.heal()
        self.rig.sandbox.salesforce_wire.heal()
        trial.check()
        self.world.forgive_no_more()
        return trial


PLAY = settings(
    max_examples=LIVES or USUAL_LIVES,
    stateful_step_count=RUNS_OF_A_LIFE,
    derandomize=not LIVES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


def test_no_row_is_lost_and_nothing_is_claimed_that_is_not_so() -> None:
    with tiny_sandbox() as rig, mortal() as fate:
        Life.rig, Life.fate = rig, fate
        run_state_machine_as_test(Life, settings=PLAY)
