"""The accounts server: authorize (whoever asks is let in), token, revoke.

A form with the client in its body, as https://developer.freee.co.jp/reference shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from sandbox.freee.answers import INVALID_CLIENT, INVALID_GRANT, RefusedError, json_answer, oauth_error
from sandbox.freee.tokens import ACCESS_LIFE

if TYPE_CHECKING:
    from sandbox.freee.tokens import Pair, Tokens

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
"""As redirect: the code is shown on a page, for a person to copy."""

Form = dict[str, str]


def add_oauth(app: FastAPI, tokens: Tokens) -> None:
    """Add the three endpoints to an app."""

    @app.get("/public_api/authorize")
    async def authorize(request: Request) -> Response:
        return _authorize(tokens, dict(request.query_params))

    @app.post("/public_api/token")
    async def token(request: Request) -> Response:
        form = await _form(request)
        _check_client(tokens, form)
        return _token_answer(_pair(tokens, form))

    @app.post("/public_api/revoke")
    async def revoke(request: Request) -> Response:
        form = await _form(request)
        _check_client(tokens, form)
        tokens.revoke(form.get("token", ""))
        return json_answer({})


def _authorize(tokens: Tokens, query: Form) -> Response:
    if query.get("client_id") != tokens.client_id:
        raise _invalid_client()
    if query.get("response_type") != "code" or not query.get("redirect_uri"):
        raise _invalid_request()
    redirect = query["redirect_uri"]
    code = tokens.grant_code(redirect)
    if redirect == OUT_OF_BAND:
        return HTMLResponse(
            f"<!DOCTYPE html><title>認可コード</title><p>認可コード <code id='authorization_code'>{code}</code></p>"
        )
    state = {"state": query["state"]} if "state" in query else {}
    joint = "&" if "?" in redirect else "?"
    return RedirectResponse(redirect + joint + urlencode({"code": code} | state), status_code=302)


def _pair(tokens: Tokens, form: Form) -> Pair:
    """The pair that the form's grant is good for.

    :raises RefusedError: 401 invalid_grant when it is good for none.
    """
    match form.get("grant_type"):
        case "refresh_token":
            pair = tokens.refresh(form.get("refresh_token", ""))
        case "authorization_code":
            pair = tokens.redeem(form.get("code", ""), form.get("redirect_uri", ""))
        case None:
            raise _invalid_request()
        case _:
            raise oauth_error(400, "unsupported_grant_type", "指定された認可グラントタイプはサポートされていません。")
    if pair is None:
        raise oauth_error(401, "invalid_grant", INVALID_GRANT)
    return pair


def _token_answer(pair: Pair) -> Response:
    answer = json_answer(
        {
            "access_token": pair.access,
            "token_type": "bearer",
            "expires_in": int(ACCESS_LIFE.total_seconds()),
            "refresh_token": pair.refresh,
            "scope": "read write",
            "created_at": int(pair.issued.timestamp()),
            "company_id": str(pair.company_id),  # quoted in freee's own sample
            "external_cid": f"{pair.company_id:010d}",
        }
    )
    answer.headers["cache-control"] = "no-store"
    return answer


def _check_client(tokens: Tokens, form: Form) -> None:
    if not tokens.knows_client(form.get("client_id", ""), form.get("client_secret", "")):
        raise _invalid_client()


async def _form(request: Request) -> Form:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def _invalid_client() -> RefusedError:
    return oauth_error(401, "invalid_client", INVALID_CLIENT)


def _invalid_request() -> RefusedError:
    return oauth_error(
        400,
        "invalid_request",
        "リクエストに必要なパラメータが含まれていないか、サポートされていないパラメータが含まれているか、もしくは不正なフォーマットです。",
    )
