"""Handlers of sObject Collections: up to 200 records in a call, each with a result of its own, in the order they were sent.

Salesforce answers 400 only when the call as a whole cannot be read; here that is bad JSON, a record without a type, an unknown
column, a value of the wrong JSON type, or too many records. The exact codes of a missing and of a wrong type are guessed.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sandbox.salesforce.call import Answer, Call
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.saving import save_each

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.salesforce.fields import Json, Row
    from sandbox.salesforce.saving import Outcome, Saving

MOST_RECORDS = 200


def upsert(call: Call) -> Answer:
    """`PATCH /composite/sobjects/{object}/{field}`: create or update by an external id, or by Id."""
    body = call.json()
    records = _records(body)
    saving = call.org.saving(call.user, call.path["object"])
    key = saving.external_id(call.path["field"])
    name = saving.table.object_type.name
    if any(_type(record).casefold() != name.casefold() for record in records):
        raise ApiError(400, "INVALID_TYPE", f"All records must be of the type in the URI: {name}")
    rows = [saving.take(record) for record in records]
    outcomes = save_each(saving, saving.upserts(key, rows), all_or_none=_all_or_none(body))
    return Answer([_result(outcome) | _created(outcome) for outcome in outcomes])


def create(call: Call) -> Answer:
    """`POST /composite/sobjects`: create records of one type."""
    body = call.json()
    saving, rows = _rows_of_one_type(call, body)
    saves = [partial(saving.create, row) for row in rows]
    return Answer([_result(outcome) for outcome in save_each(saving, saves, all_or_none=_all_or_none(body))])


def update(call: Call) -> Answer:
    """`PATCH /composite/sobjects`: update records of one type by their Id."""
    body = call.json()
    saving, rows = _rows_of_one_type(call, body)
    saves: list[Callable[[], Outcome]] = [partial(saving.update, str(row.get("Id")), row) for row in rows]
    return Answer([_result(outcome) for outcome in save_each(saving, saves, all_or_none=_all_or_none(body))])


def _records(body: dict[str, Json]) -> list[dict[str, Json]]:
    records = body.get("records")
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        raise ApiError(400, "INVALID_INPUT", "records must be a list of one or more objects")
    if len(records) > MOST_RECORDS:
        message = f"record limit reached. cannot submit more than {MOST_RECORDS} records into this operation"
        raise ApiError(400, "EXCEEDED_ID_LIMIT", message)
    return [record for record in records if isinstance(record, dict)]


def _rows_of_one_type(call: Call, body: dict[str, Json]) -> tuple[Saving, list[Row]]:
    """Salesforce takes several types in a call; the sandbox takes one."""
    records = _records(body)
    types = {_type(record) for record in records}
    if len(types) > 1:
        raise ApiError(400, "INVALID_TYPE", f"The sandbox takes one type a call, not {sorted(types)}")
    saving = call.org.saving(call.user, types.pop())
    return saving, [saving.take(record) for record in records]


def _type(record: dict[str, Json]) -> str:
    attributes = record.get("attributes")
    if not isinstance(attributes, dict) or not isinstance(attributes.get("type"), str):
        raise ApiError(400, "INVALID_TYPE", "Each record must contain an attributes map with a value for type")
    return str(attributes["type"])


def _all_or_none(body: dict[str, Json]) -> bool:
    return body.get("allOrNone") is True


def _result(outcome: Outcome) -> dict[str, Json]:
    errors: list[Json] = [
        {"statusCode": error.code, "message": error.message, "fields": list(error.fields)} for error in outcome.errors
    ]
    identity: dict[str, Json] = {} if outcome.id is None else {"id": outcome.id}
    return {**identity, "success": not errors, "errors": errors}


def _created(outcome: Outcome) -> dict[str, Json]:
    return {} if outcome.errors else {"created": outcome.created}
