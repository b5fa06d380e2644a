"""The numbered steps of README.md, from the sandbox to one's own accounts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"
HEADING = "## From the sandbox to your own accounts"

_STEP = re.compile(r"^(\d+)\. ", re.MULTILINE)
_END = re.compile(r"\n\n(?=\S)")  # what belongs to a step is indented
_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Step:
    """One step.

    :param title: its words in bold type.
    :param commands: the lines of its `sh` blocks, one command each.
    :param names: what its text sets in code type, the title's first.
    """

    number: int
    title: str
    commands: tuple[str, ...]
    names: tuple[str, ...]


def section() -> str:
    """The part of README.md that the steps are in."""
    after = README.read_text(encoding="utf-8").partition(f"\n{HEADING}\n")[2]
    return after.partition("\n## ")[0]


def read_steps(text: str) -> list[Step]:
    """The steps, in their order."""
    _, *parts = _STEP.split(text)
    return [_step(int(number), _END.split(body)[0]) for number, body in zip(parts[::2], parts[1::2], strict=True)]


def commands_in(text: str) -> list[str]:
    """The lines of all `sh` blocks."""
    return [line.strip() for block in _BLOCK.findall(text) for line in block.splitlines()]


def _step(number: int, body: str) -> Step:
    bold = body.partition("**")[2].partition("**")[0]
    words = _BLOCK.sub("", body)
    return Step(number, bold.strip(".: "), tuple(commands_in(body)), tuple(_CODE.findall(words)))
