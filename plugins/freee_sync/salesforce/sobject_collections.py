"""Writing rows by sObject Collections: up to 200 a call, each row with its own answer, in the order sent.

`PATCH /composite/sobjects/{object}/{external id field}` with `allOrNone: false` answers 200 even if every row failed, and 400
only when the call as a whole cannot be read; then the call is halved until the row that spoils it stands alone
(REST API Developer Guide, "Upsert Multiple Records with Fewer Round-Trips"). A lookup is set by the external id of the record that it
points at, and emptied by its own name: a blank external id would be refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from freee_sync.fields import Value
from freee_sync.salesforce.answers import read_results
from freee_sync.salesforce.faults import CallRefused, row_fault
from freee_sync.salesforce.org import Org
from freee_sync.strict_json import bad_answer
from freee_sync.waits import some_jitter

CALL_ROWS = 200  # Salesforce's maximum
RESENDS = 3  # times that a row with a passing trouble is sent again
HOPELESS = 8  # rows refused one by one in a row: then it is the calls that are at fault, not the rows
RESEND_WAIT = 2.0  # seconds before the first resend; doubled each time

SPOILT = "salesforce.row"
"""Verdict code of a row that makes a call unreadable for Salesforce."""

TRANSIENT = frozenset(
    f"salesforce.{code}"
    for code in (
        "UNABLE_TO_LOCK_ROW",
        "API_TEMPORARILY_UNAVAILABLE",
        "SERVER_UNAVAILABLE",
        "REQUEST_RUNNING_TOO_LONG",
        "TOO_MANY_APEX_REQUESTS",
        "UNKNOWN_EXCEPTION",
    )
)


@dataclass(frozen=True)
class Outgoing:
    """One record to upsert: its key and the fields to set; a lookup goes by an external id, `Tax__r.FreeeKey__c`."""

    key: str
    fields: Mapping[str, Value]


@dataclass(frozen=True)
class Answer:
    """What Salesforce said to one record: `code` is None when it was written; `detail` may repeat a value of `fields`."""

    key: str
    created: bool = False
    code: str | None = None
    detail: str = ""
    fields: tuple[str, ...] = ()


class CollectionsUpsert:
    """Upserts records of one object by its external id.

    :raises Stop, Retry: from the org, when a call as a whole cannot be made; nothing is known of its rows then.
    """

    def __init__(self, org: Org, object_name: str, key_field: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._org = org
        self._object = object_name
        self._key_field = key_field
        self._sleep = sleep

    def __call__(self, records: Sequence[Outgoing]) -> list[Answer]:
        """Send at most 200 records; one answer for each. Those with a passing trouble are sent again."""
        answers = {answer.key: answer for answer in self._send(records)}
        for resend in range(RESENDS):
            again = [record for record in records if answers[record.key].code in TRANSIENT]
            if not again:
                break
            self._sleep(RESEND_WAIT * 2**resend + some_jitter())
            answers.update((answer.key, answer) for answer in self._send(again))
        return [answers[record.key] for record in records]

    def _send(self, records: Sequence[Outgoing]) -> list[Answer]:
        try:
            return self._call(records)
        except CallRefused as refused:
            if len(records) == 1:
                return [Answer(records[0].key, code=SPOILT, detail=refused.detail)]
            middle = len(records) // 2
            first = self._send(records[:middle])
            if len(first) >= HOPELESS and all(answer.code == SPOILT for answer in first):
                raise
            return first + self._send(records[middle:])

    def _call(self, records: Sequence[Outgoing]) -> list[Answer]:
        path = f"composite/sobjects/{self._object}/{self._key_field}"
        attributes = {"type": self._object}
        sent = [{"attributes": attributes, self._key_field: record.key, **_nested(record.fields)} for record in records]
        answer = self._org.call("PATCH", path, body={"allOrNone": False, "records": sent})
        with bad_answer("salesforce", f"PATCH {path}"):
            results = read_results(answer, len(records))
        return list(_answers(records, results))


def _nested(fields: Mapping[str, Value]) -> dict[str, Any]:
    """`Tax__r.FreeeKey__c` as `{"Tax__r": {"FreeeKey__c": …}}`, or as `{"Tax__c": null}`."""
    body: dict[str, Any] = {}
    for name, value in fields.items():
        relationship, _, key = name.rpartition(".")
        if not relationship:
            body[name] = value
        elif value is None:
            body[_lookup_field(relationship)] = None
        else:
            body[relationship] = {key: value}
    return body


def _lookup_field(relationship: str) -> str:
    """Salesforce names them so: `Tax__r` is of the custom field `Tax__c`, `Parent` of the standard field `ParentId`."""
    custom = relationship.removesuffix("__r")
    return f"{relationship}Id" if custom == relationship else f"{custom}__c"


def _answers(records: Sequence[Outgoing], results: Sequence[Mapping[str, Any]]) -> Iterator[Answer]:
    for record, result in zip(records, results, strict=True):
        if result["success"]:
            yield Answer(record.key, created=result["created"])
        else:
            yield Answer(record.key, False, *row_fault(result["errors"]))
