"""The seven freee masters as data: where each is listed, how it pages, what it is keyed by, what must come before it.

Every fact is from freee's OpenAPI schema (freee/freee-api-schema, v2020_06_15). An eighth master is one more row here, one
block in mapping.yaml and one table in the sandbox.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["integer", "text", "boolean", "date", "list"]
"""What freee's schema says a field is. `date` is a text yyyy-mm-dd in JST."""

PAGE_LIMIT = 3000  # freee's maximum for partners, items and memo tags
SEGMENT_PAGE_LIMIT = 500  # freee's maximum for segment tags


@dataclass(frozen=True)
class Scope:
    """One listing of freee: what is complete or not as a whole.

    :param path: path below the API base; `{company_id}` is filled in.
    :param capability: name of the right in `/users/capabilities`.
    :param segment: 1..3 for a segment's tags, else None.
    """

    path: str
    capability: str
    segment: int | None = None


@dataclass(frozen=True)
class Master:
    """One master: a row of data, never a subclass.

    :param name: freee's own name in the plural, used in task ids, Variables and mapping.yaml.
    :param japanese: the name people read.
    :param scopes: the listings it is made of, read in this order.
    :param envelope: the key of the answer that holds the rows.
    :param fields: freee field (dotted when nested) to what the schema says it is.
    :param page_limit: rows a page, or None where freee answers everything at once.
    :param key_field: the field that is unique within a scope.
    :param delta: whether freee can list only what changed since a date, and the product does.
    :param switch: the boolean Variable that must be true for it to run, if any.
    :param level_field: for a tree, the depth of a row; parents are written before children.
    :param label: the field people know a row by.
    """

    name: str
    japanese: str
    scopes: tuple[Scope, ...]
    envelope: str
    fields: dict[str, Kind]
    page_limit: int | None = None
    key_field: str = "id"
    delta: bool = False
    switch: str | None = None
    level_field: str | None = None
    label: str = "name"

    @property
    def english(self) -> str:
        """The name people read in English: account items."""
        return self.name.replace("_", " ")

    def key_prefix(self, company_id: int, scope: Scope) -> str:
        """What every key of the scope starts with: `{company}-` or `{company}-{segment}-`."""
        return f"{company_id}-" if scope.segment is None else f"{company_id}-{scope.segment}-"


TAXES = Master(
    name="taxes",
    japanese="税区分",
    scopes=(Scope("/api/1/taxes/companies/{company_id}", "taxes"),),
    envelope="taxes",
    key_field="code",
    label="name_ja",
    fields={"code": "integer", "name": "text", "name_ja": "text", "display_category": "text", "available": "boolean"},
)

ACCOUNT_ITEMS = Master(
    name="account_items",
    japanese="勘定科目",
    scopes=(Scope("/api/1/account_items", "account_items"),),
    envelope="account_items",
    fields={
        "id": "integer",
        "name": "text",
        "code": "text",
        "tax_code": "integer",
        "default_tax_code": "integer",
        "shortcut": "text",
        "shortcut_num": "text",
        "account_category": "text",
        "account_category_id": "integer",
        "categories": "list",
        "available": "boolean",
        "walletable_id": "integer",
        "group_name": "text",
        "group_id": "integer",
        "corresponding_income_name": "text",
        "corresponding_income_id": "integer",
        "corresponding_expense_name": "text",
        "corresponding_expense_id": "integer",
        "update_date": "date",
    },
)

SECTIONS = Master(
    name="sections",
    japanese="部門",
    scopes=(Scope("/api/1/sections", "sections"),),
    envelope="sections",
    level_field="indent_count",
    fields={
        "id": "integer",
        "company_id": "integer",
        "name": "text",
        "long_name": "text",
        "code": "text",
        "available": "boolean",
        "shortcut1": "text",
        "shortcut2": "text",
        "indent_count": "integer",
        "parent_id": "integer",
        "update_date": "date",
    },
)

SEGMENT_TAGS = Master(
    name="segment_tags",
    japanese="セグメントタグ",
    scopes=tuple(Scope(f"/api/1/segments/{n}/tags", f"division_tag_{n}", segment=n) for n in (1, 2, 3)),
    envelope="segment_tags",
    page_limit=SEGMENT_PAGE_LIMIT,
    fields={
        "id": "integer",
        "name": "text",
        "description": "text",
        "code": "text",
        "shortcut1": "text",
        "shortcut2": "text",
        "update_date": "date",
    },
)

PARTNERS = Master(
    name="partners",
    japanese="取引先",
    scopes=(Scope("/api/1/partners", "partners"),),
    envelope="partners",
    page_limit=PAGE_LIMIT,
    delta=True,
    fields={
        "id": "integer",
        "code": "text",
        "company_id": "integer",
        "name": "text",
        "update_date": "date",
        "available": "boolean",
        "shortcut1": "text",
        "shortcut2": "text",
        "org_code": "integer",
        "country_code": "text",
        "long_name": "text",
        "name_kana": "text",
        "default_title": "text",
        "phone": "text",
        "contact_name": "text",
        "email": "text",
        "payer_walletable_id": "integer",
        "transfer_fee_handling_side": "text",
        "qualified_invoice_issuer": "boolean",
        "invoice_registration_number": "text",
        "address_attributes.zipcode": "text",
        "address_attributes.prefecture_code": "integer",
        "address_attributes.street_name1": "text",
        "address_attributes.street_name2": "text",
        "partner_doc_setting_attributes.sending_method": "text",
        "partner_bank_account_attributes.bank_name": "text",
        "partner_bank_account_attributes.bank_name_kana": "text",
        "partner_bank_account_attributes.bank_code": "text",
        "partner_bank_account_attributes.branch_name": "text",
        "partner_bank_account_attributes.branch_kana": "text",
        "partner_bank_account_attributes.branch_code": "text",
        "partner_bank_account_attributes.account_type": "text",
        "partner_bank_account_attributes.account_number": "text",
        "partner_bank_account_attributes.account_name": "text",
        "partner_bank_account_attributes.long_account_name": "text",
    },
)

ITEMS = Master(
    name="items",
    japanese="品目",
    scopes=(Scope("/api/1/items", "items"),),
    envelope="items",
    page_limit=PAGE_LIMIT,
    delta=True,
    fields={
        "id": "integer",
        "company_id": "integer",
        "name": "text",
        "code": "text",
        "update_date": "date",
        "available": "boolean",
        "shortcut1": "text",
        "shortcut2": "text",
    },
)

MEMO_TAGS = Master(
    name="memo_tags",
    japanese="メモタグ",
    scopes=(Scope("/api/1/tags", "tags"),),
    envelope="tags",
    page_limit=PAGE_LIMIT,
    delta=True,
    switch="memo_tags",
    fields={
        "id": "integer",
        "company_id": "integer",
        "name": "text",
        "update_date": "date",
        "shortcut1": "text",
        "shortcut2": "text",
    },
)

MASTERS: tuple[Master, ...] = (TAXES, ACCOUNT_ITEMS, SECTIONS, SEGMENT_TAGS, PARTNERS, ITEMS, MEMO_TAGS)
"""In the order they run: taxes before the account items that name one."""

BY_NAME: dict[str, Master] = {master.name: master for master in MASTERS}
