"""The accounts that partners come from: read with what the push keeps on them, and the proposals that people decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from more_itertools import chunked

from freee_sync.bilingual import say
from freee_sync.errors import Stop
from freee_sync.fields import SalesforceField
from freee_sync.mapping import Lookup
from freee_sync.push.mapping import PushMapping
from freee_sync.salesforce.org import Org
from freee_sync.salesforce.rows import quoted
from freee_sync.salesforce.sobject_collections import Answer, CollectionsUpsert, Outgoing
from freee_sync.strict_json import FLAG, NULL, NUMBER, OBJECT, TEXT, Kinds

PROPOSAL = "FreeeLinkProposal__c"
PROPOSAL_KEY = "ProposalKey__c"
IDS = 200  # of one query and of one call

_ANYTHING: Kinds = TEXT | NUMBER | FLAG | NULL


@dataclass(frozen=True)
class AccountRow:
    """One account as Salesforce has it.

    :param link: external id of the partner it is linked to.
    :param sources: field or `Relation__r.Field` to its value.
    """

    id: str
    name: str
    flagged: bool
    link: str | None
    pushed: str | None
    seen: str | None
    sources: Mapping[str, Any]


@dataclass(frozen=True)
class Proposal:
    """One pair that looked alike, and what a person said to it.

    :param key: `{account id}-{partner key}`.
    """

    key: str
    decision: str | None
    settled: bool


class Accounts:
    """The accounts of one org.

    :param described: the object's fields by name.
    :param partner: what the link points at.
    :raises Stop: `salesforce.field` when the org lacks what the push keeps on accounts.
    """

    def __init__(
        self, org: Org, mapping: PushMapping, described: Mapping[str, SalesforceField], partner: Lookup
    ) -> None:
        self._org = org
        self._mapping = mapping
        _check(mapping, described)
        self._relation = str(described[mapping.link].relationship)
        self.link_name = f"{self._relation}.{partner.key}"
        self._key = partner.key
        self.update = CollectionsUpsert(org, mapping.object, "Id")
        self.propose = CollectionsUpsert(org, PROPOSAL, PROPOSAL_KEY)

    def read(self) -> list[AccountRow]:
        """Those that are flagged or linked."""
        own = self._mapping
        names = dict.fromkeys(
            ("Id", "Name", own.flag, self.link_name, own.pushed_digest, own.seen_digest, *own.sources)
        )
        soql = f"SELECT {', '.join(names)} FROM {own.object} WHERE {own.flag} = true OR {own.link} != null ORDER BY Id"  # noqa: S608 - names that the describe knows
        columns = {name.partition(".")[0]: (OBJECT | NULL if "." in name else _ANYTHING) for name in names}
        return [self._row(record) for record in self._org.query(soql, columns)]

    def links(self, ids: Iterable[str]) -> dict[str, str | None]:
        """What these accounts are linked to now."""
        found: dict[str, str | None] = {}
        for some in chunked(ids, IDS):
            wanted = ", ".join(quoted(each) for each in some)
            soql = f"SELECT Id, {self.link_name} FROM {self._mapping.object} WHERE Id IN ({wanted})"  # noqa: S608 - as above
            for record in self._org.query(soql, {"Id": TEXT, self._relation: OBJECT | NULL}):
                found[record["Id"]] = _at(record, self.link_name)
        return found

    def proposals(self) -> Iterator[Proposal]:
        """All that were ever made, decided or not."""
        soql = f"SELECT {PROPOSAL_KEY}, Decision__c, IsSettled__c FROM {PROPOSAL}"  # noqa: S608 - our own object
        for record in self._org.query(soql, {PROPOSAL_KEY: TEXT, "Decision__c": TEXT | NULL, "IsSettled__c": FLAG}):
            yield Proposal(record[PROPOSAL_KEY], record["Decision__c"], record["IsSettled__c"])

    def _row(self, record: Mapping[str, Any]) -> AccountRow:
        own = self._mapping
        return AccountRow(
            id=record["Id"],
            name=str(record["Name"]),
            flagged=record[own.flag] is True,
            link=_at(record, self.link_name),
            pushed=record[own.pushed_digest],
            seen=record[own.seen_digest],
            sources={source: _at(record, source) for source in own.sources},
        )


def in_calls(records: Iterable[Outgoing], upsert: Callable[[list[Outgoing]], list[Answer]]) -> Iterator[Answer]:
    """Write any number of records, as many a call as Salesforce takes."""
    for some in chunked(records, IDS):
        yield from upsert(some)


def _at(record: Mapping[str, Any], path: str) -> Any:
    value: Any = record
    for part in path.split("."):
        value = None if value is None else value.get(part)
    return value


def _check(mapping: PushMapping, described: Mapping[str, SalesforceField]) -> None:
    written = {mapping.link, mapping.pushed_at, mapping.pushed_digest, mapping.seen_digest}
    missing = [name for name in mapping.own if name not in described]
    locked = [name for name in sorted(written & described.keys()) if not described[name].updateable]
    if missing or locked:
        names = ", ".join([*missing, *locked])
        problem = say(f"{names}がないか、書き込めません", f"{names}: missing, not visible or not writable")
        raise Stop("salesforce.field", f"{mapping.object} (push): {problem}")
