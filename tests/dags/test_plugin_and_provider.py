"""What Airflow itself finds of the package: the timetable and the Connection form, installed or only copied into its folders."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import airflow
import jsonschema
import pytest
from airflow.api_fastapi.core_api.services.ui.connections import HookMetaService
from airflow.providers_manager import ProvidersManager
from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime

from freee_sync.freee.hook import FreeeHook
from freee_sync.provider import get_provider_info

if TYPE_CHECKING:
    from collections.abc import Mapping

CLONE = Path(__file__).parents[2]
SITE_PACKAGES = Path(sysconfig.get_path("purelib"))

LOOK = """
import json
from airflow.sdk import DAG
from airflow import plugins_manager
from airflow.serialization.serialized_objects import DagSerialization
from freee_sync.timetable import DailyAt

plugins, errors = plugins_manager._get_plugins()
serialized = json.loads(json.dumps(DagSerialization.to_dict(DAG("daily", schedule=DailyAt(21)))))
again = DagSerialization.from_dict(serialized)
print("found", json.dumps({
    "plugins": [(plugin.name, str(plugin.source)) for plugin in plugins if plugin.name == "freee_sync"],
    "errors": errors,
    "type": again.timetable.type_name,
    "summary": again.timetable.summary,
}))
"""
"""Run by an Airflow in a process of its own: which plugins it has, and a DAG on its way into the database and back."""

LOAD = """
import json, os, runpy
import airflow.settings
airflow.settings.initialize()
home = os.environ["AIRFLOW_HOME"]
dag = runpy.run_path(home + "/dags/freee_master_sync.py")["dag"]
import freee_sync.closing, freee_sync.tasks
from freee_sync.mapping import read_mapping
from pathlib import Path
mapped = read_mapping(Path(home, "include", "mapping.yaml"))
print("found", json.dumps({"tasks": len(dag.task_ids), "mapped": len(mapped), "from": freee_sync.tasks.__file__}))
"""
"""Run by an Airflow in a process of its own: reads the DAG file and loads what its tasks load."""


def airflow_schema(name: str) -> dict[str, Any]:
    """A JSON schema that Airflow ships."""
    schema: dict[str, Any] = json.loads((Path(airflow.__path__[0]) / name).read_text(encoding="utf-8"))
    return schema


def look(home: Path, python: list[str], environment: Mapping[str, str], script: str = LOOK) -> dict[str, Any]:
    """What an Airflow with this home finds."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON"))}
    own = {"AIRFLOW_HOME": str(home), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    done = subprocess.run(  # noqa: S603 - our own Python, our own script
        [*python, "-c", script], capture_output=True, text=True, check=True, env=kept | own | dict(environment)
    )
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("found ")]
    found: dict[str, Any] = json.loads(line.removeprefix("found "))
    return found


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """An Airflow home into whose plugins folder only the package was copied."""
    shutil.copytree(
        CLONE / "plugins" / "freee_sync",
        tmp_path / "plugins" / "freee_sync",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    return tmp_path


@pytest.fixture
def stock_packages(tmp_path: Path) -> Path:
    """All installed packages but ours: what a stock Airflow has."""
    folder = tmp_path / "packages"
    folder.mkdir()
    for path in SITE_PACKAGES.iterdir():
        if not path.name.startswith(("freee_sync", "_freee_sync")) and path.suffix != ".pth":
            (folder / path.name).symlink_to(path)
    return folder


def test_installed_the_plugin_comes_through_its_entry_point(tmp_path: Path) -> None:
    found = look(tmp_path, [sys.executable], {})
    ((name, source),) = found["plugins"]
    assert name == "freee_sync"
    assert "FreeeSyncPlugin" in source
    assert (found["errors"], found["type"]) == ({}, "freee_sync.timetable.DailyAt")


def test_copied_into_the_plugins_folder_it_works_without_being_installed(copied: Path, stock_packages: Path) -> None:
    found = look(copied, [sys.executable, "-S"], {"PYTHONPATH": str(stock_packages)})
    assert found["plugins"] == [["freee_sync", "$PLUGINS_FOLDER/freee_sync/plugin.py"]]
    assert found["errors"] == {}
    assert (found["type"], found["summary"]) == ("freee_sync.timetable.DailyAt", "毎日 21:00 JST")


def test_copied_folders_hold_all_that_the_dag_and_its_tasks_need(copied: Path, stock_packages: Path) -> None:
    for folder in ("dags", "include"):
        shutil.copytree(CLONE / folder, copied / folder, ignore=shutil.ignore_patterns("__pycache__", "sandbox"))
    found = look(copied, [sys.executable, "-S"], {"PYTHONPATH": str(stock_packages)}, LOAD)
    assert found["tasks"] == 10
    assert found["mapped"] == 7
    assert Path(found["from"]).is_relative_to(copied)


def test_installed_and_copied_it_is_registered_once_and_without_an_error(copied: Path) -> None:
    found = look(copied, [sys.executable], {})
    assert len(found["plugins"]) == 1
    assert (found["errors"], found["summary"]) == ({}, "毎日 21:00 JST")


def test_the_provider_is_listed() -> None:
    assert "freee-sync" in ProvidersManager().providers  # type: ignore[no-untyped-call]  # Airflow's own, without types


def test_the_provider_keeps_to_airflows_schemas() -> None:
    info = get_provider_info()
    jsonschema.validate(info, airflow_schema("provider_info.schema.json"))
    shape = airflow_schema("provider.yaml.schema.json")
    jsonschema.validate(
        info["connection-types"], shape["properties"]["connection-types"] | {"$defs": shape.get("$defs", {})}
    )


def test_the_connection_type_is_the_one_of_the_hook() -> None:
    hook = ProvidersManagerTaskRuntime().hooks["freee"]  # type: ignore[no-untyped-call]  # same
    assert hook is not None
    assert hook.hook_class_name == f"{FreeeHook.__module__}.{FreeeHook.__qualname__}"
    assert (hook.connection_type, hook.hook_name) == (FreeeHook.conn_type, FreeeHook.hook_name)
    assert hook.connection_id_attribute_name == FreeeHook.conn_name_attr


def test_the_ui_gets_the_form_with_its_labels_and_hides_the_secrets() -> None:
    (form,) = [meta for meta in HookMetaService.hook_meta_data() if meta.connection_type == "freee"]
    assert form.hook_name == "freee会計"
    fields = form.standard_fields
    assert fields is not None
    assert fields.host is not None
    assert (fields.host.title, fields.host.placeholder) == ("APIのURL", "https://api.freee.co.jp")
    assert fields.login is not None
    assert fields.password is not None
    assert (fields.login.title, fields.password.title) == ("クライアントID", "クライアントシークレット")
    assert fields.port is not None
    assert fields.url_schema is not None
    assert (fields.port.hidden, fields.url_schema.hidden) == (True, True)
    extras = form.extra_fields
    assert extras is not None
    assert {name: extra["schema"]["title"] for name, extra in extras.items()} == {
        "company_id": "事業所ID",
        "refresh_token": "リフレッシュトークン",
        "accounts_url": "認証サーバーのURL",
    }
    assert extras["refresh_token"]["schema"]["format"] == "password"
