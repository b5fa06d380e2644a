"""The mail's two bodies, from a page and a template each: plain text for terminals, HTML for mail programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from freee_sync.report import wording
from freee_sync.report.lines import Line
from freee_sync.report.page import build_page
from freee_sync.report.plain import grid
from freee_sync.report.table import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from freee_sync.outcome import RunReport
    from freee_sync.report.causes import CauseBlock
    from freee_sync.report.table import TableRow
    from freee_sync.verdicts import Language


def render_text(report: RunReport, templates: Path, language: Language = "ja") -> str:
    """The report for a terminal or a text mail, columns aligned.

    :param templates: the folder with `report.txt.j2`.
    """
    return _render(report, templates / "report.txt.j2", language)


def render_html(report: RunReport, templates: Path, language: Language = "ja") -> str:
    """The report for a mail program: tables and inline styles, nothing from outside, every value escaped.

    :param templates: the folder with `report.html.j2`.
    """
    return _render(report, templates / "report.html.j2", language)


def _render(report: RunReport, template: Path, language: Language) -> str:
    environment = Environment(
        loader=FileSystemLoader(template.parent),
        autoescape=select_autoescape(enabled_extensions=["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(aligned=_aligned, as_table=_as_table, in_words=_in_words)
    page, words = build_page(report, language), wording.labels(language)
    return environment.get_template(template.name).render(page=page, words=words, counts=COLUMNS, language=language)


def _aligned(lines: Iterable[Line]) -> list[str]:
    rows = [(line.label, line.text) for line in lines]
    return grid(rows, texts=2) if rows else []


def _in_words(block: CauseBlock, words: dict[str, str]) -> list[Line]:
    told = f"{block.cause} {block.count}".rstrip()
    lines = [Line(words["cause"], f"{told} [{block.code}]"), Line(words["detail"], block.detail)]
    lines += [Line(words["todo"], block.hint), Line(words["who"], block.owner)]
    return [line for line in lines if line.text]


def _as_table(rows: Iterable[TableRow], words: dict[str, str]) -> list[str]:
    header: Sequence[str] = [words[name] for name in ("master", "result", "method", *COLUMNS)]
    return grid([header, *((row.name, row.result, row.method, *row.counts) for row in rows)], texts=3)
