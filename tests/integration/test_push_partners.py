"""Accounts to partners over real HTTP: links, creations, edits on either side, people's decisions, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from freee_sync.errors import Retry, Stop
from push_rig import PushRig, push_rigged
from sandbox.wire import Fault

PARTNERS = "/api/1/partners"


@pytest.fixture
def rig() -> Iterator[PushRig]:
    """Eight partners in freee and in the org, no account yet."""
    with push_rigged() as made:
        yield made


def test_a_flagged_account_becomes_a_partner_and_its_link_comes_back(rig: PushRig) -> None:
    account = rig.account("新しい商店", Phone="03-1234-5678")
    other = rig.account("旗のない商店", flagged=False)
    before = rig.held(other)

    result = rig.push()

    partner = rig.partner("新しい商店")
    assert (result.read, result.created, result.unsuccessful, partner["phone"]) == (1, 1, 0, "03-1234-5678")
    assert rig.linked(account) == partner["id"]
    assert rig.held(account)["FreeePushedAt__c"]
    assert rig.held(other) == before
    assert [row for row in rig.partners() if row["name"] == "旗のない商店"] == []


def test_an_account_whose_flag_was_taken_away_is_sent_no_more(rig: PushRig) -> None:
    account = rig.account("新しい商店", Phone="03-1")
    rig.push()
    rig.edit(account, FreeePush__c=False, Phone="03-2")
    rig.forget()
    assert rig.push().read == 0
    assert (rig.freee_writes(), rig.rig.writes()) == ([], [])


def test_two_quiet_runs_write_nothing_on_either_side(rig: PushRig) -> None:
    rig.account("新しい商店", Phone="03-1234-5678")
    rig.account(str(rig.partners()[0]["name"]))
    rig.push()
    rig.push()
    for _ in range(2):
        rig.forget()
        result = rig.push()
        assert (result.unchanged, result.read) == (2, 2)
        assert (rig.freee_writes(), rig.rig.writes()) == ([], [])


def test_an_account_is_linked_by_name_without_a_word_to_freee(rig: PushRig) -> None:
    partner = rig.partners()[0]
    account, stranger = rig.account(partner["name"]), rig.account("どこにもない商店")

    result = rig.push(writes="link")

    assert (rig.linked(account), rig.linked(stranger)) == (partner["id"], None)
    assert (result.unchanged, result.created) == (2, 0)
    assert rig.freee_writes() == []


def test_an_edit_on_either_side_arrives(rig: PushRig) -> None:
    account = rig.account("新しい商店", Phone="03-1")
    rig.push()
    partner = rig.partner("新しい商店")["id"]

    rig.edit(account, Phone="03-2")
    assert rig.push().updated == 1
    assert rig.partner("新しい商店")["phone"] == "03-2"

    rig.edit_partner(partner, name="freeeで改名", long_name="株式会社freeeで改名")
    result = rig.push()
    assert (result.updated, result.unchanged) == (0, 1)
    assert rig.partner("freeeで改名")["phone"] == "03-2"
    assert [row for row in rig.rig.held("partners").values() if row["FullName__c"] == "freeeで改名"]
    assert rig.held(account)["Name"] == "新しい商店", "the account is never written"


def test_edits_of_two_fields_on_two_sides_are_both_kept(rig: PushRig) -> None:
    account = rig.account("新しい商店", Phone="03-1")
    rig.push()
    rig.edit_partner(rig.partner("新しい商店")["id"], email="freee@example.jp")
    rig.edit(account, Phone="03-2")
    assert rig.push().updated == 1
    partner = rig.partner("新しい商店")
    assert (partner["phone"], partner["email"]) == ("03-2", "freee@example.jp")


def test_a_field_that_both_sides_changed_is_reported_and_nothing_is_sent(rig: PushRig) -> None:
    account = rig.account("新しい商店", AccountNumber="X")
    rig.push()
    rig.edit_partner(rig.partner("新しい商店")["id"], name="freeeの名前")
    rig.edit(account, Name="Salesforceの名前")
    rig.forget()

    result = rig.push()

    assert result.causes == {"push.conflict": 1}
    assert "Salesforceの名前" in result.failed_rows[0].detail
    assert "freeeの名前" in result.failed_rows[0].detail
    assert rig.freee_writes() == []
    assert rig.partner("freeeの名前")


@pytest.mark.parametrize(
    ("policy", "name"), [("salesforce", "Salesforceの名前"), ("freee", "freeeの名前")], ids=["salesforce", "freee"]
)
def test_a_policy_decides_what_both_sides_changed(rig: PushRig, policy: Any, name: str) -> None:
    account = rig.account("新しい商店")
    rig.push()
    rig.edit_partner(rig.partner("新しい商店")["id"], name="freeeの名前")
    rig.edit(account, Name="Salesforceの名前")
    rig.mapping = rig.mapping.model_copy(update={"conflict": policy})
    assert rig.push().unsuccessful == 0
    assert rig.partner(name)
    rig.forget()
    rig.push()
    assert (rig.freee_writes(), rig.rig.writes()) == ([], [])


def test_a_changed_contact_counts_though_the_account_was_not_touched(rig: PushRig) -> None:
    contact = rig.rig.sandbox.org.create("Contact", Name="山田花子", Email="a@example.jp")
    rig.account("新しい商店", FreeeContact__c=contact)
    rig.push()
    rig.rig.sandbox.org.edit("Contact", contact, Email="b@example.jp")
    assert rig.push().updated == 1
    partner = rig.partner("新しい商店")
    assert (partner["contact_name"], partner["email"]) == ("山田花子", "b@example.jp")


@pytest.mark.parametrize(("blank", "phone"), [(False, "03-1"), (True, None)])
def test_a_blank_is_sent_only_where_it_is_asked_for(rig: PushRig, blank: bool, phone: str | None) -> None:
    account = rig.account("新しい商店", Phone="03-1")
    rig.push()
    rig.edit(account, Phone=None)
    rig.push(blank=blank)
    assert (rig.partner("新しい商店")["phone"] or None) == phone


def test_what_only_looks_alike_is_proposed_and_a_person_decides(rig: PushRig) -> None:
    partner = rig.rig.sandbox.company.add("partners", {"name": "株式会社山田製作"})
    account = rig.account("山田製作㈱")

    result = rig.push()
    assert (result.causes, len(rig.proposals())) == ({"push.proposed": 1}, 1)
    assert "名前のよく似た取引先" in str(rig.proposals()[0]["Reason__c"])
    rig.forget()
    rig.push()
    assert rig.rig.writes() == [], "a proposal is made once"

    rig.decide("same")
    result = rig.push()
    assert rig.linked(account) == partner["id"]
    assert [row["IsSettled__c"] for row in rig.proposals()] == [True]


def test_what_a_person_calls_different_becomes_a_partner_of_its_own(rig: PushRig) -> None:
    rig.rig.sandbox.company.add("partners", {"name": "株式会社山田製作"})
    rig.account("山田製作㈱")
    rig.push()
    rig.decide("different")
    assert rig.push().created == 1


def test_a_shared_partner_is_named_and_left_alone(rig: PushRig) -> None:
    name = str(rig.partners()[0]["name"])
    rig.account(name)
    rig.account(name)
    result = rig.push()
    assert result.causes == {"push.shared": 2}
    assert rig.freee_writes() == []


def test_a_partner_that_the_import_could_not_bring_is_held(rig: PushRig) -> None:
    partner = rig.partners()[0]
    account = rig.account(partner["name"])
    rig.push()
    rig.edit(account, Phone="03-9")
    key = f"{rig.rig.sandbox.company.id}-{partner['id']}"
    assert rig.push(unread=frozenset({key})).causes == {"push.held": 1}


def test_a_preview_tells_and_writes_nothing(rig: PushRig) -> None:
    rig.account("新しい商店", Phone="03-1234")
    result = rig.push(dry_run=True)
    told = {change.field: change.new for change in result.changes if change.new}
    assert (result.created, told) == (1, {"name": "新しい商店", "code": "A-1", "phone": "***"})
    assert (rig.freee_writes(), rig.cursor.text) == ([], "")


def test_a_creation_that_nobody_answered_is_looked_for_and_not_made_again(rig: PushRig) -> None:
    account = rig.account("新しい商店")
    rig.rig.sandbox.freee_wire.add(Fault(path=PARTNERS, method="POST", status=500, after=True))
    assert rig.push().created == 1
    assert rig.linked(account) == rig.partner("新しい商店")["id"]
    assert len([call for call in rig.freee_writes() if call.method == "POST"]) == 1


def test_a_creation_that_never_arrived_is_made_by_the_next_run(rig: PushRig) -> None:
    rig.account("新しい商店")
    rig.rig.sandbox.freee_wire.add(Fault(path=PARTNERS, method="POST", status=500))
    result = rig.push()
    assert result.causes == {"push.create_unanswered": 1}
    assert rig.push().created == 1
    assert rig.partner("新しい商店")


def test_a_row_that_freee_refuses_fails_alone(rig: PushRig) -> None:
    archived = rig.partners()[0]
    rig.rig.sandbox.company.archive("partners", archived["id"])
    rig.account("新しい商店")
    rig.account("もう一つの商店", AccountNumber=archived["code"])
    result = rig.push()
    assert (result.created, result.causes) == (1, {"push.refused": 1})


def test_an_account_without_a_code_waits_where_the_company_uses_codes(rig: PushRig) -> None:
    rig.account("新しい商店", AccountNumber=None)
    assert rig.push().causes == {"push.code_required": 1}
    assert rig.freee_writes() == []


def test_no_code_is_sent_where_the_company_uses_none(rig: PushRig) -> None:
    settings = rig.rig.sandbox.company.settings
    rig.rig.sandbox.company.settings = replace(settings, codes=settings.codes - {"partners"})
    rig.account("新しい商店", AccountNumber="A-1")
    assert rig.push().created == 1


def test_the_days_budget_stops_in_good_order(rig: PushRig) -> None:
    rig.account("一号商店")
    rig.account("二号商店")
    rig.most_calls = 1
    with pytest.raises(Stop) as stop:
        rig.push()
    told = rig.published[-1]
    assert (stop.value.code, told.created, told.unprocessed) == ("push.budget", 1, 1)
    rig.most_calls = 5
    assert rig.push().created == 1


def test_a_list_that_is_not_whole_creates_nothing(rig: PushRig) -> None:
    rig.account("新しい商店")
    rig.rig.run("partners")
    rig.rig.sandbox.freee_wire.add(Fault(path=PARTNERS, method="GET", status=500, times=99))
    with pytest.raises(Retry):
        rig.push_only()
    assert rig.freee_writes() == []


def before_the(rig: PushRig, method: str, act: Callable[[], object]) -> None:
    """Let a person do something just before freee serves this call about a partner."""
    rig.rig.sandbox.freee_wire.add(Fault(path=f"{PARTNERS}/" if method != "POST" else PARTNERS, method=method), act)


def test_an_edit_in_freee_between_the_list_and_the_put_is_seen(rig: PushRig) -> None:
    account = rig.account("新しい商店", Phone="03-1")
    rig.push()
    partner = rig.partner("新しい商店")["id"]
    rig.edit(account, Phone="03-2")
    before_the(rig, "GET", lambda: rig.edit_partner(partner, phone="06-9", email="x@example.jp"))
    assert rig.push().causes == {"push.conflict": 1}
    assert (rig.partner("新しい商店")["phone"], rig.partner("新しい商店")["email"]) == ("06-9", "x@example.jp")


def test_an_edit_in_freee_just_before_the_put_is_kept_in_what_is_not_sent(rig: PushRig) -> None:
    account = rig.account("新しい商店", Phone="03-1")
    rig.push()
    partner = rig.partner("新しい商店")["id"]
    rig.edit(account, Phone="03-2")
    before_the(rig, "PUT", lambda: rig.edit_partner(partner, email="x@example.jp", shortcut1="手入力"))
    rig.push()
    held = rig.partner("新しい商店")
    assert (held["phone"], held["email"], held["shortcut1"]) == ("03-2", "x@example.jp", "手入力")


def test_an_edit_in_salesforce_while_it_is_sent_goes_with_the_next_run(rig: PushRig) -> None:
    account = rig.account("新しい商店", Phone="03-1")
    rig.push()
    rig.edit(account, Phone="03-2")
    before_the(rig, "PUT", lambda: rig.edit(account, Phone="03-3"))
    rig.push()
    assert (rig.partner("新しい商店")["phone"], rig.held(account)["Phone"]) == ("03-2", "03-3")
    assert rig.push().updated == 1
    assert rig.partner("新しい商店")["phone"] == "03-3"


def test_a_link_that_a_person_sets_while_a_partner_is_created_stays(rig: PushRig) -> None:
    account = rig.account("新しい商店")
    record = next(iter(rig.rig.held("partners").values()))
    before_the(rig, "POST", lambda: rig.edit(account, FreeeLink__c=record["Id"]))
    assert rig.push().causes == {"push.linked_meanwhile": 1}
    assert rig.held(account)["FreeeLink__c"] == record["Id"]


def test_a_partner_that_a_person_creates_meanwhile_is_taken_by_the_next_run(rig: PushRig) -> None:
    account = rig.account("新しい商店")
    made: list[dict[str, Any]] = []
    before_the(rig, "POST", lambda: made.append(rig.rig.sandbox.company.add("partners", {"name": "新しい商店"})))
    assert rig.push().causes == {"push.refused": 1}
    assert rig.push().unsuccessful == 0
    assert rig.linked(account) == rig.partner("新しい商店")["id"] == made[0]["id"]


def test_what_failed_while_all_was_to_be_sent_again_is_still_to_be_sent(rig: PushRig) -> None:
    account = rig.account("新しい商店")
    rig.push()
    rig.edit_partner(rig.partner("新しい商店")["id"], name="freeeの名前")
    rig.cursor.text = ""
    assert rig.push().causes == {"push.conflict": 1}
    assert rig.cursor.text
    assert rig.push().causes == {"push.conflict": 1}
    assert rig.held(account)["Name"] == "新しい商店"


def test_a_private_value_stays_out_of_a_refusal(rig: PushRig) -> None:
    contact = rig.rig.sandbox.org.create("Contact", Name="山田秘密", Email="secret@example.jp")
    rig.account("新しい商店", FreeeContact__c=contact)
    body = '{"status_code":400,"errors":[{"type":"validation","messages":["山田秘密 secret@example.jp は不正です。"]}]}'
    rig.rig.sandbox.freee_wire.add(Fault(path=PARTNERS, method="POST", status=400, body=body.encode()))
    (row,) = rig.push().failed_rows
    assert "***" in row.detail
    assert not {word for word in ("秘密", "secret") if word in row.detail}


def test_rows_that_move_while_freee_is_listed_keep_everything_from_being_created(rig: PushRig) -> None:
    rig.account("新しい商店")
    rig.rig.run("partners")
    company = rig.rig.sandbox.company

    def move() -> None:
        keys = company.keys("partners")
        company.remove("partners", keys[-1])

    rig.rig.sandbox.freee_wire.add(Fault(path=PARTNERS, method="GET", at=2), move)
    rig.rig.sandbox.freee_wire.add(Fault(path=PARTNERS, method="GET", at=4), move)
    with pytest.raises(Retry) as moved:
        rig.push_only()
    assert moved.value.code == "freee.listing_moved"
    assert rig.freee_writes() == []
