"""Salesforce's own client, jsforce, against the sandbox's Salesforce: what it understands of our answers is what was done.

Where Node is, npm fetches jsforce once into `.cache/`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from salesforce_client import Client, OrgServer
from salesforce_org import KEY, PARTNER, ROOT, partner, upsert

CACHE = ROOT / ".cache" / "jsforce"
PACKAGE = "jsforce@3.10.16"  # the last for Node 18; those after it need Node 22
SCRIPT = Path(__file__).with_name("jsforce_load.js")
FETCH_SECONDS = 240.0


def fetched() -> Path:
    """The folder that jsforce is in; skips where it cannot be had."""
    found = CACHE / "node_modules" / "jsforce"
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("Node and npm are not here")
    if not (CACHE / ".ready").exists():
        _fetch()
    return found


def _fetch() -> None:
    shutil.rmtree(CACHE, ignore_errors=True)
    CACHE.mkdir(parents=True)
    quiet = ("--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts", "--loglevel", "error")
    words = ["npm", "install", "--prefix", str(CACHE), "--cache", str(CACHE / "npm"), *quiet, PACKAGE]
    try:
        subprocess.run(words, check=True, capture_output=True, timeout=FETCH_SECONDS)  # noqa: S603 - our own words
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as problem:
        pytest.skip(f"npm cannot fetch jsforce: {type(problem).__name__}")
    shutil.rmtree(CACHE / "npm")
    (CACHE / ".ready").touch()


def loaded(client: Client, **data: Any) -> dict[str, Any]:
    """What jsforce made of a load."""
    session = client.org.sessions.open(client.org.integration)
    order = {"url": client.url, "session": session, "object": PARTNER, "key": KEY, **data}
    words = ["node", str(SCRIPT), str(fetched())]
    done = subprocess.run(  # noqa: S603 - our own words
        words, input=json.dumps(order), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_jsforce_counts_what_was_done_by_collections_and_by_bulk() -> None:
    fetched()
    with OrgServer() as server:
        # given: 450 rows each way, of which every 50th is there and every 30th is too long
        client = server.client()
        upsert(client.org, *(partner(number) for number in range(0, 900, 50)))
        rows = [partner(number, Name="長" * (81 if number % 30 == 7 else 8) + '",\n') for number in range(900)]
        # when
        told = loaded(client, collections=rows[:450], bulk=rows[450:], unreadable="Nobody__c\nx\n")
        # then
        by_collections = [each["created"] for each in told["saved"] if each["success"]]
        by_bulk = [each["sf__Created"] for each in told["successfulResults"]]
        assert (len(told["saved"]), len(by_collections), sum(by_collections)) == (450, 435, 426)
        assert (len(by_bulk), by_bulk.count("true")) == (435, 426)
        assert (len(told["failedResults"]), told["unprocessedRecords"]) == (15, [])
        assert {each["sf__Error"].split(":")[0] for each in told["failedResults"]} == {"STRING_TOO_LONG"}
        assert {each[KEY] for each in told["successfulResults"]} | {each[KEY] for each in told["failedResults"]} == {
            f"1-{number}" for number in range(450, 900)
        }
        assert "Field name not found : Nobody__c" in told["failure"]
        assert told["aborted"] == "Aborted"
        assert told["usage"] == {"used": 3, "limit": client.org.daily_limit}  # as the last call by Collections told
        held = [row["Name"] for row in client.org.rows(PARTNER)]
        assert (len(held), set(held)) == (870, {'長長長長長長長長",'})
