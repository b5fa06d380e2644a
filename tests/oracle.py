"""Does Salesforce hold what freee says? Reads both servers over HTTP and compares them by the table below.

    python tests/oracle.py FREEE_URL SALESFORCE_URL

Imports nothing of freee_sync and reads none of its files: the table was written by hand from what the product promises, so that
what is wrong there shows here. Prints `oracle: equal, N rows × M fields` and ends with 0, or prints the first differences and
ends with 1.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import requests

Row = dict[str, Any]
"""A row of freee, with `company` and `segment` added, or a record of Salesforce."""

Rule = Callable[[Row], Any]
"""What a Salesforce field must hold, given the freee row."""

PAGE = 100  # rows; small on purpose, so that paging is really used
SHOWN = 20  # differences printed
TIMEOUT = 60.0  # seconds for one call on loopback


def text(name: str) -> Rule:
    """The freee field as text without white space around it; blank is null."""
    return lambda row: None if row.get(name) is None else str(row[name]).strip() or None


def first_80(name: str) -> Rule:
    """The same, cut where a Salesforce name ends: after 80 characters, an emoji counting as two."""
    return lambda row: row[name].strip().encode("utf-16-le")[:160].decode("utf-16-le", "ignore").strip()


def checkbox(name: str) -> Rule:
    """The freee field as a checkbox; null is unchecked."""
    return lambda row: row.get(name) is True


def number(name: str) -> Rule:
    """The freee field as a number."""
    return lambda row: row.get(name)


def pointed(name: str) -> Rule:
    """The key of the row that the freee field names by its id or code."""
    return lambda row: None if row.get(name) is None else f"{row['company']}-{row[name]}"


def breadcrumbs(name: str) -> Rule:
    """A list as one text."""
    return lambda row: " > ".join(row[name])


def sending_method(row: Row) -> str | None:
    """How the partner gets its documents; freee nests it."""
    method: str | None = (row.get("partner_doc_setting_attributes") or {}).get("sending_method")
    return method


def never(_row: Row) -> bool:
    """Unchecked: freee lists the row, so it is not missing."""
    return False


@dataclass(frozen=True)
class Expected:
    """What must be in one Salesforce object.

    :param listings: path below the freee address and the segment it is of, if any.
    :param envelope: key of the answer that holds the rows.
    :param key: what the external id is made of.
    :param paged: whether freee answers in pages.
    :param fields: Salesforce field to what it must hold.
    """

    listings: tuple[tuple[str, int | None], ...]
    envelope: str
    fields: dict[str, Rule]
    key: tuple[str, ...] = ("company", "id")
    paged: bool = True


EXPECTED = {
    "FreeeTax__c": Expected(
        listings=(("/api/1/taxes/companies/{company}", None),),
        envelope="taxes",
        key=("company", "code"),
        paged=False,
        fields={
            "Name": first_80("name_ja"),
            "FullName__c": text("name_ja"),
            "CompanyId__c": text("company"),
            "Code__c": text("code"),
            "SystemName__c": text("name"),
            "DisplayCategory__c": text("display_category"),
            "IsAvailable__c": checkbox("available"),
            "IsMissingInFreee__c": never,
        },
    ),
    "FreeeAccountItem__c": Expected(
        listings=(("/api/1/account_items", None),),
        envelope="account_items",
        paged=False,
        fields={
            "Name": first_80("name"),
            "FullName__c": text("name"),
            "CompanyId__c": text("company"),
            "FreeeId__c": text("id"),
            "Code__c": text("code"),
            "TaxCode__c": text("tax_code"),
            "Tax__r.FreeeKey__c": pointed("tax_code"),
            "DefaultTaxCode__c": text("default_tax_code"),
            "DefaultTax__r.FreeeKey__c": pointed("default_tax_code"),
            "Shortcut1__c": text("shortcut"),
            "Shortcut2__c": text("shortcut_num"),
            "AccountCategory__c": text("account_category"),
            "AccountCategoryId__c": text("account_category_id"),
            "Categories__c": breadcrumbs("categories"),
            "IsAvailable__c": checkbox("available"),
            "WalletableId__c": text("walletable_id"),
            "GroupName__c": text("group_name"),
            "GroupId__c": text("group_id"),
            "CorrespondingIncomeName__c": text("corresponding_income_name"),
            "CorrespondingIncomeId__c": text("corresponding_income_id"),
            "CorrespondingExpenseName__c": text("corresponding_expense_name"),
            "CorrespondingExpenseId__c": text("corresponding_expense_id"),
            "UpdateDate__c": text("update_date"),
            "IsMissingInFreee__c": never,
        },
    ),
    "FreeeSection__c": Expected(
        listings=(("/api/1/sections", None),),
        envelope="sections",
        paged=False,
        fields={
            "Name": first_80("name"),
            "FullName__c": text("name"),
            "CompanyId__c": text("company"),
            "FreeeId__c": text("id"),
            "Code__c": text("code"),
            "LongName__c": text("long_name"),
            "IsAvailable__c": checkbox("available"),
            "Shortcut1__c": text("shortcut1"),
            "Shortcut2__c": text("shortcut2"),
            "IndentCount__c": number("indent_count"),
            "ParentId__c": text("parent_id"),
            "ParentSection__r.FreeeKey__c": pointed("parent_id"),
            "UpdateDate__c": text("update_date"),
            "IsMissingInFreee__c": never,
        },
    ),
    "FreeeSegmentTag__c": Expected(
        listings=tuple((f"/api/1/segments/{segment}/tags", segment) for segment in (1, 2, 3)),
        envelope="segment_tags",
        key=("company", "segment", "id"),
        fields={
            "Name": first_80("name"),
            "FullName__c": text("name"),
            "CompanyId__c": text("company"),
            "Segment__c": text("segment"),
            "FreeeId__c": text("id"),
            "Code__c": text("code"),
            "Description__c": text("description"),
            "Shortcut1__c": text("shortcut1"),
            "Shortcut2__c": text("shortcut2"),
            "UpdateDate__c": text("update_date"),
            "IsMissingInFreee__c": never,
        },
    ),
    "FreeePartner__c": Expected(
        listings=(("/api/1/partners", None),),
        envelope="partners",
        fields={
            "Name": first_80("name"),
            "FullName__c": text("name"),
            "CompanyId__c": text("company"),
            "FreeeId__c": text("id"),
            "Code__c": text("code"),
            "LongName__c": text("long_name"),
            "NameKana__c": text("name_kana"),
            "IsAvailable__c": checkbox("available"),
            "Shortcut1__c": text("shortcut1"),
            "Shortcut2__c": text("shortcut2"),
            "OrgCode__c": text("org_code"),
            "CountryCode__c": text("country_code"),
            "DefaultTitle__c": text("default_title"),
            "PayerWalletableId__c": text("payer_walletable_id"),
            "TransferFeeHandlingSide__c": text("transfer_fee_handling_side"),
            "IsQualifiedInvoiceIssuer__c": checkbox("qualified_invoice_issuer"),
            "InvoiceRegistrationNumber__c": text("invoice_registration_number"),
            "SendingMethod__c": sending_method,
            "UpdateDate__c": text("update_date"),
            "IsMissingInFreee__c": never,
        },
    ),
    "FreeeItem__c": Expected(
        listings=(("/api/1/items", None),),
        envelope="items",
        fields={
            "Name": first_80("name"),
            "FullName__c": text("name"),
            "CompanyId__c": text("company"),
            "FreeeId__c": text("id"),
            "Code__c": text("code"),
            "IsAvailable__c": checkbox("available"),
            "Shortcut1__c": text("shortcut1"),
            "Shortcut2__c": text("shortcut2"),
            "UpdateDate__c": text("update_date"),
            "IsMissingInFreee__c": never,
        },
    ),
    "FreeeMemoTag__c": Expected(
        listings=(("/api/1/tags", None),),
        envelope="tags",
        fields={
            "Name": first_80("name"),
            "FullName__c": text("name"),
            "CompanyId__c": text("company"),
            "FreeeId__c": text("id"),
            "Shortcut1__c": text("shortcut1"),
            "Shortcut2__c": text("shortcut2"),
            "UpdateDate__c": text("update_date"),
            "IsMissingInFreee__c": never,
        },
    ),
}


@dataclass(frozen=True)
class Server:
    """One of the two, spoken to with a token."""

    url: str
    session: requests.Session

    def get(self, path: str, **query: str | int) -> Row:
        """The JSON of one GET."""
        answer = self.session.get(self.url + path, params=query, timeout=TIMEOUT)
        answer.raise_for_status()
        found: Row = answer.json()
        return found


def log_in(url: str, token: str) -> Server:
    """A session that sends this token with every call."""
    session = requests.Session()
    session.trust_env = False  # no proxy stands before loopback
    session.headers["Authorization"] = f"Bearer {token}"
    return Server(url, session)


def log_in_to_freee(url: str) -> tuple[Server, int]:
    """A server and the company, with a pair of tokens of our own: the DAG's is not touched."""
    pair = _sandbox("POST", f"{url}/_sandbox/link")
    return log_in(url, pair["access_token"]), pair["company_id"]


def log_in_to_salesforce(url: str) -> Server:
    """A session by client credentials."""
    extra = _sandbox("GET", f"{url}/_sandbox/connections")["salesforce_default"]["extra"]
    client = (extra["consumer_key"], extra["consumer_secret"])
    form = {"grant_type": "client_credentials"}
    answer = requests.post(f"{url}/services/oauth2/token", data=form, auth=client, timeout=TIMEOUT)
    answer.raise_for_status()
    return log_in(url, answer.json()["access_token"])


def _sandbox(method: str, url: str) -> Row:
    """What the sandbox tells whoever is on this machine."""
    answer = requests.request(method, url, timeout=TIMEOUT)
    answer.raise_for_status()
    found: Row = answer.json()
    return found


def freee_rows(freee: Server, company: int, expected: Expected) -> Iterator[Row]:
    """Every row that freee lists, with its company and segment."""
    for path, segment in expected.listings:
        for row in list_rows(freee, path.format(company=company), company, expected):
            yield row | {"company": company, "segment": segment}


def list_rows(freee: Server, path: str, company: int, expected: Expected) -> Iterator[Row]:
    """The rows of one listing, page after page where freee pages."""
    offset = 0
    while True:
        page = {"offset": offset, "limit": PAGE} if expected.paged else {}
        rows = freee.get(path, company_id=company, **page)[expected.envelope]
        yield from rows
        if not expected.paged or len(rows) < PAGE:
            return
        offset += PAGE


def salesforce_records(salesforce: Server, name: str, fields: dict[str, Rule]) -> Iterator[Row]:
    """Every record of an object."""
    query = f"SELECT FreeeKey__c, {', '.join(fields)} FROM {name}"  # noqa: S608 - names from the table above
    answer = salesforce.get("/services/data/v60.0/query", q=query)
    yield from answer["records"]
    while not answer["done"]:
        answer = salesforce.get(answer["nextRecordsUrl"])
        yield from answer["records"]


def held_in(record: Row, field: str) -> Any:
    """The value of a field, or of one behind a lookup; null where that points nowhere."""
    lookup, _, pointed = field.rpartition(".")
    return record[field] if not lookup else record[lookup] and record[lookup][pointed]


def differences(name: str, expected: Expected, rows: list[Row], records: list[Row]) -> Iterator[str]:
    """What one object holds that it should not, and the other way round."""
    held = {record["FreeeKey__c"]: record for record in records}
    if len(held) < len(records):
        yield f"{name}: {len(records)} records have only {len(held)} keys"
    for row in rows:
        key = "-".join(str(row[part]) for part in expected.key)
        record = held.pop(key, None)
        if record is None:
            yield f"{name} {key}: freee lists it, Salesforce has no such record"
            continue
        for field, rule in expected.fields.items():
            if held_in(record, field) != rule(row):
                yield f"{name} {key} {field}: should be {rule(row)!r}, is {held_in(record, field)!r}"
    for key, record in held.items():
        if not record["IsMissingInFreee__c"]:
            yield f"{name} {key}: freee does not list it, and it is not marked as missing"


def main(freee_url: str, salesforce_url: str) -> int:
    """Compare all; exit code."""
    freee, company = log_in_to_freee(freee_url)
    salesforce = log_in_to_salesforce(salesforce_url)
    found: list[str] = []
    total = 0
    for name, expected in EXPECTED.items():
        rows = list(freee_rows(freee, company, expected))
        found += differences(name, expected, rows, list(salesforce_records(salesforce, name, expected.fields)))
        total += len(rows)
    if found:
        print(f"oracle: {len(found)} differences", *found[:SHOWN], sep="\n  ")  # noqa: T201 - what the caller reads
        return 1
    fields = sum(len(expected.fields) for expected in EXPECTED.values())
    print(f"oracle: equal, {total} rows × {fields} fields")  # noqa: T201 - same
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
