"""Registers the timetable, so that the scheduler, the DAG processor and the API server can read a serialized DAG.

Airflow loads this file in one of two ways: through the entry point of the installed package, or from its plugins folder, as a
module named `plugin`. Task processes load it too, so it imports nothing heavy.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution

from airflow.plugins_manager import AirflowPlugin

from freee_sync.timetable import DailyAt


class FreeeSyncPlugin(AirflowPlugin):
    """What freee_sync adds to Airflow itself."""

    name = "freee_sync"
    timetables = [DailyAt]  # noqa: RUF012 - the shape that Airflow reads


def _installed() -> bool:
    try:
        distribution("freee-sync")
    except PackageNotFoundError:
        return False
    return True


if __name__ != "freee_sync.plugin" and _installed():
    del FreeeSyncPlugin  # the entry point registers it; a second one would show as an import error in the UI
