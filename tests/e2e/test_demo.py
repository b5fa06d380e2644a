"""`make demo`, played twice at the same time: once to its end, once with a person at the keyboard."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from pathlib import Path

import psutil  # type: ignore[import-untyped] # psutil ships no types
import pytest
import requests

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e")]

LONGEST = 600.0  # seconds for three runs, two demos at a time


class Demo:
    """A demo in a process of its own.

    :param folder: where it keeps everything.
    """

    def __init__(self, folder: Path, name: str, *options: str) -> None:
        self.output = folder / f"{name}.txt"
        command = [sys.executable, "-m", "sandbox.demo", "--folder", str(folder), *options]
        with self.output.open("w") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True)  # noqa: S603 - our own program

    @property
    def text(self) -> str:
        """What it said so far."""
        return self.output.read_text(encoding="utf-8")

    def wait_to_say(self, words: str) -> None:
        """Wait until it says something."""
        end = time.monotonic() + LONGEST
        while words not in self.text:
            assert self.process.poll() is None, self.text
            assert time.monotonic() < end, self.text
            time.sleep(0.5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where both demos keep what they make."""
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def staying(folder: Path) -> Iterator[Demo]:
    """A demo that stays."""
    demo = Demo(folder, "staying")
    yield demo
    demo.process.kill()
    demo.process.wait()


@pytest.fixture(scope="module")
def once(folder: Path, staying: Demo) -> Iterator[Demo]:
    """One that ends by itself, beside it."""
    staying.wait_to_say("Starting")
    demo = Demo(folder, "once", "--once")
    yield demo
    demo.process.kill()
    demo.process.wait()


def airflows(folder: Path) -> list[str]:
    """Command lines of all processes of an Airflow at home in a folder."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("AIRFLOW_HOME", "").startswith(str(folder)):
                found.append(" ".join(process.cmdline()))
    return found


def test_it_ends_by_itself_and_all_was_as_it_should_be(once: Demo) -> None:
    assert once.process.wait(LONGEST) == 0, once.text

    assert len(re.findall(r"oracle: equal, \d{4} rows × 95 fields", once.text)) == 2
    assert re.findall(r"Run (\d) ended: (\w+)", once.text) == [("1", "success"), ("2", "failed"), ("3", "success")]


def test_it_leaves_each_report_and_the_mail_that_was_received(staying: Demo, once: Demo, folder: Path) -> None:
    """Whichever of the two came last; they keep their reports in one place."""
    once.process.wait(LONGEST)
    staying.wait_to_say("Ctrl-C ends it")
    said = once.text + staying.text

    verdicts = [json.loads((folder / f"report-{run}.json").read_text())["verdict"] for run in (1, 2, 3)]
    mails = [
        message_from_bytes((folder / f"report-{run}.eml").read_bytes(), policy=policy.default) for run in (1, 2, 3)
    ]

    assert verdicts == ["success", "partial", "success"]
    for mail, word in zip(mails, ["【成功】", "【一部失敗】", "【成功】"], strict=True):
        text = mail.get_body(("plain",))
        assert text is not None
        assert word in mail["subject"]
        assert mail["subject"] in said
        assert text.get_content().strip() in said


def test_the_other_stays_until_ctrl_c_and_leaves_nothing_behind(staying: Demo, once: Demo, folder: Path) -> None:
    staying.wait_to_say("Ctrl-C ends it")
    once.process.wait(LONGEST)
    address = re.search(r"http://127\.0\.0\.1:\d+", staying.text)
    assert address is not None
    assert "<html" in requests.get(address[0], timeout=30).text
    assert len(airflows(folder)) > 3

    staying.process.send_signal(signal.SIGINT)
    staying.process.send_signal(signal.SIGINT)

    assert staying.process.wait(60) == 0
    assert airflows(folder) == []
