"""A command that is given a terminal, as a program that asks for secrets wants one."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

LONGEST = 120.0  # seconds from one word to the next; on a busy machine Airflow alone is imported for half a minute

PTY = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
"""Gives a command a terminal of its own: a program asks for secrets at its terminal, wherever its standard input comes from."""


class Terminal:
    """A command at a terminal, and the person before it.

    :ivar shown: all that was shown so far, without what was asked to be hidden.
    """

    def __init__(self, command: str, folder: Path, environment: Mapping[str, str]) -> None:
        self.shown = ""
        self._process = subprocess.Popen(  # noqa: S603 - the README's own commands
            [sys.executable, "-c", PTY, "sh", "-c", command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=dict(environment),
        )

    def wait_for(self, pattern: str) -> str:
        """Wait until this is shown; what matched."""
        while not (found := re.search(pattern, self.shown)):
            assert self._read(), f"it ended without {pattern}: {self.shown}"
        return found[0]

    def answer(self, question: str, text: str) -> None:
        """Wait for a question and answer it."""
        self.wait_for(question)
        assert self._process.stdin is not None
        self._process.stdin.write(f"{text}\n".encode())
        self._process.stdin.flush()

    def end(self) -> str:
        """Wait until it ends well; all that was shown."""
        while self._read():
            pass
        assert self._process.wait(LONGEST) == 0, self.shown
        return self.shown

    def close(self) -> None:
        """Leave nothing of it behind."""
        self._process.kill()
        self._process.communicate()

    def _read(self) -> bool:
        """Take what is shown next; False when there is no more."""
        assert self._process.stdout is not None
        assert select.select([self._process.stdout], [], [], LONGEST)[0], f"no word for {LONGEST:.0f} s: {self.shown}"
        more = os.read(self._process.stdout.fileno(), 65_536)
        self.shown += more.decode(errors="replace")
        return bool(more)
