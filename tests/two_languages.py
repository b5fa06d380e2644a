"""Finds Japanese in our code, and whether its English stands beside it: `say(ja, en)`, `Words(ja, en)` or a pair `(ja, en)`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from string import Formatter

JAPANESE = re.compile(r"[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]")
"""Kana, kanji, and the marks that only Japanese has."""

PAIRED = frozenset({"say", "Words"})

Text = ast.Constant | ast.JoinedStr
Named = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Pair:
    """Japanese and its English, as they stand in the code."""

    line: int
    ja: Text
    en: Text


@dataclass
class Found(ast.NodeVisitor):
    """What one module holds.

    :ivar pairs: Japanese with its English beside it.
    :ivar alone: (name, line) of Japanese without: the name of the function, method or constant that it is in.
    """

    pairs: list[Pair] = field(default_factory=list)
    alone: list[tuple[str, int]] = field(default_factory=list)
    _names: list[str] = field(default_factory=list)

    def visit(self, node: ast.AST) -> None:
        """Look at a node, and at what is in it."""
        texts = _side_by_side(node)
        if texts is not None and _is_japanese(texts[0]):
            self.pairs.append(Pair(texts[0].lineno, *texts))
            return
        if isinstance(node, Named | ast.Assign | ast.AnnAssign):
            self._visit_named(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            return  # a docstring
        elif isinstance(node, ast.Constant) and _is_japanese(node):
            self.alone.append((".".join(self._names), node.lineno))
        else:
            self.generic_visit(node)

    def _visit_named(self, node: Named | ast.Assign | ast.AnnAssign) -> None:
        if isinstance(node, Named):
            name = node.name
        else:
            name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
        self._names.append(name)
        self.generic_visit(node)
        self._names.pop()


def found_in(code: str) -> Found:
    """What a module of this text holds."""
    found = Found()
    found.visit(ast.parse(code))
    return found


def places(text: Text) -> set[str]:
    """What a text tells: the expressions of an f-string, or the names that `format` fills in."""
    if isinstance(text, ast.JoinedStr):
        return {ast.unparse(part) for part in ast.walk(text) if isinstance(part, ast.FormattedValue)}
    return {name for _, name, _, _ in Formatter().parse(str(text.value)) if name is not None}


def shown(text: Text) -> str:
    """A text as it is written."""
    return ast.unparse(text)


def _side_by_side(node: ast.AST) -> tuple[Text, Text] | None:
    if isinstance(node, ast.Call) and ast.unparse(node.func) in PAIRED:
        both = node.args
    elif isinstance(node, ast.Tuple):
        both = node.elts
    else:
        return None
    texts = tuple(each for each in both if isinstance(each, Text))
    return (texts[0], texts[1]) if len(texts) == len(both) == 2 else None


def _is_japanese(text: Text) -> bool:
    parts: Iterator[ast.AST] = ast.walk(text)
    return any(
        isinstance(part, ast.Constant) and isinstance(part.value, str) and JAPANESE.search(part.value) for part in parts
    )
