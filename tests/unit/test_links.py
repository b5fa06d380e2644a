"""Lookups point only at what the org holds."""

from __future__ import annotations

from collections.abc import Collection

from builders import COMPANY, field, mapper, mapping
from freee_sync.links import Links
from freee_sync.mapper import MappedRow, Mapper
from freee_sync.mapping import Lookup

FIELDS = (
    field("Above__c", "reference", reference_to=("FreeePartner__c",), relationship="Above__r"),
    field("Of__c", "reference", reference_to=("FreeeTax__c",), relationship="Of__r"),
)
RULES = mapping(
    fields={
        "FullName__c": "name",
        "Above__c": {"from": "payer_walletable_id", "lookup": "FreeePartner__c.FreeeKey__c"},
        "Of__c": {"from": "org_code", "lookup": "FreeeTax__c.FreeeKey__c"},
    }
)


class FakeOrg:
    """An org that holds these keys, whatever is asked, and counts how often it was."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.asked: list[str] = []

    def __call__(self, lookup: Lookup) -> Collection[str]:
        """The keys."""
        self.asked.append(lookup.object)
        return self.keys


def pointing(above: str | None, of: str | None, key: str = "9") -> MappedRow:
    """A row with two lookups."""
    return MappedRow(key, "名", "", 0, ("名", above, of, False))


def links(org: FakeOrg, *arrived: str, used: Mapper | None = None) -> Links:
    """Links of a try in which these rows have arrived."""
    return Links(used or mapper(*FIELDS, rules=RULES), set(arrived).__contains__, org)


def test_freees_id_becomes_the_key_of_the_row_that_is_meant() -> None:
    # given
    used = mapper(*FIELDS, rules=RULES)
    # when
    row = used.row({"id": 9, "name": "名", "payer_walletable_id": 5, "org_code": None}, used.master.scopes[0], 1)
    # then
    assert isinstance(row, MappedRow)
    assert row.values == ("名", f"{COMPANY}-5", None, False)


def test_what_is_there_stays_and_what_is_not_is_emptied_and_counted() -> None:
    # given
    org = FakeOrg("1", "2")
    made = links(org)
    # when
    rows = made.settable([pointing("1", "3", key="8"), pointing("2", "3", key="9")])
    # then
    assert rows == [pointing("1", None, key="8"), pointing("2", None, key="9")]
    assert list(made.emptied) == [("Of__c", 2)]


def test_the_org_is_asked_once_for_each_lookup_and_only_if_one_is_set() -> None:
    # given
    org = FakeOrg("1")
    made = links(org)
    # when
    made.settable([pointing(None, None)])
    before = list(org.asked)
    made.settable([pointing("1", None), pointing("1", "1"), pointing("2", "2")])
    # then
    assert (before, org.asked) == ([], ["FreeePartner__c", "FreeeTax__c"])


def test_a_row_of_this_try_is_there_once_it_has_arrived() -> None:
    assert links(FakeOrg(), "1").settable([pointing("1", "1")]) == [pointing("1", None)]


def test_a_row_that_is_looked_at_again_and_can_point_now_is_no_longer_counted() -> None:
    # given
    arrived: set[str] = set()
    made = Links(mapper(*FIELDS, rules=RULES), arrived.__contains__, FakeOrg())
    made.settable([pointing("1", None)])
    # when
    arrived.add("1")
    made.settable([pointing("1", None)])
    # then
    assert list(made.emptied) == []


def test_a_master_without_lookups_is_left_alone() -> None:
    # given
    org = FakeOrg()
    rows = [pointing("1", "1")]
    # when
    made = links(org, used=mapper())
    # then
    assert made.settable(rows) == rows
    assert org.asked == []
