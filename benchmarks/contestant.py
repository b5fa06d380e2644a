"""One run of one contestant in a process of its own: `python -m benchmarks.contestant`, its order on standard input.

What is imported or prepared beforehand is not in the time. Peak memory is this process's own, from the start of the run to its end.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

CONTESTANTS = {
    "ours": "benchmarks.ours",
    "row by row": "benchmarks.rivals.row_by_row",
    "bulk2.upsert": "benchmarks.rivals.bulk2",
    "plain Collections": "benchmarks.rivals.plain_collections",
    "floor": "benchmarks.floor",
}
"""Each is a module with `prepare(order)`, which gives what is to be timed."""

ROOT = Path(__file__).parents[1]
MB = 1024 * 1024


@dataclass(frozen=True)
class RunOrder:
    """What one run is to do.

    :param connections: Airflow's Connections, by id.
    :param rows: that freee lists.
    :param tape: where ours leaves its calls and the floor finds them.
    """

    contestant: str
    connections: dict[str, Any]
    company_id: int
    rows: int
    queue_seconds: float
    row_seconds: float
    tape: str


@dataclass(frozen=True)
class Run:
    """What it took.

    :param cpu_seconds: of the contestant's own process.
    :param growth_mb: peak memory beyond what the process held before the run.
    """

    seconds: float
    cpu_seconds: float
    peak_mb: float
    growth_mb: float


def run(order: RunOrder) -> Run:
    """Run a contestant in a fresh process.

    :raises subprocess.CalledProcessError: when it fails.
    """
    command = [sys.executable, "-m", "benchmarks.contestant"]
    ended = subprocess.run(  # noqa: S603 - ourselves
        command, input=json.dumps(asdict(order)), stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT
    )
    return Run(**json.loads(ended.stdout.splitlines()[-1]))


def main() -> None:
    """Do what the order says, and tell on the last line of standard output."""
    order = RunOrder(**json.load(sys.stdin))
    os.environ |= {f"AIRFLOW_CONN_{name.upper()}": json.dumps(each) for name, each in order.connections.items()}
    prepared: Callable[[], object] = import_module(CONTESTANTS[order.contestant]).prepare(order)
    sys.stdout.write(json.dumps(asdict(_timed(prepared))) + "\n")


def _timed(prepared: Callable[[], object]) -> Run:
    _forget_peak()
    before, cpu, began = _peak_bytes(), time.process_time(), time.perf_counter()
    prepared()
    seconds, cpu_seconds, peak = time.perf_counter() - began, time.process_time() - cpu, _peak_bytes()
    return Run(seconds, cpu_seconds, peak / MB, (peak - before) / MB)


def _forget_peak() -> None:
    """Linux only: let the peak begin at what is held now. Elsewhere it has the imports' in it."""
    marks = Path("/proc/self/clear_refs")
    if marks.exists():
        marks.write_text("5", encoding="ascii")


def _peak_bytes() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes, as macOS counts it


if __name__ == "__main__":
    main()
