"""What our DAG file costs Airflow at each parse, beside an empty one, and what it pulls in that Airflow does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.contestant import ROOT

TURNS = 5
DAG_FILE = ROOT / "dags" / "freee_master_sync.py"
EMPTY = 'from airflow.sdk import DAG\n\nwith DAG("empty"):\n    pass\n'

CHILD = """
import json, runpy, sys, time
began = time.perf_counter()
runpy.run_path(sys.argv[1])
print(json.dumps({"seconds": time.perf_counter() - began, "modules": sorted(sys.modules)}))
"""
"""Imports one DAG file in a fresh interpreter, as Airflow's DAG processor does in a fresh process."""

HEAVY = frozenset(
    {"requests", "simple_salesforce", "pandas", "numpy", "zeep", "lxml", "jinja2", "tenacity", "yaml", "aiohttp"}
)
"""None of them may come with our DAG file unless Airflow has brought it."""


def measured(folder: Path) -> dict[str, Any]:
    """Seconds of both files, their ratio, and the modules that only ours brings."""
    empty = folder / "empty_dag.py"
    empty.write_text(EMPTY, encoding="utf-8")
    turns = [(_imported(empty), _imported(DAG_FILE)) for _ in range(TURNS)]
    base, ours = (median(turn[side]["seconds"] for turn in turns) for side in (0, 1))
    brought = set(turns[0][1]["modules"]) - set(turns[0][0]["modules"])
    tops = sorted({name.partition(".")[0] for name in brought})
    return {
        "empty": base,
        "ours": ours,
        "ratio": ours / base,
        "modules": len(brought),
        "brought": [name for name in tops if not name.startswith("_")],
        "heavy": sorted(HEAVY & set(tops)),
    }


def _imported(file: Path) -> dict[str, Any]:
    """In a fresh process; the Variables come from its environment, so that no database is asked."""
    variables = json.loads((ROOT / "include" / "variables.json").read_text(encoding="utf-8"))
    told = {f"AIRFLOW_VAR_{name.upper()}": each["value"] for name, each in variables.items()}
    ended = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-c", CHILD, str(file)],
        env={**os.environ, **told},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return answer
