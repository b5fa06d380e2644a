"""JSON from elsewhere, read strictly: what is not exactly what was asked for is an error that names its place.

    read_json    bytes to a value: whole, UTF-8, no NaN or Infinity, no name twice in one object
    members      an object with these members, each of one of these types
    bad_answer   turns either's complaint into the system's `bad_answer`, with the request

Python's own reader takes NaN, keeps the last of two members with one name, and guesses UTF-16: two readers of the same bytes could
see different rows. No message repeats a value, because answers hold tokens and private fields.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite
from types import NoneType
from typing import Any, NoReturn

from freee_sync.bilingual import say
from freee_sync.verdicts import error

LONGEST_PLACE = 200  # characters of a path that a message repeats; nesting has no limit of its own


class Absent:
    """The type of a member that may be left out."""


Kinds = frozenset[type]
"""The JSON types that a value may have, exactly: a boolean is no number."""

TEXT: Kinds = frozenset({str})
WHOLE: Kinds = frozenset({int})
NUMBER: Kinds = frozenset({int, float})
FLAG: Kinds = frozenset({bool})
LIST: Kinds = frozenset({list})
OBJECT: Kinds = frozenset({dict})
NULL: Kinds = frozenset({NoneType})
OPTIONAL: Kinds = NULL | {Absent}

_KINDS: dict[type, tuple[str, str]] = {
    str: ("文字列", "text"),
    int: ("整数", "a whole number"),
    float: ("小数", "a decimal"),
    bool: ("真偽値", "true/false"),
    list: ("配列", "a list"),
    dict: ("オブジェクト", "an object"),
    NoneType: ("null", "null"),
    Absent: ("なし", "nothing"),
}

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,39}")
"""A member's name that a message may repeat. In a garbled answer a value can stand where a name should; tokens are longer."""


class MisshapenError(ValueError):
    """JSON that is not what was asked for.

    :param place: a path like `records[17].Name`; a line and column, or a byte, of what is no JSON at all.
    """

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}")


def whole_answer() -> str:
    """The place of what is wrong with an answer as a whole."""
    return say("応答", "answer")


@contextmanager
def bad_answer(system: str, request: str) -> Iterator[None]:
    """Whatever is misshapen inside becomes the system's `bad_answer`.

    :param system: freee or salesforce.
    :param request: method and path, without secrets.
    :raises Retry: an answer that was cut or garbled on its way comes whole the next time.
    """
    try:
        yield
    except MisshapenError as flaw:
        raise error(f"{system}.bad_answer", f"{request}: {flaw}") from None


def read_json(content: bytes) -> Any:
    """The value that these bytes are.

    :raises MisshapenError: when they are no JSON, or JSON that readers may take in different ways.
    """
    try:
        return _read(_decoded(content))
    except json.JSONDecodeError as flaw:
        place = say(f"{flaw.lineno}行{flaw.colno}文字目", f"line {flaw.lineno}, column {flaw.colno}")
        raise MisshapenError(place, say(f"JSONとして読めません({flaw.msg})", f"not JSON ({flaw.msg})")) from None
    except RecursionError:
        raise MisshapenError(whole_answer(), say("入れ子が深すぎます", "nested too deep")) from None


def members(value: Any, kinds: Mapping[str, Kinds], place: str = "") -> dict[str, Any]:
    """The value, when it is an object with these members; it may have others.

    :param kinds: name of a member to the types it may have.
    :param place: path of the value, for the message; "" for the whole answer.
    :raises MisshapenError: naming the first member that is missing or of another type.
    """
    if type(value) is not dict:
        raise _unlike(place or whole_answer(), OBJECT, value)
    for name, allowed in kinds.items():
        if type(value.get(name, _ABSENT)) not in allowed:
            raise _unlike(f"{place}.{name}" if place else name, allowed, value.get(name, _ABSENT))
    return value


def _unlike(place: str, wanted: Kinds, found: Any) -> MisshapenError:
    names = say("・", " or ").join(say(*name) for kind, name in _KINDS.items() if kind in wanted)
    kind = say(*_KINDS[type(found)])
    return MisshapenError(place, say(f"{names}のはずが、{kind}です", f"should be {names}, is {kind}"))


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as flaw:
        place = say(f"{flaw.start + 1}バイト目", f"byte {flaw.start + 1}")
        raise MisshapenError(place, say("UTF-8ではありません", "not UTF-8")) from None


def _read(text: str) -> Any:
    try:
        return _STRICT.decode(text)
    except json.JSONDecodeError:
        raise
    except ValueError:
        raise _flaw_in(text) from None


_ABSENT = Absent()


def _refuse(_text: str) -> NoReturn:
    raise ValueError


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


_STRICT = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)


@dataclass(frozen=True)
class _Flaw:
    """Stands in place of a value that the strict reader refused, so that its path can be told."""

    problem: str


def _flaw_in(text: str) -> MisshapenError:
    """Where the refused value is: the text once more, each thing that may be refused replaced by a flaw, then searched."""
    waiting: list[tuple[str, Any]] = [("", _TOLERANT.decode(text))]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, _Flaw):
            return MisshapenError(place[:LONGEST_PLACE] or whole_answer(), value.problem)
        if isinstance(value, dict):
            waiting += [(f"{place}.{_shown(name)}".lstrip("."), inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{place}[{number}]", inner) for number, inner in enumerate(value)]
    return MisshapenError(whole_answer(), say("JSONとして読めません", "not JSON"))


def _shown(name: str) -> str:
    return name if _NAME.fullmatch(name) else "…"


def _number_or_flaw(text: str) -> float | _Flaw:
    try:
        return _finite(text) if not text.lstrip("-").isdecimal() else int(text)
    except ValueError:
        return _Flaw(say("数が大きすぎます", "the number is too large"))


def _object_or_flaws(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        found[name] = _Flaw(say("同じ名前が2回あります", "the same name twice")) if name in found else value
    return found


_TOLERANT = json.JSONDecoder(
    object_pairs_hook=_object_or_flaws,
    parse_constant=lambda name: _Flaw(say(f"{name}は数ではありません", f"{name} is no number")),
    parse_float=_number_or_flaw,
    parse_int=_number_or_flaw,
)
