"""With the language `en` nothing that we say is Japanese; only names and values of freee are, and what the servers say themselves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import reports
from freee_sync.bilingual import speaking
from freee_sync.check import Doors, check_link
from freee_sync.errors import Retry
from freee_sync.freee.hook import TRIES
from freee_sync.outcome import Link, MasterResult, Problem, RunReport
from freee_sync.report import render_csv, render_text, to_json
from freee_sync.settings import PREFIX, read_settings
from rig import MAPPING, Rig, rigged
from sandbox.wire import Fault
from two_languages import JAPANESE

TEMPLATES = MAPPING.parent / "templates"


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A small company and an empty org, and we speak English."""
    with speaking("en"), rigged() as made:
        yield made


def checked(rig: Rig, mapping: Path, **variables: str) -> Link:
    """What the check of a run finds, without the names of the company and of who authorised."""
    settings = read_settings(PREFIX, {PREFIX + name: text for name, text in variables.items()}.get)
    link = check_link(settings, mapping, Doors(freee=lambda: rig.freee, org=lambda: rig.org))
    return replace(link, company_name=None, authorised_by=None)


def told(report: RunReport) -> str:
    """The report in all its forms for people and programs."""
    record = json.dumps(to_json(report, "en"), ensure_ascii=False, indent=1)
    return f"{render_text(report, TEMPLATES, 'en')}\n{render_csv(report, 'en').decode()}\n{record}"


def assert_english(text: str) -> None:
    """No line of it may hold Japanese."""
    assert [line for line in text.splitlines() if JAPANESE.search(line)] == []


def test_rows_that_cannot_be_mapped_and_marks_that_are_held(rig: Rig) -> None:
    company = rig.sandbox.company
    rig.run("partners")
    for key in company.keys("partners")[:10]:
        company.remove("partners", key)
    company.add("partners", {"name": "Long Ltd", "long_name": "x" * 300})
    company.add("partners", {"name": "Odd Ltd", "org_code": "1"})
    result = rig.run("partners", full_load=True)
    report = reports.success(link=Link(), results=reports.seven(partners=result))

    assert set(result.causes) == {"row.too_long", "row.wrong_type"}
    assert [note.code for note in result.notes] == ["marks_held", "cursor_waits"]
    assert_english(told(report))
    assert "300 characters" in told(report)
    assert "10 rows, ceiling 5" in told(report)


@pytest.mark.parametrize(
    ("variables", "old", "new"),
    [
        (
            {"hour": "25", "enabled": "maybe", "mail_to": "nobody", "full_every_days": "x", "max_failed_rows": "-"},
            "",
            "",
        ),
        ({"hour": "3"}, "items:  # 品目", "article:"),
        ({}, "FreeeId__c: id", "FreeeId__c: ident"),
        ({}, "FreeeId__c: id", "FreeID__c: id"),
        ({}, "missing: IsMissingInFreee__c", "missing: Name"),
        ({}, "missing: IsMissingInFreee__c", "missing: FreeeId__c"),
        ({}, "FreeeId__c: id", "FreeeId__c: {from: id, truncate: true}"),
    ],
)
def test_settings_that_cannot_be_used(rig: Rig, tmp_path: Path, variables: dict[str, str], old: str, new: str) -> None:
    mapping = tmp_path / "mapping.yaml"
    text = MAPPING.read_text(encoding="utf-8")
    assert old in text
    mapping.write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
    link = checked(rig, mapping, **variables)
    stopped = {name: MasterResult(name, stop=problem, finished=True) for name, problem in link.masters.items()}
    report = reports.success(link=link, results=reports.seven(**stopped))

    assert link.problems or link.masters
    assert_english(told(report))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"partners": 1}',
        b'{"partners": [NaN]}',
        b'{"partners": [], "partners": []}',
        b"[" * 5000,
    ],
)
def test_answers_that_are_misshapen(rig: Rig, body: bytes) -> None:
    rig.sandbox.freee_wire.add(Fault(path="/api/1/partners", status=200, body=body, times=TRIES))
    with pytest.raises(Retry) as stopped:
        rig.run("partners")
    result = MasterResult("partners", stop=Problem.of(stopped.value))

    assert stopped.value.code == "freee.bad_answer"
    assert_english(told(reports.success(link=Link(), results=reports.seven(partners=result))))
