"""The results as a table for the terminal: one block a size, setting and scenario, one line a contestant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from benchmarks.results import Cell, Results

HEAD = ("", "seconds", "rows/s", "calls freee", "calls SF", "peak MB", "CPU s", "× floor", "ours is")
WIDTHS = (19, 9, 9, 12, 9, 9, 8, 9, 16)


def table(results: Results) -> str:
    """The whole of it."""
    return "\n".join(_lines(results.cells))


def beside(results: Results) -> Iterator[str]:
    """The two measurements that are no race, in one line each."""
    mapping, importing = results.beside["mapping"], results.beside["importing"]
    parts = ", ".join(f"{name} {mapping[name] * 1000:.1f} ms" for name in ("json.loads", "read_json", "map", "compare"))
    yield (
        f"A page of {mapping['rows']:,} partners, {mapping['bytes'] / 1e6:.1f} MB: {parts}; "
        f"map + compare {mapping['ratio']:.2f} × json.loads, with read_json {mapping['ratio with read_json']:.2f} ×"
    )
    yield (
        f"DAG file: {importing['ours']:.2f} s, an empty one {importing['empty']:.2f} s, {importing['ratio']:.2f} ×; "
        f"{importing['modules']} modules that Airflow had not loaded, of {', '.join(importing['brought'])}; "
        f"heavy ones: {', '.join(importing['heavy']) or 'none'}"
    )


def _lines(cells: Sequence[Cell]) -> Iterator[str]:
    for (rows, setting, scenario), some in groupby(cells, key=lambda cell: (cell.rows, cell.setting, cell.scenario)):
        block = list(some)
        yield f"\n{rows:,} rows · Bulk: {setting} · {scenario}"
        yield _aligned(HEAD)
        yield from (_aligned(_line(cell, block)) for cell in block)


def _line(cell: Cell, block: Sequence[Cell]) -> tuple[str, ...]:
    by_name = {each.contestant: each for each in block}
    floor, ours = by_name["floor"].seconds, by_name["ours"].seconds
    return (
        cell.contestant,
        f"{cell.seconds:.2f}",
        f"{cell.rows / cell.seconds:,.0f}",
        f"{cell.median('freee_calls'):,.0f}",
        f"{cell.median('salesforce_calls'):,.0f}",
        "" if cell.contestant == "floor" else f"{cell.median('peak_mb'):,.0f}",
        f"{cell.median('cpu_seconds'):.2f}",
        f"{cell.seconds / floor:.2f}",
        "" if cell.contestant in {"ours", "floor"} else faster(cell.seconds / ours),
    )


def faster(ratio: float) -> str:
    """How ours stands to another, in words: 3.1 is three times as fast."""
    return f"{ratio:.1f} × as fast" if ratio >= 1 else f"{1 / ratio:.2f} × as slow"


def _aligned(cells: Sequence[str]) -> str:
    name, *figures = (
        cell.ljust(width) if not at else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    )
    return (name + "".join(figures)).rstrip()
