"""The pair of tokens: spent once, stored before used, never repeated blindly."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from freee_fakes import NOON, FakeClock, FakeTokenServer, WatchedVariables, answer
from freee_sync import settings
from freee_sync.errors import Retry, Stop, SyncError
from freee_sync.freee.pair import Credentials, Mark, Pair, fingerprint
from freee_sync.freee.tokens import Tokens, UnansweredError, UnsentError, was_linked

if TYPE_CHECKING:
    from freee_sync.freee.answers import Answer

TOKEN, MARK = "freee_sync_token", "freee_sync_token_in_flight"
APP = Credentials("client", "secret-word", company_id=1, refresh_token="seed-1")


def pair(access: str = "access-0", refresh: str = "refresh-0", minutes: float = 300, **changes: Any) -> Pair:
    """A pair grown from seed-1 whose access token lasts so many minutes."""
    expires_at = (NOON + timedelta(minutes=minutes)).isoformat()
    return replace(Pair(access, refresh, expires_at, "client", 1, fingerprint("seed-1")), **changes)


@dataclass
class World:
    """One user of the tokens, and what it talks to."""

    variables: WatchedVariables = field(default_factory=WatchedVariables)
    server: FakeTokenServer = field(default_factory=FakeTokenServer)
    clock: FakeClock = field(default_factory=FakeClock)
    masked: list[str] = field(default_factory=list)

    def tokens(self, credentials: Credentials = APP) -> Tokens:
        """A new user, as after a restart."""
        clock, mask = self.clock, self.masked.append
        return Tokens(self.variables, credentials, self.server.post, clock.now, clock.sleep, mask=mask)

    def store(self, stored: Pair) -> None:
        """Somebody stored a pair, and freee knows its refresh token."""
        self.variables.values[TOKEN] = stored.to_text()
        self.server.good = {stored.refresh}

    def mark(self, refresh: str, seconds_ago: float) -> None:
        """Somebody began to spend a refresh token so long ago."""
        at = (self.clock.now() - timedelta(seconds=seconds_ago)).isoformat()
        self.variables.values[MARK] = Mark(fingerprint(refresh), at).to_text()

    @property
    def stored(self) -> Pair:
        """The pair that the Variable holds."""
        found = Pair.from_text(self.variables.values.get(TOKEN))
        assert found is not None
        return found


@pytest.fixture
def world() -> World:
    """A freee that knows seed-1, and empty Variables."""
    return World()


def failure_of(tokens: Tokens) -> SyncError:
    """How asking for a token fails."""
    with pytest.raises(SyncError) as caught:
        tokens.access_token()
    return caught.value


def test_a_valid_pair_is_used_without_asking_freee(world: World) -> None:
    world.store(pair())

    assert world.tokens().access_token() == "access-0"
    assert world.server.spent == []
    assert world.variables.descriptions == {}  # nothing was written


@pytest.mark.parametrize(("minutes", "used"), [(5.1, "access-0"), (5, "access-1"), (-400, "access-1")])
def test_an_access_token_is_used_only_while_it_lasts_five_more_minutes(world: World, minutes: float, used: str) -> None:
    world.store(pair(minutes=minutes))

    assert world.tokens().access_token() == used


def test_the_first_pair_grows_from_the_connections_refresh_token(world: World) -> None:
    assert world.tokens().access_token() == "access-1"

    expires_at = (NOON + timedelta(hours=6)).isoformat()
    assert world.stored == Pair("access-1", "refresh-1", expires_at, "client", 1, fingerprint("seed-1"))
    assert world.server.urls == ["https://accounts.secure.freee.co.jp/public_api/token"]
    assert world.server.forms == [
        {
            "grant_type": "refresh_token",
            "client_id": "client",
            "client_secret": "secret-word",
            "refresh_token": "seed-1",
        }
    ]


def test_a_pair_keeps_its_seed_over_refreshes(world: World) -> None:
    for hours in (0, 7, 14):
        world.clock.time = NOON + timedelta(hours=hours)
        world.tokens().access_token()

    assert world.server.spent == ["seed-1", "refresh-1", "refresh-2"]
    assert world.stored.seed == fingerprint("seed-1")


def test_the_mark_is_written_before_the_spend_and_the_pair_before_its_use(world: World) -> None:
    seen: list[str] = []
    world.variables.before_set = seen.append
    post = world.server.post

    def watched(url: str, form: dict[str, str]) -> Answer:
        seen.append("POST")
        return post(url, form)

    tokens = replace(world.tokens(), post=watched)
    tokens.access_token()

    assert seen == [MARK, "POST", TOKEN, MARK]
    assert world.variables.values[MARK] == ""


def test_both_variables_keep_their_descriptions(world: World) -> None:
    world.tokens().access_token()

    assert world.variables.descriptions == {
        TOKEN: settings.VARIABLES["token"].description,
        MARK: settings.VARIABLES["token_in_flight"].description,
    }


def test_the_mark_holds_no_token(world: World) -> None:
    world.server.answers = [UnansweredError("cut")]

    failure_of(world.tokens())

    assert "seed-1" not in world.variables.values[MARK]
    assert fingerprint("seed-1") in world.variables.values[MARK]


def test_every_token_is_masked_before_it_is_used_or_sent(world: World) -> None:
    world.tokens().access_token()
    assert set(world.masked) == {"seed-1", "access-1", "refresh-1"}

    world.masked.clear()
    world.tokens().access_token()
    assert set(world.masked) == {"access-1", "refresh-1"}


def test_no_token_or_secret_shows_in_a_repr() -> None:
    shown = repr([APP, pair()])

    assert not [word for word in ("seed-1", "secret-word", "access-0", "refresh-0") if word in shown]


def test_a_store_that_fails_for_a_while_gets_the_pair_in_the_end(world: World) -> None:
    refusals = iter(range(5))

    def refuse(name: str) -> None:
        if name == TOKEN and next(refusals, None) is not None:
            raise RuntimeError("API server is down")

    world.variables.before_set = refuse

    assert world.tokens().access_token() == "access-1"
    assert world.stored.refresh == "refresh-1"
    assert world.server.spent == ["seed-1"]
    assert world.clock.slept == [1, 2, 4, 8, 16]


def test_a_pair_that_cannot_be_stored_is_not_used_and_said_to_be_lost(world: World) -> None:
    def refuse(name: str) -> None:
        if name == TOKEN:
            raise RuntimeError("API server is down")

    world.variables.before_set = refuse

    failure = failure_of(world.tokens())

    assert (type(failure), failure.code) == (Stop, "token.lost")
    assert TOKEN in failure.detail
    assert "access-1" not in failure.detail


def test_nothing_is_spent_while_the_variables_do_not_hold_what_is_written(world: World) -> None:
    def refuse(_: str) -> None:
        raise RuntimeError("API server is down")

    world.variables.before_set = refuse

    failure = failure_of(world.tokens())

    assert (type(failure), failure.code) == (Retry, "token.unavailable")
    assert world.server.spent == []


def test_nothing_is_spent_while_another_source_of_variables_shadows_ours(world: World) -> None:
    world.variables.get = lambda name: None  # type: ignore[method-assign]

    assert failure_of(world.tokens()).code == "token.unavailable"
    assert world.server.spent == []


def test_a_pair_that_could_not_be_read_at_first_is_used_and_the_seed_not_spent_again(world: World) -> None:
    world.store(pair())
    reads = iter([None])
    get = world.variables.get
    world.variables.get = lambda name: next(reads, get(name)) if name == TOKEN else get(name)  # type: ignore[method-assign]  # Airflow tells a failed read as a missing Variable

    assert world.tokens().access_token() == "access-0"
    assert world.server.spent == []


def test_the_loser_of_a_race_uses_the_winners_pair(world: World) -> None:
    world.store(pair(minutes=0))
    world.server.good = set()  # the winner has just spent refresh-0
    winner = pair("access-w", "refresh-w")
    world.clock.alarms[7] = lambda: world.variables.values.update({TOKEN: winner.to_text()})

    assert world.tokens().access_token() == "access-w"
    assert world.server.spent == ["refresh-0"]
    assert world.clock.slept == [2, 2, 2, 2]


def test_a_spend_in_flight_is_waited_for_instead_of_repeated(world: World) -> None:
    world.store(pair(minutes=0))
    world.mark("refresh-0", seconds_ago=10)
    winner = pair("access-w", "refresh-w")
    world.clock.alarms[20] = lambda: world.variables.values.update({TOKEN: winner.to_text()})

    assert world.tokens().access_token() == "access-w"
    assert world.server.spent == []


@pytest.mark.parametrize("seconds_ago", [59, -3600], ids=["young", "from a clock that is ahead"])
def test_a_spend_in_flight_is_waited_for_no_longer_than_a_minute(world: World, seconds_ago: float) -> None:
    world.store(pair(minutes=0))
    world.mark("refresh-0", seconds_ago)

    assert world.tokens().access_token() == "access-1"
    assert sum(world.clock.slept) <= 60


def test_a_mark_of_another_token_is_no_reason_to_wait(world: World) -> None:
    world.mark("refresh-of-last-year", seconds_ago=1)

    assert world.tokens().access_token() == "access-1"
    assert world.clock.slept == []


@pytest.mark.parametrize("status", [400, 401])
def test_a_dead_refresh_token_stops_after_half_a_minute_and_keeps_the_stored_pair(world: World, status: int) -> None:
    world.store(pair(minutes=0))
    world.server.answers = [answer(status, {"error": "invalid_grant"}, X_Freee_Request_ID="req-1")]

    failure = failure_of(world.tokens())

    assert (type(failure), failure.code) == (Stop, "token.invalid_grant")
    assert "req-1" in failure.detail
    assert sum(world.clock.slept) == 30
    assert world.stored.refresh == "refresh-0"


def test_a_dead_refresh_token_is_called_dead_again_next_time_not_lost(world: World) -> None:
    world.server.good = set()

    assert failure_of(world.tokens()).code == "token.invalid_grant"
    assert failure_of(world.tokens()).code == "token.invalid_grant"


def test_after_a_lost_answer_the_next_try_asks_once_more_and_says_the_answer_was_lost(world: World) -> None:
    world.store(pair(minutes=0))
    world.server.answers = [UnansweredError("read timed out")]
    world.server.good = set()

    first = failure_of(world.tokens())
    assert (type(first), first.code) == (Retry, "token.unavailable")
    assert world.server.spent == ["refresh-0"]

    world.clock.time += timedelta(minutes=5)
    second = failure_of(world.tokens())
    assert (type(second), second.code) == (Stop, "token.lost")
    assert world.server.spent == ["refresh-0", "refresh-0"]


def test_an_answer_lost_before_freee_spent_the_token_heals_by_itself(world: World) -> None:
    world.server.answers = [UnansweredError("read timed out")]

    failure_of(world.tokens())
    world.clock.time += timedelta(minutes=5)

    assert world.tokens().access_token() == "access-2"
    assert world.variables.values[MARK] == ""


@pytest.mark.parametrize(
    "cut",
    [answer(502, b"<html>Bad Gateway</html>"), answer(200, b'{"access_token":"acc'), answer(200, []), answer(302)],
)
def test_an_answer_without_tokens_may_have_spent_them_and_leaves_the_mark(world: World, cut: Answer) -> None:
    world.server.answers = [cut]

    failure = failure_of(world.tokens())

    assert (type(failure), failure.code) == (Retry, "token.unavailable")
    assert fingerprint("seed-1") in world.variables.values[MARK]
    assert len(world.server.spent) == 1


@pytest.mark.parametrize(
    ("body", "place"),
    [
        (b'{"access_token":"f0f0', "1行17文字目"),
        ({"access_token": 5}, "access_token"),
        ({"access_token": "a", "refresh_token": {}}, "refresh_token"),
        ({"access_token": "", "refresh_token": "f0f0"}, "access_token"),
        ({"access_token": "f0f0\n", "refresh_token": "r"}, "access_token"),
        ({"access_token": "トークン", "refresh_token": "r"}, "access_token"),
    ],
)
def test_an_answer_without_tokens_is_told_by_the_place_and_repeats_none(world: World, body: Any, place: str) -> None:
    world.server.answers = [answer(200, body)]

    with pytest.raises(Retry, match=rf"token\.unavailable: POST /public_api/token: 200 .*{place}") as told:
        world.tokens().access_token()

    assert "f0f0" not in told.value.detail


@pytest.mark.parametrize("expires_in", [10**17, 10**300, "9" * 5000, "1e9", -5, True, 0.5, None])
def test_no_figure_for_the_lifetime_can_cost_the_pair(world: World, expires_in: Any) -> None:
    body = {"access_token": "a", "refresh_token": "r", "expires_in": expires_in, "company_id": "1"}
    world.server.answers = [answer(200, body)]

    assert world.tokens().access_token() == "a"

    lasts = datetime.fromisoformat(world.stored.expires_at) - world.clock.now()
    assert timedelta(hours=1) < lasts <= timedelta(days=1)


def test_a_request_that_never_left_spends_nothing_and_leaves_no_mark(world: World) -> None:
    world.server.answers = [UnsentError("connection refused")]

    assert failure_of(world.tokens()).code == "token.unavailable"
    assert world.variables.values[MARK] == ""
    assert world.tokens().access_token() == "access-2"
    assert world.clock.slept == []


@pytest.mark.parametrize(
    ("refused", "code"),
    [
        (answer(401, {"error": "invalid_client"}), "token.invalid_client"),
        (answer(400, {"error": "invalid_request"}), "token.refused"),
        (answer(401, {"error": "a_code_of_next_year"}), "token.refused"),
        (answer(404), "token.refused"),
        (answer(403), "token.unavailable"),
        (answer(429, {"message": "too many"}), "token.unavailable"),
    ],
)
def test_a_refusal_spends_nothing_and_leaves_no_mark(world: World, refused: Answer, code: str) -> None:
    world.server.answers = [refused]

    failure = failure_of(world.tokens())

    assert failure.code == code
    assert isinstance(failure, Stop) == (code != "token.unavailable")
    assert world.variables.values[MARK] == ""


def test_a_new_refresh_token_in_the_connection_wins_over_the_stored_pair(world: World) -> None:
    world.store(pair())
    world.server.good = {"seed-2"}

    assert world.tokens(replace(APP, refresh_token="seed-2")).access_token() == "access-1"
    assert world.server.spent == ["seed-2"]
    assert world.stored.seed == fingerprint("seed-2")


def test_a_stored_pair_is_used_when_the_connections_refresh_token_was_taken_out(world: World) -> None:
    world.store(pair())

    assert world.tokens(replace(APP, refresh_token="")).access_token() == "access-0"


def test_a_pair_of_another_client_is_not_used(world: World) -> None:
    world.store(pair(client_id="another app"))
    world.server.good = {"seed-1"}

    assert world.tokens().access_token() == "access-1"


def test_a_pair_of_another_company_from_an_earlier_link_is_not_used(world: World) -> None:
    world.store(pair(company_id=2, seed=fingerprint("seed-of-company-2")))
    world.server.good = {"seed-1"}

    assert world.tokens().access_token() == "access-1"


def test_a_pair_of_another_company_from_this_very_link_stops_without_spending(world: World) -> None:
    world.store(pair(company_id=2))

    failure = failure_of(world.tokens())

    assert (type(failure), failure.code) == (Stop, "freee.company_not_found")
    assert world.server.spent == []


def test_authorising_another_company_is_told_and_cured_by_mending_the_connection(world: World) -> None:
    world.server.company_id = "2"

    failure = failure_of(world.tokens())

    assert failure.code == "freee.company_not_found"
    assert "2" in failure.detail
    assert "company_idは1" in failure.detail
    assert world.tokens(replace(APP, company_id=2)).access_token() == "access-1"


@pytest.mark.parametrize("company_id", [1, "1", None, "", "all"])
def test_the_company_comes_as_a_number_as_text_or_not_at_all(world: World, company_id: Any) -> None:
    world.server.company_id = company_id

    world.tokens().access_token()

    assert world.stored.company_id == 1


def test_a_refresh_token_that_freee_does_not_replace_is_kept(world: World) -> None:
    world.server.answers = [answer(200, {"access_token": "access-1"})]

    world.tokens().access_token()

    assert world.stored.refresh == "seed-1"
    assert world.stored.expires_at == (NOON + timedelta(hours=6)).isoformat()


def test_a_rejected_access_token_is_replaced(world: World) -> None:
    world.store(pair())

    assert world.tokens().refresh_after_rejection("access-0") == "access-1"
    assert world.server.spent == ["refresh-0"]


def test_a_rejected_access_token_that_somebody_already_replaced_costs_no_refresh(world: World) -> None:
    world.store(pair("access-w", "refresh-w"))

    assert world.tokens().refresh_after_rejection("access-0") == "access-w"
    assert world.server.spent == []


@pytest.mark.parametrize("text", ["", "   ", "***", "[]", "{}", "null", '{"access": "a"}'])
def test_a_variable_that_holds_no_pair_is_as_good_as_none(world: World, text: str) -> None:
    world.variables.values[TOKEN] = text

    assert world.tokens().access_token() == "access-1"


@pytest.mark.parametrize("changes", [{"expires_at": "soon"}, {"expires_at": "2026-11-24T12:00:00"}, {"access": ""}])
def test_a_pair_that_was_tampered_with_is_as_good_as_none(changes: dict[str, Any]) -> None:
    assert Pair.from_text(pair(**changes).to_text()) is None


@pytest.mark.parametrize("text", ["***", '{"refresh": "x", "at": "2026-11-24T12:00:00"}'])
def test_a_mark_that_cannot_be_read_is_none(text: str) -> None:
    assert Mark.from_text(text) is None


def test_without_any_refresh_token_it_is_not_linked(world: World) -> None:
    failure = failure_of(world.tokens(replace(APP, refresh_token="")))

    assert (type(failure), failure.code) == (Stop, "token.not_linked")
    assert world.server.spent == []


def test_a_stored_pair_says_that_it_was_linked_once(world: World) -> None:
    assert not was_linked(world.variables, "freee_sync_")
    world.variables.values[TOKEN] = " "
    assert not was_linked(world.variables, "freee_sync_")

    world.store(pair(client_id="another app"))

    assert was_linked(world.variables, "freee_sync_")
    assert not was_linked(world.variables, "second_company_")


def test_asking_whether_a_token_is_valid_never_refreshes(world: World) -> None:
    assert world.tokens().valid_access_token() is None
    world.store(pair(minutes=3))
    assert world.tokens().valid_access_token() is None
    world.store(pair())
    assert world.tokens().valid_access_token() == "access-0"
    assert world.server.spent == []


def test_threads_that_share_the_tokens_spend_one_refresh_token_once(world: World) -> None:
    got: list[str] = []
    post = world.server.post

    def interrupted(url: str, form: dict[str, str]) -> Answer:
        if not other.ident:
            other.start()
            other.join(timeout=0.3)  # long enough for it to post as well, were there no lock
        return post(url, form)

    tokens = replace(world.tokens(), post=interrupted)
    other = threading.Thread(target=lambda: got.append(tokens.access_token()))
    got.append(tokens.access_token())
    other.join()

    assert got == ["access-1"] * 2
    assert world.server.spent == ["seed-1"]


def test_two_users_never_post_the_same_refresh_token_while_one_waits_for_its_answer(world: World) -> None:
    other = world.tokens()
    post = world.server.post
    seen: list[str] = []

    def interrupted(url: str, form: dict[str, str]) -> Answer:
        world.clock.alarms[4] = lambda: world.variables.values.update({TOKEN: pair("access-w", "refresh-w").to_text()})
        seen.append(other.access_token())  # the other user comes while our request is under way
        return post(url, form)

    replace(world.tokens(), post=interrupted).access_token()

    assert seen == ["access-w"]
    assert world.server.spent == ["seed-1"]
