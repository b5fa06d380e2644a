"""The floor: a client that makes the calls ours made, with bodies prepared beforehand, and throws the answers away.

What it cannot do without, it reads: the locator of a query's next page and the id of a new Bulk job.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from threading import Condition, Lock
from urllib.parse import urlsplit

from benchmarks.contestant import RunOrder
from benchmarks.plan import JOB, PAGE, Step, plan
from benchmarks.tape import Lane, read_tape

STUCK = 600.0  # seconds in which nothing is answered: longer than the longest Bulk job takes
WORKERS: dict[Lane, int] = {"freee": 1, "org": 1, "write": 3}

_NEXT = re.compile(rb'"nextRecordsUrl": ?"([^"]+)"')
_NEW_JOB = re.compile(rb'"id": ?"(750\w+)"')
_SPENT = re.compile(rb"(?<=refresh_token=)[^&]+")


class Floor:
    """Three lanes of calls, each waiting for what it needs of the others. Making one reads the recording and makes all bodies."""

    def __init__(self, order: RunOrder) -> None:
        freee, org = order.connections["freee_default"], order.connections["salesforce_default"]["extra"]["base_url"]
        self._hosts: dict[Lane, str] = {"freee": freee["host"], "org": org, "write": org}
        self._refresh = str(freee["extra"]["refresh_token"]).encode()
        self._steps = plan(read_tape(Path(order.tape)), order.queue_seconds, order.row_seconds)
        self._answered: dict[Lane, int] = dict.fromkeys(WORKERS, 0)
        self._moved = Condition()
        self._next_page = self._job = ""

    def __call__(self) -> None:
        """Make all calls."""
        with ThreadPoolExecutor(sum(WORKERS.values())) as pool:
            lanes = [(lane, iter(self._steps[lane]), Lock()) for lane in WORKERS]
            for ended in [pool.submit(self._work, *each) for each in lanes for _ in range(WORKERS[each[0]])]:
                ended.result()

    def _work(self, lane: Lane, steps: Iterator[Step], turn: Lock) -> None:
        connection = HTTPConnection(urlsplit(self._hosts[lane]).netloc)
        while True:
            with turn:
                step = next(steps, None)
            if step is None:
                return
            with self._moved:
                while any(self._answered[other] < calls for other, calls in step.needs.items()):
                    if not self._moved.wait(STUCK):
                        raise TimeoutError(f"{step.call.method} {step.call.target} waits for what never comes")
            time.sleep(step.pause)
            self._make(connection, step)
            with self._moved:
                self._answered[lane] += 1
                self._moved.notify_all()

    def _make(self, connection: HTTPConnection, step: Step) -> None:
        call = step.call
        target = self._next_page if PAGE.match(call.target) else JOB.sub(self._job, call.target)
        connection.request(call.method, target, _SPENT.sub(self._refresh, call.body) or None, call.headers)
        answer = connection.getresponse()
        if (content := answer.read()) and answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise AssertionError(f"{call.method} {target}: {answer.status} {content[:300]!r}")
        if found := _NEXT.search(content, 0, 500):
            self._next_page = found[1].decode()
        if call.method == "POST" and (found := _NEW_JOB.search(content)):
            self._job = found[1].decode()


prepare = Floor
