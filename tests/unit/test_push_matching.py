"""Which account is which partner, and when only a person can tell."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import partner as partner_row
from freee_sync.push.digests import digest
from freee_sync.push.matching import Account, Decision, Found, Match, Matching, New, Partner, Undecided
from freee_sync.push.merging import Base
from freee_sync.push.names import near_form

NUMBER = "T1234567890123"
names = st.sampled_from(["山田商店", "株式会社山田商店", "山田商店㈱", "山口商店", "ヤマダ"])


def account(id: str = "a1", name: str = "山田商店", **more: Any) -> Account:  # noqa: A002 - Salesforce's own name
    """A flagged account with a name."""
    values = {"name": name, "code": more.pop("code", None), "invoice_registration_number": more.pop("number", None)}
    return Account(id, name, values=values, **more)


def partner(id: int = 1, name: str = "山田商店", **fields: Any) -> Partner:  # noqa: A002 - freee's own name
    """A listed partner."""
    return Partner(f"9-{id}", partner_row(id, name=name, **fields))


def matched(
    accounts: list[Account], partners: list[Partner], decisions: dict[tuple[str, str], Decision] | None = None
) -> list[Match]:
    """What each flagged account is."""
    return list(Matching(accounts, partners, decisions or {}).matches())


def only(matches: list[Match]) -> Any:
    """The one match."""
    (match,) = matches
    return match


@pytest.mark.parametrize(
    ("known", "listed", "how"),
    [
        ({"link": "9-1", "name": "別の名前"}, {}, "link"),
        ({"code": "C1", "name": "別の名前"}, {"code": "C1"}, "code"),
        ({"number": NUMBER, "name": "別の名前"}, {"invoice_registration_number": NUMBER}, "number"),
        ({}, {}, "name"),
    ],
)
def test_an_account_finds_its_partner(known: dict[str, Any], listed: dict[str, Any], how: str) -> None:
    match = only(matched([account(**known)], [partner(**listed), partner(2, "ほかの会社")]))
    assert (type(match), match.partner.id, match.how) == (Found, 1, how)


def test_a_stored_link_wins_over_a_name() -> None:
    match = only(matched([account(link="9-2")], [partner(), partner(2, "古い名前")]))
    assert (match.partner.id, match.how) == (2, "link")


def test_a_linked_partner_that_freee_does_not_list_is_nobody_elses() -> None:
    assert only(matched([account(link="9-9")], [partner()])).code == "push.not_listed"


def test_two_steps_that_find_two_partners_do_not_outvote_each_other() -> None:
    match = only(matched([account(code="C2")], [partner(), partner(2, "別の会社", code="C2")]))
    assert (match.code, match.detail) == ("push.ambiguous", "別の会社、山田商店")


def test_two_partners_with_one_registration_number_are_for_a_person() -> None:
    rows = [partner(number, f"支店{number}", invoice_registration_number=NUMBER) for number in (1, 2)]
    assert only(matched([account(name="本店", number=NUMBER)], rows)).code == "push.ambiguous"


def test_a_name_that_only_looks_alike_is_proposed() -> None:
    match = only(matched([account(name="㈱山田商店")], [partner(1, "山田商店 株式会社"), partner(2, "別の会社")]))
    assert (match.code, [each.id for each in match.proposed]) == ("push.proposed", [1])


def test_what_a_person_said_to_be_the_same_is_the_partner_whatever_else_fits() -> None:
    partners = [partner(1, "山田商店㈱"), partner(2)]
    match = only(matched([account()], partners, {("a1", "9-1"): "same"}))
    assert (match.partner.id, match.how) == (1, "decision")


def test_what_a_person_said_to_be_different_is_new() -> None:
    match = only(matched([account(name="㈱山田商店")], [partner()], {("a1", "9-1"): "different"}))
    assert isinstance(match, New)


def test_a_partner_of_two_accounts_is_named_with_both() -> None:
    accounts = [account("a1", "東京", link="9-1"), account("a2", "大阪", link="9-1", flagged=False)]
    match = only(matched(accounts, [partner()]))
    assert match.code == "push.shared"
    assert "山田商店" in match.detail
    assert "大阪" in match.detail


def test_a_partner_that_two_accounts_find_is_given_to_neither() -> None:
    codes = [
        match.code for match in matched([account("a1"), account("a2")], [partner()]) if isinstance(match, Undecided)
    ]
    assert codes == ["push.shared"] * 2


def test_a_partner_that_an_unflagged_account_has_is_not_given_away() -> None:
    accounts = [account("a1"), account("a2", link="9-1", flagged=False)]
    assert only(matched(accounts, [partner()])).code == "push.shared"


def test_of_two_new_accounts_with_one_name_none_is_created() -> None:
    assert [type(match) for match in matched([account("a1"), account("a2")], [])] == [Undecided] * 2


def test_of_new_accounts_that_look_alike_the_first_goes_on() -> None:
    first, second = matched([account("a1"), account("a2", "㈱山田商店")], [])
    assert isinstance(first, New)
    assert isinstance(second, Undecided)
    assert (second.code, second.detail) == ("push.same_name", "山田商店")


def begun(**more: Any) -> Account:
    """An account whose creation was begun when freee's highest id was 10."""
    return account(base=Base({"name": digest("山田商店")}), created_above=10, **more)


def test_a_partner_that_was_created_and_never_linked_is_found_though_the_account_has_another_name_now() -> None:
    match = only(matched([begun(name="新しい名前")], [partner(11)]))
    assert (match.partner.id, match.how) == (11, "creation")


def test_a_partner_that_may_be_the_one_that_was_created_is_proposed_and_no_other_is_created() -> None:
    match = only(matched([begun(name="新しい名前")], [partner(11, "改名済")]))
    assert (match.code, [each.id for each in match.proposed]) == ("push.create_unsure", [11])


def test_a_creation_that_never_arrived_is_made_again() -> None:
    partners = [partner(10, "ほかの会社"), partner(11, "新しい会社")]
    accounts = [begun(), account("a2", "新しい会社", link="9-11", flagged=False)]
    assert isinstance(only(matched(accounts, partners)), New)


def test_an_account_that_was_pushed_and_lost_its_link_is_not_created_anew() -> None:
    lost = account(name="新しい名前", base=Base({"name": digest("山田商店")}, {"name": digest("山田商店")}))
    assert only(matched([lost], [partner(1, "改名済")])).code == "push.link_lost"


def test_an_account_without_the_flag_is_nothing_to_us() -> None:
    assert matched([account(flagged=False)], [partner()]) == []


@given(st.lists(names, max_size=5), st.lists(names, max_size=5, unique=True))
def test_nothing_is_created_that_looks_like_a_partner_or_like_another_creation(
    ours: list[str], theirs: list[str]
) -> None:
    accounts = [account(f"a{number}", name) for number, name in enumerate(ours)]
    found = matched(accounts, [partner(number, name) for number, name in enumerate(theirs, 1)])
    created = [near_form(match.account.name) for match in found if isinstance(match, New)]
    assert len(created) == len({*created} - {near_form(name) for name in theirs})
    taken = [match.partner.key for match in found if isinstance(match, Found)]
    assert len(taken) == len({*taken})
    assert len(found) == len(accounts)
