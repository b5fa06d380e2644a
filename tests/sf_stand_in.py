"""Stands in for Salesforce's `sf` in the two commands that README.md tells an administrator to type.

It is strict about what is typed and about what it is typed for: the folder must be one of the project's, the permission set one
that was deployed. That the real `sf` knows these options is seen in test_salesforce_cli.py; whether Salesforce takes the metadata
is not seen anywhere. `SF_STAND_IN_ORG` is the folder that is the org.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path

ORG = "SF_STAND_IN_ORG"


def main(arguments: list[str]) -> int:
    """Do one command; exit code."""
    words, rest = arguments[:3], arguments[3:]
    if words == ["project", "deploy", "start"]:
        return _deploy(_options(rest, "--source-dir").source_dir)
    if words == ["org", "assign", "permset"]:
        assigned = _options(rest, "--name", "--on-behalf-of")
        return _assign(assigned.name, assigned.on_behalf_of)
    return _refused(f"no such command: {' '.join(words)}")


def _options(arguments: list[str], *names: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sf", allow_abbrev=False)
    for name in (*names, "--target-org"):
        parser.add_argument(name, required=True)
    return parser.parse_args(arguments)


def _deploy(source: str) -> int:
    project = json.loads(Path("sfdx-project.json").read_text(encoding="utf-8"))
    if source not in {folder["path"] for folder in project["packageDirectories"]}:
        return _refused(f"{source} is no folder of this project")
    shutil.copytree(source, Path(os.environ[ORG]) / source)
    return 0


def _assign(permission_set: str, user: str) -> int:
    org = Path(os.environ[ORG])
    if not list(org.rglob(f"permissionsets/{permission_set}.permissionset-meta.xml")):
        return _refused(f"{permission_set} was not deployed")
    with (org / "assigned.txt").open("a", encoding="utf-8") as assigned:
        assigned.write(f"{permission_set} {user}\n")
    return 0


def _refused(why: str) -> int:
    print(f"sf: {why}", file=sys.stderr)  # noqa: T201 - what the caller reads
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
