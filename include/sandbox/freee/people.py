"""Companies and the user: what freee answers before any master is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request, Response

from sandbox.freee.access import RIGHTS, VERBS
from sandbox.freee.answers import invalid, json_answer, not_found

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.company import Company, Row
    from sandbox.freee.access import Gate

ROLE = "admin"

OTHER_RIGHTS = """
wallet_txns deals deal_linkage transfers docs doc_postings receipts receipt_stream_editor spreadsheets expense_applications
expense_application_sync_payroll manage_bulk_expense_application_approvals payment_requests payment_request_templates approval_requests
purchase_requests suspense_payments reports reports_income_expense reports_receivables reports_payables reports_purchase_budgets
reports_cash_balance reports_managements_planning reports_managements_navigation reports_managements_introduction
reports_custom_reports_aggregate reports_pl reports_bs reports_general_ledgers reports_journals manual_journals fixed_assets
inventory_refreshes biz_allocations payment_records annual_reports consolidation tax_reports consumption_entries tax_return
account_item_statements month_end year_end walletables companies invitations access_controls sign_in_logs user_attribute_logs app_role_logs
txn_relationship_logs backups opening_balances system_conversion resets payroll_item_sets user_matchers deal_templates
manual_journal_templates cost_allocations approval_flow_routes expense_application_templates request_forms system_messages_for_admin
company_internal_announcements doc_change_logs workflows oauth_applications oauth_authorizations currencies entries_reviews
freee_cards_stream proxy_application_settings bank_accountant_staff_users
"""
"""The rights that freee answers besides our masters'; all of them the user has."""

EMBEDDED = {
    "account_items": ("account_items", "account_items", ("id", "name", "shortcut", "categories")),
    "taxes": ("tax_codes", "taxes", ("code", "name", "name_ja")),
    "items": ("items", "items", ("id", "name", "shortcut1", "shortcut2")),
    "partners": ("partners", "partners", ("id", "code", "name", "shortcut1", "shortcut2")),
    "sections": ("sections", "sections", ("id", "name", "shortcut1", "shortcut2", "indent_count", "parent_id")),
    "tags": ("tags", "tags", ("id", "name", "shortcut1", "shortcut2")),
}
"""Query parameter of `/companies/{id}` to the key it adds, the table it comes from and the fields it has."""


def add_people(app: FastAPI, company: Company, gate: Gate) -> None:
    """Add the endpoints of companies and users to an app."""

    @app.get("/api/1/companies")
    async def companies(request: Request) -> Response:
        gate.token_company(request)
        others = [_brief(company) | {"id": key, "name": name, "display_name": name} for key, name in _others(company)]
        return json_answer({"companies": [_brief(company), *others]})

    @app.get("/api/1/companies/{company_id}")
    async def one_company(request: Request, company_id: str) -> Response:
        granted = gate.token_company(request)
        if company_id != str(granted):
            raise invalid("存在しないかすでに削除された事業所です。")
        return json_answer({"company": _brief(company) | _details(company) | _embedded(company, request.query_params)})

    @app.get("/api/1/users/me")
    async def me(request: Request) -> Response:
        gate.token_company(request)
        return json_answer({"user": _user(company, request.query_params)})

    @app.get("/api/1/users/capabilities")
    async def capabilities(request: Request) -> Response:
        granted = gate.token_company(request)
        if request.query_params.get("company_id") != str(granted):
            raise not_found("存在しないかすでに削除された事業所です。")
        return json_answer(_capabilities(gate))


def _others(company: Company) -> Iterable[tuple[int, str]]:
    return company.settings.other_companies.items()


def _brief(company: Company) -> Row:
    return {
        "id": company.id,
        "name": company.name,
        "name_kana": "カブシキガイシャサンドボックスショウカイ",
        "display_name": company.name,
        "company_number": company.number,
        "role": ROLE,
    }


def _details(company: Company) -> Row:
    return {
        "tax_at_source_calc_type": 0,
        "contact_name": None,
        "head_count": 14,
        "corporate_number": "",
        "txn_number_format": "not_used",
        "default_wallet_account_id": None,
        "private_settlement": False,
        "minus_format": 0,
        "org_code": 1,
        "phone1": "03-0000-0000",
        "phone2": None,
        "fax": None,
        "zipcode": "100-0005",
        "prefecture_code": 12,
        "street_name1": "東京都千代田区丸の内0-0-0",
        "street_name2": None,
        "invoice_layout": "default_classic",
        "amount_fraction": 0,
        "use_partner_code": "partners" in company.settings.codes,
        "industry_class": "retail_wholesale",
        "industry_code": "other_wholesale",
        "workflow_setting": "disable",
        "fiscal_years": [_fiscal_year(company.clock.today_jst().year)],
    }


def _fiscal_year(year: int) -> Row:
    return {
        "id": year,
        "use_industry_template": False,
        "indirect_write_off_method": True,
        "start_date": f"{year}-01-01",
        "end_date": f"{year}-12-31",
        "depreciation_record_method": 0,
        "tax_method": 2,
        "sales_tax_business_code": 0,
        "tax_fraction": 0,
        "tax_account_method": 2,
        "return_code": 0,
        "is_closed": False,
        "month_end_date": None,
        "temp_month_end_date": None,
    }


def _embedded(company: Company, asked: Iterable[str]) -> dict[str, list[Row]]:
    """Whole masters in brief, for each that is asked for; `details` asks for all."""
    names = set(EMBEDDED) if "details" in asked else set(EMBEDDED) & set(asked)
    answer = {}
    for name in names:
        envelope, table, fields = EMBEDDED[name]
        rows = company.tables[table].rows(company.tables[table].find())
        answer[envelope] = [{field: row[field] for field in fields if field in row} for row in rows]
    return answer


def _user(company: Company, asked: Any) -> Row:
    """The authorising user. That `companies` and `advisor` are there counts, whatever they say."""
    if "advisor" in asked and "companies" not in asked:
        raise invalid("advisorはcompaniesと同時に指定してください。")
    user: Row = {
        "id": company.user_id,
        "email": "keiri@sandbox.example.jp",
        "display_name": "経理 花子",
        "first_name": "花子",
        "last_name": "経理",
        "first_name_kana": "ハナコ",
        "last_name_kana": "ケイリ",
    }
    if "companies" in asked:
        place: Row = {"id": company.id, "display_name": company.name, "role": ROLE, "use_custom_role": False}
        user["companies"] = [place | {"advisor_id": None} if "advisor" in asked else place]
    return user


def _capabilities(gate: Gate) -> dict[str, dict[str, bool]]:
    verbs = dict.fromkeys(VERBS.values())
    rights = {right: {verb: gate.may(right, verb) for verb in verbs} for right in RIGHTS}
    rights["taxes"] = {verb: gate.may("taxes", verb) for verb in ("read", "update")}
    return {name: dict.fromkeys(verbs, True) for name in OTHER_RIGHTS.split()} | rights
