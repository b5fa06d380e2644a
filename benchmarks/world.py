"""freee and Salesforce for one size, in a process of their own that ends with ours, however that ends."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.settings import Setting

PATIENCE = 10.0  # seconds that the process has to end by itself


@dataclass(frozen=True)
class Seen:
    """What the two servers saw of one run.

    :param org_rows: rows that the org holds afterwards.
    :param written: rows of it that were created or saved anew.
    """

    freee_calls: int
    salesforce_calls: int
    org_rows: int
    written: int


class World:
    """Asks the process; each method is one of `_Servers`."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def arrange(self, setting: Setting, *, loaded: bool) -> dict[str, Any]:
        """Both sides as they were, empty or as they were kept. Returns Airflow's Connections, linked anew."""
        connections: dict[str, Any] = self._ask("arrange", setting, loaded)
        return connections

    def company_id(self) -> int:
        """The company's id in freee."""
        return int(self._ask("company_id"))

    def keep(self) -> None:
        """Keep the org's rows as they are: what `arrange` puts back."""
        self._ask("keep")

    def change(self, share: float) -> int:
        """Edit a share of freee's rows, evenly spread; how many."""
        return int(self._ask("change", share))

    def seen(self) -> Seen:
        """What has happened since `arrange`."""
        seen: Seen = self._ask("seen")
        return seen

    def _ask(self, question: str, *details: object) -> Any:
        self._pipe.send((question, details))
        return self._pipe.recv()


@contextmanager
def world(rows: int) -> Iterator[World]:
    """Both APIs with a company of so many partners."""
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe()
    process = spawning.Process(target=_serve, args=(theirs, rows), daemon=True)
    process.start()
    theirs.close()
    try:
        yield World(ours)
    finally:
        ours.close()
        process.join(PATIENCE)
        if process.is_alive():
            process.kill()


def _serve(pipe: Connection, rows: int) -> None:
    """Answer until the other end closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; who started us closes the pipe
    from benchmarks.servers import Servers

    with Servers(rows) as servers:
        while True:
            try:
                question, details = pipe.recv()
            except EOFError:
                return
            pipe.send(getattr(servers, question)(*details))
