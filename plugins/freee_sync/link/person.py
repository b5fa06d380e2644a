"""The person at the terminal."""

from __future__ import annotations

import getpass
from typing import Protocol


class Person(Protocol):
    """Someone who reads, answers, and knows secrets."""

    def tell(self, text: str) -> None:
        """Show a text."""

    def ask(self, question: str) -> str:
        """Their answer, without white space at the ends."""

    def ask_secret(self, question: str) -> str:
        """Their answer, which no terminal shows."""


class Terminal:
    """A person before standard input and output."""

    def tell(self, text: str) -> None:
        """See `Person`. What a server said cannot steer the terminal."""
        print("".join(each if each.isprintable() or each == "\n" else "?" for each in text), flush=True)  # noqa: T201 - what the person reads

    def ask(self, question: str) -> str:
        """See `Person`."""
        return input(question).strip()

    def ask_secret(self, question: str) -> str:
        """See `Person`."""
        return getpass.getpass(question).strip()
