"""What a load of one master will cost in calls, from what is known before it, and whether both sides have so many left.

    before freee is listed and the org is read     pages of both, by the rows of the last whole read of the same mode
    before the first row is written                calls for the rows that the org is known to lack
    at every call                                  nothing is begun beyond the limit, whatever was planned

Nobody remembers how large a first load will be, and freee tells no total: it begins, and stops at the last call of the limit. What
it wrote stays, is counted, and is found unchanged by the next run.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from math import ceil

from freee_sync.calls import Meter, OrgMeter
from freee_sync.masters import Master
from freee_sync.outcome import Calls, Mode

log = logging.getLogger(__name__)

QUERY_ROWS = 2000  # rows that a page of a query brings at most
KEYS_A_QUERY = 375  # as many keys of 21 letters as the 12 KB of a query hold: two ids of 32 bits and a hyphen
WRITE_ROWS = 200  # rows a call by sObject Collections; those that a Bulk job takes need fewer calls


@dataclass(frozen=True)
class Load:
    """What is known of a load before it begins.

    :param rows: that the last whole read of the same mode listed; 0 when none is remembered.
    """

    master: Master
    mode: Mode
    rows: int

    @property
    def freee_calls(self) -> int:
        """Pages of freee with the one that shows the end, for each scope; the rows may lie unevenly in them."""
        limit, others = self.master.page_limit, len(self.master.scopes) - 1
        if limit is None:
            return 1 + others
        return _pages(self.rows, limit) + others * _pages(1, limit)

    @property
    def queries(self) -> int:
        """Pages of the org's own rows in a full read, else queries for the keys that freee lists."""
        if self.mode == "delta":
            return ceil(self.rows / KEYS_A_QUERY)
        return max(ceil(self.rows / QUERY_ROWS), 1) + len(self.master.scopes) - 1

    def writes(self, held: int) -> int:
        """Calls for the rows that the org lacks; how many others have changed shows only when they are compared.

        :param held: rows that the org holds. Of a master of several scopes nobody remembers the rows of each.
        """
        return ceil(max(self.rows - held, 0) / WRITE_ROWS) if len(self.master.scopes) == 1 else 0


def _pages(rows: int, limit: int) -> int:
    """Calls of one listing: each page after the first begins with the last row before it, and the last one holds nothing else."""
    return max(ceil((rows - 1) / (limit - 1)), 1) + 1 if rows else 1


@dataclass(frozen=True)
class Budget:
    """The calls of one try: how many were made, and how many more may be."""

    freee: Meter = field(default_factory=Meter)
    salesforce: OrgMeter = field(default_factory=OrgMeter)

    def before_reading(self, load: Load) -> None:
        """See the module.

        :raises Stop: `salesforce.budget`, `freee.budget`.
        """
        log.info("%s: planned calls: freee %d, Salesforce %d", load.master.name, load.freee_calls, load.queries)
        self.salesforce.plan(load.queries)
        self.freee.plan(load.freee_calls)

    def before_writing(self, load: Load, held: int) -> None:
        """See the module.

        :raises Stop: `salesforce.budget`.
        """
        if writes := load.writes(held):
            log.info("%s: planned calls to write: Salesforce %d", load.master.name, writes)
            self.salesforce.plan(writes)

    @property
    def calls(self) -> Calls:
        """What was made so far, as the result of a try carries it."""
        return Calls(self.freee.made, self.salesforce.made, self.salesforce.used, self.salesforce.limit)

    def close(self, name: str) -> None:
        """The try of this master is over: give back what was set aside, and tell the log what it came to."""
        made = self.calls
        log.info("%s: calls made: freee %d, Salesforce %d", name, made.freee, made.salesforce)
        if made.org_percent is not None:
            log.info("%s: the org's requests of 24 hours: %s of %s", name, made.org_used, made.org_limit)
        try:
            self.freee.settle()
        except Exception:  # what ended the try is what has to be told; too many calls are counted, never too few
            log.exception("%s: the calls that were set aside stay counted", name)
