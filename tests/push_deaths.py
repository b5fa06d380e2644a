"""Lets a push die where it stands: from there on nothing of it reaches anything, as after SIGKILL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from freee_sync.freee.hook import FreeeHook
from freee_sync.salesforce.org import Org
from mortal import Killed
from push_rig import PushRig

STEPS: tuple[tuple[type, str], ...] = ((FreeeHook, "get"), (FreeeHook, "once"), (Org, "call"), (PushRig, "_publish"))
"""What a push does that anybody else can see."""


@contextmanager
def dying(nth: int) -> Iterator[list[int]]:
    """Let whoever acts die before its n-th step; dead, nothing reaches anything. Yields the steps left."""
    left = [nth]

    def mortal(really: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(really)
        def act(*given: Any, **named: Any) -> Any:
            left[0] -= 1
            if left[0] <= 0:
                raise Killed
            return really(*given, **named)

        return act

    with ExitStack() as patched:
        for owner, name in STEPS:
            patched.enter_context(patch.object(owner, name, mortal(getattr(owner, name))))
        yield left
