"""The sandbox's Salesforce over real HTTP: log-in, sessions, limits, addresses, and its control from outside."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from simple_salesforce.exceptions import SalesforceAuthenticationFailed

from salesforce_client import DATA, Client, error_of
from salesforce_org import PARTNER, later, partner, upsert

TOKEN = "/services/oauth2/token"
CONTROL = "/_sandbox/salesforce"


def test_client_credentials_log_in_as_the_integration_user(client: Client) -> None:
    salesforce = client.log_in(**client.app)
    (organization,) = salesforce.query("SELECT Id FROM Organization")["records"]
    assert organization["Id"] == client.org.organization_id
    assert client.org.sessions.user(salesforce.session_id) is client.org.integration


def test_user_name_and_password_log_in_by_oauth(client: Client) -> None:
    salesforce = client.log_in(
        username=client.org.admin.username,
        password=client.org.admin.password,
        **client.app,
    )
    assert client.org.sessions.user(salesforce.session_id) is client.org.admin


def test_user_name_password_and_security_token_log_in_by_soap(client: Client) -> None:
    user = client.org.integration
    salesforce = client.log_in(username=user.username, password=user.password, security_token=user.security_token)
    assert client.org.sessions.user(salesforce.session_id) is user
    assert salesforce.sf_instance == urlsplit(client.url).netloc


@pytest.mark.parametrize(
    ("credentials", "code", "message"),
    [
        ({"consumer_key": "no", "consumer_secret": "no"}, "invalid_client_id", "client identifier invalid"),
        ({"consumer_secret": "no"}, "invalid_client", "invalid client credentials"),
        ({"username": "sync@sandbox.example", "password": "no"}, "invalid_grant", "authentication failure"),
        (
            {"username": "sync@sandbox.example", "password": "no", "security_token": "no"},
            "INVALID_LOGIN",
            "Invalid username, password, security token; or user locked out.",
        ),
    ],
)
def test_a_refused_log_in_says_why(client: Client, credentials: dict[str, str], code: str, message: str) -> None:
    with pytest.raises(SalesforceAuthenticationFailed) as refused:
        client.log_in(**(client.app | credentials))
    assert str(refused.value) == f"Authentication failed (code: {code}): {message}"


def test_client_credentials_need_a_user_to_run_as(client: Client) -> None:
    client.org.client_credentials_user = None
    with pytest.raises(SalesforceAuthenticationFailed, match="no client credentials user enabled"):
        client.log_in(**client.app)


def test_other_grants_are_not_supported(client: Client) -> None:
    form = {
        "grant_type": "x",
        "client_id": client.org.consumer_key,
        "client_secret": client.org.consumer_secret,
    }
    answer = client.bare("POST", TOKEN, data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize("authorization", ["Basic %%%", "Basic /w=="])
def test_a_spoilt_basic_header_is_no_client(client: Client, authorization: str) -> None:
    answer = client.bare("POST", TOKEN, authorization, data={"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_client")


def test_the_soap_log_in_is_gone_from_version_65_on(client: Client) -> None:
    user = client.org.integration
    with pytest.raises(SalesforceAuthenticationFailed, match="UNSUPPORTED_API_VERSION"):
        client.log_in(
            username=user.username, password=user.password, security_token=user.security_token, version="65.0"
        )


def test_a_soap_log_in_that_is_no_xml_is_a_fault(client: Client) -> None:
    answer = client.bare("POST", "/services/Soap/u/59.0", data="<a>&</a>")
    assert (answer.status_code, "CLIENT_ERROR" in answer.text) == (500, True)


def test_userinfo_tells_user_and_organization(client: Client) -> None:
    told = client.call("GET", "/services/oauth2/userinfo").json()
    assert told["organization_id"] == client.org.organization_id
    assert told["preferred_username"] == client.org.integration.username


@pytest.mark.parametrize(
    ("authorization", "code"),
    [(None, "INVALID_AUTH_HEADER"), ("Basic eDp5", "INVALID_AUTH_HEADER"), ("Bearer no", "INVALID_SESSION_ID")],
)
def test_a_call_without_a_session_is_refused(client: Client, authorization: str | None, code: str) -> None:
    answer = client.bare("GET", f"{DATA}/limits", authorization)
    assert error_of(answer) == (401, code)


@pytest.mark.parametrize("scheme", ["Bearer", "OAuth"])
def test_a_session_that_was_expired_is_refused(client: Client, scheme: str) -> None:
    # given
    authorization = f"{scheme} {client.org.sessions.open(client.org.integration)}"
    assert client.bare("GET", f"{DATA}/limits", authorization).status_code == 200
    # when
    client.org.expire_sessions()
    # then
    answer = client.bare("GET", f"{DATA}/limits", authorization)
    assert answer.status_code == 401
    assert answer.json() == [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]


def test_a_session_ends_two_hours_after_its_last_use(client: Client) -> None:
    # given
    authorization = f"Bearer {client.org.sessions.open(client.org.integration)}"
    for _ in range(2):
        later(client.org, hours=1, minutes=59)
        assert client.bare("GET", f"{DATA}/limits", authorization).status_code == 200
    # when
    later(client.org, hours=2, seconds=1)
    # then
    assert error_of(client.bare("GET", f"{DATA}/limits", authorization)) == (401, "INVALID_SESSION_ID")


def test_every_answer_tells_how_much_of_the_daily_limit_is_used(client: Client) -> None:
    client.org.daily_limit = 5000
    for used in (1, 2):
        assert client.call("GET", f"{DATA}/limits").headers["Sforce-Limit-Info"] == f"api-usage={used}/5000"
    assert client.call("GET", f"{DATA}/sobjects/No__c/describe").headers["Sforce-Limit-Info"] == "api-usage=3/5000"


def test_beyond_the_daily_limit_calls_are_refused_and_not_counted(client: Client) -> None:
    client.org.daily_limit = 1
    assert client.call("GET", f"{DATA}/limits").json()["DailyApiRequests"] == {"Max": 1, "Remaining": 0}
    for _ in range(2):
        answer = client.call("GET", f"{DATA}/limits")
        assert error_of(answer) == (403, "REQUEST_LIMIT_EXCEEDED")
        assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/1"


def test_an_address_that_is_too_long_is_refused(client: Client) -> None:
    keys = ", ".join(f"'{each}'" for each in range(3000))
    assert client.query(f"SELECT Id FROM FreeePartner__c WHERE FreeeKey__c IN ({keys})").status_code == 414  # noqa: S608 - SOQL


@pytest.mark.parametrize("path", [f"{DATA}/nothing", "/services/data/v99.0/limits", "/services/data/x/limits"])
def test_an_unknown_address_is_not_found(client: Client, path: str) -> None:
    assert client.call("GET", path).json() == [
        {"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}
    ]


def test_a_wrong_method_is_not_allowed(client: Client) -> None:
    assert error_of(client.call("PUT", f"{DATA}/query")) == (405, "METHOD_NOT_ALLOWED")


def test_the_versions_are_listed_for_anyone(client: Client) -> None:
    assert client.bare("GET", "/services/data/").json()[-1] == {
        "label": "API 68.0",
        "url": "/services/data/v68.0",
        "version": "68.0",
    }
    assert client.call("GET", DATA).json()["sobjects"] == f"{DATA}/sobjects"


def test_a_validation_rule_is_set_and_cleared(client: Client) -> None:
    rule = {"object": PARTNER, "field": "Name", "contains": "1", "message": "だめ"}
    client.bare("PUT", f"{CONTROL}/validation_rules/no_ones", json=rule).raise_for_status()
    assert [each["success"] for each in client.send(partner(1), partner(2)).json()] == [False, True]
    client.bare("DELETE", f"{CONTROL}/validation_rules/no_ones").raise_for_status()
    assert [each["success"] for each in client.send(partner(1), partner(2)).json()] == [True, True]


def test_a_flow_is_set_and_cleared(client: Client) -> None:
    flow = {"object": PARTNER, "field": "Code__c", "replace_with": "F"}
    client.bare("PUT", f"{CONTROL}/flows/code", json=flow).raise_for_status()
    client.send(partner(1))
    client.bare("DELETE", f"{CONTROL}/flows/code").raise_for_status()
    client.send(partner(2))
    assert [row["Code__c"] for row in client.org.rows(PARTNER)] == ["F", None]


def test_the_daily_limit_is_set_and_sessions_are_expired(client: Client) -> None:
    session_id = client.org.sessions.open(client.org.integration)
    client.bare("PUT", f"{CONTROL}/daily_limit", json={"limit": 0}).raise_for_status()
    assert client.org.daily_limit == 0
    client.bare("POST", f"{CONTROL}/expire_sessions").raise_for_status()
    assert client.bare("GET", f"{DATA}/limits", f"Bearer {session_id}").status_code == 401


def test_an_object_is_dumped_without_a_session_and_without_counting(client: Client) -> None:
    upsert(client.org, partner(1))
    client.org.integration.access.hide(PARTNER)
    dumped = client.bare("GET", f"{CONTROL}/objects/{PARTNER}").json()["records"]
    assert dumped == client.org.rows(PARTNER)
    assert client.org.requests_used == 0


def test_all_secrets_are_told_for_a_search_after_leaks(client: Client) -> None:
    session_id = client.org.sessions.open(client.org.integration)
    client.org.expire_sessions()
    told = client.bare("GET", f"{CONTROL}/secrets").json()
    assert told["session_ids"] == [session_id]
    assert client.org.consumer_secret in told["secrets"]
