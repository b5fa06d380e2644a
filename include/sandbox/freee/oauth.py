"""The accounts server: authorize, token, revoke.

`authorize` shows a page that asks a person (whoever opens it is let in) for company and consent; its form comes back by POST. The
other two take a form with the client in its body, as https://developer.freee.co.jp/reference shows it.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from sandbox.freee.answers import INVALID_CLIENT, INVALID_GRANT, RefusedError, json_answer, oauth_error
from sandbox.freee.tokens import ACCESS_LIFE, Consent

if TYPE_CHECKING:
    from sandbox.company import Company
    from sandbox.freee.tokens import Pair, Tokens

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
"""As redirect: the code is shown on a page, for a person to copy."""

Form = dict[str, str]


def add_oauth(app: FastAPI, company: Company, tokens: Tokens) -> None:
    """Add the three endpoints to an app."""

    @app.get("/public_api/authorize")
    async def authorize(request: Request) -> Response:
        query = dict(request.query_params)
        _check_authorize(tokens, query)
        return HTMLResponse(_consent_page(company, query))

    @app.post("/public_api/authorize")
    async def decide(request: Request) -> Response:
        form = await _form(request)
        _check_authorize(tokens, form)
        return _decision(tokens, company, form)

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


def _check_authorize(tokens: Tokens, asked: Form) -> None:
    if asked.get("client_id") != tokens.client_id:
        raise _invalid_client()
    if asked.get("response_type") != "code" or not asked.get("redirect_uri"):
        raise _invalid_request()
    if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
        raise _invalid_request()


def _consent_page(company: Company, query: Form) -> str:
    """The page on which a person chooses the company and allows or denies."""
    kept = "".join(f'<input type="hidden" name="{escape(name)}" value="{escape(query[name])}">' for name in query)
    companies = {company.id: company.name} | company.settings.other_companies
    choices = "".join(f'<option value="{key}">{escape(name)}</option>' for key, name in companies.items())
    return (
        '<!DOCTYPE html><html lang="ja"><title>アプリの認可</title><h1>アプリにアクセスを許可しますか</h1>'
        f'<form method="post" action="/public_api/authorize">{kept}'
        f'<label>事業所 <select name="company_id">{choices}</select></label>'
        '<button name="answer" value="allow">許可する</button><button name="answer" value="deny">許可しない</button></form>'
    )


def _decision(tokens: Tokens, company: Company, form: Form) -> Response:
    """Back to the app with a code or a refusal; out of band, the code is shown."""
    redirect = form["redirect_uri"]
    if form.get("answer") != "allow":
        answer = {"error": "access_denied", "error_description": "リソースオーナーか認可サーバーが要求を拒否しました。"}
    else:
        chosen = int(form.get("company_id") or company.id)
        answer = {"code": tokens.grant_code(Consent(redirect, chosen, form.get("code_challenge", "")))}
    if redirect == OUT_OF_BAND:
        shown = answer.get("code", "")
        return HTMLResponse(
            f"<!DOCTYPE html><title>認可コード</title><p>認可コード <code id='authorization_code'>{shown}</code></p>"
        )
    state = {"state": form["state"]} if "state" in form else {}
    joint = "&" if "?" in redirect else "?"
    return RedirectResponse(redirect + joint + urlencode(answer | state), status_code=302)


def _pair(tokens: Tokens, form: Form) -> Pair:
    """The pair that the form's grant is good for.

    :raises RefusedError: 401 invalid_grant when it is good for none.
    """
    match form.get("grant_type"):
        case "refresh_token":
            pair = tokens.refresh(form.get("refresh_token", ""))
        case "authorization_code":
            pair = tokens.redeem(form.get("code", ""), form.get("redirect_uri", ""), form.get("code_verifier", ""))
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
