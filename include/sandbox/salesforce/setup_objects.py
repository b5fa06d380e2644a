"""What a query tells of the org's set-up: who may see all rows, and which rows everybody sees. For users with "View Setup" only.

Fields are those of the Object Reference that a look at sharing needs; rows come from the shipped metadata and its permission set.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.salesforce.metadata import NAMESPACE, flag, read_permission_sets, text
from sandbox.salesforce.model import Field, ObjectType
from sandbox.salesforce.standard import SYSTEM_FIELDS
from sandbox.salesforce.tables import record_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from sandbox.salesforce.fields import Row

SHARING = {"ReadWrite": "Edit", "Read": "Read", "Private": "Private"}
"""`sharingModel` of the metadata to `InternalSharingModel` of a query."""


def _fixed(name: str, type: str = "string") -> Field:  # noqa: A002 - describe's own name
    length = {"string": 255, "id": 18}.get(type, 0)
    return Field(name, name, type, length=length, writable=False)  # type: ignore[arg-type]  # three of its literals


ENTITY_DEFINITION = ObjectType(
    "EntityDefinition",
    "Entity Definition",
    "Entity Definitions",
    "4ie",
    (*SYSTEM_FIELDS, _fixed("QualifiedApiName"), _fixed("InternalSharingModel")),
)
PERMISSION_SET_ASSIGNMENT = ObjectType(
    "PermissionSetAssignment",
    "Permission Set Assignment",
    "Permission Set Assignments",
    "0Pa",
    (*SYSTEM_FIELDS, _fixed("AssigneeId", "id"), _fixed("PermissionSetId", "id")),
)
OBJECT_PERMISSIONS = ObjectType(
    "ObjectPermissions",
    "Object Permissions",
    "Object Permissions",
    "110",
    (*SYSTEM_FIELDS, _fixed("ParentId", "id"), _fixed("SobjectType"), _fixed("PermissionsViewAllRecords", "boolean")),
)

SETUP_OBJECTS = (ENTITY_DEFINITION, PERMISSION_SET_ASSIGNMENT, OBJECT_PERMISSIONS)


def setup_rows(project: Path, permission_sets: Iterable[str], assignee: str) -> Iterator[tuple[str, Row]]:
    """Object and row of all that the metadata says, with the permission sets assigned to one user."""
    for number, root in enumerate(read_permission_sets(project, permission_sets), start=1):
        parent = record_id("0PS", number)
        yield "PermissionSetAssignment", {"AssigneeId": assignee, "PermissionSetId": parent}
        for right in root.iter(f"{NAMESPACE}objectPermissions"):
            views_all = flag(right, "viewAllRecords")
            named = {"ParentId": parent, "SobjectType": text(right, "object")}
            yield "ObjectPermissions", {**named, "PermissionsViewAllRecords": views_all}


def sharing_rows(models: Iterable[tuple[str, str]]) -> Iterator[tuple[str, Row]]:
    """EntityDefinition's row for each object and its `sharingModel`."""
    for name, model in models:
        yield "EntityDefinition", {"QualifiedApiName": name, "InternalSharingModel": SHARING[model]}
