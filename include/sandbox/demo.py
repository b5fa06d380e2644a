"""`make demo`: a made-up company in freee, an empty Salesforce org and a real Airflow; three runs, told as they happen.

With `--once` it ends after the third run, else it stays until Ctrl-C. Exit code 0 when all three showed what they must, 1 when
one did not, 130 when it was interrupted before the end.
"""

from __future__ import annotations

import argparse
import fcntl
import shutil
import signal
import sys
import time
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sandbox.stage import Stage, stage
from sandbox.story import CLONE, Story, SurpriseError

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130  # what a shell calls a program that Ctrl-C ended

BEGAN = time.monotonic()


def say(text: str) -> None:
    """One line for the reader, with the seconds since the beginning."""
    print(f"[{time.monotonic() - BEGAN:4.0f} s] {text}", flush=True)  # noqa: T201 - a demo talks


def main(arguments: list[str]) -> int:
    """Play the demo; exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--once", action="store_true", help="end after the third run")
    parser.add_argument("--folder", type=Path, default=CLONE / "var" / "demo", help="where everything is kept")
    asked = parser.parse_args(arguments)
    for ending in ENDINGS:
        signal.signal(ending, _end)
    try:
        with _own_folder(asked.folder) as folder:
            return _play(folder, once=asked.once)
    except KeyboardInterrupt:
        return INTERRUPTED


def _end(*_: object) -> None:
    """Leave once; a second Ctrl-C must not disturb the cleaning up."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)
    say("Stopping")
    raise KeyboardInterrupt


@contextmanager
def _own_folder(parent: Path) -> Iterator[Path]:
    """The first of the numbered folders in the parent that no other demo plays in, emptied."""
    for number in count(1):
        folder = parent / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        with (parent / f"{number}.lock").open("w") as lock:
            if _locked(lock):
                shutil.rmtree(folder)
                folder.mkdir()
                yield folder
                return


def _locked(file: IO[str]) -> bool:
    """Take the lock, which ends with this process; False when another demo has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _play(folder: Path, *, once: bool) -> int:
    say("Starting freee, Salesforce, a mail server and Airflow")
    with stage(folder / "airflow") as running:
        say(f"Airflow is up: {running.airflow.url}")
        try:
            Story(running, folder, say).tell()
        except (SurpriseError, TimeoutError) as surprise:
            say(f"Not as it should be. {surprise}")
            return 1
        finally:
            _copy_reports(folder)
        if not once:
            _stay(running)
    say("All as it should be; everything is stopped")
    return 0


def _copy_reports(folder: Path) -> None:
    """Into the folder above, where they are found without knowing the number."""
    for report in folder.glob("report-*"):
        shutil.copy(report, folder.parent)


def _stay(running: Stage) -> None:
    say(f"Yours to try: {running.airflow.url}/dags/{running.dag.dag_id} (no password). Ctrl-C ends it")
    with suppress(KeyboardInterrupt):
        signal.pause()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
