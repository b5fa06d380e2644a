"""Handlers of calls about one record: create, read, update, delete, and upsert by an external id."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from sandbox.salesforce.call import Answer, Call
from sandbox.salesforce.columns import Column, shown
from sandbox.salesforce.errors import ApiError, not_found
from sandbox.salesforce.fields import taken
from sandbox.salesforce.tables import long_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.salesforce.fields import Json, Row
    from sandbox.salesforce.saving import Outcome


def create(call: Call) -> Answer:
    """`POST /sobjects/{object}`: 201 and the id."""
    saving = call.org.saving(call.user, call.path["object"])
    return Answer(_saved(saving.create(saving.take(call.json()))), HTTPStatus.CREATED)


def read(call: Call) -> Answer:
    """`GET /sobjects/{object}/{id}?fields=A,B`: the record; all its fields without `fields`."""
    return Answer(_shown(call, long_id(call.path["id"])))


def update(call: Call) -> Answer:
    """`PATCH /sobjects/{object}/{id}`: 204."""
    saving = call.org.saving(call.user, call.path["object"])
    saving.update(call.path["id"], saving.take(call.json()))
    return Answer(status=HTTPStatus.NO_CONTENT)


def delete(call: Call) -> Answer:
    """`DELETE /sobjects/{object}/{id}`: 204."""
    call.org.saving(call.user, call.path["object"]).delete(call.path["id"])
    return Answer(status=HTTPStatus.NO_CONTENT)


def read_by_external_id(call: Call) -> Answer:
    """`GET /sobjects/{object}/{field}/{value}`: the record."""
    found = _found(call)
    if not found:
        raise not_found()
    return _several(call, found) if len(found) > 1 else Answer(_shown(call, found[0]))


def upsert(call: Call) -> Answer:
    """`PATCH /sobjects/{object}/{field}/{value}`: 201 created, 200 updated, 300 when several records match."""
    saving = call.org.saving(call.user, call.path["object"])
    key = saving.external_id(call.path["field"])
    found = _found(call)
    if len(found) > 1:
        return _several(call, found)
    values = saving.take(call.json())
    if key.name in values:
        raise ApiError(400, "INVALID_FIELD", f"The {key.name} field should not be specified in the sobject data.")
    outcome = saving.upsert(key, values | {key.name: taken(key, call.path["value"])})
    status = HTTPStatus.CREATED if outcome.created else HTTPStatus.OK
    return Answer({**_saved(outcome), "created": outcome.created}, status)


def show(call: Call, object_name: str, columns: Iterable[Column], row: Row) -> dict[str, Json]:
    """A row as REST answers show it: its type and address, then the columns, null where it has no value."""

    def address(name: str, row: Row) -> Json:
        return {"type": name, "url": call.url(f"sobjects/{name}/{row['Id']}")}

    return {"attributes": address(object_name, row), **shown(columns, row, address)}


def _saved(outcome: Outcome) -> dict[str, Json]:
    return {"id": outcome.id, "success": True, "errors": []}


def _shown(call: Call, identity: str) -> Json:
    table = call.org.table(call.path["object"], call.user)
    if identity not in table.rows:
        raise not_found()
    fields = {field.name: field for field in call.user.access.fields(table.object_type)}
    wanted = call.query["fields"].split(",") if "fields" in call.query else list(fields)
    unknown = next((name for name in wanted if name not in fields), None)
    if unknown is not None:
        raise ApiError(400, "INVALID_FIELD", f"No such column '{unknown}' on sobject of type {table.object_type.name}")
    columns = [Column(fields[name]) for name in wanted]
    return show(call, table.object_type.name, columns, table.rows[identity])


def _found(call: Call) -> tuple[str, ...]:
    saving = call.org.saving(call.user, call.path["object"])
    return saving.table.ids(saving.external_id(call.path["field"]).name, call.path["value"])


def _several(call: Call, found: Iterable[str]) -> Answer:
    return Answer([call.url(f"sobjects/{call.path['object']}/{each}") for each in found], HTTPStatus.MULTIPLE_CHOICES)
