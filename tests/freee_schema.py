"""Where freee's own OpenAPI schema is looked for, and its dialect as a validator reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SCHEMA = Path(__file__).parents[1].parent / "shared" / "schema" / "freee-masters.openapi.json"


def as_json_schema(node: Any, *, strict: bool) -> Any:
    """OpenAPI 3.0's dialect as JSON Schema: `nullable` becomes a type, and with `strict` no key beyond those named is allowed."""
    if isinstance(node, list):
        return [as_json_schema(each, strict=strict) for each in node]
    if not isinstance(node, dict):
        return node
    schema = {name: as_json_schema(value, strict=strict) for name, value in node.items()}
    if schema.pop("nullable", False) is True:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    if strict and schema.get("type") in ("object", ["object", "null"]) and "properties" in schema:
        schema["additionalProperties"] = False
    return schema
