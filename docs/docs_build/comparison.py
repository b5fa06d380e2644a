"""The comparison with what a user could pick instead: every cell with its source, every source with the day it was read."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from freee_sync.verdicts import Language

SOURCE = Path(__file__).with_name("comparison.yaml")

TEXTS = {
    "ja": {
        "title": "ほかの選び方との比較",
        "intro": "太字はその行で優れているものです。「記載なし」は、挙げたページに見当たらなかったという意味で、できないという意味ではありません。",
        "sources": "出典",
        "read": "{read} 確認",
    },
    "en": {
        "title": "Beside what you could pick instead",
        "intro": "Bold is who is better in that row. “Not documented” means that the pages named do not tell it, not that it cannot be done.",
        "sources": "Sources",
        "read": "read {read}",
    },
}


def pages() -> dict[str, str]:
    """File name to text, in both languages."""
    return {"comparison.ja.md": _page("ja"), "comparison.md": _page("en")}


def _page(language: Language) -> str:
    texts, source = TEXTS[language], comparison()
    head = ["", *source["products"], source["by_hand"][language]]
    lines = [f"# {texts['title']}", "", texts["intro"], "", _line(head), _line(["---"] * len(head))]
    lines += [
        _line([row["title"][language], *(_cell(cell, language) for cell in row["cells"])]) for row in source["rows"]
    ]
    lines += ["", f"## {texts['sources']}", ""]
    lines += [_source(name, known, language) for name, known in source["sources"].items()]
    return "\n".join([*lines, ""])


def _cell(cell: dict[str, Any], language: Language) -> str:
    text = f"**{cell[language]}**" if cell.get("best") else cell[language]
    return f"{text} <sup>{' '.join(cell['from'])}</sup>"


def _source(name: str, known: dict[str, Any], language: Language) -> str:
    when = TEXTS[language]["read"].format(read=known["read"])
    return f"- {name}: [{known[language]}]({known['url']}), {when}"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


@cache
def comparison() -> dict[str, Any]:
    """The comparison as data."""
    source: dict[str, Any] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return source
