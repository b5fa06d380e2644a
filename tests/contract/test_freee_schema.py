"""The sandbox's freee against freee's own OpenAPI schema, where that file is at hand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from freee_client import FreeeClient
from freee_schema import SCHEMA, as_json_schema
from sandbox.company import Settings, Sizes
from sandbox.server import Sandbox, SandboxConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not SCHEMA.is_file(), reason=f"freee's schema is not at {SCHEMA}")

LISTINGS = {
    "/api/1/partners": "partners",
    "/api/1/account_items": "account_items",
    "/api/1/tags": "tags",
    "/api/1/taxes/companies/{company_id}": "taxes/companies/{company_id}",
    "/api/1/items": "items",
    "/api/1/sections": "sections",
    "/api/1/segments/{segment_id}/tags": "segments/1/tags",
    "/api/1/companies": "companies",
    "/api/1/companies/{id}": "companies/{company_id}",
    "/api/1/users/me": "users/me",
    "/api/1/users/capabilities": "users/capabilities",
}
"""The schema's paths to what we ask for."""

DATED = [
    path for path in LISTINGS if path.rpartition("/")[2] in {"partners", "account_items", "items", "sections", "tags"}
]
"""Those with a date filter."""

LOOSE = {"/api/1/users/capabilities"}
"""Paths that may answer keys the schema has not: we give every right the same four."""


@pytest.fixture(scope="module")
def freee() -> Iterator[FreeeClient]:
    """A company with every odd partner."""
    with Sandbox(SandboxConfig(sizes=Sizes(partners=400))) as sandbox:
        yield FreeeClient(sandbox)


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    """freee's schema."""
    document: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return document


def validator(openapi: dict[str, Any], path: str, status: int = 200) -> Draft202012Validator:
    """What an answer of one endpoint must look like."""
    answer = openapi["paths"][path]["get"]["responses"][str(status)]["content"]["application/json"]["schema"]
    whole = {**answer, "components": openapi["components"]}
    return Draft202012Validator(as_json_schema(whole, strict=status == 200 and path not in LOOSE))


@pytest.mark.parametrize("path", LISTINGS)
def test_an_answer_is_what_the_schema_says(openapi: dict[str, Any], freee: FreeeClient, path: str) -> None:
    answer = freee.get(LISTINGS[path].format(company_id=freee.sandbox.company.id), limit=500)

    assert answer.status_code == 200
    validator(openapi, path).validate(answer.json())


@pytest.mark.parametrize("query", [{"companies": "true"}, {"companies": "true", "advisor": "true"}])
def test_the_user_with_companies_is_what_the_schema_says(
    openapi: dict[str, Any], freee: FreeeClient, query: dict[str, str]
) -> None:
    validator(openapi, "/api/1/users/me").validate(freee.get("users/me", **query).json())


def test_the_company_with_its_masters_is_what_the_schema_says(openapi: dict[str, Any], freee: FreeeClient) -> None:
    # the schema lets no tax code be 0 here, though it does in the list of taxes: freee's 未選択
    freee.sandbox.company.remove("taxes", 0)

    answer = freee.get(f"companies/{freee.sandbox.company.id}", details="true")

    validator(openapi, "/api/1/companies/{id}").validate(answer.json())


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in LISTINGS
        if path.rpartition("/")[2] in {"partners", "account_items", "items", "sections", "tags"}
    ],
)
def test_an_answer_of_a_small_plan_is_what_the_schema_says(
    openapi: dict[str, Any], freee: FreeeClient, path: str
) -> None:
    freee.sandbox.company.settings = Settings(codes=set(), hierarchy=False, transfers=False)

    answer = freee.get(LISTINGS[path])

    freee.sandbox.company.settings = Settings()
    validator(openapi, path).validate(answer.json())


@pytest.mark.parametrize("path", DATED)
def test_a_refusal_is_what_the_schema_says(openapi: dict[str, Any], freee: FreeeClient, path: str) -> None:
    answer = freee.get(LISTINGS[path], start_update_date="yesterday")

    assert answer.status_code == 400
    validator(openapi, path, 400).validate(answer.json())


def test_the_validator_sees_what_is_wrong(openapi: dict[str, Any], freee: FreeeClient) -> None:
    check = validator(openapi, "/api/1/items")
    item = freee.rows("items")[0]

    assert check.is_valid({"items": [item]})
    assert not check.is_valid({"items": [item | {"name": None}]})
    assert not check.is_valid({"items": [item | {"price": 100}]})
    assert not check.is_valid({"items": [{name: value for name, value in item.items() if name != "id"}]})
