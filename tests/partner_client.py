"""What the tests of the sandbox's single partners share: partners of their own, the ways to write one, and what freee says to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    import requests

    from freee_client import FreeeClient

TERMS = {"cutoff_day": 20, "additional_months": 1, "fixed_day": 32}
WRITES = ["create", "update", "update_by_code", "upsert_by_code"]
DUPLICATE = "名前（通称）「{}」はすでに存在します。"


def partner(freee: FreeeClient, **fields: Any) -> dict[str, Any]:
    """A partner made for a test, as it lies in the company."""
    number = freee.sandbox.company.tables["partners"].next()[0]
    return freee.sandbox.company.add("partners", {"name": f"試験商店{number}", "available": True, **fields})


def sent(freee: FreeeClient, how: str, row: dict[str, Any], fields: dict[str, Any]) -> requests.Response:
    """A write of one of the kinds, of a partner that is there, or of a new one with its name and code."""
    body = {"name": row["name"]} | fields
    match how:
        case "create":
            return freee.send("POST", "partners", {"code": f"new-{row['code']}", "name": f"新{row['name']}"} | fields)
        case "update":
            return freee.send("PUT", f"partners/{row['id']}", body)
        case "destroy":
            return freee.send("DELETE", f"partners/{row['id']}")
        case "update_by_code":
            return freee.send("PUT", f"partners/code/{quote(row['code'], safe='')}", body)
        case _:
            return freee.send("PUT", "partners/upsert_by_code", {"code": row["code"], "partner": body})


def complaints(answer: requests.Response) -> list[str]:
    """What freee says is wrong."""
    assert answer.status_code == 400
    body = answer.json()
    assert body["status_code"] == 400
    assert body["errors"][0] == {"type": "status", "messages": ["不正なリクエストです。"]}
    assert body["errors"][1]["type"] == "validation"
    return list(body["errors"][1]["messages"])


def filled() -> dict[str, Any]:
    """Fields that a body may well leave out."""
    return {
        "country_code": "ZZ",
        "transfer_fee_handling_side": "payee",
        "payer_walletable_id": 2,
        "address_attributes": {
            "zipcode": "100-0001",
            "prefecture_code": 12,
            "street_name1": "旧町1",
            "street_name2": "3階",
        },
        "partner_doc_setting_attributes": {"sending_method": "email"},
        "partner_bank_account_attributes": {
            "bank_name": "見本銀行",
            "bank_name_kana": None,
            "bank_code": "0000",
            "branch_name": None,
            "branch_kana": None,
            "branch_code": None,
            "account_type": "checking",
            "account_number": "1234567",
            "account_name": None,
            "long_account_name": None,
        },
        "payment_term_attributes": TERMS,
        "invoice_payment_term_attributes": TERMS,
    }
