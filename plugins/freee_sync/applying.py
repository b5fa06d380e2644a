"""Bringing plans into the org, or showing what they would do: every row of every plan ends in the tally."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from freee_sync.attempt import Attempt
from freee_sync.compare import Plan, differences, judge_missing
from freee_sync.fields import Value, whole_seconds
from freee_sync.ledger import Sending
from freee_sync.mapper import Record
from freee_sync.outcome import Change, FailedRow, RowState
from freee_sync.salesforce.sobject_collections import Answer, Outgoing
from freee_sync.salesforce.writer import write

PREVIEW_ROWS = 20  # rows a master whose old and new values leave the two systems in a preview
READ_BACK_ROWS = 200  # updated rows looked at once more: one query


class Applier:
    """Writes one attempt's rows, and keeps the ledger true to the org."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._mapper = attempt.mapper
        self._ledger = attempt.ledger
        self._stamp = _stamp(attempt)
        self._updates: dict[str, Record] = {}
        self._shown: set[str] = set()

    def apply(self, pages: Iterable[Sequence[Plan]]) -> None:
        """Unchanged rows are settled; the others are written while further pages come, or previewed.

        :raises Stop, Retry: when writing cannot go on; what was answered until then is settled.
        """
        if self._attempt.order.dry_run:
            for plans in pages:
                self._preview(plans)
            return
        for answers in self._write(self._outgoing(pages)):
            self._settle(answers)
            self._attempt.publish()

    def _write(self, rows: Iterable[Outgoing]) -> Iterator[list[Answer]]:
        return write(rows, self._attempt.tools.upsert, self._attempt.tools.bulk)

    def _outgoing(self, pages: Iterable[Sequence[Plan]]) -> Iterator[Outgoing]:
        """What is to be written of each page, once it is in the books."""
        for plans in pages:
            self._attempt.tally.stand({plan.row.key: _waiting(plan.state) for plan in plans})
            changed = [plan for plan in plans if plan.state is not RowState.UNCHANGED]
            self._ledger.send(Sending(plan.digest, plan.row.name, plan.row.row_code, plan.row.key) for plan in changed)
            self._note_updates(changed)
            self._attempt.publish()
            for plan in changed:
                yield Outgoing(plan.row.key, {**self._mapper.sent(plan.row.values), **self._stamp})

    def _note_updates(self, plans: Iterable[Plan]) -> None:
        updates = (plan.row for plan in plans if plan.state is RowState.UPDATED)
        self._updates |= {row.key: row.values for row in islice(updates, READ_BACK_ROWS - len(self._updates))}

    def _settle(self, answers: Sequence[Answer]) -> None:
        """What became of the rows of one call."""
        known = self._ledger.look(answer.key for answer in answers)
        arrived = {answer.key: _written(answer) for answer in answers if answer.code is None}
        refused = [answer for answer in answers if answer.code is not None]
        self._attempt.tally.stand(arrived)
        self._attempt.result.restored += sum(known[key].marked for key in arrived)
        self._ledger.arrive(arrived)
        self._attempt.tally.fail(
            self._refused(answer, known[answer.key].name, known[answer.key].row_code) for answer in refused
        )

    def _refused(self, answer: Answer, name: str, row_code: str) -> FailedRow:
        detail = self._mapper.refusal(answer.detail, answer.fields)
        return FailedRow(answer.key, name, row_code, str(answer.code), detail)

    def _preview(self, plans: Sequence[Plan]) -> None:
        """Settle as if all went well; old and new values of the first changed rows are shown."""
        known = self._ledger.look(plan.row.key for plan in plans)
        self._attempt.tally.stand({plan.row.key: plan.state for plan in plans})
        self._attempt.result.restored += sum(entry.marked for entry in known.values())
        changed = (plan for plan in plans if plan.state is not RowState.UNCHANGED and plan.row.key not in self._shown)
        first = list(islice(changed, PREVIEW_ROWS - len(self._shown)))
        self._shown |= {plan.row.key for plan in first}
        self._attempt.result.changes += self._changes(first)

    def _changes(self, plans: Sequence[Plan]) -> Iterator[Change]:
        held = self._records(plan.row.key for plan in plans if plan.state is RowState.UPDATED)
        shown = self._mapper.shown
        for plan in plans:
            row = plan.row
            for field, old, new in differences(self._mapper.fields, held.get(row.key), row.values):
                yield Change(row.key, row.name, field, shown(field, old), shown(field, new))

    def _records(self, keys: Iterable[str]) -> dict[str, Record]:
        """What the org holds of a few rows now; it is not asked for none."""
        wanted = list(keys)
        return self._attempt.tools.held.by_keys(wanted) if wanted else {}

    def read_back(self) -> None:
        """Name the fields that Salesforce changes on save: they would be written again in every run."""
        sent = {key: values for key, values in self._updates.items() if self._attempt.tally.arrived(key)}
        now = self._records(sent)
        rewritten = Counter(
            field
            for key, values in sent.items()
            for field, _, _ in differences(self._mapper.fields, now.get(key, values), values)
        )
        for field, rows in rewritten.items():
            self._attempt.note("changed_by_salesforce", f"{field}: {rows}")

    def mark_missing(self, prefix: str) -> None:
        """Mark rows of a scope that its complete listing did not have; more than the ceiling are held back."""
        flag, result = self._mapper.mapping.missing, self._attempt.result
        if flag is None:
            return
        gone = self._ledger.unlisted(prefix)
        missing = judge_missing(
            len(gone),
            self._ledger.candidates(prefix),
            self._ledger.listed(prefix),
            approved=self._attempt.order.approve_missing,
        )
        result.missing += missing.marked + missing.held
        result.held += missing.held
        if missing.why:
            self._attempt.note("marks_held", missing.why)
        if self._attempt.order.dry_run:
            result.marked += missing.marked
        elif missing.marked:
            self._mark(gone, {flag: True, **self._stamp})

    def _mark(self, keys: Iterable[str], fields: dict[str, Value]) -> None:
        for answers in self._write(Outgoing(key, fields) for key in keys):
            marked = [answer.key for answer in answers if answer.code is None]
            self._ledger.mark(marked)
            self._attempt.result.marked += len(marked)
            self._tell_unmarked([answer for answer in answers if answer.code is not None])
            self._attempt.publish()

    def _tell_unmarked(self, answers: Sequence[Answer]) -> None:
        held = self._records(answer.key for answer in answers)
        for answer in answers:
            name = self._mapper.name_of(held[answer.key]) if answer.key in held else ""
            self._attempt.tally.mark_failed(self._refused(answer, name, ""))


def _waiting(state: RowState) -> RowState:
    """A row that is to be written has no answer yet."""
    return state if state is RowState.UNCHANGED else RowState.UNPROCESSED


def _written(answer: Answer) -> RowState:
    return RowState.CREATED if answer.created else RowState.UPDATED


def _stamp(attempt: Attempt) -> dict[str, Value]:
    """最終反映日時: written only together with another change, and never compared."""
    field = attempt.mapper.mapping.changed_at
    return {field: whole_seconds(attempt.order.began)} if field else {}
