"""How long freee's texts may be, where its OpenAPI schema says so (v2020_06_15, `maxLength` of answers and of create parameters).

A Salesforce field that is shorter works until a longer value comes; then that row is refused. freee may lengthen codes without notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from freee_sync.fields import TEXT_TYPES, SalesforceField
from freee_sync.mapping import MasterMapping
from freee_sync.masters import Master

_LONG, _NAME, _CODE, _SHORTCUT = 255, 30, 20, 20  # characters

LONGEST: Mapping[str, Mapping[str, int]] = {
    "account_items": {"name": _NAME, "code": _CODE, "shortcut": _SHORTCUT, "shortcut_num": _SHORTCUT},
    "sections": {
        "name": _NAME,
        "long_name": _LONG,
        "code": _CODE,
        "shortcut1": _SHORTCUT,
        "shortcut2": _SHORTCUT,
    },
    "segment_tags": {
        "name": 100,
        "description": 30,
        "code": _CODE,
        "shortcut1": _SHORTCUT,
        "shortcut2": _SHORTCUT,
    },
    "partners": {
        **dict.fromkeys(("name", "long_name", "name_kana", "shortcut1", "shortcut2", "contact_name", "email"), _LONG),
        **dict.fromkeys(("address_attributes.street_name1", "address_attributes.street_name2"), _LONG),
        "address_attributes.zipcode": 8,
        "invoice_registration_number": 14,
    },
    "items": {"name": _NAME, "code": _CODE, "shortcut1": _SHORTCUT, "shortcut2": _SHORTCUT},
    "memo_tags": {"name": _NAME, "shortcut1": _SHORTCUT, "shortcut2": _SHORTCUT},
}
"""Master to freee field to the most characters it may have. Taxes have no such limit in the schema."""


def too_short(
    master: Master, mapping: MasterMapping, described: Mapping[str, SalesforceField]
) -> Iterator[tuple[SalesforceField, str, int]]:
    """Fields that cannot hold every value: the field, what comes there, and how long that may be."""
    for name, rule in mapping.fields.items():
        longest = LONGEST.get(master.name, {}).get(rule.source, 0)
        field = described[name]
        if field.type in TEXT_TYPES and field.length < longest and not rule.truncate:
            yield field, rule.source, longest
