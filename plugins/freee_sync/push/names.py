"""Company names: what counts as the same one, and what only looks alike.

freee and a CRM spell one company in two ways: 株式会社 in front, behind or as ㈱, wide and narrow letters, small and large kana, with
and without spaces. Names that are alike are shown to a person and never taken for each other: 山田商店 has namesakes.
"""

from __future__ import annotations

import re
import unicodedata

KINDS = (
    "株式会社",
    "有限会社",
    "合同会社",
    "合資会社",
    "合名会社",
    "一般社団法人",
    "一般財団法人",
    "公益社団法人",
    "公益財団法人",
    "医療法人",
    "学校法人",
    "特定非営利活動法人",
    "(株)",
    "(有)",
    "(同)",
    "(資)",
    "(名)",
)
"""Kinds of company, as they stand once ㈱ has become (株); they may stand in front or behind."""

_ENGLISH = re.compile(r"[\s,]+(co\.?,?\s*ltd|ltd|inc|corp|corporation|llc|k\.?k)\.?$")
_PASSED_OVER = re.compile(r"[\s・.,、。'’\"]+")
_DASHES = str.maketrans(dict.fromkeys("ー‐‑–—―−", "-"))
_SMALL = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_KATAKANA = str.maketrans({code: code + 0x60 for code in range(ord("ぁ"), ord("ゖ") + 1)})


def near_form(name: str) -> str:
    """What names that look alike have in common; "" when nothing is left of it but a kind of company."""
    text = _ENGLISH.sub("", unicodedata.normalize("NFKC", name).casefold().strip())
    text = _PASSED_OVER.sub("", text).translate(_KATAKANA).translate(_SMALL).translate(_DASHES)
    shorter = _without_kind(text)
    while shorter != text:
        text, shorter = shorter, _without_kind(shorter)
    return text


def _without_kind(text: str) -> str:
    for kind in KINDS:
        text = text.removeprefix(kind).removesuffix(kind)
    return text
