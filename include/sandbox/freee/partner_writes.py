"""The endpoints of single partners: read, create, change, archive. The rules' sources are in the sandbox's README."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response

from sandbox.freee import parameters, showing
from sandbox.freee.answers import invalid, json_answer, not_found
from sandbox.freee.listing import MAX_INT64, NO_COMPANY_ID, company_id
from sandbox.freee.partner_book import GONE, PartnerBook
from sandbox.freee.partner_rules import COMPANY_ID

if TYPE_CHECKING:
    from sandbox.company import Company, Row
    from sandbox.freee.access import Gate

RIGHT = "partners"


def add_partners(app: FastAPI, company: Company, gate: Gate) -> None:
    """Add the endpoints to an app."""
    desk = PartnerDesk(company, gate)
    for method, path, handler in (
        ("POST", "", desk.create),
        ("PUT", "/upsert_by_code", desk.upsert_by_code),
        ("PUT", "/code/{code:path}", desk.update_by_code),
        ("GET", "/{id}", desk.show),
        ("PUT", "/{id}", desk.update),
        ("DELETE", "/{id}", desk.destroy),
    ):
        app.add_api_route(f"/api/1/partners{path}", handler, methods=[method])


class PartnerDesk:
    """Answers for one company: who asks, what for, and what the book says to it."""

    def __init__(self, company: Company, gate: Gate) -> None:
        self._company = company
        self._gate = gate
        self._book = PartnerBook(company)

    async def show(self, request: Request) -> Response:
        """`GET /{id}`: archived ones too."""
        return self._answer(self._book.partner(self._asked(request, "show")))

    async def create(self, request: Request) -> Response:
        """`POST`."""
        body = await self._body(request, "create")
        return self._answer(self._book.add(body), 201)

    async def update(self, request: Request) -> Response:
        """`PUT /{id}`."""
        body = await self._body(request, "update")
        return self._answer(self._book.change(self._book.partner(_id(request)), body))

    async def update_by_code(self, request: Request) -> Response:
        """`PUT /code/{code}`: never creates, and takes no id beside the code."""
        body = await self._body(request, "update")
        row = self._book.coded(request.path_params["code"])
        if row is None:
            raise not_found(GONE)
        if "id" in body:
            raise invalid("IDは指定できません。")
        return self._answer(self._book.change(row, body))

    async def upsert_by_code(self, request: Request) -> Response:
        """`PUT /upsert_by_code`: 200 for a partner that was there, 201 for a new one, which takes both rights."""
        body = await self._body(request, "update")
        code, given = _code_and_partner(body)
        row = self._book.coded(code)
        if row is not None:
            return self._answer(self._book.change(row, given))
        self._gate.admit(request, body["company_id"], RIGHT, "create")
        return self._answer(self._book.add_coded(code, given), 201)

    async def destroy(self, request: Request) -> Response:
        """`DELETE /{id}`: nothing but the status is answered."""
        self._book.archive(self._asked(request, "destroy"))
        return Response(status_code=204)

    def _asked(self, request: Request, action: str) -> int:
        """The id in the path, asked for by one who may do this in the company of the query."""
        self._gate.token_company(request)
        self._gate.admit(request, company_id(request), RIGHT, action)
        return _id(request)

    async def _body(self, request: Request, action: str) -> Row:
        """The body, sent by one who may do this in the company that it names."""
        self._gate.token_company(request)
        body = _object(await request.body())
        if "company_id" not in body:
            raise invalid(NO_COMPANY_ID)
        if wrong := COMPANY_ID.complaints("company_id", body["company_id"]):
            raise invalid(*wrong)
        self._gate.admit(request, body["company_id"], RIGHT, action)
        return body

    def _answer(self, row: Row, status: int = 200) -> Response:
        return json_answer({"partner": showing.whole_partner(row, self._company.settings)}, status)


def _id(request: Request) -> int:
    return parameters.whole_number(request.path_params, "id", default=0, within=(1, MAX_INT64))


def _object(text: bytes) -> Row:
    """:raises RefusedError: 400 for anything but a JSON object; forms, which freee takes too, are not played."""
    try:
        body = json.loads(text)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise invalid("リクエストボディの形式が不正です。")
    return body


def _code_and_partner(body: Row) -> tuple[str, Row]:
    """:raises RefusedError: 400 when either is missing."""
    code, given = body.get("code"), body.get("partner")
    if not isinstance(code, str) or not code:
        raise invalid("Codeを入力してください。")
    if not isinstance(given, dict):
        raise invalid("取引先を入力してください。")
    return code, given
