"""One user of freee's tokens in a process of its own: says `ready`, waits for a line, asks once, prints what became of it.

Its Variables are files that know get and set and nothing else, as Airflow's do.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from requests import Session

from freee_sync.errors import SyncError
from freee_sync.freee.pair import Credentials
from freee_sync.freee.session import post_form
from freee_sync.freee.tokens import Tokens

LATENCY = 0.1  # seconds a call to the Variables takes: long enough for ten processes to get in each other's way


@dataclass
class FileVariables:
    """One file a Variable, each call as slow as one over a network.

    :param slow: name of the Variable that takes `seconds` to store; with `crash` the process is gone instead.
    """

    folder: Path
    slow: str = ""
    seconds: float = 0
    crash: bool = False

    def get(self, name: str) -> str | None:
        """See `freee_sync.variables.Variables`."""
        time.sleep(LATENCY)
        try:
            return (self.folder / name).read_text()
        except FileNotFoundError:
            return None

    def set(self, name: str, value: str, description: str) -> None:
        """See `freee_sync.variables.Variables`."""
        time.sleep(LATENCY)
        if name == self.slow:
            if self.crash:
                os._exit(9)
            time.sleep(self.seconds)
        written = self.folder / f".{name}.{os.getpid()}"
        written.write_text(value)
        written.replace(self.folder / name)


def ask(variables: FileVariables, credentials: Credentials) -> dict[str, Any]:
    """Ask for an access token, over real HTTP and in real time."""
    session = Session()
    session.trust_env = False  # no proxy stands before loopback
    tokens = Tokens(variables, credentials, lambda url, form: post_form(session, url, form), mask=lambda _: None)
    try:
        return {"access": tokens.access_token()}
    except SyncError as problem:
        return {"code": problem.code, "detail": problem.detail}


def main() -> None:
    """Take the order from the command line."""
    order = json.loads(sys.argv[1])
    variables = FileVariables(Path(order.pop("folder")), **order.pop("store"))
    print("ready", flush=True)  # noqa: T201 - standard output is how the test hears of it
    sys.stdin.readline()
    print(json.dumps(ask(variables, Credentials(**order))))  # noqa: T201 - same


if __name__ == "__main__":
    main()
