"""The wire notes every call and lets go wrong what it is told to, over real sockets."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import requests
from fastapi import FastAPI, Request, Response

from sandbox.serving import WebServer
from sandbox.wire import Call, Fault, Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive, Scope, Send


class Shop:
    """A server that counts what it sold, behind a wire."""

    def __init__(self) -> None:
        self.sold = 0
        app = FastAPI()
        app.post("/sell")(self.sell)
        app.get("/sold")(self.tell)
        app.get("/_sandbox/inside")(self.tell)
        self.wire = Wire(app, "shop")
        self.server = WebServer(self.wire, "127.0.0.1", 0)

    async def sell(self, request: Request) -> dict[str, Any]:
        """Sell one."""
        self.sold += 1
        return {"sold": self.sold, "sent": len(await request.body())}

    async def tell(self) -> dict[str, int]:
        """How many were sold."""
        return {"sold": self.sold}

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """One call on a connection of its own."""
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, self.server.url + path, timeout=30, **options)


@pytest.fixture
def shop() -> Iterator[Shop]:
    """An open shop."""
    shop = Shop()
    shop.server.start()
    yield shop
    shop.server.stop()


def test_a_call_is_kept_as_it_was(shop: Shop) -> None:
    shop.call("POST", "/sell?a=1&a=%E3%81%82&b=", data=b"money", headers={"Authorization": "Bearer t"})

    (call,) = shop.wire.calls()
    assert (call.number, call.system, call.method, call.path, call.status) == (1, "shop", "POST", "/sell", 200)
    assert call.query == (("a", "1"), ("a", "あ"), ("b", ""))
    assert call.headers["authorization"] == "Bearer t"
    assert call.body == b"money"
    assert call.seconds > 0


def test_the_sandboxs_own_calls_are_not_kept_nor_struck(shop: Shop) -> None:
    shop.wire.add(Fault(status=500))

    assert shop.call("GET", "/_sandbox/inside").status_code == 200
    assert shop.wire.calls() == []


def test_calls_are_found_by_method_and_path(shop: Shop) -> None:
    shop.call("POST", "/sell")
    shop.call("GET", "/sold")

    assert [call.path for call in shop.wire.calls(method="GET")] == ["/sold"]
    assert [call.path for call in shop.wire.calls(path="^/se")] == ["/sell"]


def test_clear_forgets_calls_and_begins_at_one(shop: Shop) -> None:
    shop.call("GET", "/sold")

    shop.wire.clear()
    shop.call("GET", "/sold")

    assert [call.number for call in shop.wire.calls()] == [1]


def test_a_call_under_way_when_the_log_is_cleared_is_not_in_the_next_log(shop: Shop) -> None:
    shop.wire.add(Fault(path="/sold", times=1), meanwhile=shop.wire.clear)

    shop.call("GET", "/sold")
    assert shop.wire.calls() == []

    shop.call("GET", "/sold")
    assert [call.number for call in shop.wire.calls()] == [1]


def test_an_answer_of_the_fault_stands_in_and_nothing_is_served(shop: Shop) -> None:
    shop.wire.add(Fault(status=503, body={"why": "保守"}, headers={"Retry-After": "7"}))

    answer = shop.call("POST", "/sell")

    assert (answer.status_code, answer.json(), answer.headers["retry-after"]) == (503, {"why": "保守"}, "7")
    assert shop.sold == 0
    assert [call.status for call in shop.wire.calls()] == [503]


def test_text_goes_out_as_it_is(shop: Shop) -> None:
    shop.wire.add(Fault(body='{"cut": "of', headers={"content-type": "text/html"}))

    answer = shop.call("GET", "/sold")

    assert (answer.status_code, answer.text, answer.headers["content-type"]) == (200, '{"cut": "of', "text/html")


def test_only_the_nth_matching_call_is_struck(shop: Shop) -> None:
    shop.wire.add(Fault(path="sell", method="POST", at=2, times=2, status=500))

    statuses = [
        shop.call("POST", "/sell").status_code if turn % 2 else shop.call("GET", "/sold").status_code
        for turn in range(10)
    ]

    assert [status for turn, status in enumerate(statuses) if turn % 2] == [200, 500, 500, 200, 200]
    assert {status for turn, status in enumerate(statuses) if not turn % 2} == {200}


def test_a_fault_may_last_until_it_is_healed(shop: Shop) -> None:
    shop.wire.add(Fault(times=None, status=500))

    struck = [shop.call("GET", "/sold").status_code for _ in range(3)]
    shop.wire.heal()

    assert struck == [500, 500, 500]
    assert shop.call("GET", "/sold").status_code == 200


def test_of_two_faults_the_first_added_strikes_and_both_count(shop: Shop) -> None:
    shop.wire.add(Fault(at=1, status=500))
    shop.wire.add(Fault(at=2, status=501))

    assert [shop.call("GET", "/sold").status_code for _ in range(3)] == [500, 501, 200]


def test_a_delay_alone_leaves_the_real_answer(shop: Shop) -> None:
    shop.wire.add(Fault(delay=0.2))

    assert shop.call("POST", "/sell").json() == {"sold": 1, "sent": 0}
    assert shop.wire.calls()[0].seconds >= 0.2


def test_served_and_then_the_answer_is_lost_without_a_word(shop: Shop) -> None:
    shop.wire.add(Fault(body="", cut=True, after=True))

    with pytest.raises(requests.ConnectionError):
        shop.call("POST", "/sell")

    assert shop.sold == 1
    assert [call.status for call in shop.wire.calls()] == [0]


def test_served_and_then_the_answer_is_cut_in_half(shop: Shop) -> None:
    shop.wire.add(Fault(cut=True, after=True))

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        shop.call("POST", "/sell")

    assert shop.sold == 1


def test_served_and_then_answered_otherwise(shop: Shop) -> None:
    shop.wire.add(Fault(status=502, body="<html>", after=True))

    assert shop.call("POST", "/sell").status_code == 502
    assert shop.sold == 1


def test_dropped_before_anything_is_served(shop: Shop) -> None:
    shop.wire.add(Fault(cut=True))

    with pytest.raises(requests.ConnectionError):
        shop.call("POST", "/sell")

    assert shop.sold == 0
    assert shop.call("POST", "/sell").status_code == 200


def test_something_happens_meanwhile(shop: Shop) -> None:
    def steal() -> None:
        shop.sold += 100

    shop.wire.add(Fault(path="sold", at=2), meanwhile=steal)

    assert [shop.call("GET", "/sold").json()["sold"] for _ in range(3)] == [0, 100, 100]


def test_a_body_that_came_in_pieces_is_served_whole(shop: Shop) -> None:
    pieces = [b"x" * 70_000, b"y" * 70_000]

    answer = shop.call("POST", "/sell", data=iter(pieces))

    assert answer.json()["sent"] == 140_000
    assert shop.wire.calls()[0].body == b"".join(pieces)


def test_with_latency_calls_are_answered_late_and_wait_side_by_side(shop: Shop) -> None:
    shop.wire.latency = 0.5
    shop.wire.add(Fault(path="sold", status=503))

    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        statuses = [each.status_code for each in pool.map(shop.call, ["GET", *["POST"] * 7], ["/sold", *["/sell"] * 7])]
    took = time.monotonic() - began

    assert statuses == [503, *[200] * 7]
    assert min(call.seconds for call in shop.wire.calls()) >= 0.5
    assert took < 8 * 0.5  # what they would take one after the other


def test_latency_holds_the_servers_own_work() -> None:
    async def work(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.sleep(0.6)
        await Response(b"done")(scope, receive, send)

    wire = Wire(work, "shop")
    wire.latency = 0.5
    transport = httpx.ASGITransport(wire)

    async def ask() -> None:
        async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
            await client.get("/")

    asyncio.run(ask())

    (call,) = wire.calls()
    assert 0.6 <= call.seconds < 0.6 + 0.5


def test_calls_are_counted_by_kind_when_none_is_kept(shop: Shop) -> None:
    shop.call("GET", "/sold")

    shop.wire.keep_calls(False)
    for path in ("/sell", "/sell", "/_sandbox/inside"):
        shop.call("POST", path)
    shop.call("GET", "/sold")

    assert shop.wire.calls() == []
    assert shop.wire.counts() == {("POST", "/sell"): 2, ("GET", "/sold"): 1}
    shop.wire.clear()
    shop.call("GET", "/sold")
    assert (shop.wire.calls(), shop.wire.counts()) == ([], {("GET", "/sold"): 1})
    shop.wire.keep_calls(True)
    shop.call("GET", "/sold")
    assert len(shop.wire.calls()) == 1


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/api/1/partners", "/api/1/partners"),
        ("/api/1/segments/3/tags", "/api/1/segments/{}/tags"),
        (
            "/services/data/v62.0/jobs/ingest/7505i00000000Ab/unprocessedrecords",
            "{data}/jobs/ingest/{}/unprocessedrecords",
        ),
        ("/services/data/v62.0/query/0r85i0000000001AAA-2000", "{data}/query/{}"),
        (
            "/services/data/v62.0/sobjects/FreeePartner__c/FreeeKey__c/52-712",
            "{data}/sobjects/FreeePartner__c/FreeeKey__c/{}",
        ),
        ("/services/data/v62.0/composite/sobjects/FreeePartner__c/Id", "{data}/composite/sobjects/FreeePartner__c/Id"),
    ],
)
def test_a_kind_of_call_leaves_out_what_names_one_thing(path: str, kind: str) -> None:
    call = Call(1, "shop", "GET", path, (), {}, b"", 200, 0.0)

    assert call.kind == ("GET", kind.replace("{data}", "/services/data/v62.0"))
