"""Logging in: OAuth's token endpoint, the SOAP call that takes a password and a security token, and who one is."""

from __future__ import annotations

import base64
import binascii
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from starlette.responses import Response

from sandbox.salesforce.call import Answer, Call, respond

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from sandbox.salesforce.org import Org
    from sandbox.salesforce.sessions import User

FIRST_VERSION_WITHOUT_LOGIN = 65  # SOAP login() is gone from API 65.0 on
NO_LOGIN = "Invalid username, password, security token; or user locked out."


class LoginRefused(Exception):  # noqa: N818 - it is the org's answer, not a fault of the sandbox
    """A log-in is refused.

    :param code: OAuth's error, or SOAP's exception code.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Client:
    """The external client app that asks for a token."""

    key: str
    secret: str


async def token(org: Org, request: Request) -> Response:
    """`POST /services/oauth2/token`: client credentials, or user name and password."""
    form = dict(parse_qsl((await request.body()).decode()))
    try:
        user = _token_user(org, form, _client(request, form))
    except LoginRefused as refused:
        return respond(Answer({"error": refused.code, "error_description": refused.message}, 400))
    host = _host(request)
    return respond(
        Answer(
            {
                "access_token": org.sessions.open(user),
                "signature": base64.b64encode(secrets.token_bytes(32)).decode(),
                "scope": "api",
                "instance_url": host,
                "id": f"{host}/id/{org.organization_id}/{user.user_id}",
                "token_type": "Bearer",
                "issued_at": str(int(org.clock.now().timestamp() * 1000)),
            }
        )
    )


async def soap(org: Org, request: Request) -> Response:
    """`POST /services/Soap/u/{version}`: the login() of the SOAP API."""
    version = request.path_params["version"]
    try:
        user = _soap_user(org, version, await request.body())
    except LoginRefused as refused:
        return Response(_soap_fault(refused), 500, media_type="text/xml;charset=UTF-8")
    server = f"{_host(request)}/services/Soap/u/{version}/{org.organization_id[:15]}"
    return Response(_soap_session(org, user, server), media_type="text/xml;charset=UTF-8")


def userinfo(call: Call) -> Answer:
    """`GET /services/oauth2/userinfo`: who is logged in, and where."""
    return Answer(
        {
            "sub": call.user.user_id,
            "user_id": call.user.user_id,
            "organization_id": call.org.organization_id,
            "preferred_username": call.user.username,
            "name": call.user.name,
            "email": call.user.username,
            "active": True,
            "user_type": "STANDARD",
            "language": "ja",
            "locale": "ja_JP",
            "zoneinfo": "Asia/Tokyo",
        }
    )


def _client(request: Request, form: Mapping[str, str]) -> Client:
    """The client by its Basic header, or by the form."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme != "Basic":
        return Client(form.get("client_id", ""), form.get("client_secret", ""))
    try:
        key, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise LoginRefused("invalid_client", "invalid client credentials") from None
    return Client(key, secret)


def _token_user(org: Org, form: Mapping[str, str], client: Client) -> User:
    if client.key != org.consumer_key:
        raise LoginRefused("invalid_client_id", "client identifier invalid")
    if client.secret != org.consumer_secret:
        raise LoginRefused("invalid_client", "invalid client credentials")
    match form.get("grant_type"):
        case "client_credentials":
            if org.client_credentials_user is None:
                raise LoginRefused("invalid_grant", "no client credentials user enabled")
            return org.client_credentials_user
        case "password":
            for user in org.users:
                passwords = {user.password, user.password + user.security_token}
                if user.username == form.get("username") and form.get("password") in passwords:
                    return user
            raise LoginRefused("invalid_grant", "authentication failure")
    raise LoginRefused("unsupported_grant_type", "grant type not supported")


def _soap_user(org: Org, version: str, body: bytes) -> User:
    if float(version) >= FIRST_VERSION_WITHOUT_LOGIN:
        raise LoginRefused("UNSUPPORTED_API_VERSION", f"login() is not available in API version {version}")
    username, password = _soap_credentials(body)
    for user in org.users:
        if (username, password) == (user.username, user.password + user.security_token):
            return user
    raise LoginRefused("INVALID_LOGIN", NO_LOGIN)


def _soap_credentials(body: bytes) -> tuple[str, str]:
    try:
        envelope = ET.fromstring(body.strip())  # noqa: S314 - a server on loopback, for its own tests
    except ET.ParseError as problem:
        raise LoginRefused("CLIENT_ERROR", f"not XML: {problem}") from None
    login = "{urn:partner.soap.sforce.com}"
    return tuple(envelope.findtext(f".//{login}login/{login}{part}", "") for part in ("username", "password"))  # type: ignore[return-value]


def _soap_session(org: Org, user: User, server: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns="urn:partner.soap.sforce.com"><soapenv:Body><loginResponse><result>'
        f"<passwordExpired>false</passwordExpired><sandbox>true</sandbox><serverUrl>{server}</serverUrl>"
        f"<sessionId>{org.sessions.open(user)}</sessionId><userId>{user.user_id}</userId>"
        f"<userInfo><organizationId>{org.organization_id}</organizationId><userName>{user.username}</userName></userInfo>"
        "</result></loginResponse></soapenv:Body></soapenv:Envelope>"
    )


def _soap_fault(refused: LoginRefused) -> str:
    text = f"{refused.code}: {refused.message}"
    return (
        '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:sf="urn:fault.partner.soap.sforce.com"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>sf:{refused.code}</faultcode><faultstring>{text}</faultstring>"
        f"<detail><sf:LoginFault><sf:exceptionCode>{refused.code}</sf:exceptionCode>"
        f"<sf:exceptionMessage>{refused.message}</sf:exceptionMessage></sf:LoginFault></detail>"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )


def _host(request: Request) -> str:
    return str(request.base_url).rstrip("/")
