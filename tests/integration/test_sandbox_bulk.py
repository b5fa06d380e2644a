"""The sandbox's Bulk API 2.0 over real HTTP: how a job goes, what its files say, and all the ways in which it ends early."""

from __future__ import annotations

import pytest

from bulk_client import JOBS, BulkClient, partners
from salesforce_client import Client, error_of
from salesforce_org import KEY, PARTNER, later, partner, upsert
from sandbox.salesforce import Field
from sandbox.salesforce.bulk_job import Pace
from sandbox.salesforce.errors import Refusal, RowError


@pytest.fixture
def bulk(client: Client) -> BulkClient:
    """Bulk calls to an org of its own."""
    return BulkClient(client)


def test_a_job_creates_and_updates_and_tells_of_each_row(bulk: BulkClient) -> None:
    # given
    (known,) = upsert(bulk.client.org, partner(2))
    # when
    job = bulk.sent(f'{KEY},Name\n1-1,"株式会社 ""一"", 東京"\n1-2,二\n1-3,{"あ" * 81}\n')
    # then
    info = bulk.info(job)
    assert (info["state"], info["numberRecordsProcessed"], info["numberRecordsFailed"]) == ("JobComplete", 3, 1)
    saved = {row[KEY]: (row["sf__Id"], row["sf__Created"], row["Name"]) for row in bulk.rows(job, "successfulResults")}
    created = bulk.client.org.find(PARTNER, KEY, "1-1")
    assert created is not None
    assert saved == {"1-1": (created["Id"], "true", '株式会社 "一", 東京'), "1-2": (known.id, "false", "二")}
    message = f"STRING_TOO_LONG:取引先名: data value too large: {'あ' * 81} (max length=80):Name --"
    assert bulk.rows(job, "failedResults") == [{"sf__Id": "", "sf__Error": message, KEY: "1-3", "Name": "あ" * 81}]
    assert bulk.rows(job, "unprocessedrecords") == []
    assert created["Name"] == '株式会社 "一", 東京'


def test_results_begin_with_salesforces_own_columns_and_name_no_charset(bulk: BulkClient) -> None:
    job = bulk.sent(partners(1))
    saved, failed = bulk.file(job, "successfulResults"), bulk.file(job, "failedResults")
    assert saved.content.splitlines()[0] == b'"sf__Id","sf__Created","FreeeKey__c","Name"'
    assert failed.content.splitlines() == [b'"sf__Id","sf__Error","FreeeKey__c","Name"']
    assert saved.headers["Content-Type"] == "text/csv"


def test_results_are_out_of_order(bulk: BulkClient) -> None:
    numbers = range(1, 101)
    job = bulk.sent(partners(*numbers))
    keys = [row[KEY] for row in bulk.rows(job, "successfulResults")]
    sent = [f"1-{number}" for number in numbers]
    assert sorted(keys) == sorted(sent)
    assert keys != sent


def test_a_job_waits_in_the_queue_and_then_takes_its_time_for_each_row(bulk: BulkClient) -> None:
    # given
    org = bulk.client.org
    org.jobs.pace = Pace(queue_seconds=3600, row_seconds=6)
    job = bulk.sent(partners(*range(500)))
    # then
    assert bulk.info(job)["state"] == "UploadComplete"
    later(org, seconds=3600)
    assert bulk.info(job)["state"] == "InProgress"
    later(org, seconds=6 * 450)
    info = bulk.info(job)
    assert (info["state"], info["numberRecordsProcessed"]) == ("InProgress", 400)
    assert len(org.rows(PARTNER)) == 400
    later(org, seconds=6 * 50)
    info = bulk.info(job)
    assert (info["state"], info["numberRecordsProcessed"]) == ("JobComplete", 500)
    assert info["totalProcessingTime"] == 3_000_000


def test_an_aborted_job_keeps_what_it_saved_and_lists_the_rest(bulk: BulkClient) -> None:
    # given
    org = bulk.client.org
    org.jobs.pace = Pace(row_seconds=6)
    job = bulk.sent(partners(*range(500)))
    later(org, seconds=6 * 250)
    # when
    assert bulk.change(job, "Aborted").json()["state"] == "Aborted"
    later(org, hours=1)
    # then
    assert bulk.info(job)["state"] == "Aborted"
    saved, rest = bulk.rows(job, "successfulResults"), bulk.rows(job, "unprocessedrecords")
    assert (len(saved), len(rest), len(org.rows(PARTNER))) == (200, 300, 200)
    assert {row[KEY] for row in saved} | {row[KEY] for row in rest} == {f"1-{number}" for number in range(500)}


def test_batches_beyond_the_days_allocation_are_in_no_file(bulk: BulkClient) -> None:
    bulk.client.org.jobs.pace = Pace(batch_rows=100, batches_left=2)
    job = bulk.sent(partners(*range(250)))
    info = bulk.info(job)
    assert (info["state"], info["numberRecordsProcessed"]) == ("JobComplete", 200)
    files = ("successfulResults", "failedResults", "unprocessedrecords")
    assert [len(bulk.rows(job, file)) for file in files] == [200, 0, 0]
    assert len(bulk.client.org.rows(PARTNER)) == 200


def test_without_a_batch_left_a_job_completes_and_tells_of_nothing(bulk: BulkClient) -> None:
    bulk.client.org.jobs.pace = Pace(batches_left=0)
    job = bulk.sent(partners(1, 2))
    assert bulk.info(job)["state"] == "JobComplete"
    assert [bulk.rows(job, file) for file in ("successfulResults", "failedResults", "unprocessedrecords")] == [[]] * 3


@pytest.mark.parametrize(
    ("data", "line_ending", "error"),
    [
        (f"{KEY},Nobody__c\n1-1,x\n", "LF", "InvalidBatch : Field name not found : Nobody__c"),
        ("Name\nx\n", "LF", f"InvalidBatch : Field name not found : {KEY}"),
        (f"\ufeff{partners(1)}", "LF", f"InvalidBatch : Field name not found : \ufeff{KEY}"),
        (partners(1).replace("\n", "\r\n"), "LF", "ClientInputError : LineEnding is invalid on user data."),
        (partners(1), "CRLF", "ClientInputError : LineEnding is invalid on user data."),
        (f"{KEY},Name\n1-1,a\rb\n", "LF", "ClientInputError : LineEnding is invalid on user data."),
        (f"{KEY},Name\n1-1\n", "LF", "InvalidBatch : A row has 1 columns"),
        (f'{KEY},Name\n1-1,"x\n', "LF", "InvalidBatch : Unable to read the CSV"),
        (partners(1).encode("cp932"), "LF", "ClientInputError : Invalid UTF-8"),
        ("", "LF", "InvalidBatch : Unable to read the CSV"),
    ],
)
def test_a_file_that_cannot_be_read_fails_the_job_and_comes_back_whole(
    bulk: BulkClient, data: str | bytes, line_ending: str, error: str
) -> None:
    job = bulk.sent(data, lineEnding=line_ending)
    info = bulk.info(job)
    assert info["state"] == "Failed"
    assert info["errorMessage"].startswith(error)
    assert bulk.file(job, "unprocessedrecords").content == (data.encode() if isinstance(data, str) else data)
    assert bulk.client.org.rows(PARTNER) == []


def test_a_right_that_is_taken_away_meanwhile_fails_the_job(bulk: BulkClient) -> None:
    bulk.client.org.jobs.pace = Pace(queue_seconds=60)
    job = bulk.sent(partners(1))
    bulk.client.org.integration.access.hide(PARTNER)
    later(bulk.client.org, seconds=60)
    assert bulk.info(job)["state"] == "Failed"


def test_crlf_and_line_ends_within_quotes_are_taken(bulk: BulkClient) -> None:
    job = bulk.sent(f'{KEY},FullName__c\r\n1-1,"a\nb\rc\r\nd"\r\n', lineEnding="CRLF")
    assert bulk.info(job)["state"] == "JobComplete"
    (row,) = bulk.client.org.rows(PARTNER)
    assert row["FullName__c"] == "a\nb\rc\r\nd"


@pytest.mark.parametrize(("cell", "held"), [("", "前"), ("#N/A", None), ("後", "後")])
def test_an_empty_cell_is_left_alone_and_na_is_null(bulk: BulkClient, cell: str, held: str | None) -> None:
    upsert(bulk.client.org, partner(1, FullName__c="前"))
    job = bulk.sent(f"{KEY},FullName__c\n1-1,{cell}\n")
    assert bulk.info(job)["numberRecordsFailed"] == 0
    (row,) = bulk.client.org.rows(PARTNER)
    assert row["FullName__c"] == held


@pytest.mark.parametrize(
    ("kind", "cell", "held"),
    [
        ("double", "12", 12.0),
        ("double", "-1.5", -1.5),
        ("double", "1e3", 1000.0),
        ("double", "1_000", None),
        ("double", "nan", None),
        ("boolean", "true", True),
        ("boolean", "FALSE", False),
        ("boolean", "yes", None),
        ("date", "2026-11-24", "2026-11-24"),
        ("date", "2026/11/24", None),
        ("datetime", "2026-11-24T13:45:48.000+09:00", "2026-11-24T04:45:48.000+0000"),
        ("datetime", "2026-11-24T04:45:48.000Z", "2026-11-24T04:45:48.000+0000"),
        ("datetime", "2026-11-24 04:45:48", None),
    ],
)
def test_cells_are_read_by_the_type_of_their_field(bulk: BulkClient, kind: str, cell: str, held: object) -> None:
    """One of the wrong type refuses its row and no other."""
    org = bulk.client.org
    org.add_field(PARTNER, Field("Extra__c", "追加", kind, precision=18, scale=2))  # type: ignore[arg-type]  # a field type
    job = bulk.sent(f"Extra__c,{KEY}\n{cell},1-1\n,1-2\n")
    errors = [row["sf__Error"] for row in bulk.rows(job, "failedResults")]
    row = org.find(PARTNER, KEY, "1-1")
    assert org.find(PARTNER, KEY, "1-2") is not None
    if held is None:
        (error,) = errors
        assert error.startswith(f"INVALID_FIELD:Failed to deserialize field at col 0. Due to, '{cell}' is not a valid")
        assert error.endswith(":Extra__c --")
        assert row is None
    else:
        assert (errors, row and row["Extra__c"]) == ([], held)


def test_rows_pass_the_same_rules_as_in_every_other_call(bulk: BulkClient) -> None:
    # given
    org = bulk.client.org

    def locked(row: object) -> str:
        raise Refusal(RowError("UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record"))

    org.validation_rules[PARTNER] = lambda row: "名前が不正です" if row["Name"] == "取引先1" else None
    org.validation_rules[f"{PARTNER}.locked"] = lambda row: locked(row) if row["Name"] == "取引先2" else None
    # when
    job = bulk.sent(partners(1, 2, 3, 4, 4))
    # then
    duplicate = "DUPLICATE_VALUE:Duplicate external id specified: 1-4:FreeeKey__c --"
    assert sorted((row[KEY], row["sf__Error"]) for row in bulk.rows(job, "failedResults")) == [
        ("1-1", "FIELD_CUSTOM_VALIDATION_EXCEPTION:名前が不正です:--"),
        ("1-2", "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--"),
        ("1-4", duplicate),
        ("1-4", duplicate),
    ]
    assert [row[KEY] for row in org.rows(PARTNER)] == ["1-3"]


@pytest.mark.parametrize(
    "body",
    [
        {"object": "Nothing__c"},
        {"externalIdFieldName": "Nothing__c"},
        {"externalIdFieldName": "Name"},
        {"operation": "delete"},
        {"lineEnding": "CR"},
    ],
)
def test_a_job_that_cannot_be_is_not_created(bulk: BulkClient, body: dict[str, str]) -> None:
    assert error_of(bulk.create(**body)) == (400, "INVALIDJOB")
    assert bulk.client.call("GET", JOBS).json()["records"] == []


def test_data_is_taken_once_and_as_csv(bulk: BulkClient) -> None:
    job = bulk.create().json()["id"]
    assert error_of(bulk.upload(job, partners(1), "application/json")) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert bulk.upload(job, partners(1)).status_code == 201
    assert error_of(bulk.upload(job, partners(2))) == (400, "CLIENT_ERROR")
    bulk.change(job, "UploadComplete")
    assert error_of(bulk.upload(job, partners(2))) == (400, "INVALIDJOBSTATE")
    assert [row[KEY] for row in bulk.rows(job, "successfulResults")] == ["1-1"]


def test_states_change_only_forwards(bulk: BulkClient) -> None:
    job = bulk.uploaded(partners(1))
    assert error_of(bulk.file(job, "successfulResults")) == (400, "INVALIDJOBSTATE")
    assert error_of(bulk.client.call("DELETE", f"{JOBS}/{job}")) == (400, "INVALIDJOBSTATE")
    bulk.change(job, "UploadComplete")
    assert error_of(bulk.change(job, "UploadComplete")) == (400, "INVALIDJOBSTATE")
    assert error_of(bulk.change(job, "Aborted")) == (400, "INVALIDJOBSTATE")


def test_a_job_is_listed_until_it_is_deleted(bulk: BulkClient) -> None:
    job = bulk.sent(partners(1))
    assert [each["id"] for each in bulk.client.call("GET", JOBS).json()["records"]] == [job]
    assert bulk.client.call("DELETE", f"{JOBS}/{job}").status_code == 204
    assert error_of(bulk.client.call("GET", f"{JOBS}/{job}")) == (404, "NOT_FOUND")


def test_every_call_of_a_job_counts_against_the_daily_limit(bulk: BulkClient) -> None:
    job = bulk.sent(partners(1))
    used = bulk.file(job, "successfulResults").headers["Sforce-Limit-Info"]
    assert used == f"api-usage=4/{bulk.client.org.daily_limit}"


def test_another_process_sets_the_pace(bulk: BulkClient) -> None:
    bulk.client.bare("PUT", "/_sandbox/salesforce/bulk_pace", json={"queue_seconds": 8, "row_seconds": 0.002})
    assert bulk.client.org.jobs.pace == Pace(8, 0.002)
