"""What survives a run."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fakes import FakeStore
from freee_sync.memory import SLOT, Memory, context_of, recall, remember

KEPT = Memory("digest", datetime(2026, 11, 24, tzinfo=UTC))


def test_what_was_remembered_is_recalled() -> None:
    store = FakeStore()
    remember(store, KEPT)
    assert recall(store) == KEPT


@pytest.mark.parametrize("broken", [None, "text", {}, {"context": "x"}, {"context": "x", "last_full": "soon"}, 3])
def test_lost_or_broken_memory_is_no_memory(broken: object) -> None:
    store = FakeStore()
    store.set(SLOT, broken)
    assert recall(store) is None


def test_the_context_changes_with_any_of_its_parts_and_not_with_their_order() -> None:
    assert context_of(company=1, mapping={"a": 1, "b": 2}) == context_of(mapping={"b": 2, "a": 1}, company=1)
    assert context_of(company=1, mapping={}) != context_of(company=2, mapping={})
