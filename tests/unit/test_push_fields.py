"""Values of accounts and partners in the form that both sides share."""

from __future__ import annotations

import pytest

from freee_sync.errors import Reject
from freee_sync.masters import PARTNERS
from freee_sync.push.partner_fields import FIELDS, NUMBER, PREFECTURE, from_freee, from_salesforce


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("name", " 山田商店 ", "山田商店"),
        ("phone", "", None),
        ("phone", 312345678.0, "312345678"),
        ("shortcut1", "二\r\n行", "二\n行"),
        (NUMBER, "1234567890123", "T1234567890123"),
        (NUMBER, "t1234567890123", "T1234567890123"),
        (PREFECTURE, "東京都", 12),
        (PREFECTURE, "東京", 12),
        (PREFECTURE, "京都府", 25),
        (PREFECTURE, "京都", 25),
        (PREFECTURE, "北海道", 0),
        (PREFECTURE, "沖縄県", 46),
        (PREFECTURE, "-1", None),
        ("org_code", 1.0, 1),
        ("org_code", "2", 2),
        ("qualified_invoice_issuer", True, True),
        ("qualified_invoice_issuer", None, False),
    ],
)
def test_a_value_of_an_account_is_brought_into_freees_form(field: str, value: object, kept: object) -> None:
    assert from_salesforce(field, value) == kept


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("name", "長" * 256, "push.too_long"),
        ("address_attributes.zipcode", "100-00001", "push.too_long"),
        ("name", "\0", "push.wrong_value"),
        ("name", True, "push.wrong_value"),
        (NUMBER, "T123", "push.wrong_value"),
        (PREFECTURE, "江戸", "push.wrong_value"),
        (PREFECTURE, 47, "push.wrong_value"),
        ("org_code", 3, "push.wrong_value"),
        ("org_code", 1.5, "push.wrong_value"),
        ("org_code", "²", "push.wrong_value"),
        ("country_code", "US", "push.wrong_value"),
        ("default_title", "殿", "push.wrong_value"),
        ("available", "true", "push.wrong_value"),
    ],
)
def test_a_value_that_freee_would_refuse_is_refused_here_without_being_told(
    field: str, value: object, code: str
) -> None:
    with pytest.raises(Reject) as refused:
        from_salesforce(field, value)
    assert refused.value.code == code
    assert refused.value.detail.startswith(f"{field}: ")
    assert str(value) not in refused.value.detail.removeprefix(field) or len(str(value)) == 1 or value is True


def test_what_freee_leaves_out_or_calls_unset_is_blank() -> None:
    row = {"name": "山田商店", "phone": None, "address_attributes": {"prefecture_code": -1, "zipcode": ""}}
    assert [from_freee(field, row) for field in ("phone", "email", PREFECTURE, "address_attributes.zipcode")] == [
        None
    ] * 4
    assert from_freee("partner_bank_account_attributes.bank_name", row) is None
    assert from_freee("available", row) is False


def test_every_field_that_can_be_written_is_one_that_freee_lists() -> None:
    assert FIELDS.keys() <= PARTNERS.fields.keys()
    assert PARTNERS.fields.keys() - FIELDS.keys() == {"id", "company_id", "update_date"}
