"""The arithmetic of waits between tries."""

from __future__ import annotations

import pytest
from tenacity import RetryCallState, Retrying
from tenacity.wait import wait_fixed

from freee_sync.errors import Retry, Stop
from freee_sync.waits import JITTER, LONGEST_HINT, asked_seconds, can_wait, hint_first

NOON = "Tue, 24 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "Tue, 24 Nov 2026 12:01:30 GMT", "Date": NOON}, 90.0),
        ({"Retry-After": "Tue, 24 Nov 2026 11:00:00 GMT", "Date": NOON}, 0.0),
        ({"Retry-After": "Tue, 24 Nov 2026 12:01:30 GMT"}, None),
        ({"Retry-After": "Tue, 24 Nov 2026 12:01:30 -0000", "Date": NOON}, None),
        ({"Retry-After": "soon", "Date": NOON}, None),
        ({"Retry-After": "-5"}, None),
        ({"Retry-After": "1.5"}, None),
        ({"Retry-After": "9" * 400}, float("inf")),
    ],
)
def test_the_server_is_understood_in_seconds_and_in_dates_of_its_own_clock(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert asked_seconds(headers) == seconds


@pytest.mark.parametrize(
    ("problem", "worth"),
    [
        (Retry("salesforce.unavailable", "503"), True),
        (Retry("salesforce.unavailable", "503", LONGEST_HINT), True),
        (Retry("salesforce.unavailable", "503", LONGEST_HINT + 1), False),
        (Stop("salesforce.refused", "400"), False),
        (ValueError("ours"), False),
    ],
)
def test_a_call_is_made_again_only_if_that_can_help_and_the_server_does_not_ask_for_too_long(
    problem: BaseException, worth: bool
) -> None:
    assert can_wait(problem) is worth


def state_after(problem: BaseException) -> RetryCallState:
    """A call that has just failed."""
    state = RetryCallState(Retrying(), None, (), {})
    state.set_exception((type(problem), problem, None))
    return state


def test_a_hint_comes_before_our_own_wait_and_three_writers_do_not_come_back_at_once() -> None:
    wait = hint_first(wait_fixed(3))

    hinted = [wait(state_after(Retry("salesforce.unavailable", "503", 20.0))) for _ in range(20)]

    assert all(20.0 <= seconds <= 20.0 + JITTER for seconds in hinted)
    assert len(set(hinted)) > 1
    assert wait(state_after(Retry("salesforce.unavailable", "503", 0.0))) <= JITTER
    assert wait(state_after(Retry("salesforce.unavailable", "503"))) == 3
