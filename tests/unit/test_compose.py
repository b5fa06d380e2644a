"""docker-compose.yaml, as far as it can be judged without an engine: what runs, with which secrets, and what it mounts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

CLONE = Path(__file__).parents[2]
TEXT = (CLONE / "docker-compose.yaml").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(TEXT)["services"]
AIRFLOW = ("init", "api-server", "scheduler", "dag-processor")
REQUIRED = {"FERNET_KEY", "JWT_SECRET", "API_SECRET_KEY", "POSTGRES_PASSWORD", "ADMIN_PASSWORD"}


def test_it_runs_what_a_local_executor_needs_and_nothing_more() -> None:
    assert set(SERVICES) == {"postgres", *AIRFLOW}
    assert SERVICES["scheduler"]["environment"]["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"


@pytest.mark.parametrize("name", AIRFLOW)
def test_every_airflow_service_shares_image_keys_and_database(name: str) -> None:
    common = SERVICES["scheduler"]

    service = SERVICES[name]

    assert service["build"] == common["build"]
    assert common["environment"].items() <= service["environment"].items()
    assert service["volumes"] == common["volumes"]


@pytest.mark.parametrize("name", ["api-server", "scheduler", "dag-processor"])
def test_a_component_starts_after_the_database_is_set_up(name: str) -> None:
    assert SERVICES[name]["command"] == name
    assert SERVICES[name]["depends_on"]["init"] == {"condition": "service_completed_successfully"}


def test_the_set_up_migrates_the_database_and_imports_the_variables() -> None:
    init = SERVICES["init"]

    assert init["environment"]["_AIRFLOW_DB_MIGRATE"] == "true"
    assert init["command"][:2] == ["variables", "import"]
    assert "skip" in init["command"]
    assert init["restart"] == "no"


def test_no_secret_has_a_default_and_the_example_names_each() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", TEXT))
    taken = set(re.findall(r"\$\{(\w+)", TEXT.replace("$${", "")))
    example = dict(re.findall(r"^(\w+)=(.*)$", (CLONE / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))

    assert asked == taken == REQUIRED
    assert example == dict.fromkeys(REQUIRED, "")


def test_every_mounted_folder_is_in_the_clone_and_read_only() -> None:
    folders = [mount for mount in SERVICES["scheduler"]["volumes"] if mount.startswith("./")]

    assert {mount.split(":")[0] for mount in folders} == {"./dags", "./include"}
    for mount in folders:
        source, target, mode = mount.split(":")
        assert (CLONE / source).is_dir()
        assert (target, mode) == (f"/opt/airflow/{Path(source).name}", "ro")


def test_the_package_comes_with_the_image_and_is_not_mounted_over_it() -> None:
    dockerfile = (CLONE / "Dockerfile").read_text(encoding="utf-8")
    locked = re.search(r"^apache-airflow==(\S+)$", (CLONE / "requirements.lock").read_text(), re.MULTILINE)

    assert locked is not None
    assert dockerfile.startswith(f"FROM apache/airflow:{locked[1]}-python3.11\n")
    assert not any("plugins" in mount for mount in SERVICES["scheduler"]["volumes"])


def test_only_this_machine_reaches_the_ui() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}

    assert published == {"api-server": ["127.0.0.1:8080:8080"]}
