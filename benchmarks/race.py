"""One size: the contestants take turns in every setting and scenario, each in a fresh process on the same two servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contestant import CONTESTANTS, Run, RunOrder, run
from benchmarks.results import Cell, Lap
from benchmarks.settings import CHANGED_SHARE, QUICK, SCENARIOS, SETTINGS, Scenario, Setting, Wishes
from benchmarks.world import World, world

ROW_BY_ROW = "row by row"


@dataclass(frozen=True)
class Course:
    """Where one race takes place."""

    world: World
    rows: int
    tape: Path
    wishes: Wishes
    tell: Callable[[str], None]


def race(rows: int, wishes: Wishes, folder: Path, tell: Callable[[str], None]) -> Iterator[Cell]:
    """All cells of one size."""
    with world(rows) as servers:
        course = Course(servers, rows, folder / "tape", wishes, tell)
        for setting in SETTINGS:
            for scenario in SCENARIOS:
                changed = servers.change(CHANGED_SHARE) if scenario == "1 % changed" else 0
                yield from _turns(course, setting, scenario, changed)
    course.tape.unlink(missing_ok=True)


def _turns(course: Course, setting: Setting, scenario: Scenario, changed: int) -> Iterator[Cell]:
    """Rounds of one cell; who was slow in the first does not run again."""
    laps: dict[str, list[Lap]] = {}
    running = [name for name in CONTESTANTS if _takes_part(name, course, setting)]
    for _ in range(course.wishes.rounds):
        for name in running:
            course.tell(f"{course.rows:,} rows · {setting.name} · {scenario} · {name}")
            laps.setdefault(name, []).append(_lap(course, setting, scenario, name))
        running = [name for name in running if laps[name][-1].seconds < QUICK]
    for name, runs in laps.items():
        yield Cell(course.rows, setting.name, scenario, name, changed, tuple(runs))


def _takes_part(name: str, course: Course, setting: Setting) -> bool:
    """Row by row makes no Bulk call, so that the second setting would only repeat its long wait."""
    return name != ROW_BY_ROW or (course.rows <= course.wishes.row_by_row and setting == SETTINGS[0])


def _lap(course: Course, setting: Setting, scenario: Scenario, name: str) -> Lap:
    """One run.

    :raises AssertionError: when the org does not hold what freee lists afterwards.
    """
    first = scenario == "first load"
    connections = course.world.arrange(setting, loaded=not first)
    order = RunOrder(
        contestant=name,
        connections=connections,
        company_id=course.world.company_id(),
        rows=course.rows,
        queue_seconds=setting.queue_seconds,
        row_seconds=setting.row_seconds,
        tape=str(course.tape),
    )
    took, seen = run(order), course.world.seen()
    if seen.org_rows != course.rows:
        raise AssertionError(f"{name}: the org holds {seen.org_rows} rows of {course.rows}")
    if first and name == "ours":
        course.world.keep()
    return _told(took, seen.freee_calls, seen.salesforce_calls, seen.written)


def _told(took: Run, freee_calls: int, salesforce_calls: int, written: int) -> Lap:
    return Lap(took.seconds, took.cpu_seconds, took.peak_mb, took.growth_mb, freee_calls, salesforce_calls, written)
