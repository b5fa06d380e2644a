"""Runs a command that cannot outlive whoever started it.

The starter holds the other end of our standard input. When that closes, because the starter said so or died in whatever way,
the command is asked to end, and then everything left of its session is killed. So a demo that is killed leaves nothing behind.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO, TYPE_CHECKING

import psutil  # type: ignore[import-untyped] # psutil ships no types

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PATIENCE = 10.0  # seconds from asking to killing; a scheduler would wait for its tasks for hours
SWEEP = 5.0  # seconds the kernel may take to bury what was killed


class Tethered:
    """A running command, in a session of its own, that ends with us at the latest.

    :param log: where its output goes; appended to.
    """

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - commands of the demo and the tests
                [sys.executable, "-m", "sandbox.tether", *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,  # Ctrl-C in the terminal reaches us alone; we decide what ends when
            )

    @property
    def running(self) -> bool:
        """Whether the command still runs."""
        return self._process.poll() is None

    @property
    def session(self) -> int:
        """The session that holds the command and all it started."""
        return self._process.pid

    def ask_to_stop(self) -> None:
        """Let go of the tether and return at once."""
        with suppress(OSError):
            _standard_input(self._process).close()

    def stop(self) -> None:
        """Let go of the tether and wait until nothing of the command is left."""
        self.ask_to_stop()
        self._process.wait(PATIENCE + 2 * SWEEP)


def _standard_input(process: subprocess.Popen[bytes]) -> IO[bytes]:
    if process.stdin is None:
        raise ValueError("the tethered process was started without a pipe")
    return process.stdin


def main(command: Sequence[str]) -> int:
    """Run the command to its end or to the end of our standard input; its exit code."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - it is what we are for
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    threading.Thread(target=_end_with_starter, args=(child,), daemon=True).start()
    code = child.wait()
    _sweep()
    return code


def _end_with_starter(child: subprocess.Popen[bytes]) -> None:
    while os.read(0, 1):  # not sys.stdin: an interpreter cannot end while a thread of it reads there
        pass
    child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()


def _sweep() -> None:
    """Kill what the command left in our session: children change their group and parent, never their session."""
    left = [process for process in psutil.process_iter() if _is_ours(process.pid)]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(left, SWEEP)


def _is_ours(pid: int) -> bool:
    try:
        return pid != os.getpid() and os.getsid(pid) == os.getsid(0)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
