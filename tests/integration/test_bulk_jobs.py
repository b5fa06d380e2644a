"""The Bulk driver against the sandbox over real HTTP: every row gets its own answer or none, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bulk_client import BulkClient, partners
from bulk_rig import JOBS, BulkRig, outgoing
from freee_sync.errors import Retry, Stop
from freee_sync.salesforce import bulk_csv
from freee_sync.salesforce.bulk_csv import BulkTarget
from freee_sync.salesforce.bulk_watch import SILENCES
from freee_sync.salesforce.org import TRIES
from freee_sync.salesforce.sobject_collections import Answer, Outgoing
from salesforce_client import Client, OrgServer
from salesforce_org import KEY, PARTNER, partner, upsert
from sandbox.faults import Fault
from sandbox.salesforce import Field
from sandbox.salesforce.bulk_job import Pace
from sandbox.salesforce.errors import Refusal, RowError
from sandbox.salesforce.fields import Row, Value
from sandbox.salesforce.tables import record_id

SLOW = Pace(queue_seconds=8, row_seconds=0.1)


@pytest.fixture
def rig(server: OrgServer) -> BulkRig:
    """A driver and an org of its own."""
    return BulkRig(server)


def refuse(rig: BulkRig, name: str, code: str, times: int | None = None) -> None:
    """Rows of this name are refused with a code, so many times."""
    left = [times]

    def rule(row: Row) -> str | None:
        if row.get("Name") == name and left[0] != 0:
            left[0] = None if left[0] is None else left[0] - 1
            raise Refusal(RowError(code, "refused for a while", ("Name",)))
        return None

    rig.org.validation_rules[PARTNER] = rule


def left_behind(rig: BulkRig, numbers: range, *, state: str = "UploadComplete") -> str:
    """A job that a try which was killed left."""
    bulk = BulkClient(Client(rig.org, rig.server.url))
    return bulk.sent(partners(*numbers)) if state == "UploadComplete" else bulk.uploaded(partners(*numbers))


def test_each_row_is_created_updated_or_refused_with_its_reason(rig: BulkRig) -> None:
    # given
    upsert(rig.org, partner(2, FullName__c="前"))
    # when
    ended = rig.write([*outgoing(1, 2, FullName__c=None), Outgoing("1-3", {"Name": "あ" * 81, "FullName__c": "x"})])
    # then
    assert ended is None
    assert rig.said == {"1-1": "created", "1-2": "updated", "1-3": "salesforce.STRING_TOO_LONG"}
    (refused,) = (answer for answer in rig.answers if answer.code)
    assert refused.fields == ("Name",)
    assert refused.detail.startswith("取引先名: data value too large: あああ")
    updated = rig.org.find(PARTNER, KEY, "1-2")
    assert updated is not None
    assert (updated["Name"], updated["FullName__c"]) == ("取引先2", None)
    assert rig.remembered == [next(iter(rig.org.jobs.all)), None]


def test_values_of_every_type_arrive_as_they_would_by_collections(rig: BulkRig) -> None:
    # given
    for name, kind in (("Number__c", "double"), ("Day__c", "date"), ("Flag__c", "boolean")):
        rig.org.add_field(PARTNER, Field(name, name, kind, precision=18, scale=4))  # type: ignore[arg-type]  # a field type
    values: dict[str, Value] = {
        "Number__c": 12345678.5,
        "Day__c": "2026-11-24",
        "Flag__c": True,
        "SyncChangedAt__c": "2026-11-24T04:45:48.000+0000",
        "FullName__c": 'a "b", \nc',
    }
    # when
    rig.write(outgoing(1, **values))
    # then
    (row,) = rig.org.rows(PARTNER)
    assert {name: row[name] for name in values} == values


def test_a_row_whose_columns_are_not_all_named_leaves_the_rest_alone(rig: BulkRig) -> None:
    upsert(rig.org, partner(1, FullName__c="前"))
    rig.write([*outgoing(2, FullName__c="x"), *outgoing(1)])
    row = rig.org.find(PARTNER, KEY, "1-1")
    assert row is not None
    assert row["FullName__c"] == "前"


def test_a_lookup_is_set_and_emptied_by_the_external_id_of_what_it_points_at(rig: BulkRig) -> None:
    # given
    parent = "ParentSection__r.FreeeKey__c"
    rig.driver = replace(rig.driver, target=BulkTarget("FreeeSection__c", KEY))
    rig.write([Outgoing("1-1", {"Name": "本社", parent: None})])
    # when
    rig.write([Outgoing("1-2", {"Name": "営業部", parent: "1-1"}), Outgoing("1-3", {"Name": "総務部", parent: "1-9"})])
    # then
    first, second = rig.org.rows("FreeeSection__c")
    assert (first["ParentSection__c"], second["ParentSection__c"]) == (None, first["Id"])
    assert rig.said == {"1-1": "created", "1-2": "created", "1-3": "salesforce.INVALID_FIELD"}
    # when
    rig.write([Outgoing("1-2", {"Name": "営業部", parent: None})])
    # then
    assert [row["ParentSection__c"] for row in rig.org.rows("FreeeSection__c")] == [None, None]


TEXTS = st.lists(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\r\t") | st.sampled_from('",;\n\u2028😀')
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=TEXTS)
def test_texts_arrive_as_they_were_sent(rig: BulkRig, texts: list[str]) -> None:
    """But for the white space at their ends, which Salesforce takes off whatever the API."""
    # given
    texts = [text for text in texts if text != "#N/A"]
    rig.org.add_field(PARTNER, Field("Note__c", "メモ", "textarea", length=32_768))
    rig.answers.clear()
    # when
    rig.write(Outgoing(f"k-{number}", {"Note__c": text, "Name": "x"}) for number, text in enumerate(texts))
    # then
    held = {row[KEY]: row["Note__c"] for row in rig.org.rows(PARTNER)}
    for number, text in enumerate(texts):
        assert held[f"k-{number}"] == (text.strip("".join(map(chr, range(0x21)))) or None)
    assert {answer.code for answer in rig.answers} <= {None}
    assert len(rig.answers) == len(texts)


def test_a_text_that_means_null_is_refused_before_it_is_sent(rig: BulkRig) -> None:
    rig.write(
        [*outgoing(1), *outgoing(2, FullName__c="#N/A"), *outgoing(3)][:1] + outgoing(2, Name="#N/A") + outgoing(3)
    )
    assert rig.said == {"1-1": "created", "1-2": "row.null_marker", "1-3": "created"}
    assert len(rig.org.rows(PARTNER)) == 2


def test_rows_that_cannot_be_sent_at_all_need_no_job(rig: BulkRig) -> None:
    assert rig.write(outgoing(1, 2, Name="#N/A")) is None
    assert set(rig.said.values()) == {"row.null_marker"}
    assert rig.states == []


def test_nothing_to_write_makes_no_call(rig: BulkRig) -> None:
    assert rig.write([]) is None
    assert rig.calls("POST", "") == 0


def test_many_rows_go_in_one_job_after_the_other(rig: BulkRig, monkeypatch: pytest.MonkeyPatch) -> None:
    # given
    monkeypatch.setattr(bulk_csv, "JOB_ROWS", 200)
    sent: list[int] = []

    def records() -> Iterator[Outgoing]:
        for number in range(500):
            sent.append(number)
            yield from outgoing(number)

    # when
    writing = rig.driver.write(records())
    first = next(writing)
    # then: the second job is not begun before the first one's answers are taken, nor are its rows asked for
    assert (len(first), rig.states) == (200, ["JobComplete"])
    assert len(sent) <= 202
    rest = [answer for answers in writing for answer in answers]
    assert rig.states == ["JobComplete"] * 3
    assert len({answer.key for answer in (*first, *rest)}) == 500
    assert [memory is None for memory in rig.remembered] == [False, True] * 3


def test_a_clean_job_is_seven_calls_less_two(rig: BulkRig) -> None:
    """Create, upload, close, look, read: what was refused is asked for only while some row has no answer."""
    rig.wire.clear()
    rig.write(outgoing(*range(50)))
    assert [call.method for call in rig.wire.calls(path=JOBS)] == ["POST", "PUT", "PATCH", "GET", "GET"]
    assert rig.calls("GET", ".*/failedResults") == 0


def test_a_job_is_looked_at_often_at_first_and_every_ten_seconds_in_the_end(rig: BulkRig) -> None:
    rig.org.jobs.pace = Pace(queue_seconds=8, row_seconds=1)
    rig.write(outgoing(*range(200)))
    assert rig.slept[:8] == [1.0] * 8
    assert sorted(rig.slept) == rig.slept
    assert rig.slept[-1] == 10.0
    assert sum(rig.slept) <= 208 + 10
    assert len(rig.slept) < 45


def test_a_job_that_is_nearly_done_is_looked_at_in_time(rig: BulkRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.salesforce.bulk_job.CHUNK", 10)  # a second's rows, as of a larger job
    rig.org.jobs.pace = Pace(queue_seconds=8, row_seconds=0.1)
    rig.write(outgoing(*range(2_000)))
    assert sum(rig.slept) <= 208 + 3
    assert len(rig.slept) < 45


def test_a_passing_trouble_of_a_row_is_sent_again_alone(rig: BulkRig) -> None:
    refuse(rig, "取引先2", "UNABLE_TO_LOCK_ROW", times=2)
    assert rig.write(outgoing(1, 2, 3)) is None
    assert rig.said == {"1-1": "created", "1-2": "created", "1-3": "created"}
    assert [job.processed for job in rig.org.jobs.all.values()] == [3, 1, 1]
    assert len(rig.answers) == 3


def test_a_trouble_that_does_not_pass_is_told_after_three_more_tries(rig: BulkRig) -> None:
    refuse(rig, "取引先2", "UNABLE_TO_LOCK_ROW")
    assert rig.write(outgoing(1, 2)) is None
    assert rig.said == {"1-1": "created", "1-2": "salesforce.UNABLE_TO_LOCK_ROW"}
    assert len(rig.states) == 4
    assert [wait for wait in rig.slept if wait > 1.5] == [2.0, 4.0, 8.0]


def test_a_refusal_that_strikes_every_row_begins_no_further_job(rig: BulkRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_csv, "JOB_ROWS", 2)
    refuse(rig, "取引先1", "STORAGE_LIMIT_EXCEEDED")
    ended = rig.write(outgoing(1, 2, 3, 4))
    assert isinstance(ended, Stop)
    assert ended.code == "salesforce.STORAGE_LIMIT_EXCEEDED"
    assert rig.said == {"1-1": "salesforce.STORAGE_LIMIT_EXCEEDED", "1-2": "created"}
    assert rig.remembered[-1] is None


@pytest.mark.parametrize("fault", [{"status": 503, "body": "<html>maintenance</html>"}, {"cut": True}, {"status": 429}])
def test_looks_that_fail_are_waited_out_and_the_job_goes_on(rig: BulkRig, fault: dict[str, object]) -> None:
    """Five tries of the call, then five more: longer than one repetition would bear."""
    rig.org.jobs.pace = SLOW
    rig.wire.add(Fault(path="/jobs/ingest/750", method="GET", at=2, times=10, **fault))  # type: ignore[arg-type]  # any
    assert rig.write(outgoing(*range(300))) is None
    assert set(rig.said.values()) == {"created"}
    assert rig.states == ["JobComplete"]


def test_a_look_is_put_off_as_long_as_salesforce_asks(rig: BulkRig) -> None:
    rig.org.jobs.pace = Pace(queue_seconds=400)
    headers = {"Retry-After": "300"}
    rig.wire.add(Fault(path="/jobs/ingest/750", method="GET", status=503, headers=headers))
    assert rig.write(outgoing(1)) is None
    assert rig.slept[:3] == [1.0, 300.0, 10.0]


def test_silences_that_are_not_in_a_row_are_no_reason_to_give_up(rig: BulkRig) -> None:
    rig.org.jobs.pace = Pace(queue_seconds=300)
    for number in range(SILENCES + 3):
        rig.wire.add(Fault(path="/jobs/ingest/750", method="GET", status=503, at=1 + number * (TRIES + 1), times=TRIES))
    assert rig.write(outgoing(1)) is None
    assert rig.calls("GET", "/750") > (SILENCES + 3) * (TRIES + 1)


def test_too_many_silences_in_a_row_end_the_try_and_the_job(rig: BulkRig) -> None:
    rig.org.jobs.pace = Pace(queue_seconds=3600)
    rig.wire.add(Fault(path="/jobs/ingest/750", method="GET", status=503, times=None))
    ended = rig.write(outgoing(1))
    assert isinstance(ended, Retry)
    assert ended.code == "salesforce.unavailable"
    assert rig.calls("GET", "/750") == (SILENCES + 1) * TRIES
    assert rig.states == ["Aborted"]
    assert rig.answers == []


def test_a_session_that_ends_meanwhile_is_renewed_once(rig: BulkRig) -> None:
    # given
    rig.org.jobs.pace = SLOW
    ended: list[float] = []

    def end_session(slept: float) -> None:
        if slept > 5 and not ended:
            ended.append(slept)
            rig.org.expire_sessions()

    rig.on_sleep = end_session
    # when
    assert rig.write(outgoing(1)) is None
    # then
    assert rig.said == {"1-1": "created"}
    assert (len(ended), len(rig.org.sessions.issued)) == (1, 2)


def test_a_session_may_end_before_any_call(rig: BulkRig) -> None:
    """The upload too is made again from its beginning."""
    for method in ("POST", "PUT", "PATCH", "GET"):
        body = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
        rig.wire.add(Fault(path="/jobs/ingest", method=method, status=401, body=body))
    assert rig.write(outgoing(*range(300))) is None
    assert set(rig.said.values()) == {"created"}
    assert rig.states == ["JobComplete"]


@pytest.mark.parametrize("stop", [KeyboardInterrupt, TimeoutError, SystemExit])
def test_a_stop_aborts_the_job_and_leaves_its_id_to_be_picked_up(rig: BulkRig, stop: type[BaseException]) -> None:
    # given
    rig.org.jobs.pace = Pace(row_seconds=0.1)

    def stopped(slept: float) -> None:
        if slept > 21:
            raise stop

    rig.on_sleep = stopped
    # when
    with pytest.raises(stop):
        rig.write(outgoing(*range(1_000)))
    # then
    rig.on_sleep = lambda _: None
    assert (rig.states, rig.answers) == (["Aborted"], [])
    (job,) = (memory for memory in rig.remembered if memory)
    # when: the next try
    assert rig.pick_up(job) is None
    # then
    assert len(rig.org.rows(PARTNER)) == 200
    assert rig.said == {str(row[KEY]): "created" for row in rig.org.rows(PARTNER)}
    assert rig.remembered == [job, None]
    assert rig.calls("POST", "") == 1


def test_a_stop_that_cannot_be_said_to_salesforce_is_still_raised(rig: BulkRig) -> None:
    rig.org.jobs.pace = SLOW
    rig.wire.add(Fault(path="/jobs/ingest/750", method="PATCH", at=2, status=503, times=None))
    rig.on_sleep = lambda slept: (_ for _ in ()).throw(KeyboardInterrupt) if slept == 1.0 else None
    with pytest.raises(KeyboardInterrupt):
        rig.write(outgoing(1))


def test_a_job_whose_file_salesforce_cannot_read_stops_the_load(rig: BulkRig) -> None:
    ended = rig.write(outgoing(1, Nobody__c="x"))
    assert isinstance(ended, Stop)
    assert ended.code == "salesforce.refused"
    assert "Field name not found : Nobody__c" in ended.detail
    assert (rig.states, rig.answers, rig.remembered[-1]) == (["Failed"], [], None)


def test_a_job_that_fails_for_another_reason_may_be_tried_again(rig: BulkRig) -> None:
    body = {
        "id": record_id("750", 1),
        "state": "Failed",
        "externalIdFieldName": KEY,
        "errorMessage": "Batch failed after 20 retries",
    }
    counts = dict.fromkeys(("numberRecordsProcessed", "numberRecordsFailed"), 0)
    rig.wire.add(Fault(path="/jobs/ingest/750", method="GET", body=body | counts))
    ended = rig.write(outgoing(1))
    assert isinstance(ended, Retry)
    assert ended.code == "salesforce.job_failed"
    assert "Batch failed after 20 retries" in ended.detail


def test_a_job_that_somebody_aborts_tells_of_the_rows_it_did(rig: BulkRig) -> None:
    # given
    rig.org.jobs.pace = Pace(row_seconds=0.1)

    def abort(slept: float) -> None:
        (job,) = rig.org.jobs.all.values()
        if slept > 21 and job.state == "InProgress":
            job.abort(rig.org.clock.now())

    rig.on_sleep = abort
    # when
    ended = rig.write(outgoing(*range(1_000)))
    # then
    assert isinstance(ended, Stop)
    assert ended.code == "salesforce.job_aborted"
    assert rig.said == {str(row[KEY]): "created" for row in rig.org.rows(PARTNER)}
    assert len(rig.answers) == 200
    assert rig.remembered[-1] is None


def test_a_job_that_takes_too_long_is_aborted(rig: BulkRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("freee_sync.salesforce.bulk_watch.PATIENCE", 60)
    rig.org.jobs.pace = Pace(queue_seconds=80)
    ended = rig.write(outgoing(1))
    assert isinstance(ended, Retry)
    assert ended.code == "salesforce.job_failed"
    assert rig.states == ["Aborted"]


def test_rows_that_are_in_no_file_have_no_answer(rig: BulkRig) -> None:
    rig.org.jobs.pace = Pace(batch_rows=100, batches_left=2)
    assert rig.write(outgoing(*range(250))) is None
    assert rig.said == {str(row[KEY]): "created" for row in rig.org.rows(PARTNER)}
    assert len(rig.answers) == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "GET"])
@pytest.mark.parametrize("fault", [{"cut": True, "after": True}, {"status": 503, "after": True}, {"status": 503}])
def test_a_call_whose_answer_is_lost_is_made_again_without_harm(
    rig: BulkRig, method: str, fault: dict[str, object]
) -> None:
    rig.wire.add(Fault(path="/jobs/ingest", method=method, **fault))  # type: ignore[arg-type]  # any
    assert rig.write(outgoing(*range(300))) is None
    assert set(rig.said.values()) == {"created"}
    assert len(rig.answers) == 300
    assert rig.states[-1] == "JobComplete"


@pytest.mark.parametrize("name", ["successfulResults", "failedResults"])
def test_a_file_of_results_that_is_cut_is_read_again_from_its_beginning(
    rig: BulkRig, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("freee_sync.salesforce.bulk_calls.PART", 16)  # bytes, so that some have come before it is cut
    refuse(rig, "取引先2", "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    rig.wire.add(Fault(path=name, cut=True, after=True, times=2))
    assert rig.write(outgoing(*range(300))) is None
    assert len(rig.answers) == len(rig.said) == 300
    assert rig.said["1-2"] == "salesforce.FIELD_CUSTOM_VALIDATION_EXCEPTION"


def results(*rows: str) -> dict[str, object]:
    """A file of results in place of the real one."""
    text = "".join(f"{row}\n" for row in (f"sf__Id,sf__Created,{KEY}", *rows))
    return {"body": text, "headers": {"Content-Type": "text/csv"}}


@pytest.mark.parametrize(
    "fault",
    [
        results("a,true,1-1", "b,true,1-9"),
        results("a,true,1-1", "b,true,1-1"),
        results("a,true,1-1", "b,true"),
        {"body": "sf__Id,sf__Created,Name\na,true,x\n"},
        {"body": b'"sf__Id","sf__Created","FreeeKey__c"\n"a","true","\xff"\n'},
    ],
    ids=["a row that was not sent", "a row twice", "cut", "no key", "no UTF-8"],
)
def test_results_that_cannot_be_believed_are_a_bad_answer(rig: BulkRig, fault: dict[str, object]) -> None:
    rig.wire.add(Fault(path="successfulResults", times=None, **fault))  # type: ignore[arg-type]  # any
    ended = rig.write(outgoing(1, 2))
    assert isinstance(ended, Retry)
    assert ended.code == "salesforce.bad_answer"
    assert rig.remembered[-1] is not None
    # when: the next try picks the job up, it is not stuck
    assert rig.pick_up(str(rig.remembered[-1])) is None
    assert rig.remembered[-1] is None


def test_a_job_left_open_is_aborted(rig: BulkRig) -> None:
    job = left_behind(rig, range(3), state="Open")
    assert rig.pick_up(job) is None
    assert (rig.states, rig.answers, rig.remembered) == (["Aborted"], [], [None])
    assert rig.org.rows(PARTNER) == []


@pytest.mark.parametrize("pace", [Pace(), SLOW, Pace(queue_seconds=100)])
def test_a_job_left_running_is_waited_for_and_told_and_nothing_is_sent_again(rig: BulkRig, pace: Pace) -> None:
    # given
    rig.org.jobs.pace = pace
    refuse(rig, "取引先1", "UNABLE_TO_LOCK_ROW")
    job = left_behind(rig, range(3))
    rig.wire.clear()
    # when
    assert rig.pick_up(job) is None
    # then
    assert rig.said == {"1-0": "created", "1-1": "salesforce.UNABLE_TO_LOCK_ROW", "1-2": "created"}
    assert {call.method for call in rig.wire.calls(path=JOBS)} == {"GET"}
    assert rig.remembered == [None]


def test_a_job_that_is_gone_is_forgotten(rig: BulkRig) -> None:
    assert rig.pick_up("750000000000000AAA") is None
    assert (rig.answers, rig.remembered) == ([], [None])


def test_a_job_that_failed_as_a_whole_is_forgotten_too(rig: BulkRig) -> None:
    job = BulkClient(Client(rig.org, rig.server.url)).sent("Nobody__c\nx\n")
    assert rig.pick_up(job) is None
    assert (rig.answers, rig.remembered) == ([], [None])


def test_a_wait_for_a_job_left_running_can_be_stopped(rig: BulkRig) -> None:
    rig.org.jobs.pace = SLOW
    job = left_behind(rig, range(3))
    rig.on_sleep = lambda slept: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        rig.pick_up(job)
    assert (rig.states, rig.remembered) == (["Aborted"], [])


def test_once_answers_are_told_no_other_try_counts_them_again(rig: BulkRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("freee_sync.salesforce.bulk_jobs.ANSWERS", 10)
    writing = rig.driver.write(outgoing(*range(30)))
    first: list[Answer] = next(writing)
    writing.close()  # type: ignore[attr-defined]  # it is a generator
    assert len(first) == 10
    assert rig.states == ["JobComplete"]
    assert rig.remembered[-1] is None


def test_a_job_is_created_as_the_guide_says(rig: BulkRig) -> None:
    rig.write(outgoing(1))
    (call,) = rig.wire.calls("POST", JOBS)
    (upload,) = rig.wire.calls("PUT", JOBS)
    assert call.body.decode() == (
        f'{{"object":"{PARTNER}","externalIdFieldName":"{KEY}","operation":"upsert","contentType":"CSV","lineEnding":"LF"}}'
    )
    assert upload.headers["content-type"] == "text/csv; charset=UTF-8"
    assert upload.body.decode() == f'"{KEY}","Name"\n"1-1","取引先1"\n'
