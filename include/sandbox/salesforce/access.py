"""What a user may see and write, as permission sets grant it.

Names are the metadata's: `FreeePartner__c` is an object, `FreeePartner__c.Code__c` a field. A deployed field that no permission
set of the user names is hidden, and the API then says that there is no such column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.salesforce.metadata import NAMESPACE, flag, read_permission_sets, text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from xml.etree import ElementTree as ET

    from sandbox.salesforce.model import Field, ObjectType


VIEW_SETUP = "ViewSetup"
"""The user permission "View Setup and Configuration", by its name in the metadata; hidden and granted like an object."""

SETUP_OBJECTS = frozenset({"EntityDefinition", "PermissionSetAssignment", "ObjectPermissions"})


class Access:
    """What one user may not do. A new one may do everything."""

    def __init__(self) -> None:
        self.hidden: set[str] = set()
        self.locked: set[str] = set()
        self.undeletable: set[str] = set()

    def hide(self, name: str) -> None:
        """Take away the sight of an object or a field."""
        self.hidden.add(name)

    def lock(self, name: str) -> None:
        """Leave an object or a field readable only."""
        self.locked.add(name)

    def grant(self, name: str) -> None:
        """Give back sight and writing of an object or a field."""
        self.hidden.discard(name)
        self.locked.discard(name)

    def sees(self, object_type: ObjectType) -> bool:
        """Whether the object exists to the user."""
        hidden = {VIEW_SETUP, object_type.name} if object_type.name in SETUP_OBJECTS else {object_type.name}
        return not hidden & self.hidden

    @property
    def views_setup(self) -> bool:
        """Whether the user may see the org's limits and who has which rights."""
        return VIEW_SETUP not in self.hidden

    def fields(self, object_type: ObjectType) -> tuple[Field, ...]:
        """The fields that exist to the user."""
        return tuple(field for field in object_type.fields if f"{object_type.name}.{field.name}" not in self.hidden)

    def writes(self, object_type: ObjectType, field: Field | None = None) -> bool:
        """Whether the user may write rows of the object, or that field of them."""
        if object_type.name in self.locked:
            return False
        return field is None or (field.writable and f"{object_type.name}.{field.name}" not in self.locked)

    def deletes(self, object_type: ObjectType) -> bool:
        """Whether the user may delete rows of the object."""
        return object_type.name not in self.undeletable


def granted_by(project: Path, permission_sets: Iterable[str], objects: Iterable[ObjectType]) -> Access:
    """The access of a user who has nothing but these; standard objects stay open but for custom fields that are said to be readable only."""
    roots = list(read_permission_sets(project, permission_sets))
    rights = {text(right, "object"): right for root in roots for right in root.iter(f"{NAMESPACE}objectPermissions")}
    fields = {text(right, "field"): right for root in roots for right in root.iter(f"{NAMESPACE}fieldPermissions")}
    access = Access()
    for name, right in fields.items():
        if name.endswith("__c") and not flag(right, "editable"):
            access.lock(name)
    for object_type in (each for each in objects if each.name.endswith("__c")):
        _limit_object(access, object_type.name, rights.get(object_type.name))
        for field in (each for each in object_type.fields if each.custom and not each.required):
            _limit_field(access, f"{object_type.name}.{field.name}", fields.get(f"{object_type.name}.{field.name}"))
    return access


def _limit_object(access: Access, name: str, right: ET.Element | None) -> None:
    if right is None or not flag(right, "allowRead"):
        access.hide(name)
    elif not (flag(right, "allowCreate") and flag(right, "allowEdit")):
        access.lock(name)
    if right is None or not flag(right, "allowDelete"):
        access.undeletable.add(name)


def _limit_field(access: Access, name: str, right: ET.Element | None) -> None:
    if right is None or not flag(right, "readable"):
        access.hide(name)
    elif not flag(right, "editable"):
        access.lock(name)
