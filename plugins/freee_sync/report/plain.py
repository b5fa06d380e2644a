"""Text from elsewhere made safe for one line, and columns that stay straight with full-width Japanese characters."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Align = Literal["left", "right"]

_TURNS_TEXT_AROUND = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that reorder the characters after them, so that a name could rewrite the line it stands in."""
_BREAKS = frozenset({"Cc", "Zl", "Zp"})
_GAP = "  "


def one_line(text: str) -> str:
    """The text without control characters and line breaks; half a surrogate pair, which no mail can carry, as �."""
    return "".join(_safe(character) for character in text).strip()


def _safe(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    return " " if category in _BREAKS or character in _TURNS_TEXT_AROUND else character


def shorten(text: str, limit: int) -> str:
    """At most so many characters, the last an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def width(text: str) -> int:
    """Columns the text takes in a terminal: full-width characters two, combining ones none."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def pad(text: str, columns: int, align: Align = "left") -> str:
    """Fill up with spaces to so many columns."""
    space = " " * (columns - width(text))
    return space + text if align == "right" else text + space


def grid(rows: Sequence[Sequence[str]], texts: int) -> list[str]:
    """Rows as aligned lines: the first `texts` columns to the left, the numbers after them to the right."""
    columns = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return [_GAP.join(_cells(row, columns, texts)).rstrip() for row in rows]


def _cells(row: Sequence[str], columns: Sequence[int], texts: int) -> Iterable[str]:
    for position, (cell, space) in enumerate(zip(row, columns, strict=True)):
        yield pad(cell, space, "left" if position < texts else "right")
