"""What is measured: sizes, settings of the two APIs, scenarios. Seconds and rows throughout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

FREEE_LATENCY = 0.100  # seconds from the arrival of a call to its answer, the work of the server within them
SALESFORCE_LATENCY = 0.150

SIZES = (100, 2_000, 10_000)
ROW_BY_ROW = 100  # rows up to which single upserts are tried: 2,000 of them wait five minutes for the network

ROUNDS = 3
QUICK = 5.0  # seconds; a longer run consists of waits, or of so many rows that chance evens out, and is made once

CHANGED_SHARE = 0.01

Scenario = Literal["first load", "unchanged reload", "1 % changed"]
SCENARIOS: tuple[Scenario, ...] = ("first load", "unchanged reload", "1 % changed")

OBJECT, KEY = "FreeePartner__c", "FreeeKey__c"
MASTER = "partners"


@dataclass(frozen=True)
class Setting:
    """How fast the org does Bulk jobs.

    :param queue_seconds: before the first row of a job.
    :param row_seconds: for each row of it.
    """

    name: str
    queue_seconds: float
    row_seconds: float


SETTINGS = (Setting("no queue", 0.0, 0.0), Setting("queue 8 s + 2 ms a row", 8.0, 0.002))


@dataclass(frozen=True)
class Wishes:
    """What the environment asks for: SIZES=100000,1000000 ROW_BY_ROW=2000 ROUNDS=5."""

    sizes: tuple[int, ...] = SIZES
    row_by_row: int = ROW_BY_ROW
    rounds: int = ROUNDS

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Wishes:
        """Blank is not asked for.

        :raises ValueError: for what is no number.
        """
        sizes = environment.get("SIZES") or ",".join(map(str, SIZES))
        return cls(
            tuple(sorted({int(size) for size in sizes.replace("_", "").split(",")})),
            int(environment.get("ROW_BY_ROW") or ROW_BY_ROW),
            int(environment.get("ROUNDS") or ROUNDS),
        )
