"""The hook against the sandbox's freee, over real HTTP: what it sends, and what it makes of whatever comes back."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tenacity import wait_none

from fakes import FakeVariables
from freee_sync.errors import Retry, Stop, SyncError
from freee_sync.freee import session as session_module
from freee_sync.freee.hook import FreeeHook, Pace
from freee_sync.freee.listing import Listing
from freee_sync.masters import BY_NAME, PARTNERS
from sandbox.company import Settings, Sizes
from sandbox.server import Sandbox, SandboxConfig
from sandbox.wire import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sandbox.wire import Call

TOKEN, MARK = "freee_sync_token", "freee_sync_token_in_flight"
ME = "/api/1/users/me"
TOKEN_CALL = "/public_api/token"


@dataclass
class Airflow:
    """One Airflow environment that is linked to a sandbox: its Connection, its Variables, and time that passes by sleeping."""

    sandbox: Sandbox
    patch: pytest.MonkeyPatch
    variables: FakeVariables = field(default_factory=FakeVariables)
    slept: list[float] = field(default_factory=list)

    def connect(self, **changes: Any) -> None:
        """Store the Connection, linked anew."""
        connection = {**self.sandbox.connections()["freee_default"], **changes}
        self.patch.setenv("AIRFLOW_CONN_FREEE_DEFAULT", json.dumps(connection))

    def hook(self, freee_conn_id: str = "freee_default") -> FreeeHook:
        """A hook as a new task would make it."""
        pace = Pace(between=wait_none(), sleep=self.sleep, now=self.sandbox.clock.now)
        return FreeeHook(freee_conn_id, variables=self.variables, pace=pace)

    def sleep(self, seconds: float) -> None:
        """Let the sandbox's time pass."""
        self.slept.append(seconds)
        self.sandbox.clock.advance(timedelta(seconds=seconds))

    def strike(self, path: str = ME, **fault: Any) -> None:
        """Let calls go wrong."""
        self.sandbox.freee_wire.add(Fault(path=path, **fault))

    def calls(self, path: str = ME) -> list[Call]:
        """The calls that freee got."""
        return self.sandbox.freee_wire.calls(path=path)

    @property
    def refreshes(self) -> int:
        """How many refresh tokens freee took."""
        return len([call for call in self.calls(TOKEN_CALL) if call.status == 200])

    @property
    def stored(self) -> dict[str, Any]:
        """The pair in the Variable."""
        pair: dict[str, Any] = json.loads(self.variables.values[TOKEN])
        return pair


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A company with more partners than a page holds."""
    with Sandbox(SandboxConfig(sizes=Sizes(partners=3100))) as running:
        yield running


@pytest.fixture
def airflow(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Airflow:
    """An environment that was linked just now and has not run yet; freee is well."""
    sandbox.freee_wire.heal()
    sandbox.freee_wire.clear()
    sandbox.company.settings = Settings()
    environment = Airflow(sandbox, monkeypatch)
    environment.connect()
    return environment


def failure_of(hook: FreeeHook, path: str = ME) -> SyncError:
    """How a GET fails."""
    with pytest.raises(SyncError) as caught:
        hook.get(path)
    return caught.value


# What it sends


@pytest.mark.parametrize("name", BY_NAME)
def test_lists_every_master_whole(airflow: Airflow, name: str) -> None:
    master, hook = BY_NAME[name], airflow.hook()

    for scope in master.scopes:
        listing = Listing(hook.get, master, scope, airflow.sandbox.company.id)
        rows = [row for page in listing.pages() for row in page.rows]
        assert listing.complete
        table = f"segment_tags_{scope.segment}" if scope.segment else scope.capability
        assert [row[master.key_field] for row in rows] == airflow.sandbox.company.keys(table)


def test_a_row_deleted_before_the_offset_is_noticed_and_no_living_row_is_lost(airflow: Airflow) -> None:
    hook, company = airflow.hook(), airflow.sandbox.company
    first = company.keys("partners")[0]

    def fetch(path: str, params: dict[str, Any]) -> dict[str, Any]:
        if params["offset"] and first in company.keys("partners"):
            company.remove("partners", first)
        return hook.get(path, params)

    listing = Listing(fetch, PARTNERS, PARTNERS.scopes[0], company.id)
    pages = list(listing.pages())

    again = [row["id"] for page in pages if page.sweep == 2 for row in page.rows]
    assert again == company.keys("partners")
    assert listing.complete


def test_sends_our_headers_and_nothing_of_the_connection(airflow: Airflow) -> None:
    airflow.hook().get(ME)

    (call,) = airflow.calls()
    assert call.headers["authorization"] == f"Bearer {airflow.stored['access']}"
    assert call.headers["x-api-version"] == "2020-06-15"
    assert call.headers["user-agent"].startswith("freee-sync/")
    extras = airflow.sandbox.connections()["freee_default"]["extra"]
    sent = json.dumps(dict(call.headers)) + str(call.query) + call.body.decode()
    assert not [name for name in (*extras, "login", "password") if name in sent]
    assert not [
        secret for secret in airflow.sandbox.issued_secrets() if secret in sent and secret != airflow.stored["access"]
    ]


def test_sends_the_secret_and_the_refresh_token_in_the_form_of_the_token_call_alone(airflow: Airflow) -> None:
    airflow.hook().get(ME)

    (call,) = airflow.calls(TOKEN_CALL)
    assert call.method == "POST"
    assert "authorization" not in call.headers
    assert call.query == ()
    assert airflow.sandbox.client_secret in call.body.decode()


def test_a_password_in_netrc_is_never_sent(airflow: Airflow, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    airflow.patch.setenv("NETRC", str(netrc))

    airflow.hook().get(ME)

    assert not [call for call in airflow.calls("") if "Basic" in call.headers.get("authorization", "")]


def test_extras_that_httphook_obeys_change_nothing(airflow: Airflow) -> None:
    extra = airflow.sandbox.connections()["freee_default"]["extra"]
    airflow.connect(extra={**extra, "verify": False, "timeout": 999, "X-Header": "from extras"})

    session = airflow.hook().get_conn()

    assert session.verify is True
    assert "X-Header" not in session.headers


def test_the_inherited_run_is_signed_as_well(airflow: Airflow) -> None:
    assert airflow.hook().run(ME).json()["user"]["email"] == "keiri@sandbox.example.jp"


def test_tokens_are_masked_in_airflows_logs(airflow: Airflow) -> None:
    from airflow.sdk.log import mask_logs

    airflow.hook().get(ME)

    pair = airflow.stored
    event = mask_logs(None, "info", {"event": f"{pair['access']} {pair['refresh']}"})
    assert event == {"event": "*** ***"}


def test_the_session_itself_refuses_plain_http_to_anything_but_a_sandbox(airflow: Airflow) -> None:
    with pytest.raises(Stop, match=r"settings\.insecure"):
        airflow.hook().get_conn().get("http://api.freee.co.jp/api/1/users/me")


# What it makes of an answer


def test_an_expired_token_is_refreshed_once_and_the_request_repeated(airflow: Airflow) -> None:
    airflow.hook().get(ME)
    airflow.sandbox.tokens.revoke(airflow.stored["access"])

    assert airflow.hook().get(ME)["user"]
    assert [call.status for call in airflow.calls()] == [200, 401, 200]
    assert airflow.refreshes == 2


def test_after_six_hours_the_pair_is_refreshed_before_freee_has_to_refuse(airflow: Airflow) -> None:
    airflow.hook().get(ME)
    airflow.sandbox.clock.advance(timedelta(hours=6, minutes=1))

    airflow.hook().get(ME)

    assert [call.status for call in airflow.calls()] == [200, 200]
    assert airflow.refreshes == 2


def test_a_token_that_freee_refuses_even_when_new_stops(airflow: Airflow) -> None:
    airflow.strike(status=401, body={"message": "A", "code": "expired_access_token"}, times=None)

    failure = failure_of(airflow.hook())

    assert (type(failure), failure.code) == (Stop, "freee.expired_access_token")
    assert len(airflow.calls()) == 2


@pytest.mark.parametrize(
    ("fault", "code", "calls"),
    [
        ({"status": 500}, "freee.unavailable", 3),
        ({"status": 502, "body": "<html>Bad Gateway</html>"}, "freee.unavailable", 3),
        ({"cut": True}, "freee.unavailable", 3),
        ({"body": '{"user":{"id":1', "cut": True}, "freee.bad_answer", 3),
        ({"body": '{"user":{"id":1'}, "freee.bad_answer", 3),
        ({"body": "<html>ok</html>"}, "freee.bad_answer", 3),
        ({"body": []}, "freee.bad_answer", 3),
        ({"status": 302, "headers": {"Location": "http://127.0.0.1:9/"}}, "freee.bad_answer", 3),
        ({"status": 503, "body": "<html>maintenance</html>"}, "freee.maintenance", 1),
        ({"status": 400, "body": {"message": "A"}}, "freee.refused", 1),
        ({"status": 401, "body": {"code": "freee_plan_limit"}}, "freee.freee_plan_limit", 1),
        ({"status": 403, "body": {"code": "access_denied"}}, "freee.access_denied", 1),
    ],
)
def test_only_what_the_next_try_may_cure_is_tried_three_times(
    airflow: Airflow, fault: dict[str, Any], code: str, calls: int
) -> None:
    airflow.strike(times=None, **fault)

    assert failure_of(airflow.hook()).code == code
    assert len(airflow.calls()) == calls


def test_a_third_try_that_passes_is_as_good_as_a_first(airflow: Airflow) -> None:
    airflow.strike(status=502, times=2)

    assert airflow.hook().get(ME)["user"]
    assert len(airflow.calls()) == 3


def test_a_freee_that_says_nothing_is_given_up(airflow: Airflow) -> None:
    airflow.patch.setattr(session_module, "TIMEOUT", (1.0, 0.1))
    airflow.hook().get("/api/1/companies")  # so that the token call is not the one that waits
    airflow.strike(delay=1.0, times=None)

    failure = failure_of(airflow.hook())

    assert (type(failure), failure.code) == (Retry, "freee.unavailable")
    assert "ReadTimeout" in failure.detail


def test_the_detail_names_freees_request(airflow: Airflow) -> None:
    airflow.sandbox.company.settings = Settings(withdrawn={"partners"})

    hook = airflow.hook()
    with pytest.raises(Stop) as refused:
        hook.get("/api/1/partners", {"company_id": airflow.sandbox.company.id})

    assert refused.value.code == "freee.user_do_not_have_permission"
    assert "GET /api/1/partners: 401" in refused.value.detail
    assert "X-Freee-Request-ID: " in refused.value.detail


def test_a_block_is_waited_out_once_in_a_hooks_life(airflow: Airflow) -> None:
    hook = airflow.hook()
    airflow.strike(status=403, body={"message": "A"})

    assert hook.get(ME)["user"]
    assert airflow.slept == [600]

    airflow.strike(status=429, headers={"Retry-After": "30"})
    assert failure_of(hook).code == "freee.blocked"
    assert airflow.slept == [600]


def test_a_block_is_waited_out_as_long_as_freee_asks(airflow: Airflow) -> None:
    airflow.strike(status=429, headers={"Retry-After": "30"})

    assert airflow.hook().get(ME)["user"]
    assert airflow.slept == [30]


def test_a_block_of_more_than_twelve_minutes_is_a_daily_limit_and_not_waited_out(airflow: Airflow) -> None:
    airflow.strike(status=429, headers={"Retry-After": "721"})

    failure = failure_of(airflow.hook())

    assert isinstance(failure, Retry)
    assert (failure.code, failure.wait_seconds) == ("freee.blocked", 721)
    assert airflow.slept == []


# Tokens


def test_an_unreachable_accounts_server_spends_nothing(airflow: Airflow) -> None:
    extra = airflow.sandbox.connections()["freee_default"]["extra"]
    airflow.connect(extra={**extra, "accounts_url": "http://127.0.0.1:9"})  # the discard port: nobody listens

    assert failure_of(airflow.hook()).code == "token.unavailable"
    assert airflow.variables.values[MARK] == ""
    assert airflow.calls("") == []


def test_a_spend_whose_answer_was_lost_is_told_as_such(airflow: Airflow) -> None:
    airflow.strike(TOKEN_CALL, after=True, cut=True)

    first = failure_of(airflow.hook())
    airflow.sandbox.clock.advance(timedelta(minutes=5))
    second = failure_of(airflow.hook())

    assert (type(first), first.code) == (Retry, "token.unavailable")
    assert (type(second), second.code) == (Stop, "token.lost")
    assert len(airflow.calls(TOKEN_CALL)) == 2


def test_linking_anew_heals_a_lost_link(airflow: Airflow) -> None:
    airflow.hook().get(ME)
    airflow.sandbox.tokens.revoke_all()
    assert failure_of(airflow.hook()).code == "token.invalid_grant"

    airflow.connect()

    assert airflow.hook().get(ME)["user"]


def test_a_wrong_client_secret_is_told_and_spends_nothing(airflow: Airflow) -> None:
    airflow.connect(password="not the secret")
    assert failure_of(airflow.hook()).code == "token.invalid_client"


def test_two_tasks_at_once_spend_one_refresh_token(airflow: Airflow) -> None:
    pace = Pace(sleep=lambda _: time.sleep(0.01), now=airflow.sandbox.clock.now)
    together = threading.Barrier(2)
    got: list[Any] = []

    def task() -> None:
        hook = FreeeHook(variables=airflow.variables, pace=pace)
        together.wait()
        got.append(hook.get(ME)["user"]["id"])

    tasks = [threading.Thread(target=task) for _ in range(2)]
    for each in tasks:
        each.start()
    for each in tasks:
        each.join()

    assert len(got) == 2
    assert airflow.refreshes == 1


# What check_link asks


def test_tells_the_company_the_user_and_the_rights(airflow: Airflow) -> None:
    company = airflow.sandbox.company
    company.settings = Settings(withdrawn={"items"})
    hook = airflow.hook()

    assert hook.company() == (company.id, company.name)
    assert hook.user() == "経理 花子 keiri@sandbox.example.jp"
    rights = hook.capabilities()
    assert (rights["partners"], rights["items"]) == (True, False)
    assert {scope.capability for master in BY_NAME.values() for scope in master.scopes} <= set(rights)


def test_a_company_that_the_user_is_not_in_stops(airflow: Airflow) -> None:
    airflow.strike("/api/1/companies", body={"companies": [{"id": 1, "display_name": "他社"}]})

    with pytest.raises(Stop, match=r"freee\.company_not_found.*freee_default") as refused:
        airflow.hook().company()

    assert str(airflow.sandbox.company.id) in refused.value.detail


@pytest.mark.parametrize("ask", [FreeeHook.company, FreeeHook.user])
@pytest.mark.parametrize("body", [{}, {"companies": None, "user": []}])
def test_an_answer_without_what_was_asked_for_is_a_bad_one(airflow: Airflow, ask: Any, body: Any) -> None:
    airflow.strike("/api/1/", body=body)

    with pytest.raises(Retry, match=r"freee\.bad_answer"):
        ask(airflow.hook())


def test_knows_whether_anybody_ever_linked(airflow: Airflow) -> None:
    assert airflow.hook().is_linked()

    airflow.connect(extra={"company_id": 1})
    assert not airflow.hook().is_linked()

    airflow.patch.delenv("AIRFLOW_CONN_FREEE_DEFAULT")
    assert not airflow.hook().is_linked()

    airflow.variables.values[TOKEN] = "a pair of long ago"
    assert airflow.hook().is_linked()


def test_a_missing_connection_is_named(airflow: Airflow) -> None:
    failure = failure_of(airflow.hook("freee_of_nobody"))

    assert failure.code == "settings.connection"
    assert "freee_of_nobody" in failure.detail


# The UI's button


def test_the_button_asks_freee_with_the_stored_token(airflow: Airflow) -> None:
    airflow.hook().get(ME)

    ok, message = airflow.hook().test_connection()

    company = airflow.sandbox.company
    assert ok
    assert message == (
        f"freeeに接続できました。事業所: {company.name} ({company.id})、認可した人: 経理 花子 keiri@sandbox.example.jp"
    )
    assert airflow.refreshes == 1


def test_the_button_never_refreshes(airflow: Airflow) -> None:
    ok, message = airflow.hook().test_connection()

    assert ok
    assert "freeeには問い合わせていません" in message
    assert airflow.calls("") == []


def test_the_button_tells_that_freee_refuses_the_stored_token_without_refreshing_it(airflow: Airflow) -> None:
    airflow.hook().get(ME)
    airflow.sandbox.tokens.revoke(airflow.stored["access"])

    ok, message = airflow.hook().test_connection()

    assert not ok
    assert "expired_access_token" in message
    assert airflow.refreshes == 1


@pytest.mark.parametrize("changes", [{"login": ""}, {"host": "http://api.freee.co.jp"}])
def test_the_button_names_what_is_wrong_with_the_fields(airflow: Airflow, changes: dict[str, Any]) -> None:
    airflow.connect(**changes)

    ok, message = airflow.hook().test_connection()

    assert not ok
    assert "login" in message or "http://api.freee.co.jp" in message
