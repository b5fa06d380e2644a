"""The figures of one benchmark: every run, its medians, and how they grow with the rows."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import Any


@dataclass(frozen=True)
class Lap:
    """One run of one contestant: seconds, MB, calls that the servers counted, rows of the org that were saved."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    growth_mb: float
    freee_calls: int
    salesforce_calls: int
    written: int


@dataclass(frozen=True)
class Cell:
    """One contestant in one size, setting and scenario.

    :param changed: rows that were edited in freee beforehand.
    """

    rows: int
    setting: str
    scenario: str
    contestant: str
    changed: int
    laps: tuple[Lap, ...]

    def median(self, figure: str) -> float:
        """The median of one figure of `Lap` over the runs."""
        return float(median(getattr(lap, figure) for lap in self.laps))

    @property
    def seconds(self) -> float:
        """Of the median run."""
        return self.median("seconds")

    @property
    def calls(self) -> float:
        """To both sides."""
        return self.median("freee_calls") + self.median("salesforce_calls")


@dataclass(frozen=True)
class Results:
    """All of one benchmark.

    :param about: machine, versions, date, latency: what the figures hold for.
    :param beside: the measurements that are no race, by name.
    """

    about: dict[str, Any]
    cells: list[Cell] = field(default_factory=list)
    beside: dict[str, dict[str, Any]] = field(default_factory=dict)

    def find(self, **wanted: object) -> list[Cell]:
        """The cells that have these values."""
        return [cell for cell in self.cells if all(getattr(cell, name) == value for name, value in wanted.items())]

    def one(self, **wanted: object) -> Cell | None:
        """The cell that has these values, if it was run."""
        return next(iter(self.find(**wanted)), None)

    def save(self, path: Path) -> None:
        """As JSON."""
        path.write_text(json.dumps(asdict(self), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Results:
        """What `save` wrote."""
        told = json.loads(path.read_text(encoding="utf-8"))
        cells = [Cell(**{**cell, "laps": tuple(Lap(**lap) for lap in cell["laps"])}) for cell in told["cells"]]
        return cls(told["about"], cells, told["beside"])


def exponent(points: Iterable[tuple[float, float]]) -> float | None:
    """b of y = a·x^b through the points, by least squares of the logarithms; None for fewer than two different x."""
    logs = [(math.log(x), math.log(y)) for x, y in points]
    if len({x for x, _ in logs}) < 2:  # noqa: PLR2004 - a line takes two points
        return None
    return _slope(logs)


def _slope(points: Sequence[tuple[float, float]]) -> float:
    middle_x, middle_y = fmean(x for x, _ in points), fmean(y for _, y in points)
    rise = sum((x - middle_x) * (y - middle_y) for x, y in points)
    return rise / sum((x - middle_x) ** 2 for x, _ in points)
