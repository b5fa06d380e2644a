"""The generated pages: none is behind the code, and no cause is without its place."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import docs_build
import pytest
from docs_build import comparison, runbook

from freee_sync.verdicts import Language, verdicts

ROOT = Path(__file__).parents[2]


def test_every_generated_page_is_as_the_code_makes_it() -> None:
    assert [path.name for path in docs_build.stale()] == [], "run `make docs`"


def test_every_cause_stands_under_exactly_one_place() -> None:
    assert Counter(code for code, _ in runbook.placed()) == Counter(verdicts().keys())


def test_the_runbook_speaks_of_no_cause_that_is_none() -> None:
    assert runbook.named_codes() <= verdicts().keys()


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_cause_has_its_row(language: Language) -> None:
    page = runbook.pages()["runbook.ja.md" if language == "ja" else "runbook.md"]
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) == len(verdicts())
    for verdict in verdicts().values():
        assert any(
            f"`{verdict.code}`" in row and verdict.words(language).cause in row and verdict.words(language).hint in row
            for row in rows
        ), verdict.code


def test_every_cell_of_the_comparison_has_its_source_and_every_source_its_date() -> None:
    told = comparison.comparison()
    columns = len(told["products"]) + 1
    used = set()
    for row in told["rows"]:
        assert len(row["cells"]) == columns, row["title"]
        for cell in row["cells"]:
            assert cell["from"], row["title"]
            used |= set(cell["from"])
    assert used == told["sources"].keys()
    assert all(known["read"] and known["url"] for known in told["sources"].values())


def test_the_comparison_says_where_others_are_better() -> None:
    rows = comparison.comparison()["rows"]
    better = [row for row in rows if not row["cells"][0].get("best") and any(cell.get("best") for cell in row["cells"])]
    assert len(better) >= 3


PAIRS = [("README.md", "README.ja.md"), ("docs/another-target.md", "docs/another-target.ja.md")]
"""Pages written by hand in both languages."""


@pytest.mark.parametrize(("english", "japanese"), PAIRS)
def test_both_languages_have_the_same_parts(english: str, japanese: str) -> None:
    assert shape(english) == shape(japanese)


def shape(name: str) -> dict[str, list[str]]:
    """What must not differ between two languages: the parts of a page, its commands, pictures and the pages it leads to."""
    text = (ROOT / name).read_text(encoding="utf-8")
    lines = text.splitlines()
    commands = re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.MULTILINE | re.DOTALL)
    return {
        "headings": [line.split(" ")[0] for line in lines if line.startswith("#")],
        "tables": [str(line.count("|")) for line in lines if line.startswith("|")],
        "steps": re.findall(r"^(\d+\.|-) ", text, re.MULTILINE),
        "commands": [re.sub(r" +#.*", "", command) for command in commands],
        "links": sorted(link.replace(".ja.", ".") for link in links(text) if "README" not in link),
    }


def links(text: str) -> list[str]:
    """The targets of a page's links and pictures."""
    return re.findall(r"\]\(([^)#]+)", text)


@pytest.mark.parametrize("page", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("include/**/*.md")]))
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    lost = [
        link
        for link in links(page.read_text(encoding="utf-8"))
        if "://" not in link and not (page.parent / link).exists()
    ]
    assert lost == []
