"""A freee partner as a Salesforce record: the fields that include/mapping.yaml names, and nothing looked at twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from benchmarks.contestant import ROOT, RunOrder
from benchmarks.settings import KEY, MASTER

NAME_LENGTH = 80  # characters that Salesforce's `Name` holds

Record = dict[str, Any]


def mapper(order: RunOrder) -> Callable[[dict[str, Any]], Record]:
    """Row to record, key included."""
    text = (ROOT / "include" / "mapping.yaml").read_text(encoding="utf-8")
    rules = yaml.safe_load(text)[MASTER]["fields"]
    sources = {field: rule["from"] if isinstance(rule, dict) else rule for field, rule in rules.items()}
    cut = {field for field, rule in rules.items() if isinstance(rule, dict)}

    def record(row: dict[str, Any]) -> Record:
        known = {**row, "$company_id": order.company_id, **_flat(row)}
        mapped = {field: _text_if_number(known.get(source)) for field, source in sources.items()}
        for field in cut:
            mapped[field] = mapped[field][:NAME_LENGTH]
        return {KEY: f"{order.company_id}-{row['id']}", **mapped}

    return record


def _text_if_number(value: Any) -> Any:
    """All of freee's numbers here go to text fields, and Salesforce takes no number for a text."""
    return str(value) if type(value) is int else value


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    settings = row.get("partner_doc_setting_attributes") or {}
    return {f"partner_doc_setting_attributes.{name}": value for name, value in settings.items()}
