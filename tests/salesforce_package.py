"""The shipped sfdx project as tests read it: its files, and the Metadata API's own schema to hold them against."""

from __future__ import annotations

import json
from pathlib import Path

import simple_salesforce
from lxml import etree

from salesforce_org import METADATA

NAMESPACE = "{http://soap.sforce.com/2006/04/metadata}"
XSD = "{http://www.w3.org/2001/XMLSchema}"

SOURCE = METADATA / "force-app" / "main" / "default"
TRANSLATIONS = METADATA / "translations" / "main" / "default"
PUSH = METADATA / "push" / "main" / "default"
PUSH_TRANSLATIONS = METADATA / "push-translations" / "main" / "default"
DIRECTORIES: list[str] = [
    each["path"] for each in json.loads((METADATA / "sfdx-project.json").read_text())["packageDirectories"]
]
FILES = sorted(path for directory in DIRECTORIES for path in (METADATA / directory).rglob("*-meta.xml"))

ROOTS = {
    "app": "CustomApplication",
    "compactLayout": "CompactLayout",
    "field": "CustomField",
    "layout": "Layout",
    "listView": "ListView",
    "object": "CustomObject",
    "objectTranslation": "CustomObjectTranslation",
    "permissionset": "PermissionSet",
    "tab": "CustomTab",
    "translation": "Translations",
}
"""What a file holds, by the suffix that tells Salesforce so: `FreeeTax__c.tab-meta.xml` is a CustomTab."""


def suffix(path: Path) -> str:
    """The suffix of a metadata file, without `-meta.xml`."""
    return path.name.removesuffix("-meta.xml").rpartition(".")[2]


def metadata_schema() -> etree.XMLSchema:
    """The schema in the Metadata API's WSDL (63.0) that simple-salesforce ships, taking one component a file as sfdx has it."""
    wsdl = etree.parse(Path(simple_salesforce.__file__).parent / "metadata.wsdl")
    types = wsdl.find(f".//{XSD}schema")
    for name in ROOTS.values():
        etree.SubElement(types, f"{XSD}element", name=name, type=f"tns:{name}")
    return etree.XMLSchema(etree.fromstring(etree.tostring(types)))


def read(path: Path) -> etree._Element:
    """The root element of a file."""
    return etree.parse(path).getroot()


def texts(element: etree._Element, path: str) -> list[str]:
    """The texts at a path of tags without the namespace: `layoutColumns/layoutItems/field`."""
    return [each.text or "" for each in element.iterfind("/".join(NAMESPACE + tag for tag in path.split("/")))]
