"""The runbook: every cause that a mail can name, who acts, where to click, and what happens if one waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml

from freee_sync.verdicts import Language, Owner, Verdict, verdicts

SOURCE = Path(__file__).with_name("runbook.yaml")

TEXTS = {
    "ja": {
        "title": "運用手順書",
        "intro": "結果メールに載る原因のすべてです。原因の後ろの[コード]で探してください。この頁はコードから作られています(`make docs`)。"
        "`push.`で始まるコードは取引先をfreeeへ送る機能のもので、この版のDAGはまだ送りません。",
        "head": "| コード | 意味 | すること | 待つと |",
        "where": "どこで:",
        "waiting": "待つとどうなるか",
        "unknown": "ここにないコードは、Salesforceかfreeeの新しい応答です。その文面がメールの明細にあり、行の失敗ならその行だけ、"
        "それ以外ならそのマスターだけが止まります。",
    },
    "en": {
        "title": "Runbook",
        "intro": "Every cause that a result mail can name. Look for the [code] behind the cause. This page is made from the code (`make docs`). "
        "Codes that begin with `push.` are of sending partners to freee, which the DAG of this version does not do yet.",
        "head": "| code | what it means | what to do | if one waits |",
        "where": "Where:",
        "waiting": "What happens if one waits",
        "unknown": "A code that is not here is a new answer of Salesforce or freee. Its own words are in the mail's detail; if it is about "
        "a row, that row alone fails, otherwise that master alone stops.",
    },
}


def pages() -> dict[str, str]:
    """File name to text, in both languages."""
    return {"runbook.ja.md": _page("ja"), "runbook.md": _page("en")}


def _page(language: Language) -> str:
    texts = TEXTS[language]
    lines = [f"# {texts['title']}", "", texts["intro"], "", f"## {texts['waiting']}", "", *_kinds(language), ""]
    for owner in Owner:
        lines += [f"## {owner.label(language)}", ""]
        lines += _sections([verdict for verdict in verdicts().values() if verdict.owner is owner], language)
    return "\n".join([*lines, texts["unknown"], ""])


def _kinds(language: Language) -> Iterator[str]:
    for words in _source()["waiting"].values():
        short, long = words[language]
        yield f"- **{short}**: {long}"


def _sections(owned: Iterable[Verdict], language: Language) -> Iterator[str]:
    """The owner's causes under the places where they are mended, in the order of the source."""
    places = list(_source()["places"])
    place_of = dict(placed())
    ordered = sorted(owned, key=lambda verdict: places.index(place_of[verdict.code]))
    for place, group in groupby(ordered, key=lambda verdict: place_of[verdict.code]):
        yield from (
            f"**{TEXTS[language]['where']}** {_source()['places'][place][language]}",
            "",
            TEXTS[language]["head"],
            "|---|---|---|---|",
        )
        yield from (_row(verdict, language) for verdict in group)
        yield ""


def _row(verdict: Verdict, language: Language) -> str:
    words = verdict.words(language)
    cells = (f"`{verdict.code}`", words.cause, words.hint, waiting(verdict)[language][0])
    return f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |"


def placed() -> Iterator[tuple[str, str]]:
    """Each code with the place it stands under."""
    for place, codes in _source()["codes"].items():
        for code in codes:
            yield code, place


def waiting(verdict: Verdict) -> dict[str, Any]:
    """What happens if one waits: as said of the code, else of its system, else of its verb."""
    kinds: list[dict[str, Any]] = list(_source()["waiting"].values())
    stops = verdict.verb == "stop"
    named = [kind for kind in kinds if verdict.code in kind.get("codes", ())]
    by_system = [kind for kind in kinds if stops and "prefix" in kind and verdict.code.startswith(kind["prefix"])]
    by_verb = [kind for kind in kinds if kind.get("verb") == verdict.verb]
    return [*named, *by_system, *by_verb][0]


def named_codes() -> set[str]:
    """Every code that the source speaks of."""
    waits = (code for kind in _source()["waiting"].values() for code in kind.get("codes", ()))
    return {code for code, _ in placed()} | set(waits)


@cache
def _source() -> dict[str, Any]:
    source: dict[str, Any] = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    return source
