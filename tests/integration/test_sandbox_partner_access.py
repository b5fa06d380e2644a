"""Who may read and write single partners in the sandbox's freee, what is logged, and what may go wrong on the way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import requests

from partner_client import WRITES, complaints, partner, sent
from sandbox.company import Settings
from sandbox.faults import Fault

if TYPE_CHECKING:
    from freee_client import FreeeClient


@pytest.mark.parametrize(
    ("how", "withdrawn"),
    [
        ("create", "partners.create"),
        ("update", "partners.update"),
        ("update_by_code", "partners.update"),
        ("upsert_by_code", "partners.update"),
        ("destroy", "partners.destroy"),
        ("create", "partners"),
        ("update", "partners"),
        ("destroy", "partners"),
    ],
)
def test_a_write_without_its_right_is_refused_and_the_capabilities_say_so(
    freee: FreeeClient, how: str, withdrawn: str
) -> None:
    row = partner(freee, available=False)
    freee.sandbox.company.settings = Settings(withdrawn={withdrawn})

    answer = sent(freee, how, row, {"phone": "03"})

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["codes"] == ["user_do_not_have_permission"]
    verb = withdrawn.partition(".")[2] or "read"
    assert freee.get("users/capabilities").json()["partners"][verb] is False
    assert freee.sandbox.company.row("partners", row["id"]) == row


def test_who_may_not_write_may_still_read(freee: FreeeClient) -> None:
    freee.sandbox.company.settings = Settings(withdrawn={"partners.create", "partners.update", "partners.destroy"})

    assert freee.get("partners").status_code == 200
    assert freee.get("users/capabilities").json()["partners"] == {
        "read": True,
        "create": False,
        "update": False,
        "destroy": False,
    }


def test_an_upsert_that_would_create_wants_the_right_to_create(freee: FreeeClient) -> None:
    freee.sandbox.company.settings = Settings(withdrawn={"partners.create"})

    answer = freee.send("PUT", "partners/upsert_by_code", {"code": "U-3", "partner": {"name": "無権商店"}})

    assert answer.status_code == 401
    assert freee.rows("partners", keyword="無権商店") == []


def test_another_company_is_refused_and_none_is_bad(freee: FreeeClient) -> None:
    row = partner(freee)

    assert freee.code(f"partners/{row['id']}", company_id=1) == "company_not_found"
    answer = freee.send("POST", "partners", {"company_id": 1, "name": "他社商店", "code": "S-6"})
    assert answer.json()["errors"][0]["codes"] == ["company_not_found"]
    company_id = str(freee.sandbox.company.id)
    complaints(freee.send("POST", "partners", {"company_id": company_id, "name": "文字商店", "code": "S-6"}))
    complaints(freee.send("DELETE", f"partners/{row['id']}", company_id=""))


@pytest.mark.parametrize("body", [[], "partner", 3])
def test_a_body_that_is_no_object_is_bad(freee: FreeeClient, body: object) -> None:
    complaints(freee.send("POST", "partners", body))


def test_without_a_good_token_nothing_is_read_or_written(freee: FreeeClient) -> None:
    row = partner(freee)
    freee.sandbox.clock.advance(timedelta(hours=7))

    answers = [freee.get(f"partners/{row['id']}"), *(sent(freee, how, row, {"phone": "03"}) for how in WRITES)]

    answers.append(freee.send("POST", "partners", []))
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(401, "expired_access_token")}


def test_every_write_is_answered_with_a_request_id_and_logged_with_its_body(freee: FreeeClient) -> None:
    row = partner(freee)
    freee.sandbox.freee_wire.clear()

    good, bad = sent(freee, "update", row, {"phone": "記録"}), sent(freee, "update", row, {"phone": 1})

    assert good.headers["X-Freee-Request-ID"] != bad.headers["X-Freee-Request-ID"]
    calls = freee.sandbox.freee_wire.calls("PUT", "/partners/")
    assert [call.status for call in calls] == [200, 400]
    assert good.request.body == calls[0].body


def test_a_create_whose_answer_is_lost_is_done_and_can_be_found(freee: FreeeClient) -> None:
    freee.sandbox.freee_wire.add(Fault(method="POST", path="/partners$", after=True, cut=True, body=""))

    with pytest.raises(requests.ConnectionError):
        freee.send("POST", "partners", {"name": "無音商店", "code": "L-1"})

    (found,) = freee.rows("partners", keyword="無音商店")
    assert found["code"] == "L-1"
    assert complaints(freee.send("POST", "partners", {"name": "無音商店", "code": "L-1"})) == [
        "Code「L-1」はすでに存在します。"
    ]


@pytest.mark.parametrize(("after", "written"), [(True, 1), (False, 0)])
def test_a_block_or_a_breakdown_may_come_before_or_after_the_write(
    freee: FreeeClient, *, after: bool, written: int
) -> None:
    name = f"遮断商店{written}"
    freee.sandbox.freee_wire.add(Fault(method="POST", path="/partners$", status=503, after=after))

    answer = freee.send("POST", "partners", {"name": name, "code": f"L-{name}"})

    assert answer.status_code == 503
    assert len(freee.rows("partners", keyword=name)) == written
