"""Builders: one for each kind of row, so that a test says only what it is about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from freee_sync.fields import SalesforceField
from freee_sync.mapper import MappedRow, Mapper
from freee_sync.mapping import MasterMapping
from freee_sync.masters import BY_NAME, Master

COMPANY = 1234567


def partner(id: int = 101, **fields: Any) -> dict[str, Any]:  # noqa: A002 - freee's own name of the field
    """A partner as freee lists it, with the keys that are always there."""
    row = {
        "id": id,
        "code": None,
        "company_id": COMPANY,
        "name": f"株式会社テスト{id}",
        "update_date": "2026-11-01",
        "available": True,
    }
    return row | fields


def field(name: str, type: str = "string", **known: Any) -> SalesforceField:  # noqa: A002 - describe's own name
    """A field of the org as describe tells it; text of 255 unless said otherwise."""
    length = known.pop("length", 255 if type in {"string", "textarea"} else 0)
    return SalesforceField(name=name, type=type, length=length, **known)


PARTNER_FIELDS = (
    field("FreeeKey__c", length=80, external_id=True, unique=True),
    field("Name", length=80, nillable=False, defaulted=True),
    field("FullName__c"),
    field("Code__c", length=80),
    field("IsAvailable__c", "boolean", nillable=False),
    field("UpdateDate__c", "date"),
    field("IsMissingInFreee__c", "boolean", nillable=False),
    field("SyncChangedAt__c", "datetime"),
)


def described(*changed: SalesforceField, without: Iterable[str] = ()) -> dict[str, SalesforceField]:
    """The partner object of a small org, with some fields changed or gone."""
    fields = {known.name: known for known in (*PARTNER_FIELDS, *changed)}
    return {name: known for name, known in fields.items() if name not in set(without)}


def mapping(**changes: Any) -> MasterMapping:
    """The partners' block of a small mapping.yaml."""
    block: dict[str, Any] = {
        "object": "FreeePartner__c",
        "key": "FreeeKey__c",
        "missing": "IsMissingInFreee__c",
        "changed_at": "SyncChangedAt__c",
        "fields": {
            "Name": {"from": "name", "truncate": True},
            "FullName__c": "name",
            "Code__c": "code",
            "IsAvailable__c": "available",
            "UpdateDate__c": "update_date",
        },
    }
    return MasterMapping.model_validate(block | changes)


def mapper(*changed: SalesforceField, rules: MasterMapping | None = None, master: Master | None = None) -> Mapper:
    """A mapper of partners onto the small org."""
    return Mapper(master or BY_NAME["partners"], rules or mapping(), described(*changed), COMPANY)


def mapped(row: dict[str, Any], with_mapper: Mapper | None = None) -> MappedRow:
    """A row that must map."""
    used = with_mapper or mapper()
    result = used.row(row, used.master.scopes[0], 1)
    assert isinstance(result, MappedRow), result
    return result
