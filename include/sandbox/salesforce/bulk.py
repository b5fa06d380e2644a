"""Handlers of Bulk API 2.0 ingest jobs: create, upload, close or abort, look at, list, delete, and the three files of results.

Known: the calls and their answers (Bulk API 2.0 Developer Guide), and that a second upload is refused. Guessed: the error codes.
The sandbox plays `upsert` by an external id with commas between cells, and nothing else.
"""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from sandbox.salesforce.bulk_csv import LINE_ENDINGS
from sandbox.salesforce.bulk_job import RUNNING, Order
from sandbox.salesforce.call import Answer, Call
from sandbox.salesforce.errors import ApiError, not_found
from sandbox.salesforce.fields import moment

if TYPE_CHECKING:
    from sandbox.salesforce.bulk_job import Job
    from sandbox.salesforce.fields import Json

MOST_BYTES = 100_000_000  # 150 MB once Salesforce has made base64 of it
PLAYED = {"operation": "upsert", "contentType": "CSV", "columnDelimiter": "COMMA"}


def create(call: Call) -> Answer:
    """`POST /jobs/ingest`: a new job, open for data."""
    body = {"contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"} | call.json()
    for name, value in PLAYED.items():
        if body.get(name) != value:
            raise _invalid(f"The sandbox takes {value} as {name} only")
    if body["lineEnding"] not in LINE_ENDINGS:
        raise _invalid(f"Invalid lineEnding: {body['lineEnding']}")
    return Answer(_info(call.org.jobs.create(_order(call, body))))


def show(call: Call) -> Answer:
    """`GET /jobs/ingest/{job}`: the job."""
    return Answer(_info(_found(call)))


def show_all(call: Call) -> Answer:
    """`GET /jobs/ingest`: all jobs."""
    jobs: list[Json] = [_info(job) for job in call.org.jobs.all.values()]
    return Answer({"done": True, "records": jobs, "nextRecordsUrl": None})


def upload(call: Call) -> Answer:
    """`PUT /jobs/ingest/{job}/batches`: the data of the job, once and whole."""
    job = _found(call)
    if "text/csv" not in call.headers.get("content-type", ""):
        raise ApiError(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Type header specified in HTTP request is not supported")
    if len(call.raw) > MOST_BYTES:
        raise ApiError(413, "INVALIDJOB", "The uploaded data is larger than 150 MB in base64")
    if job.state != "Open":
        raise _invalid_state(job)
    if job.raw:
        message = (
            f"Found multiple contents for job: <{job.id}>, please make sure you only do 'PUT' once on a given Job."
        )
        raise ApiError(400, "CLIENT_ERROR", message)
    job.raw = call.raw
    return Answer(status=HTTPStatus.CREATED)


def change(call: Call) -> Answer:
    """`PATCH /jobs/ingest/{job}`: close the upload, or abort the job."""
    job, state = _found(call), call.json().get("state")
    if state == "UploadComplete" and job.state == "Open":
        job.close(call.org.clock.now())
    elif state == "Aborted" and (job.state == "Open" or job.state in RUNNING):
        job.abort(call.org.clock.now())
    else:
        raise _invalid_state(job)
    return Answer(_info(job))


def delete(call: Call) -> Answer:
    """`DELETE /jobs/ingest/{job}`: forget a job that is not being worked on."""
    job = _found(call)
    if job.state == "Open" or job.state in RUNNING:
        raise _invalid_state(job)
    del call.org.jobs.all[job.id]
    return Answer(status=HTTPStatus.NO_CONTENT)


def successful_results(call: Call) -> Answer:
    """`GET /jobs/ingest/{job}/successfulResults`: CSV of the rows that were saved."""
    return Answer(_ended(call).successful())


def failed_results(call: Call) -> Answer:
    """`GET /jobs/ingest/{job}/failedResults`: CSV of the rows that were refused."""
    return Answer(_ended(call).refused())


def unprocessed_records(call: Call) -> Answer:
    """`GET /jobs/ingest/{job}/unprocessedrecords`: CSV of the rows that the job never came to."""
    return Answer(_ended(call).unprocessed())


def _order(call: Call, body: dict[str, Json]) -> Order:
    object_name, key = str(body.get("object")), str(body.get("externalIdFieldName"))
    begin = partial(call.org.saving, call.user, object_name)
    try:
        name = begin().external_id(key).name
    except ApiError as refused:
        raise _invalid(refused.message) from None
    now = call.org.clock.now()
    return Order(object_name, name, str(body["lineEnding"]), call.version, call.user, now, begin)


def _found(call: Call) -> Job:
    job = call.org.jobs.find(call.path["job"])
    if job is None:
        raise not_found()
    return job


def _ended(call: Call) -> Job:
    job = _found(call)
    if job.state == "Open" or job.state in RUNNING:
        raise _invalid_state(job)
    return job


def _invalid(message: str) -> ApiError:
    return ApiError(400, "INVALIDJOB", f"InvalidJob : {message}")


def _invalid_state(job: Job) -> ApiError:
    return ApiError(400, "INVALIDJOBSTATE", f"InvalidJobState : Job state is {job.state}")


def _info(job: Job) -> dict[str, Json]:
    path = f"services/data/v{job.order.version}/jobs/ingest/{job.id}/batches"
    told: dict[str, Json] = {"errorMessage": job.error} if job.error else {}
    return {
        "id": job.id,
        "operation": "upsert",
        "object": job.order.object,
        "createdById": job.order.user.user_id,
        "createdDate": moment(job.order.created),
        "systemModstamp": moment(job.changed),
        "state": job.state,
        "externalIdFieldName": job.order.key,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(job.order.version),
        "jobType": "V2Ingest",
        "contentUrl": path,
        "lineEnding": job.order.line_ending,
        "columnDelimiter": "COMMA",
        "numberRecordsProcessed": job.processed,
        "numberRecordsFailed": job.failed,
        "retries": 0,
        "totalProcessingTime": job.milliseconds,
        "apiActiveProcessingTime": job.milliseconds,
        "apexProcessingTime": 0,
        **told,
    }
