"""Accounts of Salesforce to partners of freee, end to end: read both sides, match, propose, link, send, remember.

`push/` decides, `pushing.py` does it. Everything it touches is handed in, so that it runs the same in an Airflow task and in a test.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from freee_sync.bilingual import spoken
from freee_sync.errors import Reject
from freee_sync.fields import Value
from freee_sync.outcome import Change, MasterResult, Note, Problem, RowState, legible
from freee_sync.push import digests
from freee_sync.push.books import Books
from freee_sync.push.matching import Account, Decision, Found, Match, Matching, New, Partner, Undecided
from freee_sync.push.merging import Base, Rules
from freee_sync.push.partner_fields import from_salesforce
from freee_sync.pushing import SHOWN, Pusher, PushOrder, PushTools, values_of
from freee_sync.salesforce.accounts import AccountRow, Proposal, in_calls
from freee_sync.salesforce.sobject_collections import Outgoing
from freee_sync.verdicts import verdict

RESULT_NAME = "push_partners"
PREVIEW_ROWS = 20  # accounts whose old and new values leave the two systems in a preview
NAME_LENGTH = 80  # characters of a record's Name in Salesforce
REASON_LENGTH = 255  # characters of a proposal's reason


def push_partners(order: PushOrder, tools: PushTools) -> MasterResult:
    """Bring the flagged accounts to freee, or tell what that would take.

    :raises Stop, Retry: when it could not go on; what was done until then has been published.
    """
    push = _Push(order, tools)
    try:
        push.run()
    except BaseException as ending:  # Airflow's time-out is no Exception
        push.result.stop = Problem.of(ending)
        push.publish()
        raise
    push.result.finished = True
    return push.publish()


class _Push:
    """The steps of one try, in the order in which they run."""

    def __init__(self, order: PushOrder, tools: PushTools) -> None:
        self._order = order
        self._tools = tools
        self.result = MasterResult(RESULT_NAME, dry_run=order.dry_run)
        self._books = Books(self.result)
        self._redo = False

    def publish(self) -> MasterResult:
        """Let the report see how far this is."""
        return self._tools.publish(self._books.as_it_stands())

    def run(self) -> None:
        """All steps."""
        self._redo = self._tools.cursor.read(self._order.began) is None
        self.result.mode, self.result.reason = ("full", "cursor_blank") if self._redo else ("delta", "delta")
        rules = Rules(self._tools.mapping.conflict, self._order.blank, self._redo)
        pusher = Pusher(self._order, self._tools, self._books, rules)
        accounts = [self._account(row, pusher) for row in self._tools.accounts.read()]
        self.publish()
        matches = self._matched(accounts, self._partners(pusher), pusher)
        (self._preview if self._order.dry_run else self._carry_out)(matches, pusher)
        self.result.complete = self._books.all_answered
        if self.result.complete and not self._order.dry_run:
            self._close(accounts, pusher)

    def _account(self, row: AccountRow, pusher: Pusher) -> Account:
        """As matching sees it. What freee would not take in one value keeps the whole account back."""
        above, pushed = digests.created_above(row.seen), digests.from_text(row.pushed)
        base = Base(pushed, digests.from_text(row.seen) if above is None else pushed)
        account = Account(row.id, row.name, flagged=False, link=row.link, base=base, created_above=above)
        if not row.flagged:
            return account
        self._books.read(row.id)
        rules = self._tools.mapping.fields
        try:
            values = {name: from_salesforce(name, row.sources[rule.source]) for name, rule in rules.items()}
        except Reject as unfit:
            pusher.fail(account, unfit.code, unfit.detail)
            return account
        return replace(account, flagged=True, values=values)

    def _partners(self, pusher: Pusher) -> list[Partner]:
        mapper = self._tools.mapper
        prefix = mapper.master.key_prefix(mapper.company_id, mapper.master.scopes[0])
        partners = [Partner(f"{prefix}{row['id']}", row) for row in self._tools.partners.all()]
        pusher.highest = max((partner.id for partner in partners), default=0)
        pusher.with_code = self._tools.partners.uses_codes()
        return partners

    def _matched(self, accounts: Sequence[Account], partners: Sequence[Partner], pusher: Pusher) -> list[Match]:
        proposals = list(self._tools.accounts.proposals())
        decisions = dict(_decision(each) for each in proposals if each.decision)
        matches = [self._held_back(match) for match in Matching(accounts, partners, decisions).matches()]
        undecided = [match for match in matches if isinstance(match, Undecided)]
        for match in undecided:
            pusher.fail(match.account, match.code, match.detail)
        if not self._order.dry_run:
            self._propose(undecided, {each.key for each in proposals if not each.settled})
        return matches

    def _held_back(self, match: Match) -> Match:
        """A partner that the import could not bring into the org is not written over unseen."""
        if isinstance(match, Found) and match.partner.key in self._order.unread:
            return Undecided(match.account, "push.held", match.partner.name)
        return match

    def _propose(self, undecided: Sequence[Undecided], shown: set[str]) -> None:
        """New proposals are made, those that nobody needs any more are settled, the others stay as they are."""
        wanted = {f"{match.account.id}-{each.key}": (match, each) for match in undecided for each in match.proposed}
        fresh = [Outgoing(key, self._proposal(*pair)) for key, pair in wanted.items() if key not in shown]
        settled = [Outgoing(key, {"IsSettled__c": True}) for key in sorted(shown - wanted.keys())]
        for answer in in_calls([*fresh, *settled], self._tools.accounts.propose):
            if answer.code is not None:
                self._note("push_proposal_refused", f"{answer.key}: {answer.detail}")

    def _proposal(self, match: Undecided, partner: Partner) -> dict[str, Value]:
        return {
            "Name": legible(f"{match.account.name} - {partner.name}", NAME_LENGTH),
            "Account__c": match.account.id,
            f"Partner__r.{self._tools.mapper.mapping.key}": partner.key,
            "Reason__c": legible(verdict(match.code).words(spoken()).cause, REASON_LENGTH),
            "IsSettled__c": False,
        }

    def _carry_out(self, matches: Sequence[Match], pusher: Pusher) -> None:
        found = pusher.link([match for match in matches if isinstance(match, Found)])
        new = [match for match in matches if isinstance(match, New)]
        fresh = sum(match.how != "link" for match in found)
        if fresh:
            self._note("push_linked", str(fresh))
        if self._order.writes == "push":
            pusher.update(found)
            pusher.create(new)
            return
        for account in (*[match.account for match in found], *[match.account for match in new]):
            self._books.settle(account.id, RowState.UNCHANGED)
        if new:
            self._note("push_not_in_freee", str(len(new)))

    def _close(self, accounts: Sequence[Account], pusher: Pusher) -> None:
        """Every account has an outcome: the next run sends what changes from here on."""
        if self._redo and not pusher.keep_owed(account for account in accounts if account.flagged):
            self._note("cursor_waits", self._tools.cursor.name)
            return
        self.result.cursor = self._tools.cursor.advance(self._order.began)
        if self.result.cursor is None:
            self._note("cursor_changed", self._tools.cursor.name)

    def _preview(self, matches: Sequence[Match], pusher: Pusher) -> None:
        """What would come of each account; nothing is written."""
        shown: set[str] = set()
        for match in matches:
            changes = [] if isinstance(match, Undecided) else list(self._changes(match, pusher))
            if len(shown) < PREVIEW_ROWS and changes:
                shown.add(match.account.id)
                self.result.changes += changes

    def _changes(self, match: Found | New, pusher: Pusher) -> Iterator[Change]:
        account = match.account
        if self._order.writes == "link":
            self._books.settle(account.id, RowState.UNCHANGED)
            return
        merged = pusher.merged(account, match.partner.row) if isinstance(match, Found) else None
        if merged is not None and merged.conflicts:
            pusher.fail(account, "push.conflict", pusher.both(merged))
            return
        sent = account.values if merged is None else merged.sent
        state = RowState.CREATED if merged is None else RowState.UPDATED if sent else RowState.UNCHANGED
        self._books.settle(account.id, state)
        held = values_of(sent, {} if merged is None else match.partner.row) if isinstance(match, Found) else {}
        for name, value in sent.items():
            old, new = pusher.shown(name, held.get(name)), pusher.shown(name, value)
            yield Change(account.id, legible(account.name, SHOWN), name, old, new)

    def _note(self, code: str, detail: str) -> None:
        self.result.notes.append(Note(code, detail))


def _decision(proposal: Proposal) -> tuple[tuple[str, str], Decision]:
    account, _, partner = proposal.key.partition("-")
    return (account, partner), "same" if proposal.decision == "same" else "different"
