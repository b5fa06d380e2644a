"""Writing by sObject Collections: one answer for each row, whatever Salesforce says."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import count
from threading import Barrier, Event
from time import sleep
from typing import Any

import pytest

from freee_sync.errors import Retry, Stop
from freee_sync.salesforce.faults import CallRefused, fault, row_fault
from freee_sync.salesforce.sobject_collections import CALL_ROWS, RESENDS, Answer, CollectionsUpsert, Outgoing
from freee_sync.salesforce.writer import WORKERS, until_trouble, write


def rows(*keys: str) -> list[Outgoing]:
    return [Outgoing(key, {"Name": f"name of {key}"}) for key in keys]


class ScriptedOrg:
    """Answers each call by a function of the keys sent, and keeps what was sent."""

    def __init__(self, answer: Callable[[list[str]], Any]) -> None:
        self._answer = answer
        self.sent: list[list[str]] = []
        self.bodies: list[Any] = []

    def call(self, method: str, path: str, *, body: Any) -> Any:
        assert (method, path) == ("PATCH", "composite/sobjects/X__c/FreeeKey__c")
        self.bodies.append(body)
        keys = [record["FreeeKey__c"] for record in body["records"]]
        self.sent.append(keys)
        return self._answer(keys)


IDS = count()


def good(created: bool = True) -> dict[str, Any]:
    return {"id": f"a{next(IDS):017}", "success": True, "errors": [], "created": created}


def bad(code: str) -> dict[str, Any]:
    return {"success": False, "errors": [{"statusCode": code, "message": "no", "fields": ["Name"]}]}


def upsert(org: ScriptedOrg, waits: list[float] | None = None) -> CollectionsUpsert:
    record = waits.append if waits is not None else lambda _seconds: None
    return CollectionsUpsert(org, "X__c", "FreeeKey__c", sleep=record)  # type: ignore[arg-type]  # a fake with the one method that is used


def test_each_row_gets_its_own_answer() -> None:
    org = ScriptedOrg(lambda keys: [good(), good(created=False), bad("STRING_TOO_LONG")])
    answers = upsert(org)(rows("1", "2", "3"))
    assert answers == [
        Answer("1", created=True),
        Answer("2", created=False),
        Answer("3", code="salesforce.STRING_TOO_LONG", detail="no", fields=("Name",)),
    ]
    assert org.bodies[0]["allOrNone"] is False
    assert org.bodies[0]["records"][0] == {"attributes": {"type": "X__c"}, "FreeeKey__c": "1", "Name": "name of 1"}


def test_rows_with_a_passing_trouble_are_sent_again_alone_and_with_growing_waits() -> None:
    tries = iter([[good(), bad("UNABLE_TO_LOCK_ROW")], [bad("UNABLE_TO_LOCK_ROW")], [good()]])
    org, waits = ScriptedOrg(lambda keys: next(tries)), list[float]()
    answers = upsert(org, waits)(rows("1", "2"))
    assert [answer.code for answer in answers] == [None, None]
    assert org.sent == [["1", "2"], ["2"], ["2"]]
    assert [int(seconds) for seconds in waits] == [2, 4]


def test_a_trouble_that_does_not_pass_is_the_rows_failure() -> None:
    org = ScriptedOrg(lambda keys: [bad("UNABLE_TO_LOCK_ROW")])
    assert upsert(org)(rows("1"))[0].code == "salesforce.UNABLE_TO_LOCK_ROW"
    assert len(org.sent) == 1 + RESENDS


def test_a_refused_call_is_halved_until_the_bad_row_stands_alone() -> None:
    def answer(keys: list[str]) -> Any:
        if "5" in keys:
            raise CallRefused("salesforce.refused", "JSON_PARSER_ERROR")
        return [good() for _ in keys]

    org = ScriptedOrg(answer)
    answers = upsert(org)(rows(*"12345678"))
    assert [answer.key for answer in answers if answer.code] == ["5"]
    assert [answer.key for answer in answers] == list("12345678")


def refuse_all(keys: list[str]) -> Any:
    raise CallRefused("salesforce.refused", "UNKNOWN")


def test_calls_that_are_refused_whatever_they_hold_are_given_up_soon() -> None:
    org = ScriptedOrg(refuse_all)
    with pytest.raises(CallRefused):
        upsert(org)(rows(*map(str, range(200))))
    assert len(org.sent) < 40


def test_a_bad_row_that_stands_alone_is_that_rows_failure_and_stops_nothing() -> None:
    org = ScriptedOrg(refuse_all)
    (answers,) = write(rows("1"), upsert(org))
    assert [answer.code for answer in answers] == ["salesforce.row"]


@pytest.mark.parametrize("answered", [[], [good()], [good(), None], {"success": True}, None])
def test_an_answer_that_does_not_speak_of_every_row_is_no_answer(answered: Any) -> None:
    with pytest.raises(Retry) as refused:
        upsert(ScriptedOrg(lambda keys: answered))(rows("1", "2"))
    assert refused.value.code == "salesforce.bad_answer"


@pytest.mark.parametrize(
    ("result", "place"),
    [
        (good() | {"success": "true"}, "[1].success"),
        (good() | {"success": 1}, "[1].success"),
        ({"id": "a1", "errors": [], "created": True}, "[1].success"),
        (good() | {"created": None}, "[1].created"),
        (good() | {"id": None}, "[1].id"),
        (good() | {"errors": {}}, "[1].errors"),
        (good() | bad("STRING_TOO_LONG") | {"success": True}, "[1]"),
        (bad("X") | {"errors": ["no"]}, "[1].errors[0]"),
        (bad("X") | {"errors": [{"message": "no"}]}, "[1].errors[0].statusCode"),
        ("no", "[1]"),
    ],
)
def test_a_result_that_is_not_clear_is_neither_success_nor_refusal_of_any_row(result: Any, place: str) -> None:
    org = ScriptedOrg(lambda keys: [good(), result])
    with pytest.raises(Retry, match=rf"PATCH composite/sobjects/X__c/FreeeKey__c: {re.escape(place)}: ") as refused:
        upsert(org)(rows("1", "2"))
    assert (refused.value.code, len(org.sent)) == ("salesforce.bad_answer", 1)


def test_no_success_and_no_error_is_a_refused_row() -> None:
    (answer,) = upsert(ScriptedOrg(lambda keys: [{"success": False, "errors": []}]))(rows("1"))
    assert answer.code == "salesforce.row"


def test_one_record_cannot_be_the_answer_to_two_rows() -> None:
    with pytest.raises(Retry, match=r"bad_answer.*\[1\]"):
        upsert(ScriptedOrg(lambda keys: [good()] * 2))(rows("1", "2"))


def test_answers_of_calls_under_way_are_kept_when_another_call_fails() -> None:
    failed = Event()

    def some(records: Sequence[Outgoing]) -> list[Answer]:
        if records[0].key == "200":
            failed.set()
            raise Retry("salesforce.unavailable", "503")
        failed.wait()
        sleep(0.2)  # so that the failure is told while this call is under way
        return [Answer(record.key) for record in records]

    answered: list[str] = []

    def drain() -> None:
        for answers in write(rows(*map(str, range(500))), some):
            answered.extend(answer.key for answer in answers)

    with pytest.raises(Retry):
        drain()
    assert set(answered) >= set(map(str, range(200)))
    assert "200" not in answered


def test_full_storage_starts_no_new_call_and_loses_no_answer() -> None:
    full = Answer("0", code="salesforce.STORAGE_LIMIT_EXCEEDED", detail="full")
    under_way = Barrier(WORKERS, timeout=30)

    def some(records: Sequence[Outgoing]) -> list[Answer]:
        under_way.wait()
        return [full] if records[0].key == "0" else [Answer(record.key) for record in records]

    answered: list[str] = []

    def drain() -> None:
        for answers in write(rows(*map(str, range(WORKERS * CALL_ROWS))), some):
            answered.extend(answer.key for answer in answers)

    with pytest.raises(Stop) as stopped:
        drain()
    assert stopped.value.code == "salesforce.STORAGE_LIMIT_EXCEEDED"
    assert len(answered) == (WORKERS - 1) * CALL_ROWS + 1


def test_after_a_call_in_vain_no_further_one_begins() -> None:
    """A worker would take the next call before anybody could call it off."""
    begun: list[str] = []

    def in_vain(records: Sequence[Outgoing]) -> list[Answer]:
        begun.append(records[0].key)
        raise Retry("salesforce.unavailable", "503")

    begin = until_trouble(in_vain)
    with pytest.raises(Retry):
        begin(rows("1"))
    assert begin(rows("2")) == []
    assert begun == ["1"]


def test_after_an_answer_that_strikes_all_rows_no_further_call_begins() -> None:
    full = Answer("1", code="salesforce.STORAGE_LIMIT_EXCEEDED", detail="full")
    begin = until_trouble(lambda records: [full])
    assert begin(rows("1")) == [full]
    assert begin(rows("2")) == []


def test_no_more_calls_are_made_than_are_told_of_in_time() -> None:
    """A worker that is killed between two answers has written at most that much that nobody counted."""
    made: list[int] = []

    def some(records: Sequence[Outgoing]) -> list[Answer]:
        made.append(len(records))
        return [Answer(record.key, created=True) for record in records]

    told = 0
    for answers in write(rows(*map(str, range(40 * CALL_ROWS))), some):
        told += 1
        assert len(made) < told + 2 * WORKERS, (len(made), told)
        assert len(answers) == CALL_ROWS
    assert told == len(made) == 40


def test_nothing_to_write_makes_no_call() -> None:
    assert list(write([], lambda records: pytest.fail("called"))) == []


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, b'[{"errorCode":"INVALID_SESSION_ID","message":"Session expired or invalid"}]', "INVALID_SESSION_ID"),
        (403, b'[{"errorCode":"REQUEST_LIMIT_EXCEEDED","message":"TotalRequests Limit"}]', "REQUEST_LIMIT_EXCEEDED"),
        (404, b'[{"errorCode":"NOT_FOUND","message":"The requested resource does not exist"}]', "object"),
        (400, b'[{"errorCode":"INVALID_FIELD","message":"No such column"}]', "field"),
        (400, b'[{"errorCode":"JSON_PARSER_ERROR","message":"Cannot deserialize"}]', "refused"),
        (503, b"<html>maintenance</html>", "unavailable"),
        (502, b"", "unavailable"),
        (418, b"{}", "refused"),
        (300, b'["/services/data/v59.0/sobjects/X__c/a01"]', "refused"),
        (403, b"[]", "refused"),
    ],
)
def test_answers_that_are_no_success_become_our_errors(status: int, body: bytes, code: str) -> None:
    problem = fault(status, body, "GET query")
    assert problem.code == f"salesforce.{code}"
    assert "GET query" in problem.detail
    assert str(status) in problem.detail


@pytest.mark.parametrize(
    "errors",
    [
        None,
        [],
        {},
        ["text"],
        [{"message": "x"}],
        [{"statusCode": "login", "message": "x"}],
        [{"statusCode": 5, "message": "x"}],
    ],
)
def test_a_row_refused_without_a_reason_is_still_a_refused_row(errors: Any) -> None:
    assert row_fault(errors)[0] == "salesforce.row"
