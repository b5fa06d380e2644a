"""Control of a sandbox from another process, over HTTP below `/_sandbox/` of either web server; from this machine only.

    GET    /_sandbox/log?method=&path=           calls of the server that is asked; `path` is a regular expression
    DELETE /_sandbox/log                         forget them
    PUT    /_sandbox/log {"kept": false}         forget them, and only count from now on: for loads whose bodies would fill the memory
    GET    /_sandbox/counts                      calls by method and path, ids as {}, since the log was begun
    PUT    /_sandbox/latency {"seconds": 0.15}   answer calls of that server so long after they came, at the earliest
    POST   /_sandbox/faults                      one fault, with the fields of `wire.Fault`, for that server
    DELETE /_sandbox/faults                      take all back
    GET    /_sandbox/connections                 Airflow's Connections, linked anew
    POST   /_sandbox/link                        a fresh pair of tokens, as if a person had authorised the app
    POST   /_sandbox/unlink                      every freee token dies
    GET    /_sandbox/secrets                     every secret given out
    POST   /_sandbox/clock {"seconds": 86400}    let time pass
    GET    /_sandbox/mails                       sender, recipients, subject, time
    GET    /_sandbox/mails/{number}.eml          one as it came, from 1
    DELETE /_sandbox/mails                       forget them
    POST   /_sandbox/day                         a day passes; fields of `company.Counts`, and `tables`
    GET    /_sandbox/company                     id, row counts, settings
    PATCH  /_sandbox/company                     settings, with the fields of `company.Settings`
    GET    /_sandbox/company/{table}/{key}       one row, archived ones too
    POST   /_sandbox/company/{table}             add a row: {"fields": {...}, "dated": "2026-11-24"}
    PATCH  /_sandbox/company/{table}/{key}       edit it: {"fields": {...}, "without": ["code"], "dated": ...}
    DELETE /_sandbox/company/{table}/{key}       remove it
    POST   /_sandbox/company/{table}/{key}/archive, .../unarchive

Fields are what freee lists: see its schema. `dated` is the row's update_date; without it, today in JST.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from functools import cache, partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body, Depends, FastAPI, HTTPException, Request, Response
from pydantic import BaseModel, TypeAdapter

from sandbox.company import ABSENT, Counts, Deeds, Row, Settings, pass_day
from sandbox.wire import OWN_PATH, Call, Fault, Wire

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from sandbox.server import Sandbox


class RowChange(BaseModel):
    """What to set in a row, what to take out of it, and when that happened."""

    fields: dict[str, Any] = {}
    without: list[str] = []
    dated: date | None = None

    @property
    def changes(self) -> dict[str, Any]:
        """As `Company` wants it."""
        return self.fields | dict.fromkeys(self.without, ABSENT)


def add_control(app: FastAPI, sandbox: Sandbox, wire: Wire) -> None:
    """Add the endpoints to the app behind a wire. They are made at the first call: most tests make none."""
    control = cache(partial(control_app, sandbox, wire))

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await control()(scope, receive, send)

    app.mount(OWN_PATH.rstrip("/"), answer)


def control_app(sandbox: Sandbox, wire: Wire) -> FastAPI:
    """The endpoints, as an app of their own."""
    app = FastAPI(openapi_url=None, dependencies=[Depends(_from_this_machine)])
    _add_wire(app, wire)
    _add_sandbox(app, sandbox)
    _add_mails(app, sandbox)
    _add_company(app, sandbox)
    _add_rows(app, sandbox)
    return app


async def _from_this_machine(request: Request) -> None:
    """403 for whoever is elsewhere: who comes from the address that is called, or from loopback, is here."""
    caller, called = request.client, request.scope.get("server")
    if caller is None or not (ip_address(caller.host).is_loopback or (called and caller.host == called[0])):
        raise HTTPException(403, "only from this machine")


def _add_wire(app: FastAPI, wire: Wire) -> None:
    @app.get("/log")
    async def log(method: str | None = None, path: str | None = None) -> list[dict[str, Any]]:
        return [_call(call) for call in wire.calls(method, path)]

    @app.delete("/log")
    async def clear_log() -> None:
        wire.clear()

    @app.put("/log")
    async def keep_calls(kept: Annotated[bool, Body(embed=True)]) -> None:
        wire.keep_calls(kept)

    @app.get("/counts")
    async def counts() -> list[dict[str, Any]]:
        return [{"method": method, "path": path, "calls": calls} for (method, path), calls in wire.counts().items()]

    @app.put("/latency")
    async def set_latency(seconds: Annotated[float, Body(embed=True, ge=0)]) -> None:
        wire.latency = seconds

    @app.post("/faults")
    async def add_fault(fault: Fault) -> None:
        wire.add(fault)

    @app.delete("/faults")
    async def heal() -> None:
        wire.heal()


def _add_sandbox(app: FastAPI, sandbox: Sandbox) -> None:
    @app.get("/connections")
    async def connections() -> dict[str, Any]:
        return sandbox.connections()

    @app.post("/link")
    async def link() -> dict[str, Any]:
        pair = sandbox.tokens.link()
        return {"access_token": pair.access, "refresh_token": pair.refresh, "company_id": pair.company_id}

    @app.post("/unlink")
    async def unlink() -> None:
        sandbox.tokens.revoke_all()

    @app.get("/secrets")
    async def secrets() -> list[str]:
        return sorted(sandbox.issued_secrets())

    @app.post("/clock")
    async def advance(seconds: Annotated[float, Body(embed=True)]) -> dict[str, str]:
        sandbox.clock.advance(timedelta(seconds=seconds))
        return {"now": sandbox.clock.now().isoformat()}


def _add_mails(app: FastAPI, sandbox: Sandbox) -> None:
    @app.get("/mails")
    async def mails() -> list[dict[str, Any]]:
        return [
            {
                "number": number,
                "sender": mail.sender,
                "recipients": mail.recipients,
                "subject": mail.message["subject"],
                "received": mail.received.isoformat(),
            }
            for number, mail in enumerate(sandbox.mail.mails, 1)
        ]

    @app.get("/mails/{number}.eml")
    async def raw(number: int) -> Response:
        mails = sandbox.mail.mails
        if not 1 <= number <= len(mails):
            raise HTTPException(404, f"there are {len(mails)} mails")
        return Response(mails[number - 1].raw, media_type="message/rfc822")

    @app.delete("/mails")
    async def clear_mails() -> None:
        sandbox.mail.clear()


def _add_company(app: FastAPI, sandbox: Sandbox) -> None:
    company = sandbox.company

    @app.post("/day")
    async def day(counts: Counts, tables: Annotated[list[str] | None, Body()] = None) -> dict[str, Deeds]:
        return pass_day(company, counts, tables)

    @app.get("/company")
    async def facts() -> dict[str, Any]:
        rows = {name: len(table) for name, table in company.tables.items()}
        return {"id": company.id, "name": company.name, "rows": rows, "settings": asdict(company.settings)}

    @app.patch("/company")
    async def change_settings(changes: Annotated[dict[str, Any], Body()]) -> None:
        company.settings = TypeAdapter(Settings).validate_python(asdict(company.settings) | changes)


def _add_rows(app: FastAPI, sandbox: Sandbox) -> None:
    company = sandbox.company

    async def known(table: str, key: int | None = None) -> None:
        """404 for a table or a row that is not there."""
        try:
            _ = company.tables[table] if key is None else company.row(table, key)
        except KeyError as missing:
            raise HTTPException(404, f"no {missing} here") from None

    router = APIRouter(dependencies=[Depends(known)])

    @router.post("/company/{table}")
    async def add(table: str, change: RowChange) -> Row:
        return company.add(table, change.changes, change.dated)

    @router.get("/company/{table}/{key}")
    async def row(table: str, key: int) -> Row:
        return company.row(table, key)

    @router.patch("/company/{table}/{key}")
    async def edit(table: str, key: int, change: RowChange) -> Row:
        return company.edit(table, key, change.changes, change.dated)

    @router.delete("/company/{table}/{key}")
    async def remove(table: str, key: int) -> Row:
        return company.remove(table, key)

    @router.post("/company/{table}/{key}/archive")
    async def archive(table: str, key: int) -> Row:
        return company.archive(table, key)

    @router.post("/company/{table}/{key}/unarchive")
    async def unarchive(table: str, key: int) -> Row:
        return company.unarchive(table, key)

    app.include_router(router)


def _call(call: Call) -> dict[str, Any]:
    return asdict(call) | {"body": call.body.decode("utf-8", "replace")}
