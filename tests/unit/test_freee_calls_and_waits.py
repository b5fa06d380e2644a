"""How often freee is asked, how often a token is spent, and how long we wait in between: counted, never slept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
import requests

from fakes import FakeVariables
from freee_fakes import FakeClock
from freee_sync.errors import SyncError
from freee_sync.freee.hook import FreeeHook, Pace
from scripted_web import Said, ScriptedWeb, said

TOKEN, API = "/public_api/token", "/api/1/"

HTML = b"<html><body>503</body></html>"
IN_TWO_MINUTES = "2026-11-24T21:02:00+09:00"  # FakeClock begins at noon UTC
IN_A_DAY = "2026-11-25T21:00:00+09:00"


def good() -> requests.Response:
    """An answer to any call."""
    return said(200, {"items": []})


def pair(number: int = 1) -> requests.Response:
    """A new pair of tokens."""
    body = {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}", "token_type": "bearer"}
    return said(200, {**body, "expires_in": 21600, "company_id": "1"})


def expired() -> requests.Response:
    """The access token is not known, or no longer."""
    return said(401, {"message": "アクセスする権限がありません", "code": "expired_access_token"})


def silence() -> Exception:
    """Nothing comes back in time."""
    return requests.ReadTimeout("read timed out")


def cut() -> Exception:
    """The connection ends in the middle of an answer."""
    return requests.exceptions.ChunkedEncodingError("cut")


@dataclass(frozen=True)
class Play:
    """One GET to freee by a task that has no access token yet, and all that comes of it.

    :param api: answers to the GET and its repetitions; the last one stays.
    :param token: answers of the token endpoint.
    :param calls: how often the GET was made.
    :param tokens: how often a refresh token was posted.
    :param waits: seconds between tries, at least; jitter adds up to one. None where the waits are looks for another user's pair.
    :param code: what it ended with; None when it went well.
    """

    api: Sequence[Said]
    token: Sequence[Said] = ()
    calls: int = 1
    tokens: int = 1
    waits: tuple[float, ...] | None = ()
    code: str | None = None


BLOCK = 600

PLAYS = {
    "all is well": Play([good()]),
    "500 once": Play([said(500), good()], calls=2, waits=(1,)),
    "500 for ever": Play([said(500)], calls=3, waits=(1, 2), code="freee.unavailable"),
    "502 that asks for 7 seconds": Play([said(502, HTML, Retry_After="7"), good()], calls=2, waits=(7,)),
    "502 that asks for an hour is left to Airflow": Play([said(502, Retry_After="3600")], code="freee.unavailable"),
    "no answer for ever": Play([silence()], calls=3, waits=(1, 2), code="freee.unavailable"),
    "cut in the middle once": Play([cut(), good()], calls=2, waits=(1,)),
    "cut JSON": Play([said(200, b'{"items":[')], calls=3, waits=(1, 2), code="freee.bad_answer"),
    "maintenance is left to Airflow": Play([said(503, HTML)], code="freee.maintenance"),
    "429 that names its end": Play([said(429, x_ratelimit_reset=IN_TWO_MINUTES), good()], calls=2, waits=(120,)),
    "429 that asks for 90 seconds": Play([said(429, Retry_After="90"), good()], calls=2, waits=(90,)),
    "429 until tomorrow is left to Airflow": Play([said(429, x_ratelimit_reset=IN_A_DAY)], code="freee.blocked"),
    "403 without a code": Play([said(403), good()], calls=2, waits=(BLOCK,)),
    "403 without a code for ever": Play([said(403)], calls=2, waits=(BLOCK,), code="freee.blocked"),
    "500, then blocked, then 500, then good": Play(
        [said(500), said(403), said(500), good()], calls=4, waits=(1, BLOCK, 1)
    ),
    "403 `access_denied`": Play([said(403, {"code": "access_denied"})], code="freee.access_denied"),
    "the right is missing": Play(
        [said(401, {"code": "user_do_not_have_permission"})], code="freee.user_do_not_have_permission"
    ),
    "the token has expired": Play([expired(), good()], [pair(1), pair(2)], calls=2, tokens=2),
    "every token has expired": Play(
        [expired()], [pair(1), pair(2)], calls=2, tokens=2, code="freee.expired_access_token"
    ),
    "the token has expired, then 500 once": Play(
        [expired(), said(500), good()], [pair(1), pair(2)], calls=3, tokens=2, waits=(1,)
    ),
    "the refresh is silent": Play([good()], [silence()], calls=0, code="token.unavailable"),
    "the refresh is not connected": Play(
        [good()], [requests.ConnectTimeout("no route")], calls=0, code="token.unavailable"
    ),
    "the refresh answers 500": Play([good()], [said(500, HTML)], calls=0, code="token.unavailable"),
    "the refresh answers cut JSON": Play([good()], [said(200, b'{"access')], calls=0, code="token.unavailable"),
    "the app is unknown": Play(
        [good()], [said(401, {"error": "invalid_client"})], calls=0, code="token.invalid_client"
    ),
    "the refresh is refused": Play([good()], [said(400, {"error": "invalid_request"})], calls=0, code="token.refused"),
    "the link is gone": Play(
        [good()], [said(401, {"error": "invalid_grant"})], calls=0, waits=None, code="token.invalid_grant"
    ),
}


@pytest.fixture(autouse=True)
def connection(monkeypatch: pytest.MonkeyPatch) -> None:
    """freee, linked just now."""
    extra = {"company_id": 1, "refresh_token": "seed"}
    fields = {"conn_type": "freee", "login": "id", "password": "secret", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_FREEE_DEFAULT", json.dumps(fields))


def web_of(monkeypatch: pytest.MonkeyPatch, play: Play) -> ScriptedWeb:
    """The network of one play."""
    web = ScriptedWeb({TOKEN: play.token or [pair()], API: play.api})
    web.take_over(monkeypatch)
    return web


def ending(hook: FreeeHook) -> str | None:
    """What one GET ends with."""
    try:
        hook.get("/api/1/items")
    except SyncError as problem:
        return problem.code
    return None


@pytest.mark.parametrize("play", PLAYS.values(), ids=PLAYS)
def test_freee_is_asked_so_often_and_left_alone_so_long(monkeypatch: pytest.MonkeyPatch, play: Play) -> None:
    web, clock = web_of(monkeypatch, play), FakeClock()
    hook = FreeeHook(variables=FakeVariables(), pace=Pace(sleep=clock.sleep, now=clock.now))

    assert ending(hook) == play.code

    assert web.count(TOKEN) == play.tokens
    assert web.count(API) == play.calls
    if play.waits is None:
        assert 0 < sum(clock.slept) <= 30
        return
    assert len(clock.slept) == len(play.waits)
    for seconds, least in zip(clock.slept, play.waits, strict=True):
        assert least <= seconds <= least + 1


def test_a_block_is_waited_out_once_in_the_life_of_a_task(monkeypatch: pytest.MonkeyPatch) -> None:
    web, clock = web_of(monkeypatch, Play([said(403), good(), said(403)])), FakeClock()
    hook = FreeeHook(variables=FakeVariables(), pace=Pace(sleep=clock.sleep, now=clock.now))

    assert [ending(hook) for _ in range(3)] == [None, "freee.blocked", "freee.blocked"]

    assert clock.slept == [BLOCK]
    assert web.count(API) == 4


@pytest.mark.parametrize(("asked", "slept"), [("720", [720.0]), ("721", [])])
def test_a_block_is_waited_out_for_twelve_minutes_at_most(
    monkeypatch: pytest.MonkeyPatch, asked: str, slept: list[float]
) -> None:
    web_of(monkeypatch, Play([said(429, Retry_After=asked)]))
    clock = FakeClock()

    assert ending(FreeeHook(variables=FakeVariables(), pace=Pace(sleep=clock.sleep, now=clock.now))) == "freee.blocked"

    assert clock.slept == slept
