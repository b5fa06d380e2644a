"""A client of the sandbox's Bulk API 2.0, call by call, and its files."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

import requests

from salesforce_client import DATA, Client
from salesforce_org import KEY, PARTNER

JOBS = f"{DATA}/jobs/ingest"
UPSERT = {
    "object": PARTNER,
    "operation": "upsert",
    "externalIdFieldName": KEY,
    "contentType": "CSV",
    "lineEnding": "LF",
}


@dataclass
class BulkClient:
    """One job after the other, by one client."""

    client: Client

    def create(self, **body: Any) -> requests.Response:
        """`POST`: an upsert of partners unless told otherwise."""
        return self.client.call("POST", JOBS, json=UPSERT | body)

    def uploaded(self, data: str | bytes, **body: Any) -> str:
        """A job that was created and got its data; its id."""
        job: str = self.create(**body).json()["id"]
        assert self.upload(job, data).status_code == 201
        return job

    def sent(self, data: str | bytes, **body: Any) -> str:
        """A job whose data is complete; its id."""
        job = self.uploaded(data, **body)
        assert self.change(job, "UploadComplete").json()["state"] == "UploadComplete"
        return job

    def upload(self, job: str, data: str | bytes, content_type: str = "text/csv") -> requests.Response:
        """`PUT` its data."""
        raw = data.encode() if isinstance(data, str) else data
        return self.client.call("PUT", f"{JOBS}/{job}/batches", data=raw, headers={"Content-Type": content_type})

    def change(self, job: str, state: str) -> requests.Response:
        """`PATCH` its state."""
        return self.client.call("PATCH", f"{JOBS}/{job}", json={"state": state})

    def info(self, job: str) -> dict[str, Any]:
        """`GET` it."""
        info: dict[str, Any] = self.client.call("GET", f"{JOBS}/{job}").json()
        return info

    def file(self, job: str, name: str) -> requests.Response:
        """`GET` one of its files."""
        return self.client.call("GET", f"{JOBS}/{job}/{name}")

    def rows(self, job: str, name: str) -> list[dict[str, str]]:
        """The rows of one of its files."""
        return list(csv.DictReader(io.StringIO(self.file(job, name).content.decode(), newline="")))


def partners(*numbers: int) -> str:
    """CSV of partners with these numbers."""
    return f"{KEY},Name\n" + "".join(f"1-{number},取引先{number}\n" for number in numbers)
