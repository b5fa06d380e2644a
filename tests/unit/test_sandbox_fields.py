"""What a field of the sandbox's Salesforce takes and holds."""

from __future__ import annotations

import pytest

from sandbox.salesforce import Field
from sandbox.salesforce.errors import ApiError, Refusal
from sandbox.salesforce.fields import held, taken

TEXT = Field("Text__c", "文字", "string", length=5)
CHECKBOX = Field("Box__c", "チェック", "boolean")
NUMBER = Field("Number__c", "数値", "double", precision=4, scale=1)
DATE = Field("Date__c", "日付", "date")
TIME = Field("Time__c", "日時", "datetime")
EMAIL = Field("Email__c", "メール", "email", length=80)
PICKLIST = Field("Choice__c", "選択", "picklist", length=255, values=("御中", "様"))


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        (TEXT, "  あ い\n", "あ い"),
        (TEXT, "", None),
        (TEXT, " \t ", None),
        (TEXT, None, None),
        (CHECKBOX, True, True),
        (CHECKBOX, None, False),
        (NUMBER, 1, 1.0),
        (NUMBER, 1.25, 1.3),
        (NUMBER, 0.05, 0.1),
        (NUMBER, -1.25, -1.3),
        (NUMBER, None, None),
        (DATE, "2026-11-24", "2026-11-24"),
        (TIME, "2026-11-24T13:45:48.999+09:00", "2026-11-24T04:45:48.000+0000"),
        (TIME, "2026-11-24T04:45:48Z", "2026-11-24T04:45:48.000+0000"),
        (EMAIL, "a.b@example.com", "a.b@example.com"),
        (PICKLIST, "様", "様"),
    ],
)
def test_a_value_is_kept_in_the_field_s_own_form(field: Field, sent: object, kept: object) -> None:
    assert held(field, taken(field, sent)) == kept  # type: ignore[arg-type]  # parametrized


@pytest.mark.parametrize(
    ("field", "sent", "token"),
    [
        (TEXT, 5, "string from VALUE_NUMBER_INT value 5"),
        (TEXT, True, "string from VALUE_TRUE value true"),
        (TEXT, ["a"], "string from START_ARRAY value"),
        (TEXT, {"a": 1}, "string from START_OBJECT value"),
        (NUMBER, "5", "double from VALUE_STRING value 5"),
        (NUMBER, True, "double from VALUE_TRUE value true"),
        (CHECKBOX, "true", "boolean from VALUE_STRING value true"),
        (CHECKBOX, 1, "boolean from VALUE_NUMBER_INT value 1"),
        (DATE, "2026-02-30", "date from VALUE_STRING value 2026-02-30"),
        (DATE, "24.11.2026", "date from VALUE_STRING value 24.11.2026"),
        (TIME, "2026-11-24 04:45:48", "datetime from VALUE_STRING value 2026-11-24 04:45:48"),
        (TIME, 1.5, "datetime from VALUE_NUMBER_FLOAT value 1.5"),
    ],
)
def test_a_wrong_json_type_refuses_the_whole_call(field: Field, sent: object, token: str) -> None:
    with pytest.raises(ApiError, match="JSON_PARSER_ERROR: Cannot deserialize instance of") as refused:
        taken(field, sent)  # type: ignore[arg-type]  # parametrized
    assert refused.value.status == 400
    assert f"instance of {token} or request may be missing" in refused.value.message


@pytest.mark.parametrize(
    ("field", "sent", "code", "message"),
    [
        (TEXT, "あいうえおか", "STRING_TOO_LONG", "文字: data value too large: あいうえおか (max length=5)"),
        (TEXT, "あいう🍣え", "STRING_TOO_LONG", "文字: data value too large: あいう🍣え (max length=5)"),
        (NUMBER, 1000, "NUMBER_OUTSIDE_VALID_RANGE", "数値: value outside of valid range on numeric field: 1000"),
        (NUMBER, 999.95, "NUMBER_OUTSIDE_VALID_RANGE", "数値: value outside of valid range on numeric field: 999.95"),
        (EMAIL, "a@b", "INVALID_EMAIL_ADDRESS", "メール: invalid email address: a@b"),
        (DATE, "4001-01-01", "INVALID_TYPE_ON_FIELD_IN_RECORD", "日付: invalid date: 4001-01-01"),
        (
            PICKLIST,
            "殿",
            "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
            "選択: bad value for restricted picklist field: 殿",
        ),
    ],
)
def test_a_value_that_does_not_fit_refuses_the_row(field: Field, sent: object, code: str, message: str) -> None:
    with pytest.raises(Refusal) as refusal:
        held(field, taken(field, sent))  # type: ignore[arg-type]  # parametrized
    (error,) = refusal.value.errors
    assert (error.code, error.message, error.fields) == (code, message, (field.name,))


def test_an_emoji_counts_as_two_characters() -> None:
    assert held(TEXT, "あ🍣う") == "あ🍣う"
    assert held(TEXT, "🍣🍣う") == "🍣🍣う"
