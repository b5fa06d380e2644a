"""Waits between the tries of one call: what the server asks for comes first, else they grow, with jitter.

A server that asks for more than a call can wait is not asked again by it: Airflow's retries wait for minutes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState
from tenacity.wait import WaitBaseT

from freee_sync.errors import Retry

LONGEST_HINT = 60.0  # seconds that a server may have one call wait between two tries
JITTER = 1.0  # seconds, so that writers who were told the same do not come back at once


def asked_seconds(headers: Mapping[str, str]) -> float | None:
    """How long the server asks to be left alone, in seconds; None when it does not say.

    `Retry-After` holds seconds or a date (RFC 9110, 10.2.3); the date is on the server's own clock, which `Date` tells.
    """
    asked = headers.get("Retry-After", "")
    if asked.isdecimal():
        return float(asked)
    try:
        pause = parsedate_to_datetime(asked) - parsedate_to_datetime(headers.get("Date", ""))
    except (ValueError, TypeError):  # no date, or one without a zone
        return None
    return max(pause.total_seconds(), 0.0)


def can_wait(problem: BaseException) -> bool:
    """Whether the same call may be made again, after as long as the server asked for."""
    return isinstance(problem, Retry) and (problem.wait_seconds or 0.0) <= LONGEST_HINT


def some_jitter() -> float:
    """Seconds to add to a wait."""
    return random.uniform(0, JITTER)  # noqa: S311 - keeps no secret


def hint_first(between: WaitBaseT) -> Callable[[RetryCallState], float]:
    """Waits as long as the server asked, and where it did not say, as `between` has it."""

    def wait(state: RetryCallState) -> float:
        problem = state.outcome.exception() if state.outcome else None
        hint = problem.wait_seconds if isinstance(problem, Retry) else None
        return float(between(state)) if hint is None else hint + some_jitter()

    return wait


def tells(warn: Callable[..., object]) -> Callable[[RetryCallState], None]:
    """Says what went wrong and how long the wait is, before each; by a logger's `warning`."""

    def tell(state: RetryCallState) -> None:
        problem = state.outcome.exception() if state.outcome else None
        warn("%s; trying again in %.0f s", problem, state.upcoming_sleep)

    return tell
