"""The worked example of docs/another-target.md: freee's partners straight into Account."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from freee_sync.mapping import read_mapping
from rig import MAPPING, Rig, rigged

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "account"


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """An org with our package and the example deployed, and the example's block in mapping.yaml."""
    deployed = tmp_path / "deployed"
    shutil.copytree(ROOT / "include" / "salesforce" / "force-app", deployed)
    shutil.copytree(EXAMPLE / "force-app", deployed, dirs_exist_ok=True)
    blocks = yaml.safe_load(MAPPING.read_text(encoding="utf-8"))
    blocks |= yaml.safe_load((EXAMPLE / "partners.yaml").read_text(encoding="utf-8"))
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(yaml.safe_dump(blocks, allow_unicode=True), encoding="utf-8")
    with rigged(metadata=deployed) as made:
        made.mapping = read_mapping(mapping)
        yield made


def partners(rig: Rig) -> list[dict[str, Any]]:
    """The partners that freee lists."""
    company = rig.sandbox.company
    return [company.row("partners", key) for key in company.keys("partners")]


def account(rig: Rig, **fields: Any) -> str:
    """An account that a person made. Returns its id."""
    return rig.sandbox.org.create("Account", **fields)


def held(rig: Rig, record_id: str) -> dict[str, Any]:
    """An account as the org holds it."""
    return next(dict(row) for row in rig.sandbox.org.rows("Account") if row["Id"] == record_id)


def test_every_partner_becomes_an_account(rig: Rig) -> None:
    result = rig.run("partners")
    assert result.created == result.read == len(rig.sandbox.company.keys("partners"))
    names = {partner["name"] for partner in partners(rig)}
    assert {row["Name"] for row in rig.sandbox.org.rows("Account")} == names


def test_an_account_without_a_key_is_never_touched(rig: Rig) -> None:
    own = account(rig, Name="freeeにない会社", Phone="03-0000-0000")
    before = held(rig, own)
    rig.run("partners")
    rig.run("partners", full_load=True)
    assert held(rig, own) == before


def test_an_account_with_the_key_of_a_partner_is_that_partner(rig: Rig) -> None:
    company = rig.sandbox.company
    partner = partners(rig)[0]
    taken = account(rig, Name="古い名前", Phone="03-0000-0000", FreeeKey__c=f"{company.id}-{partner['id']}")
    result = rig.run("partners")
    assert (result.created, result.updated) == (result.read - 1, 1)
    assert (held(rig, taken)["Name"], held(rig, taken)["Phone"]) == (partner["name"], "03-0000-0000")


def test_an_account_whose_partner_left_freee_is_marked_and_stays(rig: Rig) -> None:
    rig.run("partners")
    company = rig.sandbox.company
    key = company.keys("partners")[0]
    company.remove("partners", key)
    assert rig.run("partners", full_load=True).marked == 1
    marked = [row["FreeeKey__c"] for row in rig.sandbox.org.rows("Account") if row["IsMissingInFreee__c"]]
    assert marked == [f"{company.id}-{key}"]


def test_a_second_run_writes_nothing(rig: Rig) -> None:
    rig.run("partners")
    rig.forget()
    assert rig.run("partners", full_load=True).unchanged == len(rig.sandbox.company.keys("partners"))
    assert rig.writes() == []


def test_a_duplicate_rule_refuses_rows_one_by_one(rig: Rig) -> None:
    def no_second_name(record: dict[str, Any]) -> str | None:
        return "この取引先はすでにあります" if str(record["Name"]).startswith("株式会社") else None

    rig.sandbox.org.validation_rules["Account"] = no_second_name
    result = rig.run("partners")
    assert 0 < result.failed < result.read
    assert result.created == result.read - result.failed
