"""What the sandbox starts ends with its starter, however that ends, and takes everything it started along."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil  # type: ignore[import-untyped] # psutil ships no types
import pytest

from sandbox.tether import Tethered

STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
)
WITH_A_CHILD = f"""
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {STUBBORN!r}], preexec_fn=lambda: os.setpgid(0, 0))
time.sleep(600)
"""
STARTER = f"""
import os, pathlib, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by inheritance where the tests run in the background
from sandbox.tether import Tethered
tethered = Tethered([sys.executable, "-c", {WITH_A_CHILD!r}], pathlib.Path(sys.argv[1]), os.environ)
print(tethered.session, flush=True)
time.sleep(600)
"""
SOON = 30.0  # seconds; only a failure waits that long


def members(session: int) -> list[int]:
    """Processes of a session that are still there."""
    found = []
    for process in psutil.process_iter(["status"]):
        try:
            if os.getsid(process.pid) == session and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except ProcessLookupError:
            continue
    return found


def wait_for(text: str, log: Path) -> None:
    """Wait until the command has said something."""
    end = time.monotonic() + SOON
    while text not in (log.read_text() if log.exists() else ""):
        assert time.monotonic() < end, f"never said {text!r}"
        time.sleep(0.05)


def wait_until_gone(session: int) -> None:
    """Wait until no process of a session is left."""
    end = time.monotonic() + SOON
    while left := members(session):
        assert time.monotonic() < end, f"still running: {left}"
        time.sleep(0.05)


def test_stopping_takes_along_a_grandchild_that_left_the_group_and_ignores_sigterm(tmp_path: Path) -> None:
    log = tmp_path / "log"
    tethered = Tethered([sys.executable, "-c", WITH_A_CHILD], log, os.environ)
    wait_for("up", log)
    session = tethered.session
    assert len(members(session)) == 3

    tethered.stop()

    assert not members(session)
    assert not tethered.running


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_nothing_outlives_a_starter_that_dies(tmp_path: Path, how: signal.Signals) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", STARTER, str(log)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as starter:  # noqa: S603 - our own program
        assert starter.stdout is not None
        session = int(starter.stdout.readline())
        wait_for("up", log)

        starter.send_signal(how)

    wait_until_gone(session)


def test_a_command_that_ends_by_itself_leaves_nothing_behind(tmp_path: Path) -> None:
    log = tmp_path / "log"
    leaves_a_child = WITH_A_CHILD.replace("time.sleep(600)\n", "time.sleep(1)\n")
    tethered = Tethered([sys.executable, "-c", leaves_a_child], log, os.environ)

    wait_until_gone(tethered.session)

    assert not tethered.running


def test_a_command_that_ends_by_itself_hands_on_its_exit_code() -> None:
    command = [sys.executable, "-m", "sandbox.tether", sys.executable, "-c", "raise SystemExit(3)"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stderr=pipe, start_new_session=True) as tethered:  # noqa: S603 - ours
        assert tethered.wait(SOON) == 3  # with our end of its standard input still open
        assert tethered.stderr is not None
        assert tethered.stderr.read() == b""
