"""What people see of the synced rows in Salesforce: app, tabs, list views, layouts, and their words in two languages.

The schema tells whether a file can be read; what follows it are the rules of a deployment that no schema knows.
"""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from lxml import etree

from salesforce_org import METADATA
from salesforce_package import (
    DIRECTORIES,
    FILES,
    NAMESPACE,
    PUSH,
    ROOTS,
    SOURCE,
    TRANSLATIONS,
    metadata_schema,
    read,
    suffix,
    texts,
)
from sandbox.salesforce.metadata import read_objects

OBJECTS = {each.name: {field.name for field in each.fields if field.custom} for each in read_objects(SOURCE)}
SAMPLES = {suffix(path): path for path in reversed(FILES) if "push" not in str(path.relative_to(METADATA))}
LONGEST_LABEL = 40  # characters of a label of a field, an object or a list view
LAYOUTS = {path.name.partition("-")[0]: path for path in SOURCE.glob("layouts/*")}
STANDARD = {"Name", "OwnerId", "CreatedById", "LastModifiedById"}


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    """The Metadata API's own schema."""
    return metadata_schema()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_what_the_metadata_api_takes(path: Path, schema: etree.XMLSchema) -> None:
    schema.assertValid(etree.parse(path))
    assert read(path).tag == NAMESPACE + ROOTS[suffix(path)], "its suffix says otherwise"


def test_the_package_holds_every_kind_of_file() -> None:
    assert set(SAMPLES) == set(ROOTS)


@pytest.mark.parametrize("kind", ROOTS)
def test_no_tag_can_be_misspelt(kind: str, schema: etree.XMLSchema) -> None:
    # given
    root = read(SAMPLES[kind])
    for place, element in enumerate(root.iter()):
        spoilt = copy.deepcopy(root)
        # when
        list(spoilt.iter())[place].tag = f"{element.tag}x"
        # then
        assert not schema.validate(spoilt), f"{element.tag}x passed"


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        ("app", "<navType>Standard<", "<navType>standard<"),
        ("app", "<uiType>Lightning<", "<uiType>Classic<"),
        ("app", "<formFactors>Large<", "<formFactors>Desktop<"),
        ("compactLayout", "<label>freeeマスター</label>", ""),
        ("field", "<type>Text<", "<type>String<"),
        ("field", "<length>20<", "<length>long<"),
        ("layout", "<behavior>Readonly<", "<behavior>ReadOnly<"),
        ("layout", "<style>TwoColumnsTopToBottom<", "<style>TwoColumns<"),
        ("listView", "<filterScope>Everything<", "<filterScope>All<"),
        ("listView", "<filterScope>Everything</filterScope>", ""),
        ("object", "<sharingModel>ReadWrite<", "<sharingModel>PublicReadWrite<"),
        ("object", "<enableReports>true<", "<enableReports>yes<"),
        ("objectTranslation", "<startsWith>Consonant<", "<startsWith>C<"),
        ("objectTranslation", "<plural>true<", "<plural>many<"),
        ("permissionset", "<visibility>Visible<", "<visibility>Shown<"),
        ("permissionset", "<allowDelete>false</allowDelete>", ""),
        ("tab", "<customObject>true<", "<customObject>on<"),
        ("translation", "<name>FreeeMaster</name>", ""),
    ],
)
def test_a_wrong_or_a_missing_value_is_noticed(kind: str, right: str, wrong: str, schema: etree.XMLSchema) -> None:
    # given
    text = SAMPLES[kind].read_text(encoding="utf-8")
    assert right in text
    # when
    spoilt = etree.fromstring(text.replace(right, wrong, 1).encode())
    # then
    assert not schema.validate(spoilt)


def test_the_default_package_needs_no_translation_workbench() -> None:
    # then: an org where it is off refuses a deployment that holds one of these
    assert DIRECTORIES == ["force-app", "translations", "push", "push-translations"]
    without = [path for part in (SOURCE, PUSH) for path in part.rglob("*-meta.xml")]
    assert {suffix(path) for path in without} & {"translation", "objectTranslation"} == set()


def test_no_object_says_how_its_label_begins() -> None:
    # then: an org whose language is Japanese refuses `startsWith` in an object
    assert [name for name in OBJECTS if texts(_object(name), "startsWith")] == []


def test_the_app_shows_a_tab_for_every_object() -> None:
    # when
    tabs = texts(read(SOURCE / "applications" / "FreeeMaster.app-meta.xml"), "tabs")
    # then
    assert sorted(tabs) == sorted(OBJECTS)
    assert {path.name.partition(".")[0] for path in SOURCE.glob("tabs/*")} == set(OBJECTS)


def test_people_get_the_app_and_its_tabs_and_the_integration_user_gets_neither() -> None:
    # given
    reader, sync = (
        read(SOURCE / "permissionsets" / f"FreeeMaster{each}.permissionset-meta.xml") for each in ("Reader", "Sync")
    )
    # then
    assert texts(reader, "applicationVisibilities/application") == ["FreeeMaster"]
    assert texts(reader, "tabSettings/tab") == sorted(OBJECTS)
    assert texts(sync, "applicationVisibilities/application") + texts(sync, "tabSettings/tab") == []


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_has_a_list_of_all_of_the_missing_and_of_what_changed_today(name: str) -> None:
    # when
    views = {path.name.partition(".")[0]: read(path) for path in (SOURCE / "objects" / name / "listViews").iterdir()}
    filters = {
        view: tuple(zip(texts(root, "filters/field"), texts(root, "filters/value"), strict=True))
        for view, root in views.items()
    }
    # then
    assert filters == {
        "All": (),
        "MissingInFreee": (("IsMissingInFreee__c", "1"),),
        "ChangedToday": (("SyncChangedAt__c", "TODAY"),),
    }
    assert {view: texts(root, "fullName") for view, root in views.items()} == {view: [view] for view in views}
    assert all(texts(root, "columns")[0] == "NAME" for root in views.values())
    assert {column for root in views.values() for column in texts(root, "columns")[1:]} <= OBJECTS[name]


@pytest.mark.parametrize("name", OBJECTS)
def test_a_layout_shows_every_field_once_and_lets_nobody_edit_what_freee_decides(name: str) -> None:
    # when
    layout = read(LAYOUTS[name])
    items = list(layout.iter(f"{NAMESPACE}layoutItems"))
    shown = [text for item in items for text in texts(item, "field")]
    behaviors = {texts(item, "field")[0]: texts(item, "behavior")[0] for item in items}
    # then: Salesforce wants the name to be editable
    assert sorted(shown) == sorted(OBJECTS[name] | STANDARD)
    assert {field for field, behavior in behaviors.items() if behavior != "Readonly"} == {"Name", "OwnerId"}


@pytest.mark.parametrize("name", OBJECTS)
def test_highlights_and_search_results_name_fields_that_exist(name: str) -> None:
    # when
    assigned = texts(_object(name), "compactLayoutAssignment")
    compact = read(SOURCE / "objects" / name / "compactLayouts" / f"{assigned[0]}.compactLayout-meta.xml")
    found = {each.text for each in _object(name).iterfind(f"{NAMESPACE}searchLayouts/*")}
    # then
    assert texts(compact, "fullName") == assigned
    assert set(texts(compact, "fields")) - {"Name"} <= OBJECTS[name]
    assert found <= OBJECTS[name]
    assert found


@pytest.mark.parametrize("name", OBJECTS)
def test_an_object_is_english_too_as_a_whole(name: str) -> None:
    # when
    english = read(TRANSLATIONS / "objectTranslations" / f"{name}-en_US" / f"{name}-en_US.objectTranslation-meta.xml")
    layout = read(LAYOUTS[name])
    # then
    assert texts(english, "fields/name") == sorted(OBJECTS[name])
    assert [f"{name}-{each}" for each in texts(english, "layouts/layout")] == [
        LAYOUTS[name].name.partition(".layout")[0]
    ]
    assert texts(english, "layouts/sections/section") == texts(layout, "layoutSections/label")
    assert texts(english, "caseValues/plural") == ["false", "true"]
    assert texts(english, "nameFieldLabel")


def test_a_lookup_never_keeps_a_row_from_being_written_or_deleted() -> None:
    # given
    fields = [read(path) for path in SOURCE.glob("objects/*/fields/*")]
    lookups = [field for field in fields if texts(field, "type") == ["Lookup"]]
    # then
    assert lookups
    assert {text for field in lookups for text in texts(field, "deleteConstraint")} == {"SetNull"}
    assert {text for field in lookups for text in texts(field, "required")} == {"false"}
    assert {text for field in lookups for text in texts(field, "referenceTo")} <= set(OBJECTS)
    names = [(*texts(field, "referenceTo"), *texts(field, "relationshipName")) for field in lookups]
    assert len(set(names)) == len(names), "two lists of one object would have one name"


def test_a_row_lists_what_points_at_it() -> None:
    # given
    lookups = {
        f"{path.parents[1].name}.{path.name.partition('.')[0]}": texts(read(path), "referenceTo")[0]
        for path in SOURCE.glob("objects/*/fields/*")
        if texts(read(path), "referenceTo")
    }
    # when
    lists = {text: name for name, path in LAYOUTS.items() for text in texts(read(path), "relatedLists/relatedList")}
    # then
    assert lists == lookups


def test_the_app_is_english_too() -> None:
    english = read(TRANSLATIONS / "translations" / "en_US.translation-meta.xml")
    assert texts(english, "customApplications/name") == ["FreeeMaster"]


def test_english_is_plain_ascii_and_japanese_is_not_missing() -> None:
    # given
    english = {text for path in TRANSLATIONS.rglob("*-meta.xml") for text in _labels(path)}
    japanese = {text for path in SOURCE.rglob("*-meta.xml") for text in _labels(path)}
    # then
    assert [text for text in english if not text.isascii()] == []
    assert [text for text in japanese if text.isascii()] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_label_is_short_enough_for_salesforce(path: Path) -> None:
    assert [text for text in _labels(path) if len(text) > LONGEST_LABEL] == []


def _object(name: str) -> etree._Element:
    return read(SOURCE / "objects" / name / f"{name}.object-meta.xml")


def _labels(path: Path) -> list[str]:
    """What people read of a file, descriptions apart."""
    worded = ["label", "pluralLabel", "relationshipLabel", "nameFieldLabel"]
    if suffix(path) == "objectTranslation":
        worded.append("value")  # the object's own label; in a list view it is what a filter compares with
    return [each.text or "" for tag in worded for each in read(path).iter(NAMESPACE + tag)]
