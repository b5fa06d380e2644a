"""Who may import whom.

    dags -> dag -> closing -> tasks -> sync -> applying -> attempt -> freee/, salesforce/ -> the pure modules

Everything that is not named below is pure: it loads neither Airflow nor HTTP. So a new module is pure until someone says here
why it is not.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[2]
PACKAGE = CLONE / "plugins" / "freee_sync"
SANDBOX = CLONE / "include" / "sandbox"

SPINE = ("dag", "closing", "tasks", "sync", "applying", "attempt")
"""Each may be imported by those before it only."""

WAY_BACK = {"push_partners", "pushing"}
"""Beside the sync, of the same parts."""

SYSTEMS = {"freee", "salesforce"}
PROGRAMS = {"link", "doctor", "metadata"}  # run beside Airflow, never inside a task
IMPURE = {*SPINE, *WAY_BACK, *SYSTEMS, *PROGRAMS, "outlets", "timetable", "plugin", "provider", "mailer"}
STORES = {"variables", "memory"}  # pure but for the store, which imports Airflow inside its methods
OUTSIDE = {"airflow", "requests", "httpx", "urllib3", "simple_salesforce", "sandbox"}

MODULES = sorted(PACKAGE.rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    """Dotted names of all a file imports, wherever in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def roots_of(path: Path) -> set[str]:
    """Top-level packages a file imports."""
    return {name.split(".")[0] for name in imports_of(path)}


def parts_of(path: Path) -> set[str]:
    """Modules and folders of freee_sync that a file imports."""
    return {name.split(".")[1] for name in imports_of(path) if name.startswith("freee_sync.")}


def part(path: Path) -> str:
    """The module, or the folder it is in, directly below freee_sync."""
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


PURE = [path for path in MODULES if part(path) not in IMPURE]


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.stem)
def test_a_pure_module_names_neither_airflow_nor_http(path: Path) -> None:
    outside = roots_of(path) & OUTSIDE

    assert outside <= ({"airflow"} if path.stem in STORES else set())


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.stem)
def test_a_pure_module_imports_only_pure_modules(path: Path) -> None:
    assert not parts_of(path) & IMPURE


def test_loading_every_pure_module_loads_no_airflow_and_no_http() -> None:
    names = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in PURE]
    program = f"import sys, {', '.join(names)}; print(sorted(set(sys.modules) & {OUTSIDE!r}))"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - our own program

    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize("path", [path for path in MODULES if part(path) in SYSTEMS], ids=lambda path: path.stem)
def test_neither_system_knows_the_other_or_what_uses_it(path: Path) -> None:
    assert not parts_of(path) & (IMPURE - {part(path)})


@pytest.mark.parametrize("path", [path for path in MODULES if part(path) not in PROGRAMS], ids=lambda path: path.stem)
def test_no_task_knows_the_programs_that_run_beside_airflow(path: Path) -> None:
    assert not parts_of(path) & PROGRAMS


@pytest.mark.parametrize("path", [path for path in MODULES if part(path) not in PROGRAMS], ids=lambda path: path.stem)
def test_nothing_imports_what_is_above_it(path: Path) -> None:
    above = SPINE[: SPINE.index(part(path))] if part(path) in SPINE else SPINE

    assert not parts_of(path) & set(above)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_the_package_does_not_know_the_sandbox(path: Path) -> None:
    assert "sandbox" not in roots_of(path)


@pytest.mark.parametrize("path", sorted(SANDBOX.rglob("*.py")), ids=lambda path: path.stem)
def test_the_sandbox_knows_nothing_of_the_package_it_is_there_to_try(path: Path) -> None:
    assert "freee_sync" not in roots_of(path)


def test_the_oracle_imports_nothing_of_ours() -> None:
    assert not roots_of(CLONE / "tests" / "oracle.py") & {"freee_sync", "sandbox"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_module_has_the_name_of_a_standard_one(path: Path) -> None:
    """Airflow's plugin loader would put it in the place of the real one."""
    assert path.stem == "__init__" or path.stem not in sys.stdlib_module_names
