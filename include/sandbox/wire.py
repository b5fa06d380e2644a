"""Between a sandbox server and its network: keeps a log of every call, makes answers as late as a real network does, plays faults.

Calls below `/_sandbox/` are the sandbox's own: neither logged nor late nor struck.
"""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sandbox.call_log import Call, CallLog
from sandbox.faults import Answer, Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["OWN_PATH", "Call", "Fault", "Wire"]

OWN_PATH = "/_sandbox/"

BODY_KEPT = (
    4_000_000  # bytes of a request's body that the log keeps: above any Collections call, below a whole Bulk upload
)

EARLY = 0.001  # seconds by which an event loop may end a sleep too early: its clock counts in milliseconds


class Wire:
    """A pure ASGI middleware around one server. Safe to use from any thread.

    :param system: freee or salesforce; stands in each `Call`.

    `latency` is how many seconds after its arrival a call is answered at the earliest: the server's own work is part of them, and
    calls wait side by side. Zero at first.
    """

    def __init__(self, app: ASGIApp, system: str) -> None:
        self.app = app
        self.system = system
        self.latency = 0.0
        self._lock = threading.Lock()
        self._log = CallLog()
        self._faults: list[_Armed] = []

    def calls(self, method: str | None = None, path: str | None = None) -> list[Call]:
        """The calls answered so far, by their number.

        :param path: regular expression searched for in the path.
        """
        log = self._log
        return [call for call in log.calls() if Fault(method=method, path=path or "").matches(call.method, call.path)]

    def counts(self) -> dict[tuple[str, str], int]:
        """How many calls of each `Call.kind` were answered, whether the log keeps them or not."""
        return self._log.counts()

    def clear(self) -> None:
        """Forget the calls, those under way too; faults stay."""
        self._log = CallLog(whole=self._log.whole)

    def keep_calls(self, wanted: bool) -> None:
        """Keep calls, their headers and bodies from now on, as at first, or only count them; what was kept is forgotten."""
        self._log = CallLog(whole=wanted)

    def add(self, fault: Fault, meanwhile: Callable[[], object] = lambda: None) -> None:
        """Let something go wrong from now on. Of several that strike one call, the first added does.

        :param meanwhile: done when the call has come and before it is served, as when rows move while a list is read.
        """
        with self._lock:
            self._faults.append(_Armed(fault, meanwhile))

    def heal(self) -> None:
        """Take all faults back."""
        with self._lock:
            self._faults.clear()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call: note it, and let it go wrong if a fault says so."""
        if scope["type"] != "http" or scope["path"].startswith(OWN_PATH):
            await self.app(scope, receive, send)
            return
        began = time.monotonic()
        log = self._log  # one that is cleared meanwhile is nobody's
        number, armed = log.arrive(), self._struck(scope["method"], scope["path"])
        armed.meanwhile()
        exchange = _Exchange(self.app, scope, receive, send)

        def settle() -> None:
            log.add(_call(number, self.system, exchange, time.monotonic() - began))

        await exchange.run(armed.fault, settle, answer_from=began + self.latency)

    def _struck(self, method: str, path: str) -> _Armed:
        """What strikes the call."""
        with self._lock:
            struck = [armed for armed in self._faults if armed.counts(method, path)]
            return struck[0] if struck else _Armed(Fault())


@dataclass
class _Armed:
    """A fault that was added, and how many matching calls it has seen."""

    fault: Fault
    meanwhile: Callable[[], object] = lambda: None
    seen: int = 0

    def counts(self, method: str, path: str) -> bool:
        """Count the call if it matches; whether the fault strikes it."""
        if not self.fault.matches(method, path):
            return False
        self.seen += 1
        return self.fault.strikes(self.seen)


class _Exchange:
    """One request and what becomes of its answer."""

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        self.app = app
        self.scope = scope
        self.body = b""
        self.status = 0
        self._receive = receive
        self._send = send
        self._given = False
        self._settle: Callable[[], None] = lambda: None
        self._answer_from = 0.0

    async def run(self, fault: Fault, settle: Callable[[], None], answer_from: float) -> None:
        """Serve the request, or do with it what the fault says.

        :param settle: called once, before the last of the answer goes out: who has the answer finds the call in the log.
        :param answer_from: the monotonic time before which nothing goes out.
        """
        self._settle = settle
        self._answer_from = answer_from
        self.body = await _read(self._receive)
        await asyncio.sleep(fault.delay)
        if not (fault.after or fault.cut or fault.replaces):
            await self._serve(self._pass_on)
            return
        answer = Answer()
        if fault.after:
            await self._serve(answer.take)
        if fault.replaces or not fault.after:
            answer = fault.own_answer
        await self._deliver(answer, cut=fault.cut)

    async def _serve(self, send: Send) -> None:
        await self.app(self.scope, self._replay, send)

    async def _replay(self) -> Message:
        if self._given:
            return await self._receive()
        self._given = True
        return {"type": "http.request", "body": self.body, "more_body": False}

    async def _pass_on(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            await self._wait()
        elif not message.get("more_body", False):
            self._settle()
        await self._send(message)

    async def _wait(self) -> None:
        left = self._answer_from - time.monotonic()
        if left > 0:
            await asyncio.sleep(left + EARLY)

    async def _deliver(self, answer: Answer, *, cut: bool) -> None:
        await self._wait()
        if cut and not answer.body:
            await self._drop()
            return
        self.status = answer.status
        self._settle()
        await self._send(answer.start())
        sent = answer.body[: len(answer.body) // 2] if cut else answer.body
        await self._send({"type": "http.response.body", "body": sent, "more_body": cut})

    async def _drop(self) -> None:
        """Close the connection without a word; uvicorn's `send` is a method of the object that holds the transport."""
        self._settle()
        holder: Any = getattr(self._send, "__self__")  # noqa: B009 - only a bound method has it
        holder.transport.abort()
        while (await self._receive())["type"] != "http.disconnect":
            pass


async def _read(receive: Receive) -> bytes:
    parts = []
    more = True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _call(number: int, system: str, exchange: _Exchange, seconds: float) -> Call:
    scope = exchange.scope
    return Call(
        number=number,
        system=system,
        method=scope["method"],
        path=scope["path"],
        query=tuple(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=exchange.body[:BODY_KEPT],
        status=exchange.status,
        seconds=seconds,
    )
