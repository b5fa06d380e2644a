"""Doing what a push decided: rows in freee, then the same rows in Salesforce, a few at a time.

What was done in freee is told to Salesforce before the next rows are touched: the partner's own record, then link and digests. A try
that dies in between is mended by the next: see `push/matching.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from more_itertools import chunked

from freee_sync.bilingual import say
from freee_sync.errors import Reject, Retry
from freee_sync.fields import Value, whole_seconds
from freee_sync.freee.partners import Partners
from freee_sync.mapper import HIDDEN, MappedRow, Mapper
from freee_sync.outcome import FailedRow, MasterResult, RowState, legible
from freee_sync.push import digests
from freee_sync.push.books import Books
from freee_sync.push.mapping import PushMapping
from freee_sync.push.matching import Account, Found, New
from freee_sync.push.merging import Base, Merge, Rules, create_body, merge, update_body
from freee_sync.push.partner_fields import CODE, FIELDS, NAME, Values, from_freee
from freee_sync.salesforce.accounts import Accounts, in_calls
from freee_sync.salesforce.sobject_collections import Outgoing
from freee_sync.salesforce.writer import Upsert

AT_ONCE = 20  # accounts between two writes to Salesforce: what a killed worker leaves to be found again
SHOWN = 100  # characters of a value that a message repeats
NOT_SERVED = frozenset({"freee.blocked", "freee.maintenance"})
"""Answers that say that nothing was created."""


class PushCursor(Protocol):
    """The push's last time, like `cursors.Cursor`."""

    name: str

    def read(self, now: datetime) -> datetime | None:
        """None when all flagged accounts are to be sent again."""

    def advance(self, began: datetime) -> str | None:
        """Set it, unless a person changed it meanwhile."""


@dataclass(frozen=True)
class PushOrder:
    """What is asked of this try.

    :param began: aware.
    :param writes: `link` finds and links partners and writes nothing to freee; `push` sends too.
    :param blank: whether blank values are sent.
    :param unread: keys of partners that the import before this one failed to bring into the org.
    """

    began: datetime
    writes: Literal["link", "push"] = "link"
    blank: bool = False
    dry_run: bool = False
    unread: frozenset[str] = frozenset()


@dataclass(frozen=True)
class PushTools:
    """The two sides.

    :param mapper: the import's, of partners: how a partner's own record in Salesforce is made; `upsert` writes it.
    """

    partners: Partners
    accounts: Accounts
    mapper: Mapper
    upsert: Upsert
    mapping: PushMapping
    cursor: PushCursor
    publish: Callable[[MasterResult], MasterResult]


@dataclass(frozen=True)
class Done:
    """An account whose partner is as it should be, and what Salesforce has yet to be told.

    :param state: how the account ends; None while more is to be done with it.
    :param row: the partner as freee answered, when it was written.
    :param link: the partner's key, when the account is not linked to it yet.
    :param base: what to remember; None leaves what is remembered.
    """

    account: Account
    state: RowState | None
    row: Mapping[str, Any] | None = None
    link: str | None = None
    base: Base | None = None


class Pusher:
    """One try's rows.

    :param highest: the highest partner id that freee listed.
    :param with_code: whether the company uses partner codes.
    """

    def __init__(self, order: PushOrder, tools: PushTools, books: Books, rules: Rules) -> None:
        self._order = order
        self._tools = tools
        self._books = books
        self._rules = rules
        self.highest = 0
        self.with_code = False

    def publish(self) -> MasterResult:
        """Let the report see how far this is."""
        return self._tools.publish(self._books.as_it_stands())

    def fail(self, account: Account, code: str, detail: str) -> None:
        """The account is not in freee as it should be. Private values in a message of freee's are made unreadable."""
        for name, rule in self._tools.mapping.fields.items():
            value = account.values.get(name)
            if rule.private and value is not None:
                detail = detail.replace(str(value), HIDDEN)
        self._books.fail(
            FailedRow(account.id, legible(account.name, SHOWN), str(account.values.get(CODE) or ""), code, detail)
        )

    def merged(self, account: Account, row: Mapping[str, Any]) -> Merge:
        """The account beside its partner."""
        return merge(account.values, values_of(account.values, row), account.base, self._rules)

    def shown(self, field: str, value: Value) -> str | None:
        """A value for a person's eyes."""
        if value is None:
            return None
        return HIDDEN if self._tools.mapping.fields[field].private else legible(str(value), SHOWN)

    def both(self, merge_of_row: Merge) -> str:
        """What both sides changed, with both values."""
        blank = say("空", "blank")
        told = [
            f"{name}: Salesforce {self.shown(name, ours) or blank} / freee {self.shown(name, theirs) or blank}"
            for name, (ours, theirs) in merge_of_row.conflicts.items()
        ]
        return say("、", "; ").join(told)

    # in freee

    def link(self, found: Sequence[Found]) -> list[Found]:
        """Those whose link stands, or could be written."""
        fresh = [match for match in found if match.how != "link"]
        for some in chunked(fresh, AT_ONCE):
            self._tell([Done(each.account, None, link=each.partner.key) for each in some])
        return [match for match in found if not self._books.failed(match.account.id)]

    def update(self, found: Sequence[Found]) -> None:
        """Send what accounts changed."""
        for some in chunked(found, AT_ONCE):
            self._do(some, self._update)

    def create(self, new: Sequence[New]) -> None:
        """Create the partners of accounts that have none."""
        for some in chunked(filter(self._creatable, new), AT_ONCE):
            self._do(self._marked(some), self._create)

    def _do(self, matches: Iterable[Any], act: Callable[[Any], Done]) -> None:
        """Some rows in freee, then the same rows in Salesforce, also when something ends it in the middle."""
        done: list[Done] = []
        try:
            for match in matches:
                try:
                    done.append(act(match))
                except Reject as refused:
                    self.fail(match.account, refused.code, refused.detail)
        finally:
            self._tell(done)

    def _update(self, match: Found) -> Done:
        """Decided anew on the partner as it is this moment; a PUT holds what is sent and nothing else."""
        account, merge_of_row = match.account, self.merged(match.account, match.partner.row)
        after = None
        if merge_of_row.sent or merge_of_row.conflicts:
            row = self._tools.partners.one(match.partner.id)
            merge_of_row = self.merged(account, row)
            if merge_of_row.conflicts:
                raise Reject("push.conflict", self.both(merge_of_row))
            if merge_of_row.sent:
                body = update_body(self._tools.partners.company_id, row, merge_of_row.sent)
                after = self._tools.partners.update(match.partner.id, body)
        held = merge_of_row.freee if after is None else values_of(account.values, after)
        state = RowState.UNCHANGED if after is None else RowState.UPDATED
        return Done(account, state, after, base=merge_of_row.base_after(held))

    def _creatable(self, match: New) -> bool:
        if self.with_code and match.account.values.get(CODE) is None:
            self.fail(match.account, "push.code_required", match.account.name)
            return False
        return True

    def _marked(self, new: Sequence[New]) -> Iterator[New]:
        """Those whose account now says that its partner is about to be created; without that mark none is."""
        own, mark = self._tools.mapping, digests.creating(self.highest)
        marks = [
            Outgoing(
                each.account.id,
                {own.pushed_digest: digests.to_text(_given(each.account.values)), own.seen_digest: mark},
            )
            for each in new
        ]
        answers = {answer.key: answer for answer in in_calls(marks, self._tools.accounts.update)}
        for match in new:
            answer = answers[match.account.id]
            if answer.code is None:
                yield match
            else:
                self.fail(match.account, answer.code, answer.detail)

    def _create(self, match: New) -> Done:
        account, partners = match.account, self._tools.partners
        body = create_body(partners.company_id, account.values, with_code=self.with_code)
        try:
            row = partners.create(body)
        except Retry as silence:
            row = self._looked_for(account, silence)
        seen = {name: digests.digest(value) for name, value in values_of(account.values, row).items()}
        link = f"{self._prefix}{row['id']}"
        return Done(account, RowState.CREATED, row, link, Base(_given(account.values), seen))

    def _looked_for(self, account: Account, silence: Retry) -> dict[str, Any]:
        """Look before anybody repeats: the partner may be there though nobody answered.

        :raises Reject: when it is not there yet. The account's mark lets the next try look again; no second POST is made in this one.
        """
        if silence.code in NOT_SERVED:
            raise silence
        for row in self._tools.partners.named(str(account.values[NAME])):
            if row["id"] > self.highest:
                return row
        raise Reject("push.create_unanswered", silence.detail)

    # in Salesforce

    def _tell(self, done: Sequence[Done]) -> None:
        """The partners' own records first, then links and digests, then the books."""
        recorded = [each for each in done if each.row is None or self._recorded(each, each.row)]
        free = self._unlinked(recorded)
        stamps = {each.account.id: self._stamp(each) for each in free}
        written = [Outgoing(key, fields) for key, fields in stamps.items() if fields]
        refused = {answer.key: answer for answer in in_calls(written, self._tools.accounts.update) if answer.code}
        for each in free:
            answer = refused.get(each.account.id)
            if answer is None and each.state is not None:
                self._books.settle(each.account.id, each.state)
            elif answer is not None:
                self.fail(each.account, str(answer.code), answer.detail)
        self.publish()

    def _recorded(self, done: Done, row: Mapping[str, Any]) -> bool:
        """Whether the org now holds the partner's own record, made as the import makes it."""
        mapper = self._tools.mapper
        mapped = mapper.row(dict(row), mapper.master.scopes[0], 1)
        if not isinstance(mapped, MappedRow):
            self.fail(done.account, mapped.reason.code, mapped.reason.detail)
            return False
        changed_at = mapper.mapping.changed_at
        stamp: dict[str, Value] = {changed_at: whole_seconds(self._order.began)} if changed_at else {}
        (answer,) = self._tools.upsert([Outgoing(mapped.key, {**mapper.sent(mapped.values), **stamp})])
        if answer.code is not None:
            self.fail(done.account, answer.code, answer.detail)
        return answer.code is None

    def _unlinked(self, done: Sequence[Done]) -> list[Done]:
        """Without those whose account a person linked to another partner meanwhile: that stays."""
        links = self._tools.accounts.links(each.account.id for each in done if each.link is not None)
        taken = {key for key, link in links.items() if link is not None}
        for each in done:
            if each.account.id in taken and links[each.account.id] != each.link:
                self.fail(each.account, "push.linked_meanwhile", str(links[each.account.id]))
        return [each for each in done if not self._books.failed(each.account.id)]

    def _stamp(self, done: Done) -> dict[str, Value]:
        """What changes on the account; nothing when all is as it was, so that a quiet run writes nothing."""
        own, account = self._tools.mapping, done.account
        fields: dict[str, Value] = {} if done.link is None else {self._tools.accounts.link_name: done.link}
        if done.base is not None and (done.base != account.base or account.created_above is not None):
            fields[own.pushed_digest] = digests.to_text(done.base.pushed)
            fields[own.seen_digest] = digests.to_text(done.base.seen)
            fields[own.pushed_at] = whole_seconds(self._order.began)
        return fields

    def keep_owed(self, accounts: Iterable[Account]) -> bool:
        """What failed while everything was to be sent again stays to be sent: it counts as changed at the next run.

        Returns whether Salesforce took that down for each of them.
        """
        own = self._tools.mapping
        owed = [each for each in accounts if each.base.pushed and each.created_above is None]
        records = [Outgoing(each.id, {own.pushed_digest: None}) for each in owed if self._books.failed(each.id)]
        answers = list(in_calls(records, self._tools.accounts.update))
        return all(answer.code is None for answer in answers)

    @property
    def _prefix(self) -> str:
        mapper = self._tools.mapper
        return mapper.master.key_prefix(mapper.company_id, mapper.master.scopes[0])


def values_of(fields: Iterable[str], row: Mapping[str, Any]) -> Values:
    """A partner's values of these fields, in the shared form."""
    return {name: from_freee(name, row) for name in fields}


def _given(values: Values) -> dict[str, str]:
    """Digests of what a creation sends; blanks count as sent."""
    return {name: digests.digest(value) for name, value in values.items() if FIELDS[name].created}
