"""Run the sandbox until SIGTERM or SIGINT: `python -m sandbox [--seed 1] [--ports 8080 8081 8025] [--state sandbox.json]`.

One line of JSON tells the addresses and Airflow's Connections; it is printed, and with --state also written to a file that is
there only while the sandbox runs. Everything lives in memory: a restart begins anew, with new tokens.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from dataclasses import fields, replace
from pathlib import Path

from sandbox.company import Sizes
from sandbox.server import Sandbox, SandboxConfig

SIZES = [size.name for size in fields(Sizes)]


def main(arguments: list[str]) -> int:
    """Run; exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same company on the same day")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--ports",
        type=int,
        nargs=3,
        default=(0, 0, 0),
        metavar=("FREEE", "SALESFORCE", "SMTP"),
        help="0 takes a free one",
    )
    parser.add_argument("--size", action="append", default=[], metavar="MASTER=ROWS", help=f"one of {', '.join(SIZES)}")
    parser.add_argument(
        "--latency",
        type=float,
        nargs=2,
        default=(0.0, 0.0),
        metavar=("FREEE", "SALESFORCE"),
        help="seconds from a call's arrival to its answer, at least",
    )
    parser.add_argument("--state", type=Path, help="where to write the line of JSON")
    asked = parser.parse_args(arguments)
    try:
        config = _config(asked)
    except ValueError as error:
        parser.error(str(error))
    stop = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, stop)  # before any thread is made, so that all of them leave these to us
    with Sandbox(config) as sandbox:
        sandbox.freee_wire.latency, sandbox.salesforce_wire.latency = asked.latency
        _tell(sandbox, asked.state)
        signal.sigwait(stop)
    if asked.state:
        asked.state.unlink(missing_ok=True)
    return 0


def _config(asked: argparse.Namespace) -> SandboxConfig:
    """The configuration asked for.

    :raises ValueError: for a size that is none.
    """
    freee, salesforce, smtp = asked.ports
    sizes = dict(_size(text) for text in asked.size)
    return SandboxConfig(asked.seed, asked.host, freee, salesforce, smtp, replace(Sizes(), **sizes))


def _size(text: str) -> tuple[str, int]:
    name, _, rows = text.partition("=")
    if name not in SIZES or not rows.isdecimal():
        raise ValueError(f"--size {text}: should be MASTER=ROWS, with one of {', '.join(SIZES)}")
    return name, int(rows)


def _tell(sandbox: Sandbox, state: Path | None) -> None:
    line = json.dumps(
        {
            "pid": os.getpid(),
            "freee_url": sandbox.freee_url,
            "salesforce_url": sandbox.salesforce_url,
            "smtp_port": sandbox.smtp_port,
            "company_id": sandbox.company.id,
            "connections": sandbox.connections(),
        }
    )
    if state:
        whole = state.with_suffix(state.suffix + ".new")
        whole.touch(mode=0o600)
        whole.write_text(line + "\n", encoding="utf-8")
        whole.replace(state)  # at once, so that nobody reads half of it
    print(line, flush=True)  # noqa: T201 - this is what the caller reads


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
