"""The pages of docs/ that are made from the code, so that they cannot fall behind it: `make docs`."""

from __future__ import annotations

from pathlib import Path

from docs_build import comparison, runbook

DOCS = Path(__file__).parents[1]


def pages() -> dict[Path, str]:
    """Every generated page: where it lies and what it holds."""
    return {DOCS / name: text for module in (comparison, runbook) for name, text in module.pages().items()}


def stale() -> list[Path]:
    """Pages that are not what the code would make of them."""
    return [path for path, text in pages().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
