"""The targets that the benchmark was made for, each with its figure: met or not. Told, never asserted: a busy machine proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.results import Cell, Results, exponent
from benchmarks.settings import SCENARIOS, SETTINGS

FLOOR_RATIO, FLOOR_RATIO_AT_A_MILLION = 1.3, 1.5
SMALL_LOAD = 2_000  # rows up to which bulk2.upsert must be beaten by a factor, and above which nobody may be faster
BULK_RATIO = 3.0
CHANCE = 1.02  # two equal contestants differ by so much from run to run
MILLION = 1_000_000
PEAK_MB_AT_A_MILLION = 400.0
BYTES_A_ROW = 150.0  # that memory may grow by: a digest of each row, and the set that holds it
EXPONENT, EXPONENT_FROM = 1.1, 10_000  # rows
PAGE_OF_FREEE, PAGE_OF_ORG = 3_000, 2_000  # rows
AROUND = 6  # calls beside the pages: the token, log-in, describe, the end of freee's list, the end of a query
BESIDE = {"mapping": ("map + compare ÷ json.loads", 4.0), "importing": ("DAG file ÷ empty DAG file", 1.3)}


@dataclass(frozen=True)
class Target:
    """One target in one place, and how it came out."""

    name: str
    where: str
    figure: str
    met: bool

    def __str__(self) -> str:
        return f"{'MET    ' if self.met else 'NOT MET'}  {self.name}: {self.figure}  ({self.where})"


def targets(results: Results) -> list[Target]:
    """All that can be told from what was run."""
    checks: tuple[Callable[[Results], Iterator[Target]], ...] = (
        _floor,
        _rivals,
        _calls,
        _nothing_written,
        _memory,
        _growth,
        _beside,
    )
    return [target for check in checks for target in check(results)]


def _where(cell: Cell) -> str:
    return f"{cell.rows:,} rows, {cell.setting}, {cell.scenario}"


def _other(results: Results, ours: Cell, name: str) -> Cell | None:
    return results.one(rows=ours.rows, setting=ours.setting, scenario=ours.scenario, contestant=name)


def _floor(results: Results) -> Iterator[Target]:
    for ours in results.find(contestant="ours"):
        floor = _other(results, ours, "floor")
        if floor and ours.rows >= SMALL_LOAD:
            most = FLOOR_RATIO_AT_A_MILLION if ours.rows >= MILLION else FLOOR_RATIO
            ratio = ours.seconds / floor.seconds
            yield Target(f"at most {most} × the floor", _where(ours), f"{ratio:.2f}", ratio <= most)


def _rivals(results: Results) -> Iterator[Target]:
    for ours in results.find(contestant="ours"):
        bulk = _other(results, ours, "bulk2.upsert")
        if bulk and ours.rows <= SMALL_LOAD:
            ratio = bulk.seconds / ours.seconds
            yield Target(
                f"{BULK_RATIO:.0f} × as fast as bulk2.upsert", _where(ours), f"{ratio:.1f}", ratio >= BULK_RATIO
            )
        elif ours.rows > SMALL_LOAD:
            yield from _never_slower(results, ours)


def _never_slower(results: Results, ours: Cell) -> Iterator[Target]:
    for name in ("row by row", "bulk2.upsert", "plain Collections"):
        rival = _other(results, ours, name)
        if rival:
            ratio = ours.seconds / rival.seconds
            yield Target(f"not slower than {name}", _where(ours), f"{ratio:.2f} of its time", ratio <= CHANCE)


def _calls(results: Results) -> Iterator[Target]:
    """Against plain Collections: at most the reads of the org more, and what frames them."""
    for ours in results.find(contestant="ours"):
        plain = _other(results, ours, "plain Collections")
        if plain:
            more = ours.calls - plain.calls
            allowed = _pages(ours.rows, PAGE_OF_ORG) + AROUND
            told = f"{ours.calls:.0f} beside {plain.calls:.0f}"
            yield Target("calls: plain Collections' and the compare's reads", _where(ours), told, more <= allowed)


def _nothing_written(results: Results) -> Iterator[Target]:
    for ours in results.find(contestant="ours", scenario=SCENARIOS[1]):
        pages = _pages(ours.rows, PAGE_OF_FREEE) + _pages(ours.rows, PAGE_OF_ORG) + AROUND
        told = f"{ours.median('written'):.0f} rows, {ours.calls:.0f} calls of {pages}"
        yield Target(
            "unchanged: no write, only pages to read",
            _where(ours),
            told,
            not ours.median("written") and ours.calls <= pages,
        )
    for ours in results.find(contestant="ours", scenario=SCENARIOS[2]):
        told = f"{ours.median('written'):.0f} of {ours.changed}"
        yield Target("1 % changed: those rows and no other", _where(ours), told, ours.median("written") == ours.changed)


def _pages(rows: int, size: int) -> int:
    return -(-rows // size)


def _memory(results: Results) -> Iterator[Target]:
    for setting in SETTINGS:
        for scenario in SCENARIOS:
            cells = sorted(
                results.find(contestant="ours", setting=setting.name, scenario=scenario), key=lambda cell: cell.rows
            )
            yield from _peak(cells)


def _peak(cells: Sequence[Cell]) -> Iterator[Target]:
    big = [cell for cell in cells if cell.rows >= EXPONENT_FROM]
    for cell in big:
        if cell.rows >= MILLION:
            peak = cell.median("peak_mb")
            yield Target(
                f"peak memory under {PEAK_MB_AT_A_MILLION:.0f} MB",
                _where(cell),
                f"{peak:.0f} MB",
                peak < PEAK_MB_AT_A_MILLION,
            )
    if len(big) > 1:
        first, last = big[-2:]
        a_row = (last.median("growth_mb") - first.median("growth_mb")) * 1024 * 1024 / (last.rows - first.rows)
        where = f"{first.rows:,} to {_where(last)}"
        yield Target(
            f"memory grows by at most {BYTES_A_ROW:.0f} bytes a row", where, f"{a_row:.0f}", a_row <= BYTES_A_ROW
        )


def _growth(results: Results) -> Iterator[Target]:
    for setting in SETTINGS:
        for scenario in SCENARIOS:
            cells = [
                cell
                for cell in results.find(contestant="ours", setting=setting.name, scenario=scenario)
                if cell.rows >= EXPONENT_FROM
            ]
            for name in ("seconds", "calls"):
                power = exponent((cell.rows, getattr(cell, name)) for cell in cells)
                if power is not None:
                    where = f"from {EXPONENT_FROM:,} rows, {setting.name}, {scenario}"
                    yield Target(
                        f"{name} grow in proportion: exponent at most {EXPONENT}",
                        where,
                        f"{power:.2f}",
                        power <= EXPONENT,
                    )


def _beside(results: Results) -> Iterator[Target]:
    for name, (what, most) in BESIDE.items():
        if name in results.beside:
            ratio = results.beside[name]["ratio"]
            yield Target(f"{what} at most {most}", "in this run", f"{ratio:.2f}", ratio <= most)
