"""Between a sandbox server and its network: keeps a log of every call, and plays faults.

Calls below `/_sandbox/` are the sandbox's own: neither logged nor struck.
"""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sandbox.faults import Answer, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["OWN_PATH", "Call", "Fault", "Wire"]

OWN_PATH = "/_sandbox/"

BODY_KEPT = (
    4_000_000  # bytes of a request's body that the log keeps: above any Collections call, below a whole Bulk upload
)


@dataclass(frozen=True)
class Call:
    """One call as the server saw it.

    :param number: 1 for the first call since the start or the last `clear`, in the order of arrival.
    :param query: decoded pairs in their order; a key may repeat.
    :param headers: by lower-case name. Authorization is kept: tests look for leaks.
    :param body: the request's body, cut at BODY_KEPT.
    :param status: what the client got; 0 where the connection was dropped without a word.
    :param seconds: from arrival until the whole answer is ready to be sent.
    """

    number: int
    system: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    status: int
    seconds: float


class Wire:
    """A pure ASGI middleware around one server. Safe to use from any thread.

    :param system: freee or salesforce; stands in each `Call`.
    """

    def __init__(self, app: ASGIApp, system: str) -> None:
        self.app = app
        self.system = system
        self._lock = threading.Lock()
        self._calls: list[Call] = []
        self._arrived = 0
        self._faults: list[_Armed] = []

    def calls(self, method: str | None = None, path: str | None = None) -> list[Call]:
        """The calls answered so far, by their number.

        :param path: regular expression searched for in the path.
        """
        with self._lock:
            found = sorted(self._calls, key=lambda call: call.number)
        return [call for call in found if Fault(method=method, path=path or "").matches(call.method, call.path)]

    def clear(self) -> None:
        """Forget the calls, those under way too; faults stay."""
        with self._lock:
            self._calls = []
            self._arrived = 0

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
        number, armed, log = self._arrive(scope["method"], scope["path"])
        began = time.monotonic()
        armed.meanwhile()
        exchange = _Exchange(self.app, scope, receive, send)

        def settle() -> None:
            self._keep(_call(number, self.system, exchange, time.monotonic() - began), log)

        await exchange.run(armed.fault, settle)

    def _arrive(self, method: str, path: str) -> tuple[int, _Armed, list[Call]]:
        """Number of the call, what strikes it, and the log it belongs to: one that was cleared meanwhile is nobody's."""
        with self._lock:
            self._arrived += 1
            struck = [armed for armed in self._faults if armed.counts(method, path)]
            return self._arrived, struck[0] if struck else _Armed(Fault()), self._calls

    def _keep(self, call: Call, log: list[Call]) -> None:
        with self._lock:
            log.append(call)


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

    async def run(self, fault: Fault, settle: Callable[[], None]) -> None:
        """Serve the request, or do with it what the fault says.

        :param settle: called once, before the last of the answer goes out: who has the answer finds the call in the log.
        """
        self._settle = settle
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
        elif not message.get("more_body", False):
            self._settle()
        await self._send(message)

    async def _deliver(self, answer: Answer, *, cut: bool) -> None:
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
