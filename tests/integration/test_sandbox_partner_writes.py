"""The sandbox's freee takes partners as freee does: what must be there, what must not, and what stays."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import requests

from partner_client import DUPLICATE, TERMS, WRITES, complaints, filled, partner, sent
from sandbox.company import ABSENT, Settings

if TYPE_CHECKING:
    from freee_client import FreeeClient


def test_a_created_partner_has_freees_defaults_and_is_listed_today(freee: FreeeClient) -> None:
    answer = freee.send("POST", "partners", {"name": "新設商店", "code": "S-1"})

    made = answer.json()["partner"]
    assert answer.status_code == 201
    assert {name: value for name, value in made.items() if value is not None} == {
        "id": max(freee.sandbox.company.keys("partners")),
        "code": "S-1",
        "company_id": freee.sandbox.company.id,
        "update_date": freee.sandbox.clock.today_jst().isoformat(),
        "name": "新設商店",
        "available": True,
        "country_code": "JP",
        "transfer_fee_handling_side": "payer",
        "qualified_invoice_issuer": False,
    }
    assert freee.rows("partners", start_update_date=made["update_date"], keyword="新設商店") == [made]


def test_a_created_partner_can_be_used_whatever_the_body_says(freee: FreeeClient) -> None:
    answer = freee.send("POST", "partners", {"name": "即停止商店", "code": "S-2", "available": False})

    assert answer.json()["partner"]["available"] is True


def test_a_code_must_be_given_where_the_company_uses_codes(freee: FreeeClient) -> None:
    assert complaints(freee.send("POST", "partners", {"name": "無番商店"})) == ["Codeを入力してください。"]
    assert complaints(freee.send("POST", "partners", {"name": "無番商店", "code": ""})) == ["Codeを入力してください。"]
    assert freee.rows("partners", keyword="無番商店") == []


def test_a_code_must_not_be_given_where_the_company_uses_none(freee: FreeeClient) -> None:
    freee.sandbox.company.settings = Settings(codes=set())

    complaints(freee.send("POST", "partners", {"name": "番号付商店", "code": "S-3"}))
    answer = freee.send("POST", "partners", {"name": "番号付商店"})

    assert answer.status_code == 201
    assert answer.json()["partner"]["code"] is None


@pytest.mark.parametrize("how", ["update_by_code", "upsert_by_code"])
def test_nothing_goes_by_code_where_the_company_uses_none(freee: FreeeClient, how: str) -> None:
    row = partner(freee)
    freee.sandbox.company.settings = Settings(codes=set())

    complaints(sent(freee, how, row, {"phone": "1"}))


def test_the_company_says_whether_it_uses_partner_codes(freee: FreeeClient) -> None:
    path = f"companies/{freee.sandbox.company.id}"
    assert freee.get(path).json()["company"]["use_partner_code"] is True

    requests.patch(f"{freee.sandbox.freee_url}/_sandbox/company", json={"codes": ["items"]}, timeout=30)

    assert freee.get(path).json()["company"]["use_partner_code"] is False


@pytest.mark.parametrize("how", ["update", "update_by_code", "upsert_by_code"])
def test_a_code_cannot_be_changed(freee: FreeeClient, how: str) -> None:
    row = partner(freee)

    complaints(sent(freee, how, row, {"code": "another"}))
    complaints(sent(freee, how, row, {"code": row["code"]}))

    assert freee.sandbox.company.row("partners", row["id"]) == row


def test_a_partner_by_code_takes_no_id(freee: FreeeClient) -> None:
    row = partner(freee)

    complaints(sent(freee, "update_by_code", row, {"id": row["id"]}))


@pytest.mark.parametrize("code", ["支店/東京", "a b&c?d", "%2F", "100%"])
def test_a_code_stands_in_the_path_url_encoded(freee: FreeeClient, code: str) -> None:
    row = partner(freee, code=code)

    answer = sent(freee, "update_by_code", row, {"phone": "03"})

    assert answer.status_code == 200
    assert answer.json()["partner"]["id"] == row["id"]


@pytest.mark.parametrize("how", WRITES)
def test_a_name_is_had_by_one_partner_only(freee: FreeeClient, how: str) -> None:
    first, second = partner(freee), partner(freee)

    assert complaints(sent(freee, how, first, {"name": second["name"]})) == [DUPLICATE.format(second["name"])]


@pytest.mark.parametrize("how", WRITES)
def test_a_name_that_was_there_from_the_start_is_taken_until_it_is_given_up(freee: FreeeClient, how: str) -> None:
    first = freee.sandbox.company.row("partners", freee.sandbox.company.keys("partners")[WRITES.index(how)])
    row = partner(freee)
    assert complaints(sent(freee, how, row, {"name": first["name"]})) == [DUPLICATE.format(first["name"])]

    freee.sandbox.company.edit("partners", first["id"], {"name": f"旧{first['name']}"})

    assert sent(freee, how, row, {"name": first["name"]}).status_code in {200, 201}


def test_names_that_differ_in_case_or_width_are_two_names(freee: FreeeClient) -> None:
    for number, name in enumerate(["Same Store", "same store", "ＳＡＭＥ　ＳＴＯＲＥ", "ｾｲﾑ", "セイム"]):
        answer = freee.send("POST", "partners", {"name": name, "code": f"W-{number}"})

        assert answer.status_code == 201


def test_an_archived_partner_keeps_its_name_and_code(freee: FreeeClient) -> None:
    row = partner(freee)
    freee.sandbox.company.archive("partners", row["id"])

    assert complaints(freee.send("POST", "partners", {"name": row["name"], "code": "S-4"})) == [
        DUPLICATE.format(row["name"])
    ]
    assert complaints(freee.send("POST", "partners", {"name": "別名商店", "code": row["code"]})) == [
        f"Code「{row['code']}」はすでに存在します。"
    ]


def test_a_code_is_had_by_one_partner_only_and_its_case_counts(freee: FreeeClient) -> None:
    row = partner(freee, code="Case-1")

    assert complaints(freee.send("POST", "partners", {"name": "二番商店", "code": row["code"]})) == [
        "Code「Case-1」はすでに存在します。"
    ]
    assert freee.send("POST", "partners", {"name": "二番商店", "code": "case-1"}).status_code == 201


def test_a_name_must_be_given_each_time(freee: FreeeClient) -> None:
    row = partner(freee)
    answers = [
        freee.send("POST", "partners", {"code": "S-5"}),
        freee.send("POST", "partners", {"code": "S-5", "name": ""}),
        freee.send("PUT", f"partners/{row['id']}", {"phone": "03"}),
        freee.send("PUT", f"partners/code/{row['code']}", {"phone": "03"}),
        freee.send("PUT", "partners/upsert_by_code", {"code": "S-5", "partner": {}}),
        freee.send("PUT", "partners/upsert_by_code", {"code": row["code"], "partner": {"phone": "03"}}),
    ]

    assert [complaints(answer) for answer in answers] == [["名前（通称）を入力してください。"]] * 6


@pytest.mark.parametrize("how", ["update", "update_by_code", "upsert_by_code"])
def test_what_the_body_leaves_out_stays(freee: FreeeClient, how: str) -> None:
    row = partner(freee, **filled())

    answer = sent(freee, how, row, {"name": f"改{row['name']}"})

    expected = row | {"name": f"改{row['name']}", "update_date": freee.sandbox.clock.today_jst().isoformat()}
    assert answer.status_code == 200
    assert answer.json()["partner"] == expected
    assert freee.get(f"partners/{row['id']}").json()["partner"] == expected


@pytest.mark.parametrize("how", ["update", "update_by_code", "upsert_by_code"])
def test_members_that_a_nested_part_leaves_out_stay(freee: FreeeClient, how: str) -> None:
    row = partner(freee, **filled())

    answer = sent(
        freee,
        how,
        row,
        {"address_attributes": {"street_name1": "新町2"}, "partner_bank_account_attributes": {"account_number": "7"}},
    )

    changed = answer.json()["partner"]
    assert changed["address_attributes"] == row["address_attributes"] | {"street_name1": "新町2"}
    bank = row["partner_bank_account_attributes"]
    assert changed["partner_bank_account_attributes"] == bank | {"account_number": "7"}


def test_only_terms_and_three_more_fields_can_be_emptied_by_null(freee: FreeeClient) -> None:
    row = partner(freee, org_code=1, invoice_registration_number="T1234567890123", **filled())
    nulls: dict[str, Any] = {
        "org_code": None,
        "payer_walletable_id": None,
        "invoice_registration_number": None,
        "payment_term_attributes": None,
        "partner_doc_setting_attributes": {"sending_method": None},
    }

    emptied = sent(freee, "update", row, nulls).json()["partner"]

    assert "payment_term_attributes" not in emptied
    assert emptied["invoice_payment_term_attributes"] == TERMS
    assert [emptied[name] for name in list(nulls)[:3]] == [None, None, None]
    assert emptied["partner_doc_setting_attributes"] == {"sending_method": None}
    for name in ("phone", "long_name", "available", "address_attributes", "partner_bank_account_attributes"):
        complaints(sent(freee, "update", row, {name: None}))


def test_an_empty_text_empties_a_field(freee: FreeeClient) -> None:
    row = partner(freee, phone="03-1234-5678")

    assert sent(freee, "update", row, {"phone": ""}).json()["partner"]["phone"] == ""


@pytest.mark.parametrize("how", WRITES)
def test_terms_come_whole_or_not_at_all(freee: FreeeClient, how: str) -> None:
    row = partner(freee)

    complaints(sent(freee, how, row, {"payment_term_attributes": {"cutoff_day": 20}}))
    answer = sent(freee, how, row, {"payment_term_attributes": TERMS})

    assert answer.json()["partner"]["payment_term_attributes"] == TERMS


def test_terms_are_in_the_answer_of_one_and_not_in_the_list(freee: FreeeClient) -> None:
    row = partner(freee, payment_term_attributes=TERMS)

    assert freee.get(f"partners/{row['id']}").json()["partner"]["payment_term_attributes"] == TERMS
    (listed,) = freee.rows("partners", keyword=row["name"])
    assert "payment_term_attributes" not in listed


@pytest.mark.parametrize("how", WRITES)
def test_below_the_plan_transfers_and_terms_are_passed_over(freee: FreeeClient, how: str) -> None:
    row = partner(freee, payer_walletable_id=3, payment_term_attributes=TERMS)
    freee.sandbox.company.settings = Settings(transfers=False)

    answer = sent(freee, how, row, {"payer_walletable_id": 2, "payment_term_attributes": {"cutoff_day": 20}})

    shown = answer.json()["partner"]
    assert answer.status_code in {200, 201}
    assert not {"payer_walletable_id", "transfer_fee_handling_side", "payment_term_attributes"} & shown.keys()
    kept = freee.sandbox.company.row("partners", row["id"])
    assert (kept["payer_walletable_id"], kept["payment_term_attributes"]) == (3, TERMS)


@pytest.mark.parametrize("how", WRITES)
def test_a_registration_number_has_its_t_whether_it_was_sent_or_not(freee: FreeeClient, how: str) -> None:
    row = partner(freee)

    answer = sent(freee, how, row, {"invoice_registration_number": "1234567890123"})

    assert answer.json()["partner"]["invoice_registration_number"] == "T1234567890123"


@pytest.mark.parametrize("number", ["T0234567890123", "T123456789012", "12345678901234", "t1234567890123", ""])
def test_a_registration_number_that_is_none_is_refused(freee: FreeeClient, number: str) -> None:
    complaints(sent(freee, "update", partner(freee), {"invoice_registration_number": number}))


@pytest.mark.parametrize("how", WRITES)
def test_an_account_type_that_is_empty_becomes_ordinary(freee: FreeeClient, how: str) -> None:
    row = partner(freee, **filled())

    answer = sent(freee, how, row, {"partner_bank_account_attributes": {"account_type": ""}})

    assert answer.json()["partner"]["partner_bank_account_attributes"]["account_type"] == "ordinary"


@pytest.mark.parametrize(("sent_type", "kept_type"), [(None, "ordinary"), ("savings", "savings")])
def test_a_first_bank_account_is_ordinary_unless_the_body_says_otherwise(
    freee: FreeeClient, sent_type: str | None, kept_type: str
) -> None:
    row = partner(freee, partner_bank_account_attributes=ABSENT)
    account = {"bank_name": "見本銀行"} | ({"account_type": sent_type} if sent_type else {})

    changed = sent(freee, "update", row, {"partner_bank_account_attributes": account}).json()["partner"]

    assert changed["partner_bank_account_attributes"]["account_type"] == kept_type


def test_a_part_of_which_nothing_is_said_is_no_key(freee: FreeeClient) -> None:
    row = partner(freee)

    made = sent(freee, "create", row, {"address_attributes": {}, "partner_bank_account_attributes": {}})

    assert not {"address_attributes", "partner_bank_account_attributes"} & made.json()["partner"].keys()


@pytest.mark.parametrize(
    "fields",
    [
        {"org_code": 3},
        {"org_code": "1"},
        {"country_code": "US"},
        {"default_title": "殿"},
        {"payer_walletable_id": 9},
        {"available": 1},
        {"payer_walletable_id": True},
        {"address_attributes": "東京都"},
        {"address_attributes": {"zipcode": "100-00001"}},
        {"address_attributes": {"prefecture_code": -2}},
        {"address_attributes": {"prefecture_code": 47}},
        {"address_attributes": {"prefecture_code": "12"}},
        {"partner_doc_setting_attributes": {"sending_method": "fax"}},
        {"invoice_payment_term_attributes": TERMS | {"additional_months": 7}},
    ],
    ids=str,
)
def test_what_a_field_cannot_be_is_refused(freee: FreeeClient, fields: dict[str, Any]) -> None:
    row = partner(freee)

    complaints(sent(freee, "update", row, fields))

    assert freee.sandbox.company.row("partners", row["id"]) == row


def test_everything_that_is_wrong_is_said_at_once_and_nothing_is_written(freee: FreeeClient) -> None:
    row = partner(freee)

    said = complaints(sent(freee, "update", row, {"phone": 3, "org_code": "1", "email": "a" * 256, "long_name": "長"}))

    assert [message.split()[0] for message in said] == ["Org", "Phone", "Email"]
    assert freee.sandbox.company.row("partners", row["id"]) == row


def test_a_partner_can_be_stopped_and_used_again(freee: FreeeClient) -> None:
    row = partner(freee)

    assert sent(freee, "update", row, {"available": False}).json()["partner"]["available"] is False
    assert sent(freee, "upsert_by_code", row, {"available": True}).json()["partner"]["available"] is True


def test_an_upsert_tells_by_its_status_whether_it_created(freee: FreeeClient) -> None:
    body = {"code": "U-1", "partner": {"name": "両用商店", "phone": "03", "available": False}}

    first, second = (freee.send("PUT", "partners/upsert_by_code", body) for _ in range(2))

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["partner"]["id"] == second.json()["partner"]["id"]
    assert first.json()["partner"]["available"] is True
    assert second.json()["partner"]["available"] is False


@pytest.mark.parametrize("body", [{"code": "U-2"}, {"partner": {"name": "片方商店"}}, {"code": "U-2", "partner": "x"}])
def test_an_upsert_wants_a_code_and_a_partner(freee: FreeeClient, body: dict[str, Any]) -> None:
    complaints(freee.send("PUT", "partners/upsert_by_code", body))


def test_a_partner_that_is_not_there_is_404(freee: FreeeClient) -> None:
    body = {"name": "幻商店"}
    answers = [
        freee.get("partners/7"),
        freee.send("PUT", "partners/7", body),
        freee.send("PUT", "partners/code/nobody", body),
        freee.send("DELETE", "partners/7"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert answers[0].json()["errors"][1]["messages"] == ["既に削除された、あるいは存在しない取引先です。"]


def test_an_archived_partner_is_read_and_never_written(freee: FreeeClient) -> None:
    row = partner(freee, available=False)
    freee.sandbox.company.archive("partners", row["id"])

    assert freee.get(f"partners/{row['id']}").json()["partner"]["name"] == row["name"]
    for how in ("update", "update_by_code", "upsert_by_code"):
        complaints(sent(freee, how, row, {"phone": "03"}))
    complaints(freee.send("DELETE", f"partners/{row['id']}"))
    assert freee.rows("partners", keyword=row["name"]) == []


def test_a_partner_is_archived_by_delete_once_it_is_stopped(freee: FreeeClient) -> None:
    row = partner(freee)

    complaints(freee.send("DELETE", f"partners/{row['id']}"))
    sent(freee, "update", row, {"available": False})
    answer = freee.send("DELETE", f"partners/{row['id']}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert freee.rows("partners", keyword=row["name"]) == []


def test_a_write_is_dated_in_japan(freee: FreeeClient) -> None:
    row = partner(freee)
    after_midnight_in_japan = freee.sandbox.clock.now().replace(hour=15, minute=30) + timedelta(days=1)
    freee.sandbox.clock.advance(after_midnight_in_japan - freee.sandbox.clock.now())
    freee.tokens = freee.grant(refresh_token=freee.sandbox.link()).json()

    dates = {sent(freee, how, row, {}).json()["partner"]["update_date"] for how in WRITES}

    assert dates == {(after_midnight_in_japan.date() + timedelta(days=1)).isoformat()}
