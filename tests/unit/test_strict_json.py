"""JSON read strictly: whole and of one meaning, or an error that names the place and repeats no value."""

from __future__ import annotations

from typing import Any

import pytest

from freee_sync.errors import Retry
from freee_sync.strict_json import (
    FLAG,
    LIST,
    NUMBER,
    OPTIONAL,
    TEXT,
    WHOLE,
    Kinds,
    MisshapenError,
    bad_answer,
    members,
    read_json,
)


def refused(content: bytes) -> str:
    """What the reader says of it."""
    with pytest.raises(MisshapenError) as flaw:
        read_json(content)
    return str(flaw.value)


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"{}", {}),
        (b' [1, -2.5, "x", null, true] \n', [1, -2.5, "x", None, True]),
        ('{"名前":"株式会社🍣"}'.encode(), {"名前": "株式会社🍣"}),
        (b'{"a":{"x":1},"b":{"x":1}}', {"a": {"x": 1}, "b": {"x": 1}}),
        (b'"\\ud800"', "\ud800"),
        (b"9223372036854775808", 2**63),
    ],
)
def test_reads_what_every_reader_reads_alike(content: bytes, value: Any) -> None:
    assert read_json(content) == value


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"", "1行1文字目"),
        (b'{"records":[{"Name":"x"}', "1行25文字目"),
        (b'{\n"a": tru}', "2行6文字目"),
        (b"<html>", "1行1文字目"),
        (b"{}{}", "1行3文字目"),
        (b"\xef\xbb\xbf{}", "1行1文字目"),
        (b'[{"a":1,"a":2},NaN,', "1行20文字目"),
        (b'{"a":"\xff"}', "7バイト目"),
        (b'{"a":"\xed\xa0\x80"}', "7バイト目"),
        ('{"a":1}'.encode("utf-16"), "1バイト目"),
    ],
)
def test_what_is_no_json_is_named_by_its_line_or_byte(content: bytes, place: str) -> None:
    assert refused(content).startswith(f"{place}: ")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"NaN", "応答: NaN"),
        (b'{"a":[1,{"b":Infinity}]}', "a[1].b: Infinity"),
        (b'{"a":-Infinity}', "a: -Infinity"),
        (b'{"a":[1e999]}', "a[0]: 数が大きすぎます"),
        (b'{"a":' + b"9" * 5000 + b"}", "a: 数が大きすぎます"),
        (b'{"rows":[{"id":1},{"id":1,"id":2}]}', "rows[1].id: 同じ名前が2回あります"),
        (b'{"a":{},"a":{}}', "a: 同じ名前が2回あります"),
        (b"[" * 100_000, "応答: 入れ子が深すぎます"),
        (b"[" * 300 + b"NaN" + b"]" * 300, "[0][0]"),
    ],
)
def test_what_readers_take_differently_is_named_by_its_path(content: bytes, told: str) -> None:
    assert refused(content).startswith(told)


def test_a_message_stays_short_and_repeats_nothing_that_may_be_a_secret() -> None:
    token = "f" * 64
    assert token not in refused(f'{{"{token}":NaN}}'.encode())
    assert token not in refused(f'{{"access_token":"{token}'.encode())
    assert len(refused(b"[" * 300 + b"NaN" + b"]" * 300)) < 300


@pytest.mark.parametrize(
    ("value", "kinds", "told"),
    [
        ({"n": "1"}, WHOLE, "rows[2].n: 整数のはずが、文字列です"),
        ({"n": True}, WHOLE, "rows[2].n: 整数のはずが、真偽値です"),
        ({"n": 1.0}, WHOLE, "rows[2].n: 整数のはずが、小数です"),
        ({"n": 1}, FLAG, "rows[2].n: 真偽値のはずが、整数です"),
        ({"n": None}, TEXT, "rows[2].n: 文字列のはずが、nullです"),
        ({}, TEXT, "rows[2].n: 文字列のはずが、なしです"),
        ({"n": {}}, LIST, "rows[2].n: 配列のはずが、オブジェクトです"),
        ({"n": "x"}, NUMBER, "rows[2].n: 整数・小数のはずが、文字列です"),
        (["n"], TEXT, "rows[2]: オブジェクトのはずが、配列です"),
    ],
)
def test_a_member_that_is_missing_or_of_another_type_is_named_by_its_path(value: Any, kinds: Kinds, told: str) -> None:
    with pytest.raises(MisshapenError) as flaw:
        members(value, {"n": kinds}, "rows[2]")
    assert str(flaw.value) == told


@pytest.mark.parametrize("value", [{}, {"n": None}, {"n": "x"}, {"n": "x", "more": 1}])
def test_an_optional_member_may_be_missing_or_null_and_others_may_stand_beside_it(value: dict[str, Any]) -> None:
    assert members(value, {"n": TEXT | OPTIONAL}) is value


def test_a_bad_answer_is_the_systems_with_the_request_and_the_place() -> None:
    def read() -> None:
        with bad_answer("freee", "GET /api/1/items"):
            members([], {})

    with pytest.raises(Retry) as told:
        read()
    assert (told.value.code, told.value.detail) == (
        "freee.bad_answer",
        "GET /api/1/items: 応答: オブジェクトのはずが、配列です",
    )
