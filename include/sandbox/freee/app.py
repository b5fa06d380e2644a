"""freee's API and its accounts server in one app; only the path tells them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from sandbox.freee.access import Gate
from sandbox.freee.answers import RefusedError, RequestIds, not_found
from sandbox.freee.listing import LISTINGS, Lister
from sandbox.freee.oauth import add_oauth
from sandbox.freee.partner_writes import add_partners
from sandbox.freee.people import add_people

if TYPE_CHECKING:
    from sandbox.company import Company
    from sandbox.freee.tokens import Tokens


def freee_app(company: Company, tokens: Tokens) -> FastAPI:
    """All that the sandbox's freee answers."""
    app = FastAPI(openapi_url=None)
    app.add_middleware(RequestIds)
    gate = Gate(company, tokens)
    lister = Lister(company, gate)
    for listing in LISTINGS:
        app.add_api_route(listing.path, lister.handler(listing), methods=["GET"])
    add_partners(app, company, gate)
    add_people(app, company, gate)
    add_oauth(app, company, tokens)

    @app.exception_handler(RefusedError)
    async def refuse(_request: Request, refusal: RefusedError) -> Response:
        return refusal.answer

    @app.exception_handler(HTTPException)
    async def no_route(_request: Request, _error: HTTPException) -> Response:
        return not_found("このURLのAPIはありません。").answer

    return app
