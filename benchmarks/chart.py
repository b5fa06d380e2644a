"""The results as one SVG for the README: seconds of a first load by size, both axes in powers of ten; legible on light and dark."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from benchmarks.about import sentence
from benchmarks.results import Cell, Results
from benchmarks.settings import SCENARIOS, SETTINGS

COLOURS = {
    "ours": "#1a7f64",
    "floor": "#8b949e",
    "plain Collections": "#3b82f6",
    "bulk2.upsert": "#d97706",
    "row by row": "#db2777",
}
PANEL, HEIGHT, LEFT, TOP, GAP = 360, 280, 56, 64, 70

STYLE = """
  text { font: 13px system-ui, "Hiragino Sans", "Noto Sans JP", sans-serif; fill: #1f2328 }
  .small { font-size: 11px; fill: #59636e } .grid { stroke: #d1d9e0 } .back { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc } .small { fill: #9198a1 } .grid { stroke: #3d444d } .back { fill: #0d1117 }
  }
"""


class _Axis:
    """Values to pixels, by their logarithm; from one power of ten to another."""

    def __init__(self, values: Sequence[float], start: float, length: float) -> None:
        self.low = math.floor(math.log10(min(values)))
        self.high = max(math.ceil(math.log10(max(values))), self.low + 1)
        self._start, self._length = start, length

    def at(self, value: float) -> float:
        """Where a value stands."""
        return self._start + self._length * (math.log10(value) - self.low) / (self.high - self.low)

    @property
    def ticks(self) -> list[float]:
        """The powers of ten."""
        return [10.0**power for power in range(self.low, self.high + 1)]


def chart(results: Results) -> str:
    """The SVG."""
    width, height = LEFT + 2 * PANEL + GAP + 40, TOP + HEIGHT + 100
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" aria-label="Seconds of a first load, by rows">'
    parts = [head, f"<style>{STYLE}</style>", f'<rect class="back" width="{width}" height="{height}" rx="8"/>']
    parts += [_text(LEFT, 24, "Seconds for a first load, by rows (less is better)"), *_legend(results)]
    for number, setting in enumerate(SETTINGS):
        cells = results.find(setting=setting.name, scenario=SCENARIOS[0])
        parts += _panel(cells, f"Bulk jobs: {setting.name}", LEFT + number * (PANEL + GAP))
    machine, _, latency = sentence(results.about).partition(" · a call")
    parts += [
        _text(LEFT, height - 30, machine, "small"),
        _text(LEFT, height - 14, f"A call{latency}", "small"),
        "</svg>\n",
    ]
    return "\n".join(parts)


def _panel(cells: Sequence[Cell], title: str, left: float) -> Iterator[str]:
    if not cells:
        return
    across = _Axis([cell.rows for cell in cells], left, PANEL)
    up = _Axis([cell.seconds for cell in cells], TOP + HEIGHT, -HEIGHT)
    yield _text(left, TOP + HEIGHT + 44, title)
    for tick in up.ticks:
        yield f'<line class="grid" x1="{left}" x2="{left + PANEL}" y1="{up.at(tick):.1f}" y2="{up.at(tick):.1f}"/>'
        yield _text(left - 8, up.at(tick) + 4, f"{tick:g} s", "small", "end")
    for tick in across.ticks:
        yield _text(across.at(tick), TOP + HEIGHT + 20, f"{tick:,.0f}", "small", "middle")
    for name in COLOURS:
        yield from _line([cell for cell in cells if cell.contestant == name], across, up)


def _line(cells: Sequence[Cell], across: _Axis, up: _Axis) -> Iterator[str]:
    points = [(across.at(cell.rows), up.at(cell.seconds)) for cell in sorted(cells, key=lambda cell: cell.rows)]
    if not points:
        return
    name = cells[0].contestant
    dash = ' stroke-dasharray="5 4"' if name == "floor" else ""
    joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    yield f'<polyline points="{joined}" fill="none" stroke="{COLOURS[name]}" stroke-width="2.5"{dash}/>'
    for (x, y), cell in zip(points, sorted(cells, key=lambda cell: cell.rows), strict=True):
        told = f"{name}: {cell.rows:,} rows in {cell.seconds:.2f} s"
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{COLOURS[name]}"><title>{told}</title></circle>'


def _legend(results: Results) -> Iterator[str]:
    shown = [name for name in COLOURS if results.find(contestant=name)]
    for number, name in enumerate(shown):
        x = LEFT + number * 150
        yield f'<rect x="{x}" y="36" width="14" height="4" fill="{COLOURS[name]}"/>'
        yield _text(x + 20, 43, name, "small")


def _text(x: float, y: float, text: str, style: str = "", anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{style}">{text}</text>'
