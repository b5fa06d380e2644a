"""Which keys the rows of each master have, and which are gone under which settings. Needs no file of freee's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from freee_client import FreeeClient
from sandbox.company import Settings, Sizes
from sandbox.server import Sandbox, SandboxConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

ALWAYS = {
    "partners": """
        id code company_id name update_date available shortcut1 shortcut2 org_code country_code long_name name_kana default_title phone
        contact_name email payer_walletable_id transfer_fee_handling_side qualified_invoice_issuer invoice_registration_number
    """,
    "account_items": """
        id name tax_code shortcut shortcut_num code default_tax_code account_category account_category_id categories available walletable_id
        group_name group_id corresponding_income_name corresponding_income_id corresponding_expense_name corresponding_expense_id update_date
    """,
    "tags": "id company_id name update_date shortcut1 shortcut2",
    "taxes/companies/{company_id}": "code name name_ja display_category available",
    "items": "id company_id name update_date available shortcut1 shortcut2 code",
    "sections": "id name available long_name company_id shortcut1 shortcut2 code indent_count parent_id update_date",
    "segments/3/tags": "id name description shortcut1 shortcut2 code update_date",
}

SOMETIMES = {"address_attributes", "partner_doc_setting_attributes", "partner_bank_account_attributes"}
"""Keys that a partner has where something is set."""


@pytest.fixture(scope="module")
def freee() -> Iterator[FreeeClient]:
    """A company with every odd partner."""
    with Sandbox(SandboxConfig(sizes=Sizes(partners=400))) as sandbox:
        yield FreeeClient(sandbox)


@pytest.mark.parametrize("path", ALWAYS)
def test_every_row_has_its_masters_keys(freee: FreeeClient, path: str) -> None:
    rows = freee.rows(path.format(company_id=freee.sandbox.company.id))

    assert {frozenset(set(row) - SOMETIMES) for row in rows} == {frozenset(ALWAYS[path].split())}


def test_partners_lack_the_keys_of_what_is_not_set(freee: FreeeClient) -> None:
    rows = freee.rows("partners", limit=400)

    for name in SOMETIMES:
        assert 0 < sum(name in row for row in rows) < len(rows)


@pytest.mark.parametrize("path", ["account_items", "items", "sections", "segments/1/tags"])
def test_without_the_code_setting_the_code_is_no_key(freee: FreeeClient, path: str) -> None:
    freee.sandbox.company.settings = Settings(codes=set())

    rows = freee.rows(path)

    freee.sandbox.company.settings = Settings()
    assert not any("code" in row for row in rows)


def test_without_partner_codes_the_code_is_null(freee: FreeeClient) -> None:
    freee.sandbox.company.settings = Settings(codes={"items"})

    rows = freee.rows("partners")
    company = freee.get(f"companies/{freee.sandbox.company.id}").json()["company"]

    freee.sandbox.company.settings = Settings()
    assert {row["code"] for row in rows} == {None}
    assert company["use_partner_code"] is False


def test_without_the_plan_sections_have_no_tree_and_partners_no_transfers(freee: FreeeClient) -> None:
    freee.sandbox.company.settings = Settings(hierarchy=False, transfers=False)

    sections, partners = freee.rows("sections"), freee.rows("partners")

    freee.sandbox.company.settings = Settings()
    assert not any({"indent_count", "parent_id"} & set(row) for row in sections)
    assert not any({"payer_walletable_id", "transfer_fee_handling_side"} & set(row) for row in partners)
