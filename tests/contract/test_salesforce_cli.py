"""The shipped package against Salesforce's own CLI, once `make check-package` has fetched that.

`sf project convert source` is the first half of a deployment: it finds the components, puts them together and writes the manifest.
It looks at places and names, not at what a file says; that is for the schema in test_salesforce_package.py.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from readme_steps import commands_in, section
from salesforce_org import METADATA, ROOT
from salesforce_package import DIRECTORIES, ROOTS, read, suffix, texts

CLI = ROOT / ".cache" / "salesforce-cli"
QUIET = ("SF_DISABLE_TELEMETRY", "SF_AUTOUPDATE_DISABLE", "SF_SKIP_NEW_VERSION_CHECK", "SF_DISABLE_LOG_FILE")

pytestmark = pytest.mark.skipif(
    not (CLI / ".ready").exists(),
    reason="Salesforce's CLI is not here: `make check-package` fetches it with npm, 500 MB",
)


TYPED = [line.partition("sf ")[2] for line in commands_in(section()) if re.search(r"(^|&& )sf ", line)]
"""What README.md has an administrator type, without `sf`."""


@pytest.mark.parametrize("typed", TYPED)
def test_the_cli_knows_each_option_that_the_readme_types(typed: str) -> None:
    # given
    words, *options = re.split(r" (?=--)", typed)
    # when
    told = _sf(*words.split(), "--help")
    # then
    known = set(re.findall(r"--[a-z][a-z-]+", told.stdout.partition("FLAGS")[2].partition("DESCRIPTION")[0]))
    assert {option.split()[0] for option in options} <= known


@pytest.mark.parametrize("directory", DIRECTORIES)
def test_salesforces_own_cli_finds_every_component(directory: str, tmp_path: Path) -> None:
    # when
    converted = _sf("project", "convert", "source", "--root-dir", directory, "--output-dir", str(tmp_path / "out"))
    # then
    assert converted.returncode == 0, converted.stderr
    assert _manifest(tmp_path / "out") == _components(METADATA / directory)


def test_the_cli_puts_all_of_an_objects_translations_together(tmp_path: Path) -> None:
    # when
    _sf("project", "convert", "source", "--root-dir", "translations", "--output-dir", str(tmp_path / "out"))
    # then
    for path in (METADATA / "translations").rglob("*.objectTranslation-meta.xml"):
        converted = tmp_path / "out" / "objectTranslations" / path.name.removesuffix("-meta.xml")
        assert texts(read(converted), "fields/label") == texts(read(path), "fields/label")


def _sf(*words: str) -> subprocess.CompletedProcess[str]:
    home = CLI / "home"
    home.mkdir(exist_ok=True)
    path = f"{CLI / 'node_modules' / 'node' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    environment = {"HOME": str(home), "PATH": path, **dict.fromkeys(QUIET, "true")}
    command = [str(CLI / "node_modules" / ".bin" / "sf"), *words]
    return subprocess.run(command, cwd=METADATA, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - our own words


def _manifest(output: Path) -> dict[str, list[str]]:
    """Component names by their type, as the CLI lists them for the deployment."""
    types = read(output / "package.xml").iterfind("{*}types")
    return {texts(each, "name")[0]: sorted(texts(each, "members")) for each in types}


def _components(directory: Path) -> dict[str, list[str]]:
    """Component names by their type, as our files name them."""
    found: dict[str, list[str]] = {}
    for path in directory.rglob("*-meta.xml"):
        name = path.name.removesuffix(f".{suffix(path)}-meta.xml")
        inside_an_object = path.parent.name in {"fields", "listViews", "compactLayouts"}
        full_name = f"{path.parents[1].name}.{name}" if inside_an_object else name
        found.setdefault(ROOTS[suffix(path)], []).append(full_name)
    return {kind: sorted(names) for kind, names in found.items()}
