"""Whatever a test imports, Airflow finds a home of its own inside the clone: without one it makes ~/airflow on import."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from freee_sync.bilingual import speaking

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")

for name in [name for name in os.environ if name.startswith("AIRFLOW")]:
    del os.environ[name]
os.environ["AIRFLOW_HOME"] = str(Path(__file__).parents[1] / "var" / "tests" / f"airflow-{WORKER}")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"

signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored by inheritance where the tests run in the background

settings.register_profile("freee_sync", deadline=None)  # how fast a busy machine is proves nothing
settings.load_profile("freee_sync")


@pytest.fixture(autouse=True, scope="module")
def _light() -> Iterator[None]:
    """What a module leaves in memory, Airflow and the servers' code above all, is not searched for garbage again and again."""
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _japanese() -> Iterator[None]:
    """A task speaks the language of its settings until its process ends: here each test begins in Japanese."""
    with speaking("ja"):
        yield
