"""What is told before a run: everything that is wrong, and whom it stops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from builders import described
from freee_sync.check import Doors, check_link
from freee_sync.errors import Retry, Stop
from freee_sync.fields import SalesforceField
from freee_sync.masters import MASTERS
from freee_sync.outcome import Link
from freee_sync.settings import Settings, read_settings

MAPPING = """
{name}:
  object: {name}__x
  key: FreeeKey__c
  fields:
    FullName__c: {label}
"""


class Freee:
    """A freee that is linked, unless told otherwise."""

    def __init__(self, rights: dict[str, bool] | None = None, trouble: Exception | None = None) -> None:
        self._rights = rights or {}
        self._trouble = trouble

    def company(self) -> tuple[int, str]:
        if self._trouble:
            raise self._trouble
        return 7, "株式会社テスト"

    def user(self) -> str:
        return "経理 花子"

    def capabilities(self) -> dict[str, bool]:
        return self._rights


class Org:
    """An org that has every object but the ones named."""

    def __init__(self, without: tuple[str, ...] = (), trouble: Exception | None = None) -> None:
        self._without = without
        self._trouble = trouble

    home = "https://test.my.salesforce.com"

    def organization(self) -> str:
        if self._trouble:
            raise self._trouble
        return "00D000000000001EAA"

    def describe(self, name: str) -> dict[str, SalesforceField]:
        if name.removesuffix("__x") in self._without:
            raise Stop("salesforce.object", name)
        return described()


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    file = tmp_path / "mapping.yaml"
    blocks = [MAPPING.format(name=master.name, label=master.label) for master in MASTERS]
    file.write_text("".join(blocks), encoding="utf-8")
    return file


def settings(**values: str) -> Settings:
    return read_settings("freee_sync_", {f"freee_sync_{name}": value for name, value in values.items()}.get)


def look(mapping: Path, freee: Freee | None = None, org: Org | None = None, **values: str) -> Link:
    return check_link(settings(**values), mapping, Doors(lambda: freee or Freee(), lambda: org or Org()))


def fail(problem: Exception) -> Callable[[], Any]:
    def open_door() -> Any:
        raise problem

    return open_door


def test_when_all_is_well_the_link_tells_who_and_where(mapping: Path) -> None:
    link = look(mapping)
    assert link == Link(7, "株式会社テスト", "経理 花子", "00D000000000001EAA", "https://test.my.salesforce.com")


def test_bad_settings_are_all_named_and_no_server_is_asked(mapping: Path) -> None:
    doors = Doors(lambda: pytest.fail("freee was asked"), lambda: pytest.fail("Salesforce was asked"))
    link = check_link(settings(hour="25", memo_tags="?"), mapping, doors)
    assert [problem.code for problem in link.problems] == ["settings.invalid"] * 2
    assert "freee_sync_hour" in link.problems[0].detail


def test_a_bad_mapping_stops_the_run_before_any_server_is_asked(tmp_path: Path) -> None:
    link = check_link(
        settings(), tmp_path / "none.yaml", Doors(lambda: pytest.fail("asked"), lambda: pytest.fail("asked"))
    )
    assert [problem.code for problem in link.problems] == ["settings.mapping"]


def test_both_sides_are_looked_at_even_when_one_is_broken(mapping: Path) -> None:
    doors = Doors(fail(Stop("token.invalid_grant", "x")), fail(Stop("salesforce.login", "y")))
    link = check_link(settings(), mapping, doors)
    assert [problem.code for problem in link.problems] == ["token.invalid_grant", "salesforce.login"]


def test_an_unknown_company_stops_the_run(mapping: Path) -> None:
    link = look(mapping, freee=Freee(trouble=Stop("freee.company_not_found", "7")))
    assert [problem.code for problem in link.problems] == ["freee.company_not_found"]


def test_a_server_that_does_not_answer_is_a_problem_that_may_pass(mapping: Path) -> None:
    link = look(mapping, org=Org(trouble=Retry("salesforce.unavailable", "503")))
    assert [problem.code for problem in link.problems] == ["salesforce.unavailable"]


def test_a_missing_right_or_object_is_left_to_its_master(mapping: Path) -> None:
    link = look(mapping, freee=Freee(rights={"items": False, "taxes": True}), org=Org(without=("sections",)))
    assert link.problems == ()
    assert {name: problem.code for name, problem in link.masters.items()} == {
        "items": "freee.user_do_not_have_permission",
        "sections": "salesforce.object",
    }


def test_segments_outside_the_plan_are_no_problem(mapping: Path) -> None:
    none = dict.fromkeys(("division_tag_1", "division_tag_2", "division_tag_3"), False)
    assert look(mapping, freee=Freee(rights=none)).masters == {}


def test_no_object_at_all_stops_the_run(mapping: Path) -> None:
    link = look(mapping, org=Org(without=tuple(master.name for master in MASTERS)))
    assert [problem.code for problem in link.problems] == ["salesforce.object"]


def test_a_master_that_the_mapping_leaves_out_is_named(mapping: Path) -> None:
    text = mapping.read_text(encoding="utf-8").replace(MAPPING.format(name="items", label="name"), "")
    mapping.write_text(text, encoding="utf-8")
    assert look(mapping).masters["items"].code == "settings.mapping"


def test_a_link_survives_the_way_through_xcom(mapping: Path) -> None:
    link = look(mapping, org=Org(without=("sections",)), hour="3")
    assert link.warnings
    assert Link.from_json(link.to_json()) == link
