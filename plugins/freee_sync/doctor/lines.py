"""What a check finds: lines that are good, bad, or could not be known."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How it is with what a line is about."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"  # not looked at, or not to be seen from here


@dataclass(frozen=True)
class Line:
    """One line of the table.

    :param subject: what it is about: a Variable, a master; "" when the check has one line only.
    :param remedy: what to do, for a bad one.
    """

    state: State
    subject: str
    text: str
    remedy: str = ""


def good(subject: str, text: str) -> Line:
    """All is well."""
    return Line(State.GOOD, subject, text)


def bad(subject: str, text: str, remedy: str) -> Line:
    """Somebody has to act."""
    return Line(State.BAD, subject, text, remedy)


def unknown(subject: str, text: str) -> Line:
    """Nobody knows."""
    return Line(State.UNKNOWN, subject, text)


class SickError(Exception):
    """A check ends here, and what needs it cannot be looked at.

    :param remedy: what to do.
    """

    def __init__(self, text: str, remedy: str) -> None:
        super().__init__(text)
        self.remedy = remedy


class UnknownError(Exception):
    """A check cannot tell, and nothing that needs it can; the message says why."""
