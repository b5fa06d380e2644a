"""What the figures hold for: the machine by cores and memory only, versions, latency, date."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import psutil  # type: ignore[import-untyped] # psutil ships no types

from benchmarks.settings import FREEE_LATENCY, SALESFORCE_LATENCY

PACKAGES = ("freee-sync", "simple-salesforce", "requests", "apache-airflow")


def about() -> dict[str, Any]:
    """For the head of results.json."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1024**3),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "latency_ms": {"freee": round(FREEE_LATENCY * 1000), "salesforce": round(SALESFORCE_LATENCY * 1000)},
    }


def sentence(told: dict[str, Any]) -> str:
    """The same for people."""
    latency = told["latency_ms"]
    return (
        f"{told['date']} · {told['cores']} cores, {told['memory_gb']} GB · Python {told['python']} · "
        f"simple-salesforce {told['versions']['simple-salesforce']} · "
        f"a call to freee takes {latency['freee']} ms, one to Salesforce {latency['salesforce']} ms, or what the server needs"
    )
