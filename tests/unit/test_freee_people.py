"""What freee says about us: companies, the user, the rights."""

from __future__ import annotations

from typing import Any

import pytest

from freee_sync.freee.people import read_companies, read_rights, read_user
from freee_sync.strict_json import MisshapenError


def test_a_company_goes_by_the_first_of_its_names_that_is_there() -> None:
    companies: list[dict[str, Any]] = [
        {"id": 1, "display_name": "表示名", "name": "正式名称"},
        {"id": 2, "display_name": "", "name": "正式名称"},
        {"id": 3, "name": None},
    ]
    assert read_companies({"companies": companies}) == {1: "表示名", 2: "正式名称", 3: "3"}


@pytest.mark.parametrize(
    ("user", "shown"),
    [
        ({"display_name": "経理 花子", "email": "keiri@example.jp"}, "経理 花子 keiri@example.jp"),
        ({"display_name": None, "email": "keiri@example.jp"}, "keiri@example.jp"),
        ({}, ""),
    ],
)
def test_the_user_is_shown_by_what_there_is(user: dict[str, Any], shown: str) -> None:
    assert read_user({"user": user}) == shown


def test_a_right_without_a_word_on_reading_is_not_known() -> None:
    answer = {"items": {"read": True}, "tags": {"read": False}, "new": {"write": True}, "version": 2}
    assert read_rights(answer) == {"items": True, "tags": False}


@pytest.mark.parametrize(
    ("read", "answer", "place"),
    [
        (read_companies, {}, "companies"),
        (read_companies, {"companies": [{"id": 1}, None]}, r"companies\[1\]"),
        (read_companies, {"companies": [{"id": "1"}]}, r"companies\[0\]\.id"),
        (read_companies, {"companies": [{"id": 1, "name": 5}]}, r"companies\[0\]\.name"),
        (read_user, {"user": []}, "user"),
        (read_user, {"user": {"email": 5}}, r"user\.email"),
        (read_rights, {"items": {"read": "true"}}, r"items\.read"),
    ],
)
def test_what_is_of_another_type_is_refused_at_its_place(read: Any, answer: Any, place: str) -> None:
    with pytest.raises(MisshapenError, match=f"^{place}: "):
        read(answer)
