"""The sandbox's freee lists as freee does: defaults, maxima, filters, order, refusals."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from freee_client import FreeeClient
from sandbox.company import ABSENT, Settings, Sizes
from sandbox.server import Sandbox, SandboxConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGED = {"partners": (50, 3000), "tags": (50, 3000), "items": (50, 3000), "segments/1/tags": (20, 500)}
WHOLE = ["account_items", "sections"]
DATED = [*PAGED, *WHOLE]

RIGHTS = {
    "partners": "partners",
    "account_items": "account_items",
    "tags": "tags",
    "items": "items",
    "sections": "sections",
    "segments/2/tags": "division_tag_2",
}


@pytest.fixture
def freee() -> Iterator[FreeeClient]:
    """A company of which every master fills more than one default page."""
    with Sandbox(SandboxConfig(sizes=Sizes(partners=230, tags=60, items=70, segment_tags_1=40))) as sandbox:
        yield FreeeClient(sandbox)


@pytest.mark.parametrize("path", PAGED)
def test_a_page_has_freees_default_and_maximum(freee: FreeeClient, path: str) -> None:
    default, maximum = PAGED[path]

    assert len(freee.rows(path)) == default
    assert len(freee.rows(path, limit=maximum)) > default
    assert freee.get(path, limit=maximum + 1).status_code == 400
    assert freee.get(path, limit=0).status_code == 400


@pytest.mark.parametrize("path", PAGED)
def test_pages_make_up_the_list_in_order_of_id(freee: FreeeClient, path: str) -> None:
    whole = freee.rows(path, limit=500)

    pages = [row for offset in range(0, len(whole) + 7, 7) for row in freee.rows(path, limit=7, offset=offset)]

    assert pages == whole
    assert [row["id"] for row in whole] == sorted(row["id"] for row in whole)


@pytest.mark.parametrize("path", WHOLE)
def test_what_does_not_page_is_answered_whole(freee: FreeeClient, path: str) -> None:
    assert freee.rows(path, limit=5, offset=5) == freee.rows(path)


@pytest.mark.parametrize("path", ["partners", "account_items", "tags", "items"])
def test_dates_are_inclusive_on_both_ends(freee: FreeeClient, path: str) -> None:
    company, today = freee.sandbox.company, freee.sandbox.clock.today_jst()
    before, first, last, after = company.keys(path)[:4]
    for key, days in ((before, 41), (first, 40), (last, 30), (after, 29)):
        company.edit(path, key, {}, today - timedelta(days=days))

    start, end = (today - timedelta(days=40)).isoformat(), (today - timedelta(days=30)).isoformat()
    found = {row["id"] for row in freee.rows(path, start_update_date=start, end_update_date=end)}

    assert {first, last} <= found
    assert not {before, after} & found


@pytest.mark.parametrize("path", DATED)
def test_initial_rows_were_changed_at_least_two_days_ago(freee: FreeeClient, path: str) -> None:
    yesterday = freee.sandbox.clock.today_jst() - timedelta(days=1)

    assert freee.rows(path, start_update_date=yesterday.isoformat()) == []


def test_a_changed_section_brings_its_parents_along(freee: FreeeClient) -> None:
    company, today = freee.sandbox.company, freee.sandbox.clock.today_jst().isoformat()
    squad = next(row for row in freee.rows("sections") if row["indent_count"] == 2)

    company.edit("sections", squad["id"], {"name": "新しい班"})

    listed = freee.rows("sections", start_update_date=today)
    assert [row["indent_count"] for row in listed] == [0, 1, 2]
    assert [row["update_date"] == today for row in listed] == [False, False, True]


@pytest.mark.parametrize("text", ["2026-1-1", "20260101", "2026-02-30", "yesterday", "2026-01-01T00:00:00"])
def test_a_date_that_is_none_is_refused(freee: FreeeClient, text: str) -> None:
    answer = freee.get("tags", start_update_date=text)

    assert answer.status_code == 400
    assert answer.json()["errors"][1] == {
        "type": "validation",
        "messages": ["Start update date は不正な日付フォーマットです。入力例：2019-12-17"],
    }


def test_keyword_wants_every_word_somewhere(freee: FreeeClient) -> None:
    freee.sandbox.company.add("partners", {"name": "検索商店", "long_name": "株式会社検索", "shortcut2": "QX7"})

    assert [row["name"] for row in freee.rows("partners", keyword="QX7 検索")] == ["検索商店"]
    assert freee.rows("partners", keyword="QX7 無い") == []


def test_taxes_are_filtered_by_rate_and_use(freee: FreeeClient) -> None:
    path = f"taxes/companies/{freee.sandbox.company.id}"
    taxes = freee.rows(path)

    assert len(taxes) > 140
    assert 0 in {tax["code"] for tax in taxes}
    assert freee.rows(path, display_category="tax_10_e80") == [
        tax for tax in taxes if tax["display_category"] == "tax_10_e80"
    ]
    assert freee.rows(path, available="false") == [tax for tax in taxes if not tax["available"]]
    assert freee.get(path, display_category="tax_3").status_code == 400
    assert freee.get(path, available="yes").status_code == 400


def test_the_default_tax_code_is_that_of_the_base_date(freee: FreeeClient) -> None:
    def default(**query: str) -> int:
        return next(
            int(row["default_tax_code"]) for row in freee.rows("account_items", **query) if row["name"] == "売上高"
        )

    assert default() == default(base_date="2026-01-01")
    assert len({default(base_date=day) for day in ("2014-03-31", "2019-09-30", "2019-10-01")}) == 3


def test_an_edit_shows_at_once_under_its_new_date(freee: FreeeClient) -> None:
    key = freee.rows("items")[0]["id"]

    freee.sandbox.company.edit("items", key, {"name": "改名", "code": ABSENT})

    changed = freee.rows("items", start_update_date=freee.sandbox.clock.today_jst().isoformat())
    assert [(row["id"], row["name"], "code" in row) for row in changed] == [(key, "改名", False)]


def test_archived_partners_are_not_listed_and_stopped_ones_are(freee: FreeeClient) -> None:
    company = freee.sandbox.company
    archived, stopped = company.keys("partners")[:2]

    company.archive("partners", archived)
    company.edit("partners", stopped, {"available": False})

    listed = {row["id"]: row["available"] for row in freee.rows("partners", limit=3000)}
    assert archived not in listed
    assert listed[stopped] is False
    company.unarchive("partners", archived)
    assert archived in {row["id"] for row in freee.rows("partners", limit=3000)}


@pytest.mark.parametrize("path", RIGHTS)
def test_a_withdrawn_right_is_refused_and_told(freee: FreeeClient, path: str) -> None:
    freee.sandbox.company.settings = Settings(withdrawn={RIGHTS[path]})

    answer = freee.get(path)

    assert answer.status_code == 401
    assert freee.code(path) == "user_do_not_have_permission"
    capabilities = freee.get("users/capabilities").json()
    assert [right for right in RIGHTS.values() if not capabilities[right]["read"]] == [RIGHTS[path]]


def test_a_segment_outside_the_plan_is_refused_and_never_empty(freee: FreeeClient) -> None:
    freee.sandbox.company.settings = Settings(segments=1)

    assert freee.get("segments/1/tags").status_code == 200
    assert freee.get("segments/2/tags").status_code == 401
    assert freee.code("segments/2/tags") == "freee_plan_limit"


@pytest.mark.parametrize("path", [*DATED, "taxes/companies/1"])
def test_another_company_is_refused(freee: FreeeClient, path: str) -> None:
    assert freee.code(path, company_id=1) == "company_not_found"


def test_another_company_is_400_by_its_id_and_404_for_capabilities(freee: FreeeClient) -> None:
    assert freee.get("companies/1").status_code == 400
    assert freee.get("users/capabilities", company_id=1).status_code == 404


def test_the_user_has_companies_when_the_parameter_is_there_whatever_it_says(freee: FreeeClient) -> None:
    assert "companies" not in freee.get("users/me").json()["user"]
    assert "companies" in freee.get("users/me", companies="false").json()["user"]
    assert freee.get("users/me", advisor="true").status_code == 400


def test_without_a_company_the_request_is_bad(freee: FreeeClient) -> None:
    assert freee.get("partners", company_id="").status_code == 400


@pytest.mark.parametrize("path", ["partners", "partners?limit=0", "nowhere", "companies/1"])
def test_every_answer_carries_a_request_id_of_its_own(freee: FreeeClient, path: str) -> None:
    first, second = freee.get(path), freee.get(path)

    assert first.headers["X-Freee-Request-ID"] != second.headers["X-Freee-Request-ID"]
