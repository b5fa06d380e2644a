"""What we take for writable of a partner, beside freee's own schema."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from freee_sync.push.partner_fields import BLANKS, FIELDS, PREFECTURE

SCHEMA = Path(__file__).parents[3] / "shared" / "schema" / "freee-masters.openapi.json"
LATER = ("payment_term_attributes.", "invoice_payment_term_attributes.")
"""What freee takes too and we do not offer: its parts cannot be set one by one."""

pytestmark = pytest.mark.skipif(not SCHEMA.exists(), reason="freee's schema is not beside the clone")


def properties(name: str) -> dict[str, dict[str, Any]]:
    """Every writable field of a body, dotted, but for the company's id."""
    schemas = json.loads(SCHEMA.read_text(encoding="utf-8"))["components"]["schemas"]
    return {field: rule for field, rule in _flat(schemas[name]["properties"]) if field != "company_id"}


def _flat(rules: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, rule in rules.items():
        if rule.get("type") == "object":
            yield from _flat(rule["properties"], f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", rule


@pytest.mark.parametrize(("body", "sent"), [("partnerCreateParams", "created"), ("partnerUpdateParams", "updated")])
def test_we_send_what_freee_takes_and_nothing_else(body: str, sent: str) -> None:
    takes = {name for name in properties(body) if not name.startswith(LATER)}
    assert {name for name, field in FIELDS.items() if getattr(field, sent)} == takes


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_field_has_freees_length_and_freees_choices(name: str) -> None:
    rule = (properties("partnerCreateParams") | properties("partnerUpdateParams"))[name]
    assert FIELDS[name].most == rule.get("maxLength", 0)
    if "enum" in rule:
        assert FIELDS[name].choices == set(rule["enum"]) - {None}
    if name == PREFECTURE:
        told = properties("partnerUpdateParams")[name]
        assert FIELDS[name].choices | {BLANKS["minus_one"]} == set(range(told["minimum"], told["maximum"] + 1))


def test_null_is_sent_only_where_freee_takes_it() -> None:
    takes = {name for name, rule in properties("partnerUpdateParams").items() if rule.get("nullable")}
    assert {name for name, field in FIELDS.items() if field.blank == "null"} == {
        name for name in takes if not name.startswith(LATER)
    }
