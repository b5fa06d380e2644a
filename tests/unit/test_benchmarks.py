"""The pure parts of the benchmark: how figures are fitted and judged, shown, and what the floor waits for. How fast anything is, no test says."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

import benchmarks
from benchmarks.chart import chart
from benchmarks.plan import Step, plan
from benchmarks.results import Cell, Lap, Results, exponent
from benchmarks.settings import SCENARIOS, SETTINGS, SIZES, Wishes
from benchmarks.table import table
from benchmarks.tape import Call, Lane, read_tape, recorded
from benchmarks.targets import targets

ABOUT = {
    "date": "2026-11-24",
    "cores": 2,
    "memory_gb": 24,
    "python": "3.11.7",
    "versions": {"simple-salesforce": "1.12.10"},
    "latency_ms": {"freee": 100, "salesforce": 150},
}
LAP = Lap(seconds=2.0, cpu_seconds=0.5, peak_mb=100, growth_mb=10, freee_calls=5, salesforce_calls=7, written=0)


def cell(contestant: str, seconds: float, rows: int = 10_000, **figures: Any) -> Cell:
    """One contestant's unchanged reload."""
    return Cell(rows, SETTINGS[0].name, SCENARIOS[1], contestant, 0, (replace(LAP, seconds=seconds, **figures),))


def judged(*cells: Cell) -> dict[str, bool]:
    """Each target's name and whether it was met."""
    return {target.name: target.met for target in targets(Results(ABOUT, list(cells)))}


@given(st.floats(0.1, 3), st.floats(0.01, 100))
def test_a_power_law_is_fitted_with_its_own_exponent(power: float, factor: float) -> None:
    assert exponent((x, factor * x**power) for x in (10_000, 100_000, 1_000_000)) == pytest.approx(power)


def test_one_size_has_no_exponent() -> None:
    assert exponent([(10_000, 2.0), (10_000, 2.1)]) is None


def test_the_middle_run_counts() -> None:
    runs = tuple(replace(LAP, seconds=seconds) for seconds in (9.0, 1.0, 2.0))

    assert replace(cell("ours", 0), laps=runs).seconds == 2.0


@pytest.mark.parametrize(("seconds", "met"), [(1.3, True), (1.31, False)])
def test_the_distance_to_the_floor_is_judged(seconds: float, met: bool) -> None:
    assert judged(cell("ours", seconds), cell("floor", 1.0))["at most 1.3 × the floor"] is met


@pytest.mark.parametrize(("written", "met"), [(0, True), (1, False)])
def test_one_written_row_spoils_an_unchanged_reload(written: int, met: bool) -> None:
    assert judged(cell("ours", 1.0, written=written))["unchanged: no write, only pages to read"] is met


@pytest.mark.parametrize(("seconds", "met"), [(2.0, True), (2.1, False)])
def test_a_big_load_may_not_be_slower_than_a_rival(seconds: float, met: bool) -> None:
    assert judged(cell("ours", seconds), cell("bulk2.upsert", 2.0))["not slower than bulk2.upsert"] is met


def test_time_that_grows_faster_than_the_rows_is_not_met() -> None:
    grown = judged(cell("ours", 1.0, 10_000), cell("ours", 20.0, 100_000))

    assert grown["seconds grow in proportion: exponent at most 1.1"] is False
    assert grown["calls grow in proportion: exponent at most 1.1"] is True


def test_results_come_back_as_they_were_saved(tmp_path: Path) -> None:
    results = Results(ABOUT, [cell("ours", 1.25), cell("floor", 1.0)], {"mapping": {"ratio": 1.5}})

    results.save(tmp_path / "results.json")

    assert Results.load(tmp_path / "results.json") == results


def test_table_and_chart_tell_the_same_seconds_as_the_results() -> None:
    cells = [
        replace(cell(name, at), scenario=SCENARIOS[0]) for at, name in enumerate(("ours", "floor", "bulk2.upsert"), 3)
    ]
    results = Results(ABOUT, cells)

    told, drawn = table(results), chart(results)

    for each in cells:
        assert re.search(rf"^{re.escape(each.contestant)} +{each.seconds:.2f} ", told, re.MULTILINE)
        assert f"{each.contestant}: 10,000 rows in {each.seconds:.2f} s" in drawn


@pytest.mark.skipif(not (Path(benchmarks.__path__[0]) / "results.json").exists(), reason="no results are committed")
def test_the_chart_of_the_readme_is_that_of_the_results() -> None:
    folder = Path(benchmarks.__path__[0])
    drawn = (folder.parent / "docs" / "pictures" / "benchmark.svg").read_text(encoding="utf-8")

    assert drawn == chart(Results.load(folder / "results.json"))


def test_the_floor_stays_a_null_client() -> None:
    floor = Path(benchmarks.__path__[0]) / "floor.py"

    assert len(floor.read_text(encoding="utf-8").splitlines()) < 80


def test_wishes_come_from_the_environment_and_blank_ones_are_none() -> None:
    assert Wishes.of({"SIZES": "1_000_000,100", "ROW_BY_ROW": ""}).sizes == (100, 1_000_000)
    assert Wishes.of({}).sizes == SIZES


# what the floor waits for


def call(lane: Lane, target: str, began: float, **more: Any) -> Call:
    """A call that took half a second."""
    return Call(
        **{"method": "GET", "headers": {}, "body": b"", **more},
        lane=lane,
        target=target,
        began=began,
        ended=began + 0.5,
    )


def write(rows: int, began: float) -> Call:
    """A call of Collections."""
    return call("write", "/composite/sobjects/X__c/Key__c", began, method="PATCH", body=b'{"attributes":{}}' * rows)


def planned(*calls: Call) -> dict[Lane, list[Step]]:
    """Their plan, Bulk jobs taking 8 s and 2 ms a row."""
    return plan(calls, 8.0, 0.002)


PAGES = [call("freee", f"/api/1/partners?offset={offset}&limit=3000", at) for at, offset in enumerate((0, 2999, 5998))]


def test_a_write_waits_for_the_page_that_holds_its_rows_and_no_longer() -> None:
    """However late ours began it."""
    steps = planned(*PAGES, write(2999, 50), write(2, 51))["write"]

    assert [step.needs["freee"] for step in steps] == [1, 2]


def test_the_first_write_waits_for_the_reads_that_ours_had() -> None:
    reads = [call("org", "/query?q=SELECT", 0), call("org", "/query/0r8-2000", 1), call("org", "/query/0r8-4000", 9)]

    (step,) = planned(*reads, *PAGES, write(1, 3))["write"]

    assert step.needs["org"] == 2


def test_a_page_of_a_query_waits_for_the_page_before_alone() -> None:
    steps = planned(*PAGES, call("org", "/query?q=SELECT", 1), call("org", "/query/0r8-2000", 2))["org"]

    assert [step.needs for step in steps] == [{"freee": 1, "write": 0}, {}]


def test_the_last_look_at_a_job_finds_it_done() -> None:
    job = "/services/data/v59.0/jobs/ingest/750x"
    upload = call("org", f"{job}/batches", 1, method="PUT", body=b"Key\n" + b"1\n" * 1000)
    close = call("org", job, 2, method="PATCH", body=b'{"state":"UploadComplete"}')

    steps = planned(upload, close, call("org", job, 3), call("org", job, 4), call("org", f"{job}/failedResults", 5))[
        "org"
    ]

    assert [step.pause for step in steps] == [0, 0, 5.0, 5.0, 0]


def test_a_recording_holds_each_call_with_its_body(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests.Session, "send", lambda *_, **__: requests.Response())
    with recorded(tmp_path / "tape", "http://freee.example"):
        requests.post("http://freee.example/token?a=1", data=b"one\ntwo", timeout=1)
        requests.patch("http://org.example/composite/sobjects/X", data="日本", timeout=1)

    first, second = read_tape(tmp_path / "tape")

    assert (first.lane, first.target, first.body) == ("freee", "/token?a=1", b"one\ntwo")
    assert (second.lane, second.body) == ("write", "日本".encode())
