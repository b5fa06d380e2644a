"""The files of Bulk API 2.0: what is written for a record, and what is made of results."""

from __future__ import annotations

import csv
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freee_sync.fields import Value
from freee_sync.salesforce import bulk_csv
from freee_sync.salesforce.bulk_csv import JobFile, as_cell, read_rows, row_error, unsendable
from freee_sync.salesforce.sobject_collections import Outgoing
from freee_sync.strict_json import MisshapenError

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
AWKWARD = st.text(st.sampled_from('",\n\r;\t \v\u2028あ😀#N/A\ufeff'))


def content(file: JobFile) -> bytes:
    """All that is sent."""
    return file.content().read()


def results(raw: bytes, *columns: str) -> list[dict[str, str]]:
    """The rows of a file of results."""
    return list(read_rows(io.BytesIO(raw), set(columns)))


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, "#N/A"),
        ("", "#N/A"),
        (True, "true"),
        (False, "false"),
        (0.0, "0"),
        (10.0, "10"),
        (-3.0, "-3"),
        (-0.1, "-0.1"),
        (1e16, "10000000000000000"),
        (1e-7, "0.0000001"),
        (123456789012345.0, "123456789012345"),
        (" 両端の空白 ", " 両端の空白 "),
        ("0", "0"),
    ],
)
def test_a_value_becomes_what_bulk_reads(value: Value, cell: str) -> None:
    assert as_cell(value) == cell


def test_a_job_file_is_what_salesforce_expects() -> None:
    with JobFile(("FreeeKey__c", "Name", "SyncChangedAt__c", "Code__c")) as file:
        file.add(Outgoing("1-1", {"Name": '一"二,\r\n三', "SyncChangedAt__c": None, "Code__c": True}))
        file.add(Outgoing("1-2", {"Name": "四"}))
        assert content(file).decode() == (
            '"FreeeKey__c","Name","SyncChangedAt__c","Code__c"\n"1-1","一""二,\r\n三","#N/A","true"\n"1-2","四","",""\n'
        )
        assert file.keys == {"1-1", "1-2"}


def test_a_time_is_written_with_the_zone_that_bulk_reads_and_a_text_is_left_as_it_is() -> None:
    moment = "2026-11-24T04:45:48.000+0000"
    with JobFile(("Key", "At__c", "Note__c"), {"At__c"}) as file:
        file.add(Outgoing("1", {"At__c": moment, "Note__c": moment}))
        file.add(Outgoing("2", {"At__c": "", "Note__c": None}))
        (first, second) = read_rows(file.content())
    assert first == {"Key": "1", "At__c": "2026-11-24T04:45:48.000Z", "Note__c": moment}
    assert second["At__c"] == "#N/A"


def test_a_field_that_is_no_column_is_an_error_and_not_lost() -> None:
    with JobFile(("Key", "Name")) as file, pytest.raises(ValueError, match="Code__c"):
        file.add(Outgoing("1", {"Name": "x", "Code__c": "y"}))


@given(st.dictionaries(TEXT | AWKWARD, TEXT | AWKWARD, min_size=1))
def test_whatever_is_written_is_read_back(texts: dict[str, str]) -> None:
    with JobFile(("Key", "Name")) as file:
        for key, text in texts.items():
            file.add(Outgoing(key, {"Name": text}))
        rows = list(read_rows(file.content()))
    assert {row["Key"]: row["Name"] for row in rows} == {key: text or "#N/A" for key, text in texts.items()}


@pytest.mark.parametrize(
    ("fields", "column"),
    [
        ({"Name": "#N/A"}, "Name"),
        ({"Name": "x", "Code__c": "#N/A"}, "Code__c"),
        ({"Name": "#N/A "}, None),
        ({"Name": "#n/a"}, None),
        ({"Name": None, "Code__c": ""}, None),
    ],
)
def test_only_the_very_text_that_means_null_cannot_be_sent(fields: dict[str, Value], column: str | None) -> None:
    assert unsendable(Outgoing("1", fields)) == column


def test_a_file_is_full_by_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_csv, "JOB_ROWS", 2)
    with JobFile(("Key", "Name")) as file:
        file.add(Outgoing("1", {"Name": "x"}))
        assert not file.full
        file.add(Outgoing("2", {"Name": "x"}))
        assert file.full


def test_a_file_is_full_by_the_bytes_that_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with JobFile(("Key", "Name")) as file:
        file.add(Outgoing("1", {"Name": "漢字"}))
        monkeypatch.setattr(bulk_csv, "JOB_BYTES", len(content(file)) + 1)
        assert not file.full
        monkeypatch.setattr(bulk_csv, "JOB_BYTES", len(content(file)))
        assert file.full


def test_some_rows_again_are_the_same_bytes() -> None:
    with JobFile(("Key", "At__c"), {"At__c"}) as file:
        for key in "123":
            file.add(Outgoing(key, {"At__c": "2026-11-24T04:45:48.000+0000"}))
        with file.only({"1", "3"}) as again:
            lines = content(file).splitlines()
            assert content(again).splitlines() == [lines[0], lines[1], lines[3]]
            assert again.keys == {"1", "3"}


def test_a_job_file_holds_keys_in_memory_and_no_rows() -> None:
    """100 bytes a row here; the rows themselves are 1,000."""
    rows = 3_000
    with JobFile(("Key", "Name")) as file:
        tracemalloc.start()
        for number in range(rows):
            file.add(Outgoing(f"1234567-{number}", {"Name": f"{number}" + "x" * 1_000}))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert len(content(file)) > 1_000 * rows
    assert peak < 300 * rows


@pytest.mark.parametrize(
    ("text", "code", "message", "fields"),
    [
        (
            "STRING_TOO_LONG:Name: data value too large: x:Name --",
            "STRING_TOO_LONG",
            "Name: data value too large: x",
            ("Name",),
        ),
        (
            "FIELD_CUSTOM_VALIDATION_EXCEPTION:名前が不正です:--",
            "FIELD_CUSTOM_VALIDATION_EXCEPTION",
            "名前が不正です",
            (),
        ),
        ("REQUIRED_FIELD_MISSING:missing: [A, B]:A,B --", "REQUIRED_FIELD_MISSING", "missing: [A, B]", ("A", "B")),
        ("INVALID_FIELD:not found:Parent__r.Key__c --", "INVALID_FIELD", "not found", ("Parent__r.Key__c",)),
        ("DUPLICATE_VALUE:12:30 --: taken:Name --", "DUPLICATE_VALUE", "12:30 --: taken", ("Name",)),
        ("STRING_TOO_LONG:a\nb:Name --", "STRING_TOO_LONG", "a\nb", ("Name",)),
        ("A_CODE:first:A --B_CODE:second:B --", "A_CODE", "first", ("A",)),
        ("A_CODE:message without an end", "A_CODE", "message without an end", ()),
        ("something else", "row", "something else", ()),
        ("login:x:--", "row", "x:--", ()),
        ("", "row", "", ()),
    ],
)
def test_the_error_of_a_row_is_taken_apart(text: str, code: str, message: str, fields: tuple[str, ...]) -> None:
    assert row_error(text) == (f"salesforce.{code}", message, fields)


def test_results_are_read_as_utf_8_with_line_ends_of_all_kinds() -> None:
    raw = '"Key","Name"\n"1","a\r\nb\u2028c\rd\n\v"\r\n"2","株式会社"\n'.encode()
    assert results(raw) == [{"Key": "1", "Name": "a\r\nb\u2028c\rd\n\v"}, {"Key": "2", "Name": "株式会社"}]


def test_a_cell_may_be_longer_than_pythons_own_limit() -> None:
    long = "x" * (csv.field_size_limit() - 1)
    assert len(long) > 131_072
    assert results(f'"Key"\n"{long}"\n'.encode()) == [{"Key": long}]


@pytest.mark.parametrize(
    "raw",
    [
        b'"Key","sf__Error"\n"1"\n',
        b'"Key","sf__Error"\n"1","x","y"\n',
        b'"Key","sf__Error"\n"1","cut',
        b'"Key","sf__Error"\n"1","\xff"\n',
        b'"Key"\n"1"\n',
        b'[{"errorCode":"x"}]\n{}\n',
    ],
    ids=["too few", "too many", "cut", "no UTF-8", "a column is missing", "no CSV"],
)
def test_results_that_are_not_what_was_asked_for_are_refused(raw: bytes) -> None:
    with pytest.raises(MisshapenError):
        results(raw, "Key", "sf__Error")


def test_an_empty_file_has_no_rows() -> None:
    assert results(b"", "Key") == []
