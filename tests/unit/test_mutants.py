"""The mutants of `make mutants` are in order: each still fits the code, and breaks a promise that a test is there to keep.

One that does not apply any more is made anew; how is said in mutate.py.
"""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from mutate import CLONE, PROMISES, Mutant, mutants

EACH = pytest.mark.parametrize("mutant", mutants(), ids=lambda mutant: mutant.name)


@cache
def parsed(path: str) -> ast.Module:
    """One module of the tests."""
    return ast.parse((CLONE / path).read_text(encoding="utf-8"))


def test_every_promise_has_a_mutant() -> None:
    assert {mutant.promise for mutant in mutants()} == set(PROMISES)


@EACH
def test_it_applies_to_the_present_tree(mutant: Mutant) -> None:
    mutant.apply(CLONE, "--check")


@EACH
def test_it_touches_only_what_is_shipped(mutant: Mutant) -> None:
    touched = re.findall(r"^(?:---|\+\+\+) [ab]/(.+)$", mutant.path.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(touched) == 2
    assert all(name.startswith(("plugins/", "include/")) for name in touched)


@EACH
def test_its_test_is_there(mutant: Mutant) -> None:
    path, *names = mutant.test.partition("[")[0].split("::")
    tree: ast.AST = parsed(path)
    for name in names:
        tree = next(node for node in ast.walk(tree) if getattr(node, "name", None) == name)
    assert isinstance(tree, ast.FunctionDef)
