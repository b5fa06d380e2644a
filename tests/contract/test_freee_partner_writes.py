"""The sandbox's freee takes and answers single partners as freee's own OpenAPI schema says, where that file is at hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

import pytest
import requests
from jsonschema import Draft202012Validator

from freee_client import FreeeClient
from freee_schema import SCHEMA, as_json_schema
from sandbox.company import Settings, Sizes
from sandbox.server import Sandbox, SandboxConfig

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

pytestmark = pytest.mark.skipif(not SCHEMA.is_file(), reason=f"freee's schema is not at {SCHEMA}")

WRITES = {
    "create": ("/api/1/partners", "post"),
    "update": ("/api/1/partners/{id}", "put"),
    "update_by_code": ("/api/1/partners/code/{code}", "put"),
    "upsert": ("/api/1/partners/upsert_by_code", "put"),
    "upsert_new": ("/api/1/partners/upsert_by_code", "put"),
}
"""What the sandbox is asked to do, by the schema's path and method."""

WHOLE = {"payment_term_attributes", "invoice_payment_term_attributes"}
"""The parts whose members come together."""

WRONG_KINDS: Mapping[str, Any] = {"string": 1, "integer": "1", "boolean": "true", "object": "x"}

numbers = count()


@cache
def openapi() -> dict[str, Any]:
    """freee's schema."""
    document: dict[str, Any] = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return document


def body_schema(how: str) -> dict[str, Any]:
    """The part of a request's schema that describes the partner."""
    path, method = WRITES[how]
    content = openapi()["paths"][path][method]["requestBody"]["content"]["application/json"]
    schema: dict[str, Any] = openapi()["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]
    return schema["properties"]["partner"] if how.startswith("upsert") else schema


@dataclass(frozen=True)
class Probe:
    """One value for one field, alone in its part, and whether freee takes it."""

    how: str
    field: str
    value: Any
    taken: bool

    def __str__(self) -> str:
        return f"{self.how} {self.field} {str(self.value)[:20]!r} {'taken' if self.taken else 'refused'}"

    @property
    def fields(self) -> dict[str, Any]:
        """As the body has it."""
        part, _, member = self.field.partition(".")
        if not member:
            return {part: self.value}
        others = {"cutoff_day": 1, "additional_months": 0, "fixed_day": 1} if part in WHOLE else {}
        return {part: others | {member: self.value}}


def values(schema: dict[str, Any]) -> Iterator[tuple[Any, bool]]:
    """Values at the edges of what a field's schema allows, and just beyond."""
    yield None, bool(schema.get("nullable"))
    yield WRONG_KINDS[schema["type"]], False
    for value in schema.get("enum", ()):
        yield value, True
    if "enum" in schema:
        yield {"string": "another", "integer": 99}[schema["type"]], False
    elif "maxLength" in schema and "pattern" not in schema:
        yield from (("あ" * schema["maxLength"], True), ("あ" * (schema["maxLength"] + 1), False))
    elif "maximum" in schema:
        yield from ((schema["minimum"], True), (schema["minimum"] - 1, False))
        yield from ((schema["maximum"], True), (schema["maximum"] + 1, False))
    elif "example" in schema:
        yield schema["example"], True


def probes() -> Iterator[Probe]:
    """Every field of every request, at its edges."""
    for how in WRITES if SCHEMA.is_file() else ():
        for name, schema in body_schema(how)["properties"].items():
            if name in {"company_id", "code", "name"}:
                continue
            for member, inner in schema.get("properties", {"": schema}).items():
                field = f"{name}.{member}" if member else name
                yield from (Probe(how, field, value, taken) for value, taken in values(inner))
            if "properties" in schema:
                yield Probe(how, name, None, bool(schema.get("nullable")))
                yield Probe(how, name, WRONG_KINDS["object"], taken=False)


@pytest.fixture(scope="module")
def freee() -> Iterator[FreeeClient]:
    """A company that uses codes."""
    with Sandbox(SandboxConfig(sizes=Sizes(partners=300))) as sandbox:
        yield FreeeClient(sandbox)


def written(freee: FreeeClient, how: str, fields: dict[str, Any]) -> requests.Response:
    """A write of a new partner or of the company's first, under a name that nobody has."""
    number = next(numbers)
    first = freee.sandbox.company.row("partners", freee.sandbox.company.keys("partners")[0])
    body = {"name": f"契約商店{number}"} | fields
    match how:
        case "create":
            return freee.send("POST", "partners", {"code": f"P-{number}"} | body)
        case "update":
            return freee.send("PUT", f"partners/{first['id']}", body)
        case "update_by_code":
            return freee.send("PUT", f"partners/code/{first['code']}", body)
        case _:
            code = first["code"] if how == "upsert" else f"P-{number}"
            return freee.send("PUT", "partners/upsert_by_code", {"code": code, "partner": body})


def check(how: str, answer: requests.Response) -> None:
    """Hold an answer against what the schema says of its status; with no key beyond those named where it succeeded."""
    path, method = WRITES[how]
    content = openapi()["paths"][path][method]["responses"][str(answer.status_code)]["content"]
    schema = {**content["application/json"]["schema"], "components": openapi()["components"]}
    Draft202012Validator(as_json_schema(schema, strict=answer.ok)).validate(answer.json())


@pytest.mark.parametrize("how", WRITES)
def test_a_field_takes_what_the_schema_lets_it_take_and_no_more(freee: FreeeClient, how: str) -> None:
    wrong = []
    for probe in (probe for probe in probes() if probe.how == how):
        answer = written(freee, how, probe.fields)
        check(how, answer)
        if (answer.status_code in {200, 201}) != probe.taken:
            wrong.append((str(probe), answer.text))

    assert wrong == []


@pytest.mark.parametrize("how", WRITES)
def test_what_the_schema_requires_is_required(freee: FreeeClient, how: str) -> None:
    assert "name" in body_schema(how)["required"]

    for name in (None, "", 1, "あ" * 256):
        answer = written(freee, how, {"name": name})
        assert answer.status_code == 400
        check(how, answer)


def test_the_probes_reach_every_field_of_every_request() -> None:
    reached = {(probe.how, probe.field.partition(".")[0]) for probe in probes()}

    for how in WRITES:
        assert {field for other, field in reached if other == how} == body_schema(how)["properties"].keys() - {
            "company_id",
            "code",
            "name",
        }
    assert len(list(probes())) > 600


@pytest.mark.parametrize(
    "settings",
    [Settings(), Settings(codes=set()), Settings(transfers=False)],
    ids=["all on", "without codes", "below the plan"],
)
def test_every_partner_alone_is_what_the_schema_says(freee: FreeeClient, settings: Settings) -> None:
    path = openapi()["paths"]["/api/1/partners/{id}"]["get"]["responses"]["200"]["content"]["application/json"]
    schema = {**path["schema"], "components": openapi()["components"]}
    validator = Draft202012Validator(as_json_schema(schema, strict=True))
    freee.sandbox.company.settings = settings

    for key in freee.sandbox.company.keys("partners")[:220]:
        validator.validate(freee.get(f"partners/{key}").json())
    freee.sandbox.company.settings = Settings()


def test_a_refusal_and_a_missing_partner_are_what_the_schema_says(freee: FreeeClient) -> None:
    check("update", freee.send("PUT", "partners/7", {"name": "無い商店"}))
    check("update_by_code", freee.send("PUT", "partners/code/none", {"name": "無い商店"}))
    check("create", freee.send("POST", "partners", {"company_id": 1, "name": "無い商店"}))
