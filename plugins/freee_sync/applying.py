"""Bringing plans into the org, or showing what they would do: every row of every plan ends in the tally."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from freee_sync.attempt import Attempt
from freee_sync.compare import Plan, differences, missing_rows
from freee_sync.fields import Value, whole_seconds
from freee_sync.mapper import Record
from freee_sync.outcome import Change, FailedRow, RowState
from freee_sync.salesforce.sobject_collections import Answer, Outgoing
from freee_sync.salesforce.writer import write

PREVIEW_ROWS = 20  # rows a master whose old and new values leave the two systems in a preview
READ_BACK_ROWS = 200  # updated rows looked at once more: one query


class Applier:
    """Writes one attempt's rows and keeps what the org holds (`held`, key to record) true to it."""

    def __init__(self, attempt: Attempt) -> None:
        self._attempt = attempt
        self._mapper = attempt.mapper
        self._dry_run = attempt.order.dry_run
        self._stamp = _stamp(attempt)
        self._updated: dict[str, Record] = {}

    def apply(self, plans: Sequence[Plan], held: dict[str, Record]) -> None:
        """Unchanged rows are settled; the others are written, or previewed.

        :raises Stop, Retry: when writing cannot go on; what was answered until then is settled.
        """
        changed = [plan for plan in plans if plan.state is not RowState.UNCHANGED]
        for plan in plans:
            if plan.state is RowState.UNCHANGED:
                self._attempt.tally.settle(plan.row.key, plan.state)
        if self._dry_run:
            self._preview(changed)
            return
        self._attempt.publish()
        self._write({plan.row.key: plan for plan in changed}, held)

    def _preview(self, plans: Sequence[Plan]) -> None:
        result = self._attempt.result
        shown = {change.key for change in result.changes}
        for plan in plans:
            self._attempt.tally.settle(plan.row.key, plan.state)
            self._returns(plan)
            if len(shown) < PREVIEW_ROWS and plan.row.key not in shown:
                shown.add(plan.row.key)
                result.changes += self._changes(plan)

    def _changes(self, plan: Plan) -> Iterator[Change]:
        shown = self._mapper.shown
        for field, old, new in differences(self._mapper.fields, plan.held, plan.row.values):
            yield Change(plan.row.key, plan.row.name, field, shown(field, old), shown(field, new))

    def _write(self, plans: Mapping[str, Plan], held: dict[str, Record]) -> None:
        records = [Outgoing(key, self._fields(plan.row.values)) for key, plan in plans.items()]
        for answers in write(records, self._attempt.tools.upsert):
            for answer in answers:
                self._settle(plans[answer.key], answer, held)
            self._attempt.publish()

    def _fields(self, values: Record) -> dict[str, Value]:
        return {**self._mapper.sent(values), **self._stamp}

    def _settle(self, plan: Plan, answer: Answer, held: dict[str, Record]) -> None:
        row, tally = plan.row, self._attempt.tally
        if answer.code is not None:
            detail = self._mapper.refusal(answer.detail, answer.fields)
            tally.fail(FailedRow(row.key, row.name, row.row_code, answer.code, detail))
            return
        tally.settle(row.key, RowState.CREATED if answer.created else RowState.UPDATED)
        held[row.key] = row.values
        self._returns(plan)
        if plan.held is not None and len(self._updated) < READ_BACK_ROWS:
            self._updated[row.key] = row.values

    def _returns(self, plan: Plan) -> None:
        """A row that was marked missing is listed again."""
        self._attempt.result.restored += plan.held is not None and self._mapper.marked(plan.held)

    def read_back(self) -> None:
        """Name the fields that Salesforce changes on save: they would be written again in every run."""
        now = self._attempt.tools.held.by_keys(self._updated) if self._updated else {}
        rewritten = Counter(
            field
            for key, sent in self._updated.items()
            for field, _, _ in differences(self._mapper.fields, now.get(key, sent), sent)
        )
        for field, rows in rewritten.items():
            self._attempt.note("changed_by_salesforce", f"{field}: {rows}")

    def mark_missing(self, candidates: Collection[str], listed: Collection[str], held: dict[str, Record]) -> None:
        """Mark rows of a scope that its complete listing did not have; more than the ceiling are held back.

        :param candidates: keys of the scope's rows that the org held unmarked before the first write.
        """
        flag = self._mapper.mapping.missing
        if flag is None:
            return
        missing = missing_rows(candidates, listed, approved=self._attempt.order.approve_missing)
        self._attempt.result.missing += len(missing.keys) + missing.held
        self._attempt.result.held += missing.held
        if missing.why:
            self._attempt.note("marks_held", missing.why)
        if self._dry_run:
            self._attempt.result.marked += len(missing.keys)
            return
        records = [Outgoing(key, {flag: True, **self._stamp}) for key in missing.keys]
        for answers in write(records, self._attempt.tools.upsert):
            for answer in answers:
                self._settle_mark(answer, held)
            self._attempt.publish()

    def _settle_mark(self, answer: Answer, held: dict[str, Record]) -> None:
        record = held[answer.key]
        if answer.code is None:
            self._attempt.result.marked += 1
            held[answer.key] = (*record[:-1], True)
            return
        detail = self._mapper.refusal(answer.detail, answer.fields)
        self._attempt.tally.mark_failed(FailedRow(answer.key, self._mapper.name_of(record), "", answer.code, detail))


def _stamp(attempt: Attempt) -> dict[str, Value]:
    """最終反映日時: written only together with another change, and never compared."""
    field = attempt.mapper.mapping.changed_at
    return {field: whole_seconds(attempt.order.began)} if field else {}
