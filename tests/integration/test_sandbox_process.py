"""The sandbox as a whole: its Connections, its control over HTTP, its start and its end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import requests

from sandbox.company import Sizes
from sandbox.control import control_app
from sandbox.server import Sandbox, SandboxConfig

if TYPE_CHECKING:
    from collections.abc import Iterator

INCLUDE = Path(__file__).parents[2] / "include"
SMALL = SandboxConfig(sizes=Sizes(partners=30, account_items=20, tags=5, items=5, sections=6))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A small one, running."""
    with Sandbox(SMALL) as sandbox:
        yield sandbox


def control(sandbox: Sandbox, method: str, path: str, body: object = None) -> Any:
    """What a control endpoint answers, on freee's side."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(method, f"{sandbox.freee_url}/_sandbox/{path}", json=body, timeout=30)
    answer.raise_for_status()
    return answer.json() if "json" in answer.headers.get("content-type", "") else answer.content


def test_nothing_is_left_when_it_ends() -> None:
    before = set(threading.enumerate())

    with Sandbox(SMALL) as sandbox:
        port = sandbox.smtp_port
        control(sandbox, "GET", "company")
        running = set(threading.enumerate()) - before

    assert len(running) >= 3
    assert set(threading.enumerate()) == before
    with Sandbox(SandboxConfig(smtp_port=port, sizes=SMALL.sizes)) as again:
        assert again.smtp_port == port


def test_a_port_in_use_is_said_and_nothing_is_left(sandbox: Sandbox) -> None:
    before = set(threading.enumerate())

    with (
        pytest.raises(OSError, match="in use"),
        Sandbox(SandboxConfig(freee_port=int(sandbox.freee_url.rpartition(":")[2]))),
    ):
        pass

    assert set(threading.enumerate()) == before


@pytest.mark.parametrize(("caller", "status"), [("127.0.0.1", 200), ("192.0.2.2", 200), ("192.0.2.7", 403)])
def test_it_is_controlled_from_its_own_machine_only(sandbox: Sandbox, caller: str, status: int) -> None:
    wire = httpx.ASGITransport(control_app(sandbox, sandbox.freee_wire), client=(caller, 40_000))

    async def ask() -> int:
        async with httpx.AsyncClient(transport=wire, base_url="http://192.0.2.2") as client:
            return (await client.get("/company")).status_code

    assert asyncio.run(ask()) == status


def test_connections_are_airflows(sandbox: Sandbox) -> None:
    connections = sandbox.connections()

    assert {name: found["conn_type"] for name, found in connections.items()} == {
        "freee_default": "freee",
        "salesforce_default": "salesforce",
        "smtp_default": "smtp",
    }
    assert connections["freee_default"]["extra"]["company_id"] == sandbox.company.id
    assert connections["salesforce_default"]["extra"]["base_url"] == sandbox.salesforce_url
    assert connections["freee_default"]["extra"]["refresh_token"] in sandbox.issued_secrets()


def test_a_day_passes_on_demand(sandbox: Sandbox) -> None:
    done = control(
        sandbox,
        "POST",
        "day",
        {"counts": {"edited": 2, "added": 1, "removed": 1, "archived": 1, "stopped": 1}, "tables": ["partners"]},
    )

    today = sandbox.clock.today_jst().isoformat()
    table = sandbox.company.tables["partners"]
    deeds = done["partners"]
    assert set(done) == {"partners"}
    assert {name: len(keys) for name, keys in deeds.items()} == {
        "edited": 2,
        "added": 1,
        "removed": 1,
        "archived": 1,
        "stopped": 1,
    }
    assert sorted(table.find(since=today)) == sorted(deeds["edited"] + deeds["added"] + deeds["stopped"])
    assert not any(key in table for key in deeds["removed"] + deeds["archived"])
    assert [table.row(key)["available"] for key in deeds["stopped"]] == [False]


def test_rows_are_edited_over_http(sandbox: Sandbox) -> None:
    added = control(sandbox, "POST", "company/items", {"fields": {"name": "新品目"}, "dated": "2026-01-02"})
    path = f"company/items/{added['id']}"

    edited = control(sandbox, "PATCH", path, {"fields": {"name": "改名"}, "without": ["code"]})

    assert (added["name"], added["update_date"]) == ("新品目", "2026-01-02")
    assert (edited["name"], edited["update_date"], "code" in edited) == (
        "改名",
        sandbox.clock.today_jst().isoformat(),
        False,
    )
    assert control(sandbox, "GET", path) == edited
    control(sandbox, "DELETE", path)
    with pytest.raises(requests.HTTPError, match="404"):
        control(sandbox, "GET", path)


def test_partners_are_archived_and_brought_back_over_http(sandbox: Sandbox) -> None:
    key = sandbox.company.keys("partners")[0]

    control(sandbox, "POST", f"company/partners/{key}/archive")
    assert key not in sandbox.company.keys("partners")
    control(sandbox, "POST", f"company/partners/{key}/unarchive")

    assert key in sandbox.company.keys("partners")


def test_settings_are_changed_over_http(sandbox: Sandbox) -> None:
    control(sandbox, "PATCH", "company", {"segments": 1, "withdrawn": ["tags"]})

    facts = control(sandbox, "GET", "company")
    assert (facts["id"], facts["rows"]["partners"]) == (sandbox.company.id, 30)
    assert (sandbox.company.settings.segments, sandbox.company.settings.withdrawn) == (1, {"tags"})
    assert sandbox.company.settings.hierarchy is True


def test_faults_and_the_log_go_over_http(sandbox: Sandbox) -> None:
    control(sandbox, "POST", "faults", {"path": "/api/1/tags", "status": 503, "body": {"a": "b"}})

    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{sandbox.freee_url}/api/1/tags", timeout=30)

    assert (answer.status_code, answer.json()) == (503, {"a": "b"})
    (call,) = control(sandbox, "GET", "log?path=tags")
    assert (call["system"], call["path"], call["status"]) == ("freee", "/api/1/tags", 503)
    control(sandbox, "DELETE", "log")
    assert control(sandbox, "GET", "log") == []


def test_latency_and_the_counting_of_calls_go_over_http(sandbox: Sandbox) -> None:
    control(sandbox, "PUT", "latency", {"seconds": 0.2})
    control(sandbox, "PUT", "log", {"kept": False})

    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{sandbox.freee_url}/api/1/tags", timeout=30)

    assert (sandbox.freee_wire.latency, sandbox.salesforce_wire.latency) == (0.2, 0.0)
    assert answer.elapsed.total_seconds() >= 0.2
    assert control(sandbox, "GET", "counts") == [{"method": "GET", "path": "/api/1/tags", "calls": 1}]
    assert control(sandbox, "GET", "log") == []
    with pytest.raises(requests.HTTPError, match="422"):
        control(sandbox, "PUT", "latency", {"seconds": -1})


def test_time_and_tokens_go_over_http(sandbox: Sandbox) -> None:
    pair = control(sandbox, "POST", "link")
    assert sandbox.tokens.company_of(pair["access_token"]) == sandbox.company.id

    control(sandbox, "POST", "clock", {"seconds": 6 * 3600})

    assert sandbox.tokens.company_of(pair["access_token"]) is None
    assert pair["refresh_token"] in control(sandbox, "GET", "secrets")
    control(sandbox, "POST", "unlink")
    assert sandbox.tokens.refresh(pair["refresh_token"]) is None


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A sandbox as a process of its own, which does not outlive the test."""
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "--seed",
        "5",
        "--state",
        str(tmp_path / "sandbox.json"),
        "--size",
        "partners=7",
        "--latency",
        "0",
        "0.3",
    ]
    environment = os.environ | {"PYTHONPATH": str(INCLUDE)}
    with subprocess.Popen(  # noqa: S603 - our own module
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield process
        process.kill()


def test_the_process_tells_where_it_is_and_ends_when_told(process: subprocess.Popen[str], tmp_path: Path) -> None:
    assert process.stdout is not None
    told = json.loads(process.stdout.readline())

    state = tmp_path / "sandbox.json"
    assert json.loads(state.read_text(encoding="utf-8")) == told
    assert state.stat().st_mode & 0o077 == 0
    assert told["pid"] == process.pid
    with requests.Session() as session:
        session.trust_env = False
        versions = session.get(f"{told['salesforce_url']}/services/data", timeout=30)
    assert versions.elapsed.total_seconds() >= 0.3
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert not state.exists()
