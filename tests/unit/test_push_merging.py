"""One account beside its partner: who changed what since the last push, and what is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freee_sync.push.digests import created_above, creating, digest, from_text, to_text
from freee_sync.push.merging import Base, Merge, Policy, Rules, create_body, merge, update_body
from freee_sync.push.partner_fields import FIELDS, Value

FIELD = "phone"
OLD, NEW, OTHER = "03-1", "03-2", "03-3"
PUSHED = Base({FIELD: digest(OLD)}, {FIELD: digest(OLD)})
NEVER = Base()

phones = st.sampled_from([None, OLD, NEW, OTHER])
bases = st.builds(
    Base,
    st.one_of(st.just({}), st.builds(lambda value: {FIELD: digest(value)}, phones)),
    st.one_of(st.just({}), st.builds(lambda value: {FIELD: digest(value)}, phones)),
)
rules = st.builds(Rules, st.sampled_from(["salesforce", "freee", "report"]), st.booleans(), st.booleans())


def merged(account: Value, freee: Value, base: Base = PUSHED, **how: object) -> Merge:
    """A merge of one field."""
    return merge({FIELD: account}, {FIELD: freee}, base, Rules(**how))  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize(
    ("account", "freee", "base", "step"),
    [
        (OLD, OLD, PUSHED, "settled"),
        (NEW, NEW, PUSHED, "settled"),
        (OLD, NEW, PUSHED, "left"),
        (OLD, None, PUSHED, "left"),
        (NEW, OLD, PUSHED, "sent"),
        (NEW, OTHER, PUSHED, "conflict"),
        (NEW, None, PUSHED, "conflict"),  # somebody took it out in freee
        (None, OLD, PUSHED, "blank"),
        (None, NEW, PUSHED, "blank"),
        (NEW, None, NEVER, "sent"),
        (NEW, OTHER, NEVER, "conflict"),
        (None, OTHER, NEVER, "blank"),
    ],
)
def test_what_becomes_of_a_field(account: Value, freee: Value, base: Base, step: str) -> None:
    assert merged(account, freee, base).steps == {FIELD: step}


@pytest.mark.parametrize(("policy", "step"), [("salesforce", "sent"), ("freee", "kept"), ("report", "conflict")])
def test_what_both_sides_changed_goes_by_the_policy(policy: Policy, step: str) -> None:
    assert merged(NEW, OTHER, conflict=policy).steps == {FIELD: step}


def test_a_blank_is_sent_where_blanks_are_sent() -> None:
    assert merged(None, OLD, blank=True).sent == {FIELD: None}
    assert merged(None, NEW, blank=True).conflicts == {FIELD: (None, NEW)}


def test_a_field_that_freee_cannot_blank_is_left_alone() -> None:
    merge_of_name = merge({"country_code": None}, {"country_code": "JP"}, NEVER, Rules(blank=True))
    assert merge_of_name.steps == {"country_code": "blank"}


def test_when_all_is_sent_again_freees_own_edits_are_asked_about() -> None:
    assert merged(OLD, NEW, redo=True).conflicts == {FIELD: (OLD, NEW)}
    assert merged(OLD, OLD, redo=True).steps == {FIELD: "settled"}


def test_an_edit_on_each_side_in_two_fields_keeps_both() -> None:
    base = Base({"phone": digest("1"), "email": digest("a")}, {"phone": digest("1"), "email": digest("a")})
    both = merge({"phone": "2", "email": "a"}, {"phone": "1", "email": "b"}, base, Rules())
    assert (both.sent, both.conflicts) == ({"phone": "2"}, {})


def test_a_value_that_freee_stores_otherwise_is_not_sent_again() -> None:
    base = merged(NEW, OLD).base_after({FIELD: "03-2 (inside)"})
    assert merged(NEW, "03-2 (inside)", base).steps == {FIELD: "left"}


def test_a_value_blanked_unsent_and_filled_in_again_does_not_take_back_freees_edit() -> None:
    base = merged(None, NEW).base_after({FIELD: NEW})
    assert merged(OTHER, NEW, base).steps == {FIELD: "conflict"}


@given(phones, phones, bases, rules)
def test_the_next_look_has_nothing_to_do(account: Value, freee: Value, base: Base, how: Rules) -> None:
    """No ping-pong: once a row was brought over, only an edit moves it again, and all-over-again is asked for once."""
    first = merge({FIELD: account}, {FIELD: freee}, base, how)
    if first.conflicts:
        return
    holds = first.sent.get(FIELD, freee)
    again = merge({FIELD: account}, {FIELD: holds}, first.base_after({FIELD: holds}), Rules(how.conflict, how.blank))
    assert (again.sent, again.conflicts) == ({}, {})
    assert again.base_after({FIELD: holds}) == first.base_after({FIELD: holds})


@given(phones, phones, phones, st.booleans())
def test_no_edit_of_freee_since_the_last_push_is_overwritten_unasked(
    account: Value, freee: Value, before: Value, blank: bool
) -> None:
    base = Base({FIELD: digest(before)}, {FIELD: digest(before)})
    sent = merged(account, freee, base, blank=blank).sent
    assert not sent or freee == before


@given(phones, phones, phones)
def test_no_edit_of_salesforce_since_the_last_push_is_passed_over(account: Value, freee: Value, before: Value) -> None:
    base = Base({FIELD: digest(before)}, {FIELD: digest(before)})
    merge_of_row = merged(account, freee, base, blank=True)
    assert account in (before, freee) or merge_of_row.sent or merge_of_row.conflicts


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), phones))
def test_digests_are_read_as_they_were_written(values: dict[str, Value]) -> None:
    digests = {name: digest(value) for name, value in values.items()}
    assert from_text(to_text(digests)) == digests


@pytest.mark.parametrize("text", [None, "", "phone", "phone:123", ":0123456789ab", "creating:17"])
def test_what_is_no_digest_is_nothing_known(text: str | None) -> None:
    assert from_text(text) == {}


def test_all_digests_of_all_fields_fit_the_account() -> None:
    assert len(to_text(dict.fromkeys(FIELDS, digest(None)))) <= 4000


def test_the_mark_of_a_creation_tells_how_far_freee_had_counted() -> None:
    assert created_above(creating(4711)) == 4711
    assert [created_above(text) for text in (None, "", to_text({"phone": digest(1)}))] == [None, None, None]


def test_a_put_holds_the_name_and_what_is_sent_and_nothing_else() -> None:
    row = {"id": 7, "name": "山田商店", "phone": "1", "email": "a@example.jp", "address_attributes": {"zipcode": "1"}}
    body = update_body(5, row, {"phone": None, "address_attributes.prefecture_code": None, "org_code": None})
    assert body == {
        "company_id": 5, "name": "山田商店", "phone": "", "address_attributes": {"prefecture_code": -1}, "org_code": None,
    }  # fmt: skip
    assert update_body(5, row, {"name": "山口商店"})["name"] == "山口商店"


@pytest.mark.parametrize(("with_code", "code"), [(True, {"code": "A1"}), (False, {})])
def test_a_post_holds_no_blanks_and_a_code_only_where_codes_are_used(with_code: bool, code: dict[str, str]) -> None:
    values = {"name": "山田商店", "code": "A1", "phone": None, "available": False, "address_attributes.zipcode": "1"}
    body = create_body(5, values, with_code=with_code)
    assert body == {"company_id": 5, "name": "山田商店", "address_attributes": {"zipcode": "1"}} | code
