"""SOQL as far as a sync needs it: text in, Query out.

    SELECT Id, Name | COUNT()  FROM object
    [WHERE a = 'x' AND (b != null OR NOT c LIKE 'y%') AND d NOT IN ('p', 'q')]
    [ORDER BY a DESC NULLS LAST, b] [LIMIT 10] [OFFSET 5]

As in the real thing, AND and OR do not mix without parentheses.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from sandbox.salesforce.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Part = TypeVar("Part")

TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^'\\]|\\.)*')
      | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
      | (?P<date>\d{4}-\d\d-\d\d)
      | (?P<number>[+-]?\d+(?:\.\d+)?)
      | (?P<word>[A-Za-z_][\w.]*)
      | (?P<sign><=|>=|!=|<>|[=<>(),])
      | (?P<stray>\S)
    )""",
    re.VERBOSE,
)
RESERVED = frozenset({"SELECT", "FROM", "WHERE", "ORDER", "LIMIT", "OFFSET", "AND", "OR", "NOT", "IN", "LIKE", "NULL"})
OPERATORS = frozenset({"=", "!=", "<>", "<", ">", "<=", ">="})


@dataclass(frozen=True)
class Literal:
    """A value in a query; `kind` is string, number, boolean, date, datetime or null."""

    kind: str
    text: str


@dataclass(frozen=True)
class Comparison:
    """`field operator value`; IN and NOT IN have several values."""

    field: str
    operator: str
    values: tuple[Literal, ...]


@dataclass(frozen=True)
class Both:
    """AND."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Either:
    """OR."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Negation:
    """NOT."""

    part: Condition


Condition: TypeAlias = "Comparison | Both | Either | Negation"


@dataclass(frozen=True)
class Order:
    """One field of ORDER BY."""

    field: str
    descending: bool = False
    nulls_last: bool = False


@dataclass(frozen=True)
class Query:
    """A parsed query; `fields` is empty for COUNT()."""

    text: str
    fields: tuple[str, ...]
    object_name: str
    where: Condition | None
    order: tuple[Order, ...]
    limit: int | None
    offset: int


def parse(text: str) -> Query:
    """The query; ApiError MALFORMED_QUERY that says where it cannot be read."""
    return _Parser(text).query()


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    place: int

    @property
    def upper(self) -> str:
        return self.text.upper() if self.kind in {"word", "sign", "end"} else ""


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = tuple(_tokens(text))
        self.next = 0

    def query(self) -> Query:
        self.expect("SELECT")
        fields = self.selected()
        self.expect("FROM")
        query = Query(
            text=self.text,
            fields=fields,
            object_name=self.name(),
            where=self.condition() if self.skip("WHERE") else None,
            order=self.ordering() if self.skip("ORDER") else (),
            limit=self.whole_number() if self.skip("LIMIT") else None,
            offset=self.whole_number() if self.skip("OFFSET") else 0,
        )
        self.expect("")
        return query

    def selected(self) -> tuple[str, ...]:
        if self.skip("COUNT"):
            self.expect("(")
            self.expect(")")
            return ()
        return self.listed(self.name)

    def condition(self) -> Condition:
        first = self.simple()
        word = self.peek.upper
        if word not in {"AND", "OR"}:
            return first
        parts = [first]
        while self.skip(word):
            parts.append(self.simple())
        return Both(tuple(parts)) if word == "AND" else Either(tuple(parts))

    def simple(self) -> Condition:
        if self.skip("NOT"):
            return Negation(self.simple())
        if self.skip("("):
            inner = self.condition()
            self.expect(")")
            return inner
        return self.comparison()

    def comparison(self) -> Comparison:
        field = self.name()
        token = self.take()
        if token.upper in OPERATORS:
            return Comparison(field, "!=" if token.text == "<>" else token.text, (self.literal(),))
        if token.upper == "LIKE":
            return Comparison(field, "LIKE", (self.literal(),))
        if token.upper == "IN":
            return Comparison(field, "IN", self.listed_in_parentheses())
        if token.upper == "NOT" and self.skip("IN"):
            return Comparison(field, "NOT IN", self.listed_in_parentheses())
        raise self.unexpected(token)

    def listed_in_parentheses(self) -> tuple[Literal, ...]:
        self.expect("(")
        values = self.listed(self.literal)
        self.expect(")")
        return values

    def ordering(self) -> tuple[Order, ...]:
        self.expect("BY")
        return self.listed(self.order)

    def order(self) -> Order:
        field = self.name()
        descending = self.skip("DESC")
        if not descending:
            self.skip("ASC")
        nulls_last = self.skip("NULLS") and not self.skip("FIRST")
        if nulls_last:
            self.expect("LAST")
        return Order(field, descending, nulls_last)

    def literal(self) -> Literal:
        token = self.take()
        if token.kind == "string":
            return Literal("string", token.text[1:-1])  # escapes stay: only LIKE tells \\% from %
        if token.kind in {"number", "date", "datetime"}:
            return Literal(token.kind, token.text)
        if token.upper == "NULL":
            return Literal("null", "")
        if token.upper in {"TRUE", "FALSE"}:
            return Literal("boolean", token.text.lower())
        raise self.unexpected(token)

    def whole_number(self) -> int:
        token = self.take()
        if token.kind != "number" or not token.text.isdigit():
            raise self.unexpected(token)
        return int(token.text)

    def listed(self, one: Callable[[], Part]) -> tuple[Part, ...]:
        parts = [one()]
        while self.skip(","):
            parts.append(one())
        return tuple(parts)

    def name(self) -> str:
        token = self.take()
        if token.kind != "word" or token.upper in RESERVED:
            raise self.unexpected(token)
        return token.text

    @property
    def peek(self) -> _Token:
        return self.tokens[self.next]

    def take(self) -> _Token:
        token = self.peek
        self.next = min(self.next + 1, len(self.tokens) - 1)
        return token

    def skip(self, word: str) -> bool:
        found = self.peek.upper == word and self.peek.kind in {"word", "sign"}
        self.next += found
        return found

    def expect(self, word: str) -> None:
        token = self.take()
        if token.upper != word:
            raise self.unexpected(token)

    def unexpected(self, token: _Token | None = None) -> ApiError:
        token = token or self.peek
        problem = f"unexpected token: '{token.text or '<EOF>'}'"
        return ApiError(400, "MALFORMED_QUERY", at_place(self.text, token.place, problem))


def _tokens(text: str) -> Iterator[_Token]:
    for found in TOKEN.finditer(text):
        kind = str(found.lastgroup)
        yield _Token(kind, found[kind], found.start(kind))
    yield _Token("end", "", len(text))


def at_place(text: str, place: int, problem: str) -> str:
    """A message that shows the query and points at the place, as Salesforce's do."""
    return f"\n{text}\n{' ' * place}^\nERROR at Row:1:Column:{place + 1}\n{problem}"
