"""Lets a try die where it stands: from there on nothing of it reaches anything, as after SIGKILL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal
from unittest.mock import patch

from fakes import FakeStore, FakeVariables
from freee_sync.freee.hook import FreeeHook
from freee_sync.salesforce.org import Org
from rig import Rig

Step = Literal["list", "ask", "write", "publish", "cursor", "memory"]
STEPS: tuple[Step, ...] = ("list", "ask", "write", "publish", "cursor", "memory")
"""What a try does that anybody else can see: calls to freee, reading and writing calls to Salesforce, and what it leaves behind."""


class Killed(BaseException):
    """The process is gone. What its `finally` does after this is refused by `Fate`."""


@dataclass
class Fate:
    """At which step a try dies: before the n-th of its kind. Dead, it takes no step of any kind."""

    step: Step | None = None
    steps_left: int = 0
    dead: bool = False

    def doom(self, step: Step, nth: int) -> None:
        """Let the next try die there, if it comes so far."""
        self.step, self.steps_left = step, nth

    def spare(self) -> None:
        """A new process, with nothing to fear."""
        self.step, self.dead = None, False

    def take(self, step: Step | None) -> None:
        """Take one step.

        :raises Killed: at the step where it ends, and ever after.
        """
        if step == self.step is not None:
            self.steps_left -= 1
            self.dead = self.dead or self.steps_left == 0
        if self.dead:
            raise Killed


@contextmanager
def mortal() -> Iterator[Fate]:
    """Let whatever a try of any rig does ask this fate first."""
    fate = Fate()
    steps: list[tuple[type, str, Callable[..., Step | None]]] = [
        (FreeeHook, "get", lambda *_, **__: "list"),
        (Org, "call", lambda method, *_, **__: "write" if method == "PATCH" else "ask"),
        (Rig, "_publish", lambda *_: "publish"),
        (
            FakeVariables,
            "set",
            lambda name, *_: "cursor" if "cursor" in name else None,
        ),  # tokens die in their own tests
        (FakeStore, "set", lambda *_: "memory"),
    ]
    with ExitStack() as patched:
        for owner, name, step_of in steps:
            patched.enter_context(patch.object(owner, name, _asking(fate, getattr(owner, name), step_of)))
        yield fate


def _asking(fate: Fate, really: Callable[..., Any], step_of: Callable[..., Step | None]) -> Callable[..., Any]:
    @wraps(really)
    def act(this: object, *given: Any, **named: Any) -> Any:
        fate.take(step_of(*given, **named))
        return really(this, *given, **named)

    return act
