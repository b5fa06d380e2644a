"""What Salesforce answers when it serves a call, checked before anybody trusts it.

A query's pages must hold as many rows as the query found, the pages must come to an end, and a write call must answer for each row
that was sent. Shapes: REST API Developer Guide, "Query", "sObject Describe", "Upsert Multiple Records with Fewer Round-Trips".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from freee_sync.bilingual import say
from freee_sync.fields import SalesforceField
from freee_sync.strict_json import FLAG, LIST, NULL, TEXT, WHOLE, Kinds, MisshapenError, members, whole_answer

Columns = Mapping[str, Kinds]
"""Name of each column of a query to the types that its values may have."""

_PAGE: Columns = {"totalSize": WHOLE, "done": FLAG, "records": LIST}
_NEXT: Columns = {"nextRecordsUrl": TEXT}
_LOCATOR = re.compile(r"/services/data/v\d+\.\d+/query/[\w-]+")

_FIELD: Columns = {
    **dict.fromkeys(("name", "type"), TEXT),
    **dict.fromkeys(("length", "scale"), WHOLE),
    **dict.fromkeys(
        ("nillable", "createable", "updateable", "externalId", "unique", "defaultedOnCreate"),
        FLAG,
    ),
    "referenceTo": LIST,
    "relationshipName": TEXT | NULL,
}

_RESULT: Columns = {"success": FLAG, "errors": LIST}
_WRITTEN: Columns = {"id": TEXT, "created": FLAG}
_REFUSAL: Columns = {"statusCode": TEXT, "message": TEXT}


class QueryReading:
    """One query, answer by answer.

    :ivar next: path of the answer to ask for next; None when all have come.
    """

    def __init__(self, columns: Columns) -> None:
        self.next: str | None = "query"
        self._columns = columns
        self._rows = 0
        self._asked: set[str] = set()

    def take(self, answer: Any) -> list[dict[str, Any]]:
        """The records of the next answer.

        :raises MisshapenError: when it is no page, or rows were left out, or there is no end to them.
        """
        page = members(answer, _PAGE)
        records = [
            members(record, self._columns, f"records[{number}]") for number, record in enumerate(page["records"])
        ]
        self._rows += len(records)
        self.next = None if page["done"] else self._locator(page, len(records))
        if page["done"] and self._rows != page["totalSize"]:
            total, rows = page["totalSize"], self._rows
            problem = say(f"{total}行のはずが、届いたのは{rows}行です", f"should be {total} rows, {rows} came")
            raise MisshapenError("totalSize", problem)
        return records

    def _locator(self, page: dict[str, Any], rows: int) -> str:
        """Where the next page is, if it is one: below this org's queries, not asked for before, after a page that held rows."""
        path: str = members(page, _NEXT)["nextRecordsUrl"]
        if not _LOCATOR.fullmatch(path):
            raise MisshapenError(
                "nextRecordsUrl", say("クエリーの続きの場所ではありません", "not the place of a next page")
            )
        if path in self._asked or not rows or self._rows >= page["totalSize"]:
            raise MisshapenError("nextRecordsUrl", say("続きのページが終わりません", "the pages do not end"))
        self._asked.add(path)
        return path


def read_describe(answer: Any) -> dict[str, SalesforceField]:
    """The fields of a described object, by name.

    :raises MisshapenError: when one is not described whole, or twice.
    """
    fields: dict[str, SalesforceField] = {}
    for number, value in enumerate(members(answer, {"fields": LIST})["fields"]):
        field = SalesforceField.from_describe(members(value, _FIELD, f"fields[{number}]"))
        if field.name in fields:
            problem = say("同じ名前の項目が2つあります", "two fields have the same name")
            raise MisshapenError(f"fields[{number}].name", problem)
        fields[field.name] = field
    return fields


def read_results(answer: Any, rows: int) -> list[dict[str, Any]]:
    """The results of a write call, one for each row sent, in their order.

    :param rows: how many were sent.
    :raises MisshapenError: when it does not say of each row whether it was written; then nothing is known of any.
    """
    if not isinstance(answer, list) or len(answer) != rows:
        problem = say(f"送った{rows}行それぞれの結果ではありません", f"not one result for each of the {rows} rows sent")
        raise MisshapenError(whole_answer(), problem)
    written: set[str] = set()
    for number, value in enumerate(answer):
        place = f"[{number}]"
        if not members(value, _RESULT, place)["success"]:
            _check_refusal(value["errors"], place)
        elif value["errors"] or members(value, _WRITTEN, place)["id"] in written:
            problem = say(
                "成功した行の結果として矛盾しています", "contradicts itself as the result of a row that was written"
            )
            raise MisshapenError(place, problem)
        else:
            written.add(value["id"])
    return answer


def _check_refusal(errors: list[Any], place: str) -> None:
    for number, refusal in enumerate(errors):
        members(refusal, _REFUSAL, f"{place}.errors[{number}]")
