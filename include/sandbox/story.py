"""Three runs, and what each must show.

Run 1   everything is new: all seven masters in full, all created
Run 2   a day later: only the difference is read and written; one edited item is refused by a validation rule
Run 3   the rule is gone: that item passes, though nothing changed in freee
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema

from sandbox.company import Counts, Deeds, pass_day
from sandbox.salesforce.automation import FieldRule

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.mail import Mail
    from sandbox.stage import Stage

CLONE = Path(__file__).parents[2]
DAY = timedelta(days=1)
DELTA = {"partners": "partners", "memo_tags": "tags", "items": "items"}
"""Masters of which freee can list what changed, with their tables in the sandbox."""

TABLES = {
    "account_items": ("account_items",),
    "sections": ("sections",),
    "segment_tags": ("segment_tags_1", "segment_tags_2", "segment_tags_3"),
    **{master: (table,) for master, table in DELTA.items()},
}
MASTERS = {"taxes", *TABLES}
UNDELETED = Counts(removed=0, archived=0)
"""For the masters that run 2 reads as a difference, in which nobody sees a deletion: a full load finds those."""

RULE = "FreeeItem__c.demo"
COUNTS = ("mode", "read", "created", "updated", "unchanged", "failed", "unprocessed", "missing")
REFUSED = {"code": "salesforce.FIELD_CUSTOM_VALIDATION_EXCEPTION", "count": 1}


class SurpriseError(Exception):
    """The story went another way: says what, and what was wanted."""


@dataclass(frozen=True)
class Run:
    """One run of the DAG, after its end.

    :param masters: master to its part of the report.
    """

    run_id: str
    state: str
    tasks: dict[str, str | None]
    report: dict[str, Any]
    mail: Mail

    @property
    def masters(self) -> dict[str, dict[str, Any]]:
        """Master to its part of the report."""
        return {master["master"]: master for master in self.report["masters"]}


def agree(what: str, found: object, wanted: object) -> None:
    """Both must be the same.

    :raises SurpriseError: when they are not.
    """
    if found != wanted:
        raise SurpriseError(f"{what}: {found}, should be {wanted}")


class Story:
    """Plays the three runs on a stage.

    :param folder: where `report-N.json` and `report-N.eml` go.
    :param say: tells the reader what happens.
    :raises SurpriseError: from `tell`, when a run does not show what it must.
    """

    def __init__(self, stage: Stage, folder: Path, say: Callable[[str], None]) -> None:
        self.stage = stage
        self.folder = folder
        self.say = say

    def tell(self) -> None:
        """All of it."""
        item = self.tell_two_days()
        self._the_item_passes(item)

    def tell_two_days(self) -> int:
        """Runs 1 and 2; the item that the org refuses until `mend`."""
        self._prepare()
        self._everything_is_new()
        deeds, item = self._a_day_passes()
        self._only_the_difference(deeds)
        return item

    def mend(self) -> None:
        """Take away the rule that refuses the item."""
        del self.stage.sandbox.org.validation_rules[RULE]

    def _prepare(self) -> None:
        self.say("Variables as a user sets them: memo tags on, mail to keiri@example.jp, DAG enabled")
        self.stage.set_variable("memo_tags", "true")
        self.stage.set_variable("mail_to", "keiri@example.jp")
        self.stage.set_variable("enabled", "true")
        self.stage.dag.unpause()

    def _everything_is_new(self) -> None:
        self.say("Run 1: the org is empty, so all seven masters come in full")
        run = self._run(1)
        agree("run 1 ended", run.state, "success")
        agree("run 1 has the masters", set(run.masters), MASTERS)
        for name, master in run.masters.items():
            counts = dict.fromkeys(("updated", "unchanged", "failed", "unprocessed", "missing"), 0)
            found = {key: master[key] for key in ("mode", "status", "read", "created", *counts)}
            rows = self._rows(name)
            agree(
                f"run 1, {name}", found, {"mode": "full", "status": "success", "read": rows, "created": rows, **counts}
            )
        agree("run 1, cursors still blank", [name for name in DELTA if not self._cursor(name)], [])
        self._ask_the_oracle()

    def _a_day_passes(self) -> tuple[dict[str, Deeds], int]:
        """What people did in freee, and the item that the org will refuse."""
        sandbox = self.stage.sandbox
        sandbox.clock.advance(DAY)
        full = [table for tables in TABLES.values() for table in tables if table not in DELTA.values()]
        deeds = pass_day(sandbox.company, None, full) | pass_day(sandbox.company, UNDELETED, DELTA.values())
        item = deeds["items"]["edited"][0]
        sandbox.org.validation_rules[RULE] = FieldRule(
            "FreeeId__c", "この品目は審査中のため変更できません。", equals=str(item)
        )
        changes = sum(len(keys) for table in deeds.values() for keys in table.values())
        self.say(
            f"A day passes: {changes} rows change in freee. A new validation rule in Salesforce refuses item {item}"
        )
        return deeds, item

    def _only_the_difference(self, deeds: dict[str, Deeds]) -> None:
        self.say("Run 2: only the difference")
        before = {name: self._cursor(name) for name in DELTA}
        run = self._run(2)
        agree("run 2 ended", run.state, "failed")
        red = {task for task, state in run.tasks.items() if state == "failed"}
        agree("run 2, red tasks", red, {"sync_items", "fail_run_on_failure"})
        for name, master in run.masters.items():
            agree(f"run 2, {name}", {key: master[key] for key in COUNTS}, self._expected(name, deeds))
        causes = [{key: cause[key] for key in REFUSED} for cause in run.masters["items"]["causes"]]
        agree("run 2, why the item failed", causes, [REFUSED])
        waiting = [name for name in DELTA if self._cursor(name) == before[name]]
        agree("run 2, cursors that wait", waiting, ["items"])

    def _the_item_passes(self, item: int) -> None:
        sandbox = self.stage.sandbox
        self.mend()
        self.say(f"Run 3: the rule is gone, nothing changed in freee; item {item} must pass")
        before = self._cursor("items")
        sandbox.salesforce_wire.clear()
        run = self._run(3)
        agree("run 3 ended", run.state, "success")
        written = {name: master["created"] + master["updated"] for name, master in run.masters.items()}
        agree("run 3, rows written", written, dict.fromkeys(MASTERS, 0) | {"items": 1})
        writes = [call.path.split("/")[-2] for call in sandbox.salesforce_wire.calls("PATCH")]
        agree("run 3, writing calls to Salesforce", writes, ["FreeeItem__c"])
        agree("run 3, the cursor of items moved", self._cursor("items") != before, True)
        self._ask_the_oracle()

    def _run(self, number: int) -> Run:
        dag, mails = self.stage.dag, len(self.stage.sandbox.mail.mails)
        run_id = dag.trigger()
        state = dag.wait(run_id)
        report = dag.xcom(run_id, "send_report", "report")
        received = self.stage.sandbox.mail.mails[mails:]
        agree(f"run {number}, mails received", len(received), 1)
        run = Run(run_id, state, dag.task_states(run_id), report, received[0])
        self._keep(number, run)
        return run

    def _keep(self, number: int, run: Run) -> None:
        schema = json.loads((CLONE / "include" / "report.schema.json").read_text(encoding="utf-8"))
        jsonschema.validate(run.report, schema)
        text = json.dumps(run.report, ensure_ascii=False, indent=2) + "\n"
        (self.folder / f"report-{number}.json").write_text(text, encoding="utf-8")
        (self.folder / f"report-{number}.eml").write_bytes(run.mail.raw)
        body = run.mail.message.get_body(("plain",))
        agree(f"run {number}, the mail has a text", body is not None, True)
        self.say(
            f"Run {number} ended: {run.state}. The mail:\n\n{run.mail.message['subject']}\n\n{body and body.get_content()}"
        )

    def _rows(self, master: str) -> int:
        """Rows that freee lists now."""
        tables = self.stage.sandbox.company.tables
        return sum(len(tables[table]) for table in TABLES.get(master, (master,)))

    def _cursor(self, master: str) -> str | None:
        return self.stage.variable(f"cursor_{master}")

    def _expected(self, master: str, deeds: dict[str, Deeds]) -> dict[str, Any]:
        """What run 2 must report for a master, from what was done in freee."""
        done = {deed: sum(len(deeds[table][deed]) for table in TABLES.get(master, ())) for deed in deeds["items"]}
        changed = done["edited"] + done["stopped"]
        failed = 1 if master == "items" else 0
        read = changed + done["added"] if master in DELTA else self._rows(master)
        return {
            "mode": "delta" if master in DELTA else "full",
            "read": read,
            "created": done["added"],
            "updated": changed - failed,
            "unchanged": read - done["added"] - changed,
            "failed": failed,
            "unprocessed": 0,
            "missing": 0 if master in DELTA else done["removed"],
        }

    def _ask_the_oracle(self) -> None:
        """Let another program compare both servers; it knows nothing of what ran here."""
        sandbox = self.stage.sandbox
        command = [sys.executable, str(CLONE / "tests" / "oracle.py"), sandbox.freee_url, sandbox.salesforce_url]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
        self.say((answer.stdout + answer.stderr).strip())
        agree("the oracle ended with", answer.returncode, 0)
