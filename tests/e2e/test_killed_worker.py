"""Tasks cut off while they write, on a real Airflow: killed, marked failed, cleared. No row is lost, and the mail counts every try.

A row that was written when nobody was left to hear of it is in no try's 作成; the next try finds it 変更なし.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import psutil  # type: ignore[import-untyped] # psutil ships no types
import pytest

import oracle
from rig import SMALL
from sandbox.airflow_api import until
from sandbox.server import SandboxConfig
from sandbox.stage import Stage, stage
from sandbox.wire import Fault, Wire

if TYPE_CHECKING:
    from sandbox.airflow import Settings

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

PATIENCE = 400.0  # seconds, on two cores that may have other work
CALL_ROWS, CALLS_AT_ONCE, CALLS_UNTOLD = 200, 4, 8  # of Collections, of the writer, before their answers are told of
COLUMNS = 10  # マスター 結果 取込方法 対象 作成 更新 変更なし 成功 失敗 うち未処理
MANY, SOME = 50_000, 10_000  # rows
SIZES = replace(SMALL, partners=MANY, items=SOME, account_items=SOME, tags=SOME)
NOTICED_SOON: Settings = {
    "scheduler": {
        "task_instance_heartbeat_timeout": "20",  # seconds; with Airflow's own 300 a lost worker is noticed after five minutes
        "task_instance_heartbeat_timeout_detection_interval": "2",
    }
}


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A big company, an empty org, and an Airflow that soon notices when a worker is gone."""
    with stage(tmp_path_factory.mktemp("airflow"), SandboxConfig(sizes=SIZES), NOTICED_SOON) as running:
        running.set_variable("mail_to", "keiri@example.jp")
        running.set_variable("memo_tags", "true")
        company = running.sandbox.company
        for code in company.keys("taxes"):  # what account items point at
            running.sandbox.org.create("FreeeTax__c", FreeeKey__c=f"{company.id}-{code}")
        running.dag.unpause()
        yield running


@dataclass(frozen=True)
class Kind:
    """A master as the DAG, the mail and Salesforce call it."""

    name: str
    japanese: str
    object: str


PARTNERS = Kind("partners", "取引先", "FreeePartner__c")
ITEMS = Kind("items", "品目", "FreeeItem__c")
ACCOUNT_ITEMS = Kind("account_items", "勘定科目", "FreeeAccountItem__c")
MEMO_TAGS = Kind("memo_tags", "メモタグ", "FreeeMemoTag__c")


@dataclass(frozen=True)
class Load:
    """A run of one master, all of whose rows are new to the org."""

    staged: Stage
    kind: Kind
    run_id: str

    @classmethod
    def start(cls, staged: Stage, kind: Kind) -> Load:
        """Start it, with an empty mailbox."""
        staged.sandbox.mail.clear()
        return cls(staged, kind, staged.dag.trigger(masters=[kind.name]))

    @property
    def task(self) -> str:
        """The task that loads."""
        return f"sync_{self.kind.name}"

    @property
    def rows(self) -> int:
        """Rows that the org holds."""
        return len(self.staged.sandbox.org.table(self.kind.object).rows)

    @property
    def told(self) -> int:
        """Rows that the newest try says it has created."""
        result = self.staged.dag.xcom(self.run_id, self.task, "result")
        return int(result["created"]) if result else 0

    def process(self) -> psutil.Process:
        """The task's process as Airflow names it, certainly one that we started."""
        process = psutil.Process(self.staged.dag.task(self.run_id, self.task)["pid"])
        assert os.getpid() in {ancestor.pid for ancestor in process.parents()}
        return process

    def kill_at_write_call(self, number: int, kill: Callable[[psutil.Process], None]) -> None:
        """Kill when the n-th write call has come and before it is served; wait until the task has ended and will be retried.

        :param kill: given the task's process.
        """
        struck: Future[psutil.Process] = Future()

        def strike() -> None:
            try:
                process = self.process()
                kill(process)
                struck.set_result(process)
            except Exception as problem:  # noqa: BLE001 - we are in the server's thread; the test's raises it
                struck.set_exception(problem)

        self._wire.add(Fault(method="PATCH", path=self.kind.object, at=number), strike)
        process = struck.result(PATIENCE)
        until(lambda: gone(process), PATIENCE, f"the end of {self.task}")
        until(lambda: self._state == "up_for_retry", PATIENCE, f"{self.task} to be up for retry")

    def hold_at_write_call(self, number: int) -> int:
        """Give the n-th write call and those beside it no answer; rows written before, once the task has told all of them."""
        held = Fault(method="PATCH", path=self.kind.object, at=number, times=CALLS_AT_ONCE, delay=PATIENCE, status=503)
        self._wire.add(held)
        rows = (number - 1) * CALL_ROWS
        until(lambda: self.told == rows, PATIENCE, f"{rows} rows to be written and told")
        return rows

    def clear(self) -> None:
        """Clear the task, as in the UI; one that is up for retry need not wait for it then."""
        self.staged.dag.clear(self.run_id, self.task)

    def wait(self) -> str:
        """How the run ends."""
        return self.staged.dag.wait(self.run_id, PATIENCE)

    def report(self) -> dict[str, Any]:
        """The master's part of the run's report."""
        report = self.staged.dag.xcom(self.run_id, "send_report", "report")
        return next(part for part in report["masters"] if part["master"] == self.kind.name)

    def mailed(self) -> tuple[list[str], str]:
        """Of the only mail in the mailbox: how the master ended, 全件 or 差分 and the seven counts of its line; the whole text."""
        (mail,) = self.staged.sandbox.mail.mails
        text = str(mail.message.get_body(("plain",)).get_content())  # type: ignore[union-attr]  # every mail has a text
        lines = (line.split() for line in text.splitlines())
        return next(line[1:COLUMNS] for line in lines if line[:1] == [self.kind.japanese]), text

    def differences(self) -> list[str]:
        """What the oracle finds wrong with the master."""
        freee, company = oracle.log_in_to_freee(self.staged.sandbox.freee_url)
        salesforce = oracle.log_in_to_salesforce(self.staged.sandbox.salesforce_url)
        expected = oracle.EXPECTED[self.kind.object]
        rows = list(oracle.freee_rows(freee, company, expected))
        records = list(oracle.salesforce_records(salesforce, self.kind.object, expected.fields))
        return list(oracle.differences(self.kind.object, expected, rows, records))

    @property
    def _state(self) -> str:
        return str(self.staged.dag.task(self.run_id, self.task)["state"])

    @property
    def _wire(self) -> Wire:
        return self.staged.sandbox.salesforce_wire


def gone(process: psutil.Process) -> bool:
    """Whether a process has ended."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def counts(*rows: int) -> list[str]:
    """Numbers as the mail writes them."""
    return [f"{number:,}" for number in rows]


def assert_whole(load: Load, total: int, found: int, told: int) -> None:
    """The last try was mailed as a success; with what earlier ones created, its numbers add up to all rows of freee, which the org holds.

    :param total: rows of freee.
    :param found: rows that the org held when the last try began.
    :param told: rows that were known to be created by then.
    """
    report, (line, text) = load.report(), load.mailed()
    earlier = report["earlier"]["created"]
    unheard = found - earlier
    assert (report["created"], report["unchanged"]) == (total - found, found)
    assert earlier + unheard + report["created"] == total
    assert told <= earlier <= found
    assert unheard <= CALLS_UNTOLD * CALL_ROWS
    assert line == ["成功", "全件", *counts(total, total - found, 0, found, total, 0, 0)]
    assert f"この実行の前回までの試行で作成{earlier:,}・更新0・印0" in text
    assert load.differences() == []


def test_the_task_of_a_load_of_50_000_rows_is_killed(staged: Stage) -> None:
    load = Load.start(staged, PARTNERS)
    load.kill_at_write_call(100, lambda task: task.kill())
    found, told = load.rows, load.told
    assert 0 < told <= found < MANY
    assert staged.variable("cursor_partners") == ""
    assert not staged.sandbox.mail.mails

    load.clear()

    assert load.wait() == "success"
    assert_whole(load, MANY, found, told)
    assert staged.variable("cursor_partners") != ""


def test_the_worker_that_holds_the_task_is_killed(staged: Stage) -> None:
    load = Load.start(staged, ITEMS)
    load.kill_at_write_call(20, lambda task: task.parent().kill())
    found, told = load.rows, load.told
    assert 0 < told <= found < SOME
    assert not staged.sandbox.mail.mails

    load.clear()

    assert load.wait() == "success"
    assert_whole(load, SOME, found, told)


def test_a_task_marked_failed_while_it_writes_keeps_its_counts_in_the_mail(staged: Stage) -> None:
    load = Load.start(staged, ACCOUNT_ITEMS)
    written = load.hold_at_write_call(20)
    process = load.process()

    staged.dag.mark_failed(load.run_id, load.task)

    assert load.wait() == "failed"
    report, (line, _) = load.report(), load.mailed()
    rest = SOME - written
    assert line == ["失敗", "全件", *counts(SOME, written, 0, 0, written, rest, rest)]
    assert [(cause["code"], cause["count"]) for cause in report["causes"]] == [("task.interrupted", rest)]
    until(lambda: gone(process), PATIENCE, f"the end of {load.task}")
    assert load.rows == written

    staged.sandbox.mail.clear()
    load.clear()

    assert load.wait() == "success"
    assert_whole(load, SOME, written, written)


def test_a_task_cleared_while_it_writes_ends_right(staged: Stage) -> None:
    load = Load.start(staged, MEMO_TAGS)
    written = load.hold_at_write_call(20)

    load.clear()

    assert load.wait() == "success"
    assert_whole(load, SOME, written, written)
