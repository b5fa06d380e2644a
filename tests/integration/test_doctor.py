"""The doctor on a set-up in order, and on set-ups that are broken at one place: it names the one thing to mend."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from examining import Setup, changed, lines, setup
from freee_fakes import WatchedVariables
from freee_sync.bilingual import speaking
from freee_sync.cursors import JST
from freee_sync.doctor.__main__ import show
from freee_sync.doctor.examination import CHECKS
from freee_sync.doctor.lines import State
from freee_sync.doctor.words import TEXTS
from freee_sync.freee.pair import Pair
from freee_sync.masters import MASTERS
from sandbox.airflow import free_ports
from sandbox.salesforce.access import VIEW_SETUP
from sandbox.salesforce.model import Field
from sandbox.wire import Fault
from two_languages import JAPANESE


@pytest.fixture
def good(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Setup]:
    with setup(monkeypatch, tmp_path) as made:
        yield made


def test_a_set_up_in_order_is_all_green(good: Setup) -> None:
    found = good.examine()

    assert list(found) == [check.title for check in CHECKS]
    assert lines(found, State.BAD) + lines(found, State.UNKNOWN) == []
    assert good.sandbox.company.name in found["company"].lines[0].text
    assert "花子" in found["link"].lines[0].text
    assert good.heard[-1].startswith("すべて正常です")


def test_looking_writes_nothing_and_sends_no_mail(good: Setup) -> None:
    good.examine()

    assert (good.sandbox.mail.mails, good.sandbox.mail.greetings) == ((), 1)
    assert not [call for call in good.sandbox.salesforce_wire.calls() if call.method in {"PATCH", "DELETE"}]
    assert {call.method for call in good.sandbox.freee_wire.calls(path="/api/")} == {"GET"}


@dataclass(frozen=True)
class Broken:
    """One thing that is broken.

    :param check: title of the check that must turn red, and no other.
    :param told: what the red line must name.
    """

    what: str
    breaking: Callable[[Setup], object]
    check: str
    told: tuple[str, ...]


def spend_the_link(made: Setup) -> None:
    made.sandbox.tokens.revoke_all()


def lose_a_right(made: Setup) -> None:
    made.sandbox.company.settings.withdrawn.add("items")


def hide(name: str) -> Callable[[Setup], None]:
    return lambda made: made.sandbox.org.integration.access.hide(name)


def shape(object_name: str, changed_field: Field) -> Callable[[Setup], None]:
    return lambda made: made.sandbox.org.add_field(object_name, changed_field)


def make_private(made: Setup) -> None:
    rows = made.sandbox.org.tables["ObjectPermissions"].rows
    for identity in [identity for identity, row in rows.items() if row["SobjectType"] == "FreeeItem__c"]:
        del rows[identity]
    for row in made.sandbox.org.tables["EntityDefinition"].rows.values():
        if row["QualifiedApiName"] == "FreeeItem__c":
            row["InternalSharingModel"] = "Private"


def pause(made: Setup) -> None:
    made.airflow.state = changed(made.airflow.state, paused=True)


def stop_the_scheduler(made: Setup) -> None:
    late = made.sandbox.clock.now() - timedelta(hours=3)
    made.airflow.state = changed(made.airflow.state, next_run=late)


def lose_the_dag(made: Setup) -> None:
    made.airflow.state = None


def fill_the_org(made: Setup) -> None:
    made.sandbox.org.data_storage = 0


def use_up_the_calls(made: Setup) -> None:
    made.sandbox.org.daily_limit = 60


def nobody_takes_mail(made: Setup) -> None:
    made.connect("smtp_default", port=free_ports(1)[0], extra={"retry_limit": 0, "timeout": 5})


KEY = Field("FreeeKey__c", "キー", length=80, external_id=True, unique=False)

BROKEN = (
    Broken("a Variable that is no hour", lambda made: made.set("hour", "25"), "variables", ("freee_sync_hour", "25", "0から23")),
    Broken("a cursor in the future", lambda made: made.set("cursor_items", "2099-01-01"), "variables", ("freee_sync_cursor_items",)),
    Broken("no Fernet key", lambda made: setattr(made.airflow, "encrypted", False), "encryption", ("Fernet",)),
    Broken("a paused DAG", pause, "dag", ("freee_master_sync", "一時停止")),
    Broken("no DAG", lose_the_dag, "dag", ("freee_master_sync",)),
    Broken("no scheduler", stop_the_scheduler, "next_run", ("scheduler",)),
    Broken("no mail server", nobody_takes_mail, "mail", ("ConnectionRefusedError",)),
    Broken("a mail server without log-in", lambda made: made.connect("smtp_default", login="sync", password="made up"), "mail", ("AUTH",)),
    Broken("no sender", lambda made: made.connect("smtp_default", {"from_email": ""}), "mail", ("smtp_default", "from_email")),
    Broken("no Connection to freee", lambda made: made.connections.pop("freee_default"), "freee_connection", ("freee_default",)),
    Broken("freee in plain http", lambda made: made.connect("freee_default", host="http://api.freee.co.jp"), "freee_connection", ("http://api.freee.co.jp",)),
    Broken("a Connection of another type", lambda made: made.connect("freee_default", conn_type="http"), "freee_connection", ("freee_default", "http", "freee")),
    Broken("never linked", lambda made: made.connect("freee_default", {"refresh_token": ""}), "link", ("freee_sync.link",)),
    Broken("a wrong client secret", lambda made: made.connect("freee_default", password="wrong"), "link", ("invalid_client", "ログインとパスワード")),
    Broken("a link that was revoked", spend_the_link, "link", ("invalid_grant", "連携し直して")),
    Broken("another company's id", lambda made: made.connect("freee_default", {"company_id": 1}), "link", ("company_id", "1")),
    Broken("a right that was withdrawn", lose_a_right, "rights", ("items", "品目")),
    Broken("no Connection to Salesforce", lambda made: made.connections.pop("salesforce_default"), "org_connection", ("salesforce_default",)),
    Broken("a wrong consumer secret", lambda made: made.connect("salesforce_default", {"consumer_secret": "wrong"}), "log_in", ("salesforce_default",)),
    Broken("a mapping of a field that freee has not", lambda made: made.rewrite("DisplayCategory__c: display_category", "DisplayCategory__c: display_categry"), "mapping", ("taxes", "display_categry", "display_category")),
    Broken("a field that is mapped twice", lambda made: made.rewrite("SystemName__c: name", "IsAvailable__c: name"), "mapping", ("IsAvailable__c",)),
    Broken("a field of another type", shape("FreeeTax__c", Field("SystemName__c", "システム名", "boolean")), "objects", ("税区分", "FreeeTax__c", "SystemName__c", "boolean", "name", "text")),
    Broken("a key that is not unique", shape("FreeeTax__c", KEY), "objects", ("FreeeTax__c", "FreeeKey__c", "ユニーク")),
    Broken("a key that is too short", shape("FreeeTax__c", replace(KEY, unique=True, length=20)), "objects", ("FreeeTax__c", "FreeeKey__c", "40文字以上")),
    Broken("a field that is too short", shape("FreeeItem__c", Field("Code__c", "コード", length=10)), "objects", ("品目", "FreeeItem__c", "Code__c", "10文字", "code", "20文字", "truncate")),
    Broken("a field that is hidden", hide("FreeePartner__c.Code__c"), "objects", ("取引先", "FreeePartner__c", "Code__c")),
    Broken("an object that is hidden", hide("FreeeSection__c"), "objects", ("部門", "FreeeSection__c", "権限セット")),
    Broken("rows that the user does not see", make_private, "sight", ("品目", "FreeeItem__c", "すべて表示")),
    Broken("too few calls", use_up_the_calls, "org_calls", ("60",)),
    Broken("no storage", fill_the_org, "storage", ("MB",)),
)  # fmt: skip


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.what)
def test_the_one_thing_to_mend_is_named(good: Setup, case: Broken) -> None:
    case.breaking(good)

    found = good.examine()

    ((title, line),) = lines(found, State.BAD)
    assert title == case.check
    for word in case.told:
        assert word in f"{line.subject} {line.text} {line.remedy}"
    assert line.remedy
    assert good.heard[-1].startswith("直すもの 1件")


def test_what_depends_on_a_failed_check_is_not_looked_at_and_says_because_of_what(good: Setup) -> None:
    spend_the_link(good)

    unknown = dict(lines(good.examine(), State.UNKNOWN))

    assert set(unknown) == {"company", "rights", "segments", "freee_calls", "org_calls", "storage"}
    assert all("「freeeとの連携」" in line.text for line in unknown.values())


def test_all_that_is_wrong_is_told_at_once(good: Setup) -> None:
    good.set("hour", "25")
    good.connections.pop("freee_default")
    hide("FreeeSection__c")(good)
    fill_the_org(good)

    assert [title for title, _ in lines(good.examine(), State.BAD)] == ["variables", "freee_connection", "objects"]


def test_a_pair_that_lasts_is_used_and_not_refreshed(good: Setup) -> None:
    good.examine()
    good.examine()

    assert good.sandbox.tokens.refreshes() == 1


def test_the_link_tells_until_when_it_is_good(good: Setup) -> None:
    found = good.examine()

    until = (good.sandbox.clock.now() + timedelta(days=90)).astimezone(JST)
    assert f"{until:%Y-%m-%d}まで有効" in found["link"].lines[0].text


def test_while_a_run_is_active_the_token_is_not_spent(good: Setup) -> None:
    good.airflow.run_id = "manual__1"

    found = good.examine()

    assert good.sandbox.tokens.refreshes() == 0
    assert good.sandbox.freee_wire.calls() == []
    assert lines(found, State.BAD) == []
    assert "manual__1" in found["link"].lines[0].text
    assert good.heard[-1].startswith("異常はありません")


def test_while_a_run_is_active_a_pair_that_lasts_still_shows_all(good: Setup) -> None:
    good.examine()
    good.airflow.run_id = "manual__1"

    assert lines(good.examine(), State.UNKNOWN) == []
    assert good.sandbox.tokens.refreshes() == 1


def test_a_segment_outside_the_plan_is_no_fault(good: Setup) -> None:
    good.sandbox.company.settings.segments = 1

    found = good.examine()

    assert lines(found, State.BAD) == []
    assert ["取り込みません" in line.text for line in found["segments"].lines] == [False, True, True]


def test_memo_tags_need_no_right_while_they_are_off(good: Setup) -> None:
    good.sandbox.company.settings.withdrawn.add("tags")
    assert lines(good.examine(), State.BAD) == []

    good.set("memo_tags", "true")
    ((title, line),) = lines(good.examine(), State.BAD)
    assert (title, line.subject) == ("rights", "メモタグ")


def test_what_salesforce_does_not_show_to_the_user_is_not_known_and_not_red(good: Setup) -> None:
    hide(VIEW_SETUP)(good)

    found = good.examine()

    assert lines(found, State.BAD) == []
    assert {title for title, _ in lines(found, State.UNKNOWN)} == {"sight", "org_calls", "storage"}


def test_ctrl_c_while_the_pair_is_refreshed_waits_until_the_new_one_is_stored(good: Setup) -> None:
    def interrupt(name: str) -> None:
        if name == "freee_sync_token":
            os.kill(os.getpid(), signal.SIGINT)

    watched = WatchedVariables()
    watched.values, watched.before_set = good.variables.values, interrupt
    good.variables = watched

    with pytest.raises(KeyboardInterrupt):
        good.examine()

    pair = Pair.from_text(good.variables.values["freee_sync_token"])
    assert pair is not None
    assert good.sandbox.tokens.company_of(pair.access) == good.sandbox.company.id


def test_a_check_that_breaks_is_told_and_hides_nothing(good: Setup) -> None:
    good.sandbox.salesforce_wire.add(Fault(path="/limits", status=200, body=[{"no": "object"}], times=None))
    good.airflow.encrypts = lambda: 1 / 0  # type: ignore[method-assign,assignment,return-value]  # a defect of ours

    found = good.examine()

    told = {title: line.text for title, line in lines(found, State.BAD)}
    assert set(told) == {"encryption", "org_calls", "storage"}
    assert "ZeroDivisionError (test_doctor.py:" in told["encryption"]
    assert "GET limits" in told["storage"]


def test_view_all_on_a_private_object_is_enough(good: Setup) -> None:
    for row in good.sandbox.org.tables["EntityDefinition"].rows.values():
        row["InternalSharingModel"] = "Private"

    assert lines(good.examine(), State.BAD) == []


def test_a_user_who_is_shown_no_permission_set_at_all_is_not_accused(good: Setup) -> None:
    make_private(good)
    good.sandbox.org.tables["PermissionSetAssignment"].rows.clear()

    found = good.examine()

    assert lines(found, State.BAD) == []
    assert [line.subject for _, line in lines(found, State.UNKNOWN)] == ["品目"]


def test_freees_block_is_not_waited_out(good: Setup) -> None:
    good.sandbox.freee_wire.add(Fault(path="/api/1/companies", status=403, times=None))
    before = good.sandbox.clock.now()

    ((title, _),) = lines(good.examine(), State.BAD)

    assert title == "company"
    assert good.sandbox.clock.now() - before < timedelta(minutes=5)


def test_without_a_daily_run_or_a_mail_there_is_nothing_to_mend(good: Setup) -> None:
    good.set("enabled", "false")
    good.set("mail_to", "")
    good.airflow.state = changed(good.airflow.state, next_run=None)
    good.connections.pop("smtp_default")

    found = good.examine()

    assert lines(found, State.BAD) == []
    assert "freee_sync_enabled" in found["next_run"].lines[0].text


def test_storage_is_held_against_the_rows_that_a_full_load_would_add(good: Setup) -> None:
    found = good.examine()

    sizes = good.sandbox.config.sizes
    rows = sum(len(table) for table in good.sandbox.company.tables.values())
    assert rows > sizes.partners
    assert f"{rows} 件" in found["storage"].lines[0].text
    assert f"{rows / 512:,.1f} MB" in found["storage"].lines[0].text


def test_the_table_in_english(good: Setup) -> None:
    good.connections.pop("freee_default")

    good.examine("en")

    assert any(line.startswith("✗ Connection to freee") for line in good.heard)
    assert any(line.startswith("– Link to freee") and "Connection to freee" in line for line in good.heard)
    assert good.heard[-1].startswith("1 to mend")


def test_all_that_is_wrong_in_english_but_for_what_freee_says(good: Setup) -> None:
    good.set("hour", "25")
    good.set("cursor_items", "2099-01-01")
    good.connections.pop("smtp_default")
    spend_the_link(good)
    hide("FreeeSection__c")(good)
    shape("FreeeItem__c", KEY)(good)

    with speaking("en"):
        good.examine("en")

    ours = [line.partition(" (X-Freee-Request-ID: ")[0] for line in good.heard]
    assert [line for line in ours if JAPANESE.search(line)] == []
    assert any("FreeeKey__c must be a unique external ID" in line for line in good.heard)


def test_the_exit_code_says_whether_anything_is_to_be_mended(good: Setup, capsys: pytest.CaptureFixture[str]) -> None:
    assert show(good.patient()) == 0
    good.set("hour", "25")
    assert show(good.patient()) == 1

    table = capsys.readouterr().out
    assert "✗   freee_sync_hour" in table
    assert "\x1b" not in table  # no colours where no terminal shows them


def test_every_master_has_its_line(good: Setup) -> None:
    names = [line.subject for line in good.examine()["objects"].lines]
    assert names == [master.japanese for master in MASTERS]


def test_every_check_has_a_title_and_needs_only_checks_before_it() -> None:
    before: set[str] = set()
    for check in CHECKS:
        assert check.title in TEXTS
        assert set(check.needs) <= before
        before.add(check.title)
