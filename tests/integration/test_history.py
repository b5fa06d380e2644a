"""Failed rows from run to run, on the sandbox: new, continued, resolved, and what a preview and a cut-off try leave alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from freee_sync.errors import Retry
from freee_sync.history import SLOT
from freee_sync.outcome import MasterResult
from rig import Rig, rigged
from sandbox.wire import Fault

TOO_LONG = "名" * 300


@pytest.fixture
def rig() -> Iterator[Rig]:
    """A company whose items are in the org already."""
    with rigged() as made:
        made.run("items", run_id="first")
        yield made


def refuse(rig: Rig) -> int:
    """Give freee an item that no field can hold. Returns its id."""
    return int(rig.sandbox.company.add("items", {"name": TOO_LONG})["id"])


def tomorrow(rig: Rig, run_id: str, **wishes: Any) -> MasterResult:
    """The run of the next day."""
    rig.sandbox.clock.advance(timedelta(days=1))
    return rig.run("items", run_id=run_id, **wishes)


def failing(result: MasterResult) -> list[str | None]:
    """In which run each failed row failed first."""
    return [row.first_run for row in result.failed_rows]


def test_a_refused_row_is_new_then_continued_then_resolved(rig: Rig) -> None:
    item = refuse(rig)
    new, again = tomorrow(rig, "second"), tomorrow(rig, "third")
    assert (failing(new), failing(again)) == (["second"], ["second"])
    assert again.failed_rows[0].since == new.failed_rows[0].since
    rig.sandbox.company.edit("items", item, {"name": "短い名前"})
    over = tomorrow(rig, "fourth")
    assert ([row.first_run for row in over.resolved], over.failed_rows) == (["second"], [])
    assert tomorrow(rig, "fifth").resolved == []


def test_a_refused_row_that_freee_deletes_is_resolved_by_the_next_full_read(rig: Rig) -> None:
    item = refuse(rig)
    tomorrow(rig, "second")
    rig.sandbox.company.remove("items", item)
    assert tomorrow(rig, "third").resolved == []
    assert len(tomorrow(rig, "fourth", full_load=True).resolved) == 1


def test_a_second_try_of_a_run_tells_its_rows_as_new(rig: Rig) -> None:
    refuse(rig)
    tomorrow(rig, "second")
    assert failing(rig.run("items", run_id="second")) == ["second"]


def test_a_preview_tells_open_failures_and_leaves_the_history_alone(rig: Rig) -> None:
    refuse(rig)
    tomorrow(rig, "second")
    before = rig.stores["items"].values[SLOT]
    assert failing(tomorrow(rig, "preview", dry_run=True)) == ["second"]
    assert rig.stores["items"].values[SLOT] == before


def test_a_try_that_is_cut_off_keeps_new_failures_and_resolves_none(rig: Rig) -> None:
    item = refuse(rig)
    tomorrow(rig, "second")
    rig.sandbox.company.edit("items", item, {"name": "短い名前"})
    rig.sandbox.company.add("items", {"name": TOO_LONG + "二"})
    rig.sandbox.freee_wire.add(Fault(path="/api/1/items", at=2, status=503, body=b"", times=99))
    with pytest.raises(Retry):
        tomorrow(rig, "third")
    assert failing(rig.published[-1]) == ["third"]
    assert [group["first_run"] for group in rig.stores["items"].values[SLOT]["open"]] == ["second", "third"]


def test_lost_history_says_unknown_and_costs_nothing_else(rig: Rig) -> None:
    refuse(rig)
    tomorrow(rig, "second")
    del rig.stores["items"].values[SLOT]
    result = tomorrow(rig, "third")
    assert (failing(result), result.mode, result.previous_read) == ([None], "delta", None)


def test_the_number_of_rows_is_compared_with_the_last_run_of_the_same_kind(rig: Rig) -> None:
    rig.run("taxes", run_id="first")
    rig.sandbox.company.add("taxes", {"name": "新しい税区分"})
    result = rig.run("taxes", run_id="second")
    assert (result.read, result.previous_read) == (rig.published[-1].read, result.read - 1)
