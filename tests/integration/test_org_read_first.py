"""freee and the org are read side by side, but nothing is compared or written before the org was read whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from typing import Any

import pytest

from freee_sync.errors import Stop
from freee_sync.masters import BY_NAME
from freee_sync.outcome import Status
from rig import Rig, rigged

PATIENCE = 30  # seconds until a test that hangs fails


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    """Forty partners that the org holds, of which freee gives ten a page."""
    monkeypatch.setitem(BY_NAME, "partners", replace(BY_NAME["partners"], page_limit=10))
    with rigged() as made:
        made.run("partners")
        made.forget()
        yield made


def listed_to_the_end(rig: Rig) -> Event:
    """Set as soon as freee has given its last page, which holds the joint alone, or no page."""
    get, listed = rig.freee.get, Event()

    def fetch(path: str, params: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            answer = get(path, params)
        except Stop:
            listed.set()
            raise
        if len(answer.get("partners", ())) <= 1:
            listed.set()
        return answer

    rig.freee.get = fetch  # type: ignore[method-assign]  # the sandbox has no hook between two calls
    return listed


def wait_for(listed: Event, rig: Rig) -> list[int]:
    """The org gives a row a page, and none before freee is listed; how many write calls it had got at each."""
    pages, written = rig.org.pages, list[int]()

    def slow(*query: Any) -> Iterator[list[dict[str, Any]]]:
        assert listed.wait(PATIENCE), "freee was not listed while the org was read"
        for page in pages(*query):
            for record in page:
                written.append(len(rig.writes()))
                yield [record]

    rig.org.pages = slow  # type: ignore[method-assign, assignment]  # same, and it only hands the query on
    return written


def test_pages_of_freee_that_come_while_the_org_is_read_are_compared_each_once(rig: Rig) -> None:
    company = rig.sandbox.company
    added, changed = company.add("partners", {"name": "新しい"}), company.keys("partners")[3]
    company.edit("partners", changed, {"name": "変わった"})
    wait_for(listed_to_the_end(rig), rig)

    result = rig.run("partners", full_load=True)

    assert (result.read, result.created, result.updated, result.unchanged) == (41, 1, 1, 39)
    assert (result.status, result.missing, result.org_rows) == (Status.SUCCESS, 0, 41)
    held = rig.held("partners")
    assert held[f"{company.id}-{added['id']}"]["FullName__c"] == "新しい"
    assert held[f"{company.id}-{changed}"]["FullName__c"] == "変わった"


def test_nothing_is_written_before_the_org_was_read_whole(rig: Rig) -> None:
    company = rig.sandbox.company
    for key in company.keys("partners"):
        company.edit("partners", key, {"code": f"code {key}"})
    written = wait_for(listed_to_the_end(rig), rig)

    result = rig.run("partners", full_load=True)

    assert (result.updated, result.status) == (40, Status.SUCCESS)
    assert written[:40] == [0] * 40


def test_a_right_lost_while_the_org_is_read_is_no_segment_that_was_never_readable(rig: Rig) -> None:
    rig.run("segment_tags")
    rig.sandbox.company.settings.withdrawn.add("division_tag_1")
    wait_for(listed_to_the_end(rig), rig)

    with pytest.raises(Stop, match="user_do_not_have_permission"):
        rig.run("segment_tags", full_load=True)
