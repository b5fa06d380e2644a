"""What a Salesforce field holds: both sides in one form."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from builders import field
from freee_sync.errors import Reject
from freee_sync.fields import cut, utf16_length, whole_seconds


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("  山田商店 ", "山田商店"),
        ("　全角の空白　", "全角の空白"),
        ("", None),
        ("   ", None),
        (None, None),
        ("一行\r\n二行\r三行", "一行\n二行\n三行"),
        ("ﾌﾘｰ", "ﾌﾘｰ"),
        ("🍣", "🍣"),
    ],
)
def test_text_is_compared_as_salesforce_keeps_it(sent: str | None, kept: str | None) -> None:
    text = field("Name")
    assert text.write("text")(sent) == kept
    assert text.read()(sent) == kept


def test_text_of_exactly_the_fields_length_fits_and_one_more_does_not() -> None:
    convert = field("Name", length=5).write("text")
    assert convert("あいうえお") == "あいうえお"
    with pytest.raises(Reject) as refused:
        convert("あいうえおか")
    assert refused.value.code == "row.too_long"
    assert "Name" in refused.value.detail
    assert "6" in refused.value.detail


def test_an_emoji_counts_twice_and_is_never_cut_in_half() -> None:
    assert utf16_length("a🍣") == 3
    assert cut("a🍣b", 2) == "a"
    assert field("Name", length=3).write("text", truncate=True)("a🍣b") == "a🍣"


def test_truncated_text_has_no_white_space_at_its_new_end() -> None:
    assert field("Name", length=3).write("text", truncate=True)("ab cd") == "ab"


@pytest.mark.parametrize(("scale", "sent", "kept"), [(0, 12, 12.0), (0, 12.5, 13.0), (2, 1.005, 1.01), (2, None, None)])
def test_numbers_are_rounded_half_up_to_the_fields_scale(scale: int, sent: float | None, kept: float | None) -> None:
    assert field("N", "double", scale=scale).read()(sent) == kept


def test_an_integer_of_freee_is_written_to_text_and_to_number() -> None:
    assert field("FreeeId__c").write("integer")(2**62) == str(2**62)
    assert field("N", "double").write("integer")(21) == 21.0


def test_a_null_checkbox_is_false_on_both_sides() -> None:
    checkbox = field("Flag", "boolean", nillable=False)
    assert checkbox.write("boolean")(None) is False
    assert checkbox.read()(None) is False


def test_a_date_must_be_one() -> None:
    convert = field("UpdateDate__c", "date").write("date")
    assert convert("2026-11-24") == "2026-11-24"
    with pytest.raises(Reject) as refused:
        convert("2026-02-30")
    assert refused.value.code == "row.wrong_type"


@pytest.mark.parametrize(
    ("kind", "value"),
    [("text", 5), ("integer", "5"), ("integer", True), ("boolean", "true"), ("list", "a"), ("date", 1)],
)
def test_a_value_that_is_not_what_the_schema_says_is_refused_and_named(kind: str, value: object) -> None:
    with pytest.raises(Reject) as refused:
        field("Code__c").write(kind)(value)  # type: ignore[arg-type]  # the parametrised kinds are literals
    assert refused.value.code == "row.wrong_type"
    assert "Code__c" in refused.value.detail
    assert repr(value) in refused.value.detail


def test_a_list_becomes_one_text() -> None:
    assert field("Categories__c").write("list", join=" > ")(["資産", "流動資産"]) == "資産 > 流動資産"


def test_times_lose_their_fraction_and_are_told_in_utc() -> None:
    assert whole_seconds("2026-11-24T06:00:00.987+09:00") == "2026-11-23T21:00:00.000+0000"
    assert whole_seconds(datetime(2026, 11, 24, 4, 45, 48, 999, tzinfo=UTC)) == "2026-11-24T04:45:48.000+0000"


@pytest.mark.parametrize(
    ("type_", "kind", "fits"),
    [
        ("string", "text", True),
        ("picklist", "text", True),
        ("double", "integer", True),
        ("double", "text", False),
        ("boolean", "boolean", True),
        ("string", "boolean", False),
        ("date", "date", True),
        ("date", "text", False),
        ("reference", "text", False),
    ],
)
def test_which_kinds_fit_which_types(type_: str, kind: str, *, fits: bool) -> None:
    assert field("X", type_).fits(kind) is fits  # type: ignore[arg-type]  # the parametrised kinds are literals
