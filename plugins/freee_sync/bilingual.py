"""Texts of the programs that people run, in Japanese and English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Texts = Mapping[str, tuple[str, str]]
"""Name to Japanese and English."""


@dataclass(frozen=True)
class Words:
    """The texts in one language: `ja` or `en`."""

    texts: Texts
    language: str

    def __call__(self, name: str, **values: object) -> str:
        """The text of that name, filled in."""
        return self.texts[name][0 if self.language == "ja" else 1].format(**values)
