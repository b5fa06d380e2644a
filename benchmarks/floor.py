"""The floor: a client that makes the calls ours made, with bodies prepared beforehand, and throws the answers away.

What it cannot do without, it reads: the locator of a query's next page and the id of a new Bulk job.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from threading import Condition, Lock
from urllib.parse import urlsplit

from benchmarks.contestant import RunOrder
from benchmarks.plan import Step, plan
from benchmarks.tape import Lane, read_tape

WORKERS: dict[Lane, int] = {"freee": 1, "org": 1, "write": 3}

_NEXT = re.compile(rb'"nextRecordsUrl": ?"([^"]+)"')
_NEW_JOB = re.compile(rb'"id": ?"(750\w+)"')
_OLD_JOB = re.compile(r"(?<=/jobs/ingest/)\w+")
_PAGE = re.compile(r".*/query/[^/?]+$")
_SPENT = re.compile(rb"(?<=refresh_token=)[^&]+")


class Floor:
    """Three lanes of calls, each waiting for what it needs of the others."""

    def __init__(self, order: RunOrder) -> None:
        freee, salesforce = order.connections["freee_default"], order.connections["salesforce_default"]
        self._hosts = {"freee": urlsplit(freee["host"]).netloc}
        self._org = urlsplit(salesforce["extra"]["base_url"]).netloc
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
        connection = HTTPConnection(self._hosts.get(lane, self._org))
        while True:
            with turn:
                step = next(steps, None)
            if step is None:
                return
            with self._moved:
                self._moved.wait_for(lambda: all(self._answered[of] >= calls for of, calls in step.needs.items()))  # noqa: B023 - waited for here
            time.sleep(step.pause)
            self._make(connection, step)
            with self._moved:
                self._answered[lane] += 1
                self._moved.notify_all()

    def _make(self, connection: HTTPConnection, step: Step) -> None:
        call = step.call
        target = self._next_page if _PAGE.match(call.target) else _OLD_JOB.sub(self._job, call.target)
        connection.request(call.method, target, _SPENT.sub(self._refresh, call.body) or None, call.headers)
        answer = connection.getresponse()
        content = answer.read()
        if answer.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise AssertionError(f"{call.method} {target}: {answer.status} {content[:300]!r}")
        if found := _NEXT.search(content, 0, 500):
            self._next_page = found[1].decode()
        if call.method == "POST" and (found := _NEW_JOB.search(content)):
            self._job = found[1].decode()


def prepare(order: RunOrder) -> Callable[[], None]:
    """Read the recording and make all bodies."""
    return Floor(order)
