"""The org over HTTP: which call goes to which handler."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sandbox.salesforce import bulk, login, queries, records, sobject_collections
from sandbox.salesforce.call import Answer, Call, Handler, respond, serve, versions
from sandbox.salesforce.control import control_routes
from sandbox.salesforce.describe import described_briefly, described_object
from sandbox.salesforce.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sandbox.salesforce.fields import Json
    from sandbox.salesforce.org import Org

DATA = "/services/data/v{version}"


def salesforce_app(org: Org) -> FastAPI:
    """The org's REST API, its log-in, and the sandbox's control endpoints."""
    app = FastAPI(title="Salesforce sandbox", openapi_url=None, redirect_slashes=False)
    app.include_router(control_routes(org))
    app.add_exception_handler(HTTPException, _no_such_resource)
    _add(app, "POST", "/services/oauth2/token", partial(login.token, org))
    _add(app, "POST", "/services/Soap/u/{version}", partial(login.soap, org))
    _add(app, "GET", "/services/data", _list_versions)
    for method, path, handler in ROUTES:
        _add(app, method, path, _endpoint(org, handler))
    return app


def list_resources(call: Call) -> Answer:
    """`GET /services/data/vNN.0`: where the parts of the API are."""
    parts = {name: call.url(name) for name in ("composite", "jobs", "limits", "query", "sobjects")}
    identity = f"https://login.salesforce.com/id/{call.org.organization_id}/{call.user.user_id}"
    return Answer({**parts, "identity": identity})


def list_objects(call: Call) -> Answer:
    """`GET /sobjects`: every object the user sees, in brief."""
    access = call.user.access
    types = [table.object_type for table in call.org.tables.values() if access.sees(table.object_type)]
    return Answer(
        {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": [described_briefly(each, access) for each in types]}
    )


def basics(call: Call) -> Answer:
    """`GET /sobjects/{object}`: the object in brief."""
    object_type = call.org.table(call.path["object"], call.user).object_type
    return Answer({"objectDescribe": described_briefly(object_type, call.user.access), "recentItems": []})


def describe(call: Call) -> Answer:
    """`GET /sobjects/{object}/describe`: the object and its fields as the user sees them."""
    object_type = call.org.table(call.path["object"], call.user).object_type
    return Answer(described_object(object_type, call.user.access))


def limits(call: Call) -> Answer:
    """`GET /limits`: what is left of the daily limit and of the data storage. The code of its refusal is a guess."""
    if not call.user.access.views_setup:
        raise ApiError(403, "INSUFFICIENT_ACCESS", "This user needs the View Setup and Configuration permission.")
    left = call.org.daily_limit - call.org.requests_used
    storage: Json = {"Max": call.org.data_storage, "Remaining": call.org.data_storage_left()}
    return Answer({"DailyApiRequests": {"Max": call.org.daily_limit, "Remaining": left}, "DataStorageMB": storage})


ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "/services/oauth2/userinfo", login.userinfo),
    ("GET", DATA, list_resources),
    ("GET", f"{DATA}/limits", limits),
    ("GET", f"{DATA}/sobjects", list_objects),
    ("GET", f"{DATA}/sobjects/{{object}}", basics),
    ("GET", f"{DATA}/sobjects/{{object}}/describe", describe),
    ("POST", f"{DATA}/sobjects/{{object}}", records.create),
    ("GET", f"{DATA}/sobjects/{{object}}/{{id}}", records.read),
    ("PATCH", f"{DATA}/sobjects/{{object}}/{{id}}", records.update),
    ("DELETE", f"{DATA}/sobjects/{{object}}/{{id}}", records.delete),
    ("GET", f"{DATA}/sobjects/{{object}}/{{field}}/{{value:path}}", records.read_by_external_id),
    ("PATCH", f"{DATA}/sobjects/{{object}}/{{field}}/{{value:path}}", records.upsert),
    ("GET", f"{DATA}/query", queries.query),
    ("GET", f"{DATA}/query/{{locator}}", queries.query_more),
    ("POST", f"{DATA}/composite/sobjects", sobject_collections.create),
    ("PATCH", f"{DATA}/composite/sobjects", sobject_collections.update),
    ("PATCH", f"{DATA}/composite/sobjects/{{object}}/{{field}}", sobject_collections.upsert),
    ("GET", f"{DATA}/jobs/ingest", bulk.show_all),
    ("POST", f"{DATA}/jobs/ingest", bulk.create),
    ("GET", f"{DATA}/jobs/ingest/{{job}}", bulk.show),
    ("PATCH", f"{DATA}/jobs/ingest/{{job}}", bulk.change),
    ("DELETE", f"{DATA}/jobs/ingest/{{job}}", bulk.delete),
    ("PUT", f"{DATA}/jobs/ingest/{{job}}/batches", bulk.upload),
    ("GET", f"{DATA}/jobs/ingest/{{job}}/successfulResults", bulk.successful_results),
    ("GET", f"{DATA}/jobs/ingest/{{job}}/failedResults", bulk.failed_results),
    ("GET", f"{DATA}/jobs/ingest/{{job}}/unprocessedrecords", bulk.unprocessed_records),
)
"""Method, path, handler. The first that fits is taken; a slash at the end makes no difference."""


def _endpoint(org: Org, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        return await serve(org, request, handler)

    return endpoint


def _add(app: FastAPI, method: str, path: str, endpoint: Callable[[Request], Awaitable[Response]]) -> None:
    for each in (path, f"{path}/"):
        app.router.add_route(each, endpoint, methods=[method])


async def _list_versions(_: Request) -> Response:
    return respond(
        Answer([{"label": f"API {each}", "url": f"/services/data/v{each}", "version": each} for each in versions()])
    )


async def _no_such_resource(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)  # noqa: S101 - the only kind this handler is registered for
    if problem.status_code == 405:  # noqa: PLR2004 - Method Not Allowed
        message = f"HTTP Method '{request.method}' not allowed. Allowed are {problem.headers}"
        return respond(Answer([{"errorCode": "METHOD_NOT_ALLOWED", "message": message}], 405))
    return respond(Answer([{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}], 404))
