"""Run the benchmark: `make bench`, with SIZES=100000,1000000 for big loads. Results go to benchmarks/results.json and docs/pictures."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import importing
from benchmarks.about import about, sentence
from benchmarks.chart import chart
from benchmarks.contestant import ROOT
from benchmarks.race import race
from benchmarks.results import Results
from benchmarks.settings import Wishes
from benchmarks.table import beside, table
from benchmarks.targets import targets

RESULTS = ROOT / "benchmarks" / "results.json"
CHART = ROOT / "docs" / "pictures" / "benchmark.svg"
INTERRUPTED = 130  # what a shell says of a command that Ctrl-C ended


def main() -> int:
    """Run; exit code."""
    os.environ.setdefault(
        "AIRFLOW_HOME", str(ROOT / "var" / "airflow")
    )  # without one Airflow makes ~/airflow on import
    results = Results(about())
    _say(sentence(results.about))
    try:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=_scratch()) as folder:
            _measure(results, Wishes.of(os.environ), Path(folder))
    except KeyboardInterrupt:
        _say("\nInterrupted: nothing was kept.")
        return INTERRUPTED
    results.save(RESULTS)
    CHART.write_text(chart(results), encoding="utf-8")
    _say(table(results), "", *beside(results), "", *map(str, targets(results)))
    return 0


def _measure(results: Results, wishes: Wishes, folder: Path) -> None:
    results.beside["mapping"] = _mapping()
    results.beside["importing"] = importing.measured(folder)
    for rows in wishes.sizes:
        for cell in race(rows, wishes, folder, lambda step: _say(f"  {step}")):
            results.cells.append(cell)


def _mapping() -> dict[str, Any]:
    """In a process of its own: what this one holds is not to be searched for garbage meanwhile."""
    command = [sys.executable, "-m", "benchmarks.mapping"]
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=ROOT)  # noqa: S603 - ourselves
    told: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return told


def _scratch() -> Path:
    folder = ROOT / "var" / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
