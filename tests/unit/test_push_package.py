"""The part of the Salesforce package that pushes partners: on its own, in step with mapping.yaml, in two languages."""

from __future__ import annotations

from lxml import etree

from freee_sync.push.mapping import PushMapping, read_push_mapping
from salesforce_org import METADATA, ROOT, new_org
from salesforce_package import NAMESPACE, PUSH, PUSH_TRANSLATIONS, SOURCE, read, texts
from sandbox.salesforce.metadata import read_objects

PROPOSAL = "FreeeLinkProposal__c"
FIELDS = {
    name: {path.name.partition(".")[0] for path in (PUSH / "objects" / name / "fields").iterdir()}
    for name in ("Account", PROPOSAL)
}
INTEGRATION, PEOPLE = "FreeePartnerPush", "FreeePartnerReviewer"


def mapping() -> PushMapping:
    """The shipped part of mapping.yaml."""
    found = read_push_mapping(ROOT / "include" / "mapping.yaml")
    assert found is not None
    return found


def rights(name: str, what: str) -> dict[str, set[str]]:
    """Object or field to what a permission set grants of it."""
    root = read(PUSH / "permissionsets" / f"{name}.permissionset-meta.xml")
    tags = {"field": "fieldPermissions", "object": "objectPermissions"}
    return {
        texts(right, what)[0]: {_tag(each) for each in right if each.text == "true"}
        for right in root.iter(NAMESPACE + tags[what])
    }


def _tag(element: etree._Element) -> str:
    return str(element.tag).removeprefix(NAMESPACE)


def test_every_field_of_the_mapping_that_is_ours_is_shipped() -> None:
    own = {*mapping().own, *(source.replace("__r.", "__c.").partition(".")[0] for source in mapping().sources)}
    assert {name for name in own if name.startswith("Freee")} == FIELDS["Account"]


def test_the_import_needs_nothing_of_this_part() -> None:
    names = {name.removesuffix("__c") for name in FIELDS["Account"]} | {"FreeeLinkProposal"}
    named = [path for path in SOURCE.rglob("*-meta.xml") for name in names if name in path.read_text(encoding="utf-8")]
    assert named == []


def test_the_integration_user_sees_all_of_it_and_writes_of_an_account_only_what_the_push_keeps_there() -> None:
    fields = rights(INTEGRATION, "field")
    shipped = {f"{name}.{field}" for name, fields in FIELDS.items() for field in fields}
    assert shipped <= fields.keys()
    assert all("readable" in granted for granted in fields.values())
    written = {mapping().link, mapping().pushed_at, mapping().pushed_digest, mapping().seen_digest}
    assert {name for name, granted in fields.items() if "editable" in granted and name.startswith("Account.")} == {
        f"Account.{name}" for name in written
    }
    assert f"{PROPOSAL}.Decision__c" in fields
    assert "editable" not in fields[f"{PROPOSAL}.Decision__c"], "the decision is a person's"


def test_the_integration_user_creates_and_deletes_no_account_and_no_contact() -> None:
    assert rights(INTEGRATION, "object") == {
        "Account": {"allowEdit", "allowRead", "viewAllRecords"},
        "Contact": {"allowRead", "viewAllRecords"},
        PROPOSAL: {"allowCreate", "allowEdit", "allowRead", "viewAllRecords"},
    }


def test_every_field_that_the_shipped_mapping_reads_is_granted() -> None:
    known = {"FreeeContact__r.": "Contact."}
    paths = [
        next((path.replace(a, b) for a, b in known.items() if a in path), f"Account.{path}")
        for path in mapping().sources
    ]
    granted = rights(INTEGRATION, "field")
    assert [path for path in paths if not path.endswith(".Name") and path not in granted] == []


def test_people_set_the_flag_the_link_and_the_decision_and_nothing_that_the_push_keeps() -> None:
    fields = rights(PEOPLE, "field")
    assert fields.keys() == {f"{name}.{field}" for name, fields in FIELDS.items() for field in fields}
    assert {name for name, granted in fields.items() if "editable" in granted} == {
        "Account.FreeePush__c", "Account.FreeeLink__c", "Account.FreeeContact__c", f"{PROPOSAL}.Decision__c",
    }  # fmt: skip


def test_open_proposals_have_a_list_of_their_own() -> None:
    view = read(PUSH / "objects" / PROPOSAL / "listViews" / "Proposals.listView-meta.xml")
    assert texts(view, "label") == ["提案"]
    assert (texts(view, "filters/field"), texts(view, "filters/value")) == (["IsSettled__c"], ["0"])
    assert "Decision__c" in texts(view, "columns")


def test_a_layout_lets_people_decide_and_nothing_else() -> None:
    (path,) = (PUSH / "layouts").iterdir()
    items = list(read(path).iter(f"{NAMESPACE}layoutItems"))
    behaviors = {texts(item, "field")[0]: texts(item, "behavior")[0] for item in items}
    assert FIELDS[PROPOSAL] <= behaviors.keys()
    assert {name for name, behavior in behaviors.items() if behavior == "Edit"} == {"Decision__c", "OwnerId"}


def test_everything_is_english_too() -> None:
    for name, fields in FIELDS.items():
        path = PUSH_TRANSLATIONS / "objectTranslations" / f"{name}-en_US" / f"{name}-en_US.objectTranslation-meta.xml"
        assert texts(read(path), "fields/name") == sorted(fields)


def test_a_lookup_never_keeps_a_row_from_being_deleted() -> None:
    lookups = [field for path in PUSH.glob("objects/*/fields/*") if texts(field := read(path), "type") == ["Lookup"]]
    assert {text for field in lookups for text in texts(field, "deleteConstraint")} == {"SetNull"}


def test_the_sandboxs_integration_user_writes_the_link_and_never_the_flag() -> None:
    org = new_org()
    account = org.table("Account", org.integration).object_type
    assert FIELDS["Account"] <= {field.name for field in account.fields}
    assert not org.integration.access.writes(account, account.field("FreeePush__c"))
    assert org.integration.access.writes(account, account.field("FreeeLink__c"))
    assert PROPOSAL in {each.name for each in read_objects(METADATA)}
