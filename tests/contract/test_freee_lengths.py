"""How long freee's texts may be, held against freee's own schema where a copy of it is there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from freee_sync.doctor.lengths import LONGEST
from freee_sync.masters import BY_NAME

SCHEMA = Path(__file__).parents[3] / "shared" / "schema" / "freee-masters.openapi.json"

SHAPES = {
    "account_items": ("accountItemsResponse", "accountItemCreateParams"),
    "sections": ("section", "sectionParams"),
    "segment_tags": ("segment_tag", "segmentTagParams"),
    "partners": ("partnersResponse", "partnerCreateParams"),
    "items": ("item", "itemParams"),
    "memo_tags": ("tag", "tagParams"),
}
"""Master to the shapes of the schema that name its fields: of the answer, and of what is posted."""


@pytest.mark.skipif(not SCHEMA.exists(), reason="needs a copy of freee's schema")
@pytest.mark.parametrize("name", SHAPES)
def test_the_longest_texts_are_freees_own(name: str) -> None:
    shapes = json.loads(SCHEMA.read_text(encoding="utf-8"))["components"]["schemas"]
    limits = {
        field.removeprefix("account_item."): most
        for shape in SHAPES[name]
        for field, most in limits_of(shapes, shapes[shape])
    }
    ours = {field for field in limits if BY_NAME[name].fields.get(field) == "text"}
    assert dict(LONGEST[name]) == {field: limits[field] for field in ours}


def limits_of(shapes: Mapping[str, Any], shape: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, int]]:
    """Each text of a shape that has a limit, dotted when nested, with or without the envelope around it."""
    if "$ref" in shape:
        yield from limits_of(shapes, shapes[shape["$ref"].rpartition("/")[2]], place)
    elif shape.get("type") == "array":
        yield from limits_of(shapes, shape["items"])
    elif "properties" in shape:
        for name, inner in shape["properties"].items():
            yield from limits_of(shapes, inner, f"{place}.{name}" if place else name)
    elif "maxLength" in shape:
        yield place, shape["maxLength"]
