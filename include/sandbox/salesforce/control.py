"""Control of an org that runs in another process, below `/_sandbox/salesforce/`: what tests do by the methods of `Org`.

The endpoints are async so that they run between the API calls and never beside one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel

from sandbox.salesforce.automation import FieldFlow, FieldRule
from sandbox.salesforce.bulk_job import Pace

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org


class RuleSetting(BaseModel):
    """A validation rule: rows of the object whose field equals, or contains, a text are refused with the message."""

    object: str
    field: str
    message: str
    equals: str | float | bool | None = None
    contains: str | None = None


class FlowSetting(BaseModel):
    """A flow: in the field of the object's rows, `find` is replaced; without it the whole value is."""

    object: str
    field: str
    replace_with: str | float | bool | None
    find: str | None = None


def control_routes(org: Org) -> APIRouter:
    """The control endpoints of one org."""
    router = APIRouter(prefix="/_sandbox/salesforce")
    _automation_routes(router, org)
    _state_routes(router, org)
    return router


def _automation_routes(router: APIRouter, org: Org) -> None:
    @router.put("/validation_rules/{name}")
    async def set_rule(name: str, setting: RuleSetting) -> None:
        """Add a validation rule, or replace the one of that name."""
        rule = FieldRule(setting.field, setting.message, setting.equals, setting.contains)
        org.validation_rules[f"{setting.object}.{name}"] = rule

    @router.delete("/validation_rules/{name}")
    async def clear_rule(name: str) -> None:
        """Take a validation rule back."""
        _clear(org.validation_rules, name)

    @router.put("/flows/{name}")
    async def set_flow(name: str, setting: FlowSetting) -> None:
        """Add a flow, or replace the one of that name."""
        org.flows[f"{setting.object}.{name}"] = FieldFlow(setting.field, setting.replace_with, setting.find)

    @router.delete("/flows/{name}")
    async def clear_flow(name: str) -> None:
        """Take a flow back."""
        _clear(org.flows, name)


def _state_routes(router: APIRouter, org: Org) -> None:
    @router.put("/daily_limit")
    async def set_daily_limit(limit: Annotated[int, Body(embed=True)]) -> None:
        """Set how many API requests the org may take."""
        org.daily_limit = limit

    @router.put("/bulk_pace")
    async def set_bulk_pace(pace: Pace) -> None:
        """Set how fast Bulk jobs are done that are created from now on."""
        org.jobs.pace = pace

    @router.post("/expire_sessions")
    async def expire_sessions() -> None:
        """End every session."""
        org.expire_sessions()

    @router.get("/objects/{object_name}")
    async def dump(object_name: str) -> dict[str, Any]:
        """Every row of an object with all its fields, whatever a user may see; no API request is counted."""
        return {"records": org.rows(object_name)}

    @router.get("/secrets")
    async def secrets() -> dict[str, list[str]]:
        """Everything that must not leak: passwords, and every session id ever given out."""
        passwords = [secret for user in org.users for secret in (user.password, user.security_token)]
        return {"secrets": sorted({org.consumer_secret, *passwords}), "session_ids": org.sessions.issued}


def _clear(settings: dict[str, Any], name: str) -> None:
    for key in [key for key in settings if key.partition(".")[2] == name]:
        del settings[key]
