"""The generated pages: none is behind the code, and no cause is without its place."""

from __future__ import annotations

from collections import Counter

import docs_build
import pytest
from docs_build import runbook

from freee_sync.verdicts import Language, verdicts


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
