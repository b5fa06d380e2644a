"""Texts in Japanese and English: tables of the programs that people run, and sentences made where something happens.

    Words        a table in one language, as link and doctor have them
    say          one sentence, both languages side by side at the place that tells it
    speak        from here on, all that is said is in this language

A detail is in the language of its reader when it is made, because it is kept and mailed as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

Texts = Mapping[str, tuple[str, str]]
"""Name to Japanese and English."""

_spoken = "ja"  # of the whole process, like a locale: a ContextVar would not reach the threads that read and write


@dataclass(frozen=True)
class Words:
    """The texts in one language: `ja` or `en`."""

    texts: Texts
    language: str

    def __call__(self, name: str, **values: object) -> str:
        """The text of that name, filled in."""
        return self.texts[name][0 if self.language == "ja" else 1].format(**values)


def speak(language: str) -> None:
    """Let this process say everything in `ja` or `en` from here on."""
    global _spoken  # noqa: PLW0603 - see `_spoken`
    _spoken = language


def spoken() -> str:
    """The language of this process: `ja` until somebody says otherwise."""
    return _spoken


def say(ja: str, en: str) -> str:
    """The one of the two that this process speaks."""
    return ja if _spoken == "ja" else en


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak a language inside, and what was spoken before afterwards."""
    before = spoken()
    speak(language)
    try:
        yield
    finally:
        speak(before)
