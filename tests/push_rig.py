"""The rig of the way back: both sandboxes, and everything a push has in hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fakes import FakeStore
from freee_sync.freee.partners import Partners
from freee_sync.mapper import Mapper
from freee_sync.mapping import Lookup
from freee_sync.masters import PARTNERS
from freee_sync.outcome import MasterResult
from freee_sync.push.budget import MOST_CALLS, Budget
from freee_sync.push.mapping import PushMapping, read_push_mapping
from freee_sync.push_partners import push_partners
from freee_sync.pushing import PushOrder, PushTools
from freee_sync.salesforce.accounts import Accounts
from freee_sync.salesforce.sobject_collections import CollectionsUpsert
from rig import MAPPING, Rig, no_sleep, rigged
from sandbox.company import Sizes
from sandbox.wire import Call

FEW = Sizes(
    partners=8, account_items=1, tags=1, items=1, sections=1, segment_tags_1=1, segment_tags_2=1, segment_tags_3=1
)


@dataclass
class HandCursor:
    """The push's cursor, in the open."""

    name: str = "freee_sync_cursor_push_partners"
    text: str = ""

    def read(self, _now: datetime) -> datetime | None:
        """None when it is blank."""
        return datetime.fromisoformat(self.text) if self.text else None

    def advance(self, began: datetime) -> str | None:
        """Set it."""
        self.text = began.isoformat()
        return self.text


@dataclass
class PushRig:
    """One company, one org, and what outlives a run."""

    rig: Rig
    mapping: PushMapping
    cursor: HandCursor = field(default_factory=HandCursor)
    store: FakeStore = field(default_factory=FakeStore)
    most_calls: int = MOST_CALLS
    published: list[MasterResult] = field(default_factory=list)

    def push(self, **wishes: Any) -> MasterResult:
        """The import of partners, then the push; raises what the tasks would raise."""
        self.rig.run("partners", full_load=True)
        return self.push_only(**wishes)

    def push_only(self, **wishes: Any) -> MasterResult:
        """The push alone."""
        rig, block = self.rig, self.rig.mapping["partners"]
        mapper = Mapper(PARTNERS, block, rig.org.describe(block.object), rig.sandbox.company.id)
        budget = Budget(self.store, "2026-11-24", self.most_calls)
        tools = PushTools(
            partners=Partners(rig.freee, budget.spend, no_sleep),
            accounts=Accounts(
                rig.org, self.mapping, rig.org.describe("Account"), Lookup(object=block.object, key=block.key)
            ),
            mapper=mapper,
            upsert=CollectionsUpsert(rig.org, block.object, block.key, sleep=no_sleep),
            mapping=self.mapping,
            cursor=self.cursor,
            publish=self._publish,
        )
        order = PushOrder(began=rig.sandbox.clock.now(), **({"writes": "push"} | wishes))
        return push_partners(order, tools)

    def _publish(self, result: MasterResult) -> MasterResult:
        self.published.append(result)
        return result

    # both sides

    def account(self, name: str, *, flagged: bool = True, **fields: Any) -> str:
        """An account that a person made, with a number of its own for freee's partner code. Returns its id."""
        number = {"AccountNumber": f"A-{len(self.rig.sandbox.org.rows('Account')) + 1}"}
        return self.rig.sandbox.org.create("Account", Name=name, FreeePush__c=flagged, **(number | fields))

    def edit(self, account: str, **fields: Any) -> None:
        """A person's edit of an account."""
        self.rig.sandbox.org.edit("Account", account, **fields)

    def held(self, account: str) -> dict[str, Any]:
        """An account as the org holds it."""
        return next(dict(row) for row in self.rig.sandbox.org.rows("Account") if row["Id"] == account)

    def partners(self) -> list[dict[str, Any]]:
        """freee's partners."""
        table = self.rig.sandbox.company.tables["partners"]
        return table.rows(table.find())

    def partner(self, name: str) -> dict[str, Any]:
        """The one partner of this name."""
        (found,) = [row for row in self.partners() if row["name"] == name]
        return found

    def edit_partner(self, partner_id: int, **fields: Any) -> None:
        """A person's edit in freee."""
        self.rig.sandbox.company.edit("partners", partner_id, fields)

    def linked(self, account: str) -> int | None:
        """Id of the partner that the account is linked to."""
        link = self.held(account)["FreeeLink__c"]
        rows = {row["Id"]: row for row in self.rig.sandbox.org.rows("FreeePartner__c")}
        return int(str(rows[link]["FreeeId__c"])) if link else None

    def proposals(self) -> list[dict[str, Any]]:
        """All proposals."""
        return [dict(row) for row in self.rig.sandbox.org.rows("FreeeLinkProposal__c")]

    def decide(self, decision: str) -> None:
        """A person's answer to every open proposal."""
        for row in self.proposals():
            if not row["IsSettled__c"]:
                self.rig.sandbox.org.edit("FreeeLinkProposal__c", row["Id"], Decision__c=decision)

    def freee_writes(self) -> list[Call]:
        """The calls that change something in freee, since the last `forget`."""
        wire = self.rig.sandbox.freee_wire
        return [
            call for method in ("POST", "PUT", "DELETE") for call in wire.calls(method=method, path="/api/1/partners")
        ]

    def forget(self) -> None:
        """Begin the request logs anew."""
        self.rig.forget()
        self.published.clear()


@contextmanager
def push_rigged(**config: Any) -> Iterator[PushRig]:
    """Running sandboxes with few partners, imported."""
    with rigged(FEW, **config) as rig:
        mapping = read_push_mapping(MAPPING)
        assert mapping is not None
        rig.run("partners")
        rig.forget()
        yield PushRig(rig, mapping)
