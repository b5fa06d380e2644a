"""Reads the objects, fields and permission sets of an sfdx project: the shipped files are what the sandbox's org is made of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from sandbox.salesforce.model import Field, FieldType, ObjectType
from sandbox.salesforce.standard import SYSTEM_FIELDS, custom_name
from sandbox.salesforce.tables import LONG_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

NAMESPACE = "{http://soap.sforce.com/2006/04/metadata}"

FIELD_TYPES: dict[str, FieldType] = {
    "Text": "string",
    "TextArea": "textarea",
    "LongTextArea": "textarea",
    "Email": "email",
    "Phone": "phone",
    "Url": "url",
    "Checkbox": "boolean",
    "Number": "double",
    "Date": "date",
    "DateTime": "datetime",
    "Lookup": "reference",
    "Picklist": "picklist",
}

FIXED_LENGTHS = {"TextArea": 255, "Email": 80, "Phone": 40, "Url": 255, "Lookup": LONG_ID, "Picklist": 255}
"""Characters of the types whose metadata names no length."""


def read_objects(project: Path) -> Iterator[ObjectType]:
    """Each custom object of the project, in the order of its name."""
    folders = sorted(path.parent for path in project.rglob("*.object-meta.xml"))
    for number, folder in enumerate(folders):
        yield _read_object(folder, key_prefix=f"a{number:02d}")


def with_added_fields(standard: ObjectType, project: Path) -> ObjectType:
    """A standard object with the fields that the project adds to it."""
    folders = sorted(project.rglob(f"objects/{standard.name}/fields"))
    added = [_read_field(path) for folder in folders for path in sorted(folder.glob("*.field-meta.xml"))]
    return replace(standard, fields=(*standard.fields, *added))


def read_sharing(project: Path) -> Iterator[tuple[str, str]]:
    """Each custom object and its sharing model: what others than the owner see of its rows."""
    for path in sorted(project.rglob("*.object-meta.xml")):
        root = ET.parse(path).getroot()  # noqa: S314 - our own file
        yield path.parent.name, text(root, "sharingModel", "ReadWrite")


def read_permission_sets(project: Path, names: Iterable[str]) -> Iterator[ET.Element]:
    """The XML of those that the project has; FileNotFoundError names the first when the project has not even that."""
    for number, name in enumerate(names):
        found = next(project.rglob(f"{name}.permissionset-meta.xml"), None)
        if found is not None:
            yield ET.parse(found).getroot()  # noqa: S314 - our own file
        elif number == 0:
            raise FileNotFoundError(f"no permission set {name} below {project}")


def text(element: ET.Element, path: str, default: str = "") -> str:
    """The text of a child by its tags without the namespace, `nameField/label`."""
    return element.findtext("/".join(NAMESPACE + tag for tag in path.split("/")), default)


def flag(element: ET.Element, tag: str) -> bool:
    """A boolean child; absent is false."""
    return text(element, tag) == "true"


def _read_object(folder: Path, key_prefix: str) -> ObjectType:
    root = ET.parse(folder / f"{folder.name}.object-meta.xml").getroot()  # noqa: S314 - our own file
    fields = [_read_field(path) for path in sorted((folder / "fields").glob("*.field-meta.xml"))]
    name = custom_name(text(root, "nameField/label", "Name"))
    return ObjectType(
        name=folder.name,
        label=text(root, "label"),
        plural=text(root, "pluralLabel"),
        key_prefix=key_prefix,
        fields=(*SYSTEM_FIELDS, name, *fields),
    )


def _read_field(path: Path) -> Field:
    root = ET.parse(path).getroot()  # noqa: S314 - our own file
    kind = text(root, "type")
    return Field(
        name=text(root, "fullName"),
        label=text(root, "label"),
        type=FIELD_TYPES[kind],
        length=int(text(root, "length", str(FIXED_LENGTHS.get(kind, 0)))),
        precision=int(text(root, "precision", "0")),
        scale=int(text(root, "scale", "0")),
        required=flag(root, "required"),
        defaulted=kind == "Checkbox",
        unique=flag(root, "unique"),
        external_id=flag(root, "externalId"),
        case_sensitive=flag(root, "caseSensitive"),
        values=tuple(text(value, "fullName") for value in root.iter(f"{NAMESPACE}value")),
        reference_to=text(root, "referenceTo"),
    )
