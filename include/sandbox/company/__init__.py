"""The company whose masters the sandbox's freee serves."""

from __future__ import annotations

from sandbox.company.company import SEGMENTS, TABLES, Company, Settings, Sizes
from sandbox.company.day import Counts, Deeds, pass_day
from sandbox.company.table import ABSENT, Row, Table, changed

__all__ = [
    "ABSENT",
    "SEGMENTS",
    "TABLES",
    "Company",
    "Counts",
    "Deeds",
    "Row",
    "Settings",
    "Sizes",
    "Table",
    "changed",
    "pass_day",
]
