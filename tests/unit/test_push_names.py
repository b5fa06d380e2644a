"""Company names that look alike, and those that do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from freee_sync.push.names import KINDS, near_form

parts = st.text(alphabet="山田東京商店アカサタabc0129ー", min_size=1, max_size=8)


@pytest.mark.parametrize(
    "spelling",
    [
        "ABC株式会社",
        "㈱ABC",
        "ＡＢＣ（株）",
        "株式会社　ABC",
        "abc",
        "A.B.C.",
        "ABC Co., Ltd.",
        "株式会社ＡＢＣ",
        "ABC, Inc.",
    ],
)
def test_one_company_in_many_spellings_looks_alike(spelling: str) -> None:
    assert near_form(spelling) == near_form("株式会社ABC")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ｱｯﾌﾟﾙ商会", "アップル商会"),
        ("キヤノン", "キャノン"),
        ("ふじさん堂", "フジサン堂"),
        ("データ‐ワン", "データーワン"),
        ("山田・商店", "山田 商店"),
    ],
)
def test_kana_and_signs_make_no_difference(one: str, other: str) -> None:
    assert near_form(one) == near_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("山田商店", "山口商店"), ("東京一", "東京二"), ("ABC", "ABCD"), ("Zinc", "Z"), ("ハット", "バット")],
)
def test_other_companies_do_not_look_alike(one: str, other: str) -> None:
    assert near_form(one) != near_form(other)


def test_nothing_is_left_of_a_kind_of_company_alone() -> None:
    assert {near_form(kind) for kind in KINDS} == {""}


@given(parts, st.sampled_from(KINDS), st.booleans(), st.booleans())
def test_where_the_kind_stands_and_how_wide_it_is_makes_no_difference(
    name: str, kind: str, behind: bool, wide: bool
) -> None:
    spelt = f"{name} {kind}" if behind else f"{kind}{name}"
    if wide:
        spelt = spelt.translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)})
    assert near_form(spelt) == near_form(name)
