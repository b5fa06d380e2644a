"""The sandbox's freee gives out tokens as freee does: for six hours, ninety days, and one use."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from freee_client import TIMEOUT, FreeeClient
from sandbox.company import Sizes
from sandbox.server import Sandbox, SandboxConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

    import requests

INVALID_GRANT = {
    "error": "invalid_grant",
    "error_description": "指定された認可グラントは不正か、有効期限切れか、無効か、リダイレクトURIが異なるか、もしくは別のクライアントに適用されています。",
}


@pytest.fixture
def freee() -> Iterator[FreeeClient]:
    """A small company, linked."""
    with Sandbox(SandboxConfig(sizes=Sizes(partners=5, account_items=5))) as sandbox:
        yield FreeeClient(sandbox)


def authorize(freee: FreeeClient, answer: str = "allow", **query: str) -> requests.Response:
    """Open the page that asks a person, as our app unless the query says otherwise, and answer it."""
    asked = {
        "response_type": "code",
        "client_id": freee.sandbox.client_id,
        "redirect_uri": "http://localhost/back",
    } | query
    url = f"{freee.sandbox.freee_url}/public_api/authorize"
    page = freee.session.get(url, params=asked, allow_redirects=False, timeout=TIMEOUT)
    if page.status_code != 200:
        return page
    return freee.session.post(url, data=asked | {"answer": answer}, allow_redirects=False, timeout=TIMEOUT)


def code_of(answer: requests.Response) -> str:
    """The code that a redirect carries."""
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def test_a_token_answer_has_freees_shape(freee: FreeeClient) -> None:
    answer = freee.grant(refresh_token=freee.tokens["refresh_token"]).json()

    assert set(answer) == {
        "access_token", "token_type", "expires_in", "refresh_token", "scope", "created_at", "company_id", "external_cid",
    }  # fmt: skip
    assert answer["company_id"] == str(freee.sandbox.company.id)
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("bearer", 21600, "read write")


def test_a_refresh_kills_the_access_token_before(freee: FreeeClient) -> None:
    assert freee.get("tags").status_code == 200

    freee.grant(refresh_token=freee.tokens["refresh_token"])

    answer = freee.get("tags")
    assert (answer.status_code, answer.json()) == (
        401,
        {"message": "アクセスする権限がありません", "code": "expired_access_token"},
    )


def test_a_refresh_token_is_good_for_one_use(freee: FreeeClient) -> None:
    refresh = freee.tokens["refresh_token"]

    first, second = freee.grant(refresh_token=refresh), freee.grant(refresh_token=refresh)

    assert first.status_code == 200
    assert (second.status_code, second.json()) == (401, INVALID_GRANT)
    assert freee.sandbox.tokens.accepted(refresh) == 1


def test_an_access_token_lives_six_hours(freee: FreeeClient) -> None:
    freee.sandbox.clock.advance(timedelta(hours=6, seconds=-30))
    assert freee.get("tags").status_code == 200

    freee.sandbox.clock.advance(timedelta(seconds=30))

    assert freee.code("tags") == "expired_access_token"


def test_a_refresh_token_lives_ninety_days(freee: FreeeClient) -> None:
    early, late = freee.sandbox.link(), freee.sandbox.link()

    freee.sandbox.clock.advance(timedelta(days=90, seconds=-30))
    assert freee.grant(refresh_token=early).status_code == 200
    freee.sandbox.clock.advance(timedelta(seconds=60))

    assert freee.grant(refresh_token=late).json() == INVALID_GRANT


def test_another_client_is_not_let_in_and_spends_nothing(freee: FreeeClient) -> None:
    refresh = freee.tokens["refresh_token"]

    answer = freee.grant(refresh_token=refresh, client_secret="guessed")

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
    assert freee.grant(refresh_token=refresh).status_code == 200


def test_a_person_authorises_by_redirect(freee: FreeeClient) -> None:
    answer = authorize(freee, state="s p")

    code = code_of(answer)
    assert answer.status_code == 302
    assert parse_qs(urlsplit(answer.headers["location"]).query)["state"] == ["s p"]
    assert freee.grant("authorization_code", code=code, redirect_uri="http://localhost/back").status_code == 200
    assert freee.grant("authorization_code", code=code, redirect_uri="http://localhost/back").json() == INVALID_GRANT


def test_a_code_is_for_its_redirect_and_ten_minutes(freee: FreeeClient) -> None:
    elsewhere, late = code_of(authorize(freee)), code_of(authorize(freee))

    assert freee.grant("authorization_code", code=elsewhere, redirect_uri="http://elsewhere/").json() == INVALID_GRANT
    freee.sandbox.clock.advance(timedelta(minutes=11))
    assert freee.grant("authorization_code", code=late, redirect_uri="http://localhost/back").json() == INVALID_GRANT


def test_a_person_who_does_not_allow_sends_the_app_away_without_a_code(freee: FreeeClient) -> None:
    back = parse_qs(urlsplit(authorize(freee, "deny", state="s").headers["location"]).query)

    assert (back["error"], back["state"]) == (["access_denied"], ["s"])
    assert "code" not in back


def test_the_page_offers_every_company_and_the_tokens_are_for_the_chosen_one(freee: FreeeClient) -> None:
    freee.sandbox.company.settings.other_companies = {77: "別の事業所"}
    asked = {"response_type": "code", "client_id": freee.sandbox.client_id, "redirect_uri": "http://localhost/back"}
    url = f"{freee.sandbox.freee_url}/public_api/authorize"
    assert "別の事業所" in freee.session.get(url, params=asked, timeout=TIMEOUT).text

    code = code_of(authorize(freee, company_id="77"))

    pair = freee.grant("authorization_code", code=code, redirect_uri="http://localhost/back").json()
    assert pair["company_id"] == "77"
    assert freee.grant(refresh_token=pair["refresh_token"]).json()["company_id"] == "77"


def test_with_pkce_only_the_one_who_asked_can_use_the_code(freee: FreeeClient) -> None:
    """The verifier and its challenge are those of RFC 7636, appendix B."""
    challenge = {"code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256"}
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    form = {"redirect_uri": "http://localhost/back"}

    stolen = freee.grant("authorization_code", code=code_of(authorize(freee, **challenge)), **form)
    kept = freee.grant(
        "authorization_code", code=code_of(authorize(freee, **challenge)), code_verifier=verifier, **form
    )

    assert stolen.json() == INVALID_GRANT
    assert kept.status_code == 200


def test_out_of_band_the_page_shows_the_code(freee: FreeeClient) -> None:
    out_of_band = "urn:ietf:wg:oauth:2.0:oob"

    page = authorize(freee, redirect_uri=out_of_band).text

    code = page.partition("authorization_code'>")[2].partition("<")[0]
    assert freee.grant("authorization_code", code=code, redirect_uri=out_of_band).status_code == 200


@pytest.mark.parametrize("query", [{"client_id": "unknown"}, {"response_type": "token"}, {"redirect_uri": ""}])
def test_a_bad_authorize_gives_no_code(freee: FreeeClient, query: dict[str, str]) -> None:
    assert authorize(freee, **query).status_code in {400, 401}


def test_a_grant_that_freee_does_not_know_is_refused(freee: FreeeClient) -> None:
    assert freee.grant("client_credentials").json()["error"] == "unsupported_grant_type"


def test_a_revoked_pair_is_dead(freee: FreeeClient) -> None:
    client = {"client_id": freee.sandbox.client_id, "client_secret": freee.sandbox.client_secret}
    url = f"{freee.sandbox.freee_url}/public_api/revoke"

    freee.session.post(url, data=client | {"token": freee.tokens["refresh_token"]}, timeout=TIMEOUT).raise_for_status()

    assert freee.code("tags") == "expired_access_token"
    assert freee.grant(refresh_token=freee.tokens["refresh_token"]).json() == INVALID_GRANT


def test_the_ledger_knows_every_secret(freee: FreeeClient) -> None:
    code = code_of(authorize(freee))
    pair = freee.grant("authorization_code", code=code, redirect_uri="http://localhost/back").json()

    assert freee.sandbox.issued_secrets() >= {
        freee.sandbox.client_secret,
        freee.sandbox.consumer_secret,
        code,
        pair["access_token"],
        pair["refresh_token"],
        freee.tokens["refresh_token"],
    }
