"""The made-up company: the same for a seed, believable, and changed only as asked."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from sandbox.clock import Clock
from sandbox.company import ABSENT, TABLES, Company, Counts, Sizes, pass_day

if TYPE_CHECKING:
    from sandbox.company import Row

SMALL = Sizes(partners=300, account_items=200, tags=40, items=60, sections=25)


@pytest.fixture
def company() -> Company:
    """A company with every odd partner."""
    return Company(1, Clock(), SMALL)


def rows(company: Company, table: str) -> list[Row]:
    """All rows that are listed."""
    return company.tables[table].rows(company.keys(table))


def test_the_same_seed_gives_the_same_company(company: Company) -> None:
    again, other = Company(1, Clock(), SMALL), Company(2, Clock(), SMALL)

    assert all(rows(again, table) == rows(company, table) for table in TABLES)
    assert rows(other, "partners") != rows(company, "partners")


def test_a_bigger_company_begins_with_the_smaller_one(company: Company) -> None:
    bigger = Company(1, Clock(), Sizes(partners=500))

    assert rows(bigger, "partners")[:300] == rows(company, "partners")


@pytest.mark.parametrize("size", [size.name for size in fields(Sizes)])
def test_a_master_has_as_many_rows_as_asked(size: str) -> None:
    company = Company(1, Clock(), Sizes(**{size: 3}))

    assert len(company.keys(size)) == 3


def test_a_master_may_be_empty() -> None:
    assert Company(1, Clock(), Sizes(partners=0, sections=0)).keys("partners") == []


@pytest.mark.parametrize("table", TABLES)
def test_names_are_unique_and_short_enough(company: Company, table: str) -> None:
    label = "name_ja" if table == "taxes" else "name"
    names = [row[label] for row in rows(company, table)]

    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= (255 if table == "partners" else 30)


@pytest.mark.parametrize("table", [table for table in TABLES if table != "taxes"])
def test_rows_were_changed_two_days_to_three_years_ago(company: Company, table: str) -> None:
    today = company.clock.today_jst()
    dates = [date.fromisoformat(row["update_date"]) for row in rows(company, table)]

    assert today - timedelta(days=1095) <= min(dates)
    assert max(dates) <= today - timedelta(days=2)


def test_partners_hold_what_breaks_naive_code(company: Company) -> None:
    names = {row["name"] for row in rows(company, "partners")}

    assert {"フリー", "ﾌﾘｰ", "ABC Trading", "abc trading"} <= names
    assert any(len(name) == 255 for name in names)
    assert any(ord(letter) > 0xFFFF for name in names for letter in name)
    assert any(name != name.strip() for name in names)
    assert {"", None} <= {row["phone"] for row in rows(company, "partners")}


def test_partners_are_plausible(company: Company) -> None:
    partners = rows(company, "partners")

    assert sum(row["name"].startswith("株式会社") or row["name"].endswith("株式会社") for row in partners) > 80
    assert {row["org_code"] for row in partners} == {1, 2, None}
    assert all(
        re.fullmatch(r"T[1-9]\d{12}", row["invoice_registration_number"] or "T1234567890123") for row in partners
    )
    assert all(re.fullmatch(r"[ァ-ヶー ]*", row["name_kana"] or "") for row in partners)


def test_sections_are_a_tree_with_parents_first(company: Company) -> None:
    depth = {None: -1}
    for row in rows(company, "sections"):
        assert row["indent_count"] == depth[row["parent_id"]] + 1
        depth[row["id"]] = row["indent_count"]

    assert set(depth.values()) == {-1, 0, 1, 2}


def test_taxes_hold_every_rate_and_transitional_share(company: Company) -> None:
    taxes = rows(company, "taxes")

    assert len(taxes) >= 150
    assert len({row["display_category"] for row in taxes}) == 21
    assert {"課対仕入(控80)10%", "課対仕入(控70)10%", "課対仕入(控50)10%", "課対仕入(控30)10%"} <= {
        row["name_ja"] for row in taxes
    }
    assert sum(bool(re.search(r"控[73]0", row["name_ja"])) for row in taxes) == 48


def test_account_items_name_taxes_that_there_are(company: Company) -> None:
    codes = set(company.keys("taxes"))

    assert {row[name] for row in rows(company, "account_items") for name in ("tax_code", "default_tax_code")} <= codes


@pytest.mark.parametrize("table", TABLES)
def test_an_added_row_is_new_and_dated_today(company: Company, table: str) -> None:
    before = rows(company, table)

    added = [company.add(table, {}), company.add(table, {})]

    label, key = ("name_ja", "code") if table == "taxes" else ("name", "id")
    assert len({row[label] for row in before + added}) == len(before) + 2
    assert company.keys(table)[-2:] == [row[key] for row in added]
    assert {row.get("update_date") for row in added} == (
        {None} if table == "taxes" else {company.clock.today_jst().isoformat()}
    )


def test_an_edit_sets_fields_takes_some_away_and_moves_the_date(company: Company) -> None:
    key = company.keys("items")[3]

    company.edit("items", key, {"name": "改名", "code": ABSENT})
    company.edit("items", key, {"shortcut1": "X"}, date(2026, 1, 2))

    row = company.row("items", key)
    assert (row["name"], row["shortcut1"], row["update_date"]) == ("改名", "X", "2026-01-02")
    assert "code" not in row
    assert company.tables["items"].find("2026-01-02", "2026-01-02")


def test_an_id_is_never_given_twice(company: Company) -> None:
    first = company.add("tags", {})["id"]
    company.remove("tags", first)

    assert company.add("tags", {})["id"] > first


def test_an_archived_row_comes_back_as_it_was(company: Company) -> None:
    key = company.keys("partners")[5]
    before = company.row("partners", key)

    company.archive("partners", key)
    assert key not in company.keys("partners")
    assert company.row("partners", key) == before

    assert company.unarchive("partners", key) == before
    assert company.tables["partners"].find(before["update_date"], before["update_date"])


def test_a_row_that_is_not_there_is_said(company: Company) -> None:
    company.remove("tags", company.keys("tags")[0])

    with pytest.raises(KeyError):
        company.edit("tags", 41_077_310, {"name": "x"})


def test_a_day_is_the_same_for_a_seed_and_another_each_time(company: Company) -> None:
    again = Company(1, Clock(), SMALL)

    only_edits = Counts(stopped=0, archived=0, removed=0, added=0)

    first, second = pass_day(company, only_edits), pass_day(company, only_edits)

    assert pass_day(again, only_edits) == first
    assert first["partners"]["edited"] != second["partners"]["edited"]


def test_a_day_touches_no_row_twice_and_spares_what_freee_would_not_let_go(company: Company) -> None:
    days = [pass_day(company, Counts(edited=4, stopped=2, archived=2, removed=2, added=1)) for _ in range(3)]

    for day in days:
        for deeds in day.values():
            touched = [key for keys in deeds.values() for key in keys]
            assert len(set(touched)) == len(touched)
    ids = {row["id"] for row in rows(company, "sections")}
    assert {row["parent_id"] for row in rows(company, "sections")} <= ids | {None}
    assert "現金" in {row["name"] for row in rows(company, "account_items")}


def test_a_day_in_a_company_of_three_rows_does_what_it_can() -> None:
    company = Company(1, Clock(), Sizes(tags=3))

    deeds = pass_day(company, Counts(edited=5, removed=1, added=0), ["tags"])["tags"]

    assert (len(deeds["removed"]), len(deeds["edited"])) == (1, 2)


def test_more_partners_than_names_are_refused() -> None:
    with pytest.raises(ValueError, match="names for"):
        Company(1, Clock(), Sizes(partners=2_000_000))
