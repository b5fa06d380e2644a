"""Counting what one try asks of the two APIs, and refusing what would be too much: both bill by the call.

    Meter                     counts
    ├── DayMeter              freee: counts over all tries of a day, because freee tells nothing of what is used
    └── OrgMeter              Salesforce: knows from each answer what everybody used of the org's day

Log-ins and token calls are not counted: they are few, and neither side counts them among the calls of a day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from freee_sync.bilingual import say
from freee_sync.memory import StateStore
from freee_sync.verdicts import error

SLOT = "freee_calls"
AHEAD = 20  # calls that are set aside at a time, so that the store is not written at each of them

USAGE = re.compile(r"(?<![-\w])api-usage=(\d+)/(\d+)")
"""`Sforce-Limit-Info: api-usage=18/5000`, perhaps followed by `per-app-api-usage=…` (REST API Developer Guide, "Limit Info Header")."""


@dataclass(frozen=True)
class Limit:
    """A limit that people set.

    :param variable: the Variable that holds it, by its full name, for a message.
    """

    most: int
    variable: str


class Meter:
    """Counts the requests of one try to one side. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.made = 0

    def plan(self, calls: int = 1) -> None:
        """Say that so many are to be made; here that is always fine."""

    def count(self) -> None:
        """One request is about to be made."""
        with self._lock:
            self.made += 1

    def settle(self) -> None:
        """The try is over."""


class DayMeter(Meter):
    """Calls to freee, which may not be more than so many a day over all masters and runs of a DAG.

    One number for the whole DAG, because freee counts by company and app; the DAG runs one task at a time, so nobody else writes
    it meanwhile, and a try asks freee one call at a time. Calls are set aside before they are made: a killed try has counted rather
    too many than too few. The check's three calls a run are not in it, nor are other programs of the same app.

    :param day: yyyy-mm-dd in Japan; freee does not say at which hour it begins to count anew.
    :param limit: calls a day; 0 is no limit.
    """

    def __init__(self, store: StateStore, day: str, limit: Limit) -> None:
        super().__init__()
        self._store = store
        self._day = day
        self._limit = limit
        self._before = _kept(store.get(SLOT, default=None), day)
        self._aside = 0

    def plan(self, calls: int = 1) -> None:
        """Set aside what a load will need.

        :raises Stop: `freee.budget` when that is more than is left; nothing is set aside then.
        """
        spent = self._before + self.made
        if self._limit.most and spent + calls > self._limit.most:
            raise error("freee.budget", self._too_many(spent, calls))
        self._set_aside(self.made + calls)

    def count(self) -> None:
        """See `Meter.count`.

        :raises Stop: `freee.budget` when the day's last call was made.
        """
        if self.made >= self._aside:
            left = self._limit.most - self._before - self.made
            self.plan(max(min(AHEAD, left), 1) if self._limit.most else AHEAD)
        super().count()

    def settle(self) -> None:
        """The try is over: what was set aside and not used is given back."""
        self._set_aside(self.made)

    def _set_aside(self, calls: int) -> None:
        if calls != self._aside:
            self._aside = calls
            self._store.set(SLOT, {"day": self._day, "calls": self._before + calls})

    def _too_many(self, spent: int, calls: int) -> str:
        most, variable = self._limit.most, self._limit.variable
        return say(
            f"本日{spent:,}回済み、予定{calls:,}回、上限{most:,}回（{variable}）。",
            f"{spent:,} calls made today, {calls:,} planned, {most:,} at most ({variable}).",
        )


def _kept(value: object, day: str) -> int:
    """The calls of this day so far; of another day, and what cannot be read, counts for nothing."""
    try:
        return int(value["calls"]) if value["day"] == day else 0  # type: ignore[index]  # any JSON
    except (TypeError, KeyError, ValueError):
        return 0


class OrgMeter(Meter):
    """Calls to one org, of which only a share of what it serves in 24 hours may be used up, by whomever.

    It goes by the newest answer, so that the calls under way at that moment, a handful, may come on top of the share.

    :param share: percent; None is no limit.
    :ivar used: requests that anybody made within 24 hours, as the org told last; None before it told.
    :ivar limit: how many it serves.
    """

    def __init__(self, share: Limit | None = None) -> None:
        super().__init__()
        self.share = share
        self.used: int | None = None
        self.limit: int | None = None

    def told(self, headers: Mapping[str, str]) -> None:
        """What an answer's headers say of it, if they do."""
        found = USAGE.search(headers.get("Sforce-Limit-Info", ""))
        if found:
            with self._lock:
                self.used, self.limit = int(found[1]), int(found[2])

    def plan(self, calls: int = 1) -> None:
        """Say that so many are to be made.

        :raises Stop: `salesforce.budget` when that would use up more than the share. An org that told nothing yet is asked.
        """
        with self._lock:
            used, limit = self.used, self.limit
        if self.share is None or used is None or limit is None or (used + calls) * 100 <= limit * self.share.most:
            return
        percent, variable = self.share.most, self.share.variable
        detail = say(
            f"組織の24時間の呼び出し{used:,}回済み、予定{calls:,}回、上限{limit:,}回の{percent}%（{variable}）。",
            f"{used:,} calls made to the org in 24 hours, {calls:,} planned, at most {percent} % of {limit:,} ({variable}).",
        )
        raise error("salesforce.budget", detail)
