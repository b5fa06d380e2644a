"""A clock for whole processes, moved while they run: libfaketime, preloaded, reads the shift from a file every second.

It is below Python, so that SQLite's CURRENT_TIMESTAMP, by which the scheduler finds what is due, moves too. Timers (the
monotonic clock) and the times of files stay real.
"""

from __future__ import annotations

import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pendulum

if TYPE_CHECKING:
    from pendulum import DateTime

LIBRARY = Path("vendor/libfaketime/src/libfaketime.so.1")
REREAD = 1  # seconds after which a process notices that the clock was moved


class ShiftedClock:
    """A clock that all processes with its `environment` go by.

    :param file: where the shift is kept; made here.
    :raises RuntimeError: where libfaketime cannot move the clock of a process.
    """

    def __init__(self, file: Path, start: DateTime) -> None:
        self._file = file
        self.move(start)
        script = "import time; print(time.time())"
        seen = subprocess.run(  # noqa: S603 - our own Python
            [sys.executable, "-c", script], env=self.environment, capture_output=True, text=True, check=True
        )
        if abs(float(seen.stdout) - self.now().timestamp()) > 60:
            raise RuntimeError(f"libfaketime does not move the clock on this machine: {seen.stderr}")

    @property
    def environment(self) -> dict[str, str]:
        """What a process must be started with to go by this clock."""
        return {
            "LD_PRELOAD": str(_library()),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_CACHE_DURATION": str(REREAD),
            "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_FORCE_MONOTONIC_FIX": "0",  # with it a thread that waits for Python's lock spins, and starves the others
            "NO_FAKE_STAT": "1",
        }

    def now(self) -> DateTime:
        """What the clock shows."""
        return pendulum.now("Asia/Tokyo").add(seconds=self._shift)

    def move(self, moment: DateTime) -> None:
        """Let it show this, and go on from there."""
        self._shift = round(moment.timestamp() - time.time())
        written = self._file.with_suffix(".new")
        written.write_text(f"{self._shift:+d}\n", encoding="ascii")
        written.replace(self._file)
        time.sleep(2 * REREAD)


def _library() -> Path:
    found = find_spec("libfaketime")
    if found is None or not found.submodule_search_locations:
        raise RuntimeError("libfaketime is not installed")
    return Path(found.submodule_search_locations[0]) / LIBRARY
