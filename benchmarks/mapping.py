"""What our own work on a page costs beside reading its JSON: `python -m benchmarks.mapping`, in a process of its own.

One page of partners, as the sandbox answers it. Each part in turn, several times; seconds are those of the median.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks.contestant import RunOrder
from benchmarks.ours import MAPPING
from benchmarks.rivals.freee import PAGE, first_page
from benchmarks.settings import MASTER
from freee_sync.compare import compare, digest
from freee_sync.ledger import Ledger
from freee_sync.mapper import MappedRow, Mapper
from freee_sync.mapping import read_mapping
from freee_sync.masters import BY_NAME
from freee_sync.salesforce.login import open_org
from freee_sync.strict_json import read_json
from sandbox.company import Sizes
from sandbox.server import Sandbox, SandboxConfig

TURNS = 15


def main() -> None:
    """Measure, and print one line of JSON."""
    with Sandbox(SandboxConfig(sizes=Sizes(partners=PAGE))) as sandbox:
        content, mapper = _page(sandbox), _mapper(sandbox)
    sys.stdout.write(json.dumps(measured(content, mapper)) + "\n")


def measured(content: bytes, mapper: Mapper) -> dict[str, float]:
    """Seconds of each part, and the ratios that matter."""
    rows = json.loads(content)[MASTER]
    mapped = _mapped(mapper, rows)
    ledger = Ledger()
    ledger.hold((row.key, digest(row.values), False) for row in mapped)
    parts: dict[str, Callable[[], object]] = {
        "json.loads": lambda: json.loads(content),
        "read_json": lambda: read_json(content),
        "map": lambda: _mapped(mapper, rows),
        "compare": lambda: list(compare(mapped, ledger.look(row.key for row in mapped))),
    }
    seconds = _in_turn(parts)
    ours = seconds["map"] + seconds["compare"]
    return {
        **seconds,
        "rows": len(rows),
        "bytes": len(content),
        "ratio": ours / seconds["json.loads"],
        "ratio with read_json": (ours + seconds["read_json"]) / seconds["json.loads"],
    }


def _in_turn(parts: dict[str, Callable[[], object]]) -> dict[str, float]:
    taken: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(TURNS):
        for name, part in parts.items():
            gc.collect()
            began = time.perf_counter()
            part()
            taken[name].append(time.perf_counter() - began)
    return {name: median(seconds) for name, seconds in taken.items()}


def _mapped(mapper: Mapper, rows: list[Any]) -> list[MappedRow]:
    scope = mapper.master.scopes[0]
    all_rows = [mapper.row(row, scope, position) for position, row in enumerate(rows, 1)]
    return [row for row in all_rows if isinstance(row, MappedRow)]


def _page(sandbox: Sandbox) -> bytes:
    order = RunOrder("", sandbox.connections(), sandbox.company.id, PAGE, 0, 0, "")
    return first_page(order)


def _mapper(sandbox: Sandbox) -> Mapper:
    os.environ["AIRFLOW_CONN_SALESFORCE_DEFAULT"] = json.dumps(sandbox.connections()["salesforce_default"])
    block = read_mapping(MAPPING)[MASTER]
    return Mapper(BY_NAME[MASTER], block, open_org("salesforce_default").describe(block.object), sandbox.company.id)


if __name__ == "__main__":
    main()
