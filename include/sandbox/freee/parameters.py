"""Query parameters as freee reads them. What cannot be read is refused with 400."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sandbox.freee.answers import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Query = Mapping[str, str]


def whole_number(query: Query, name: str, *, default: int, within: tuple[int, int]) -> int:
    """A number within two bounds, both included.

    :raises RefusedError: for anything else.
    """
    text = query.get(name)
    if text is None:
        return default
    low, high = within
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise invalid(f"{label(name)} は{low}から{high}までの整数で入力してください。")
    return int(text)


def day(query: Query, name: str) -> str | None:
    """A day as yyyy-mm-dd.

    :raises RefusedError: for anything else.
    """
    text = query.get(name)
    if text is None:
        return None
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise invalid(f"{label(name)} は不正な日付フォーマットです。入力例：2019-12-17")


def truth(query: Query, name: str) -> bool | None:
    """`true` or `false`.

    :raises RefusedError: for anything else.
    """
    text = query.get(name)
    if text not in {None, "true", "false"}:
        raise invalid(f"{label(name)} はtrueまたはfalseで入力してください。")
    return None if text is None else text == "true"


def choice(query: Query, name: str, choices: Sequence[str]) -> str | None:
    """One of some words.

    :raises RefusedError: for anything else.
    """
    text = query.get(name)
    if text is not None and text not in choices:
        raise invalid(f"{label(name)} は一覧にありません。")
    return text


def label(name: str) -> str:
    """A name as Rails calls it in messages: `Start update date`."""
    return name.replace("_", " ").capitalize()
