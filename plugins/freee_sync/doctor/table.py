"""The table as plain text; colour only where the terminal shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from freee_sync.bilingual import Words
from freee_sync.doctor.examination import Section
from freee_sync.doctor.lines import Line, State

MARKS = {State.GOOD: "✓", State.BAD: "✗", State.UNKNOWN: "–"}
COLOURS = {State.GOOD: "\x1b[32m", State.BAD: "\x1b[31m", State.UNKNOWN: "\x1b[33m"}
PLAIN = "\x1b[0m"

SUBJECT = 32  # columns; the longest name of a Variable is 28


def section_lines(section: Section, words: Words, *, colour: bool) -> Iterator[str]:
    """One check's part of the table."""
    if len(section.lines) == 1 and not section.lines[0].subject:
        yield from _told(section.lines[0], words(section.title), colour=colour)
        return
    yield f"  {words(section.title)}"
    for line in section.lines:
        yield from _told(line, f"  {line.subject}", colour=colour)


def summary(sections: Sequence[Section], words: Words) -> str:
    """The last line: how many things are to be mended."""
    lines = [line for section in sections for line in section.lines]
    count = {state: sum(line.state is state for line in lines) for state in State}
    name = "sick" if count[State.BAD] else "partly_known" if count[State.UNKNOWN] else "healthy"
    return words(name, bad=count[State.BAD], good=count[State.GOOD], unknown=count[State.UNKNOWN])


def _told(line: Line, subject: str, *, colour: bool) -> Iterator[str]:
    mark = MARKS[line.state]
    if colour:
        mark = f"{COLOURS[line.state]}{mark}{PLAIN}"
    yield f"{mark} {_padded(subject, SUBJECT)} {_legible(line.text)}"
    if line.remedy:
        yield f"{' ' * (SUBJECT + 3)}→ {_legible(line.remedy)}"


def _padded(text: str, width: int) -> str:
    """Filled with blanks to so many columns; a Japanese letter takes two."""
    return text + " " * (width - sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text))


def _legible(text: str) -> str:
    """What a server said, on one line, and unable to steer the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
