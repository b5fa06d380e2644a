"""Airflow Variables -> Settings: defaults, leniency, and messages that say what to mend."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from freee_sync.outcome import Note, Problem
from freee_sync.settings import PREFIX, VARIABLES, Settings, describe, read_settings

SHIPPED_FILE = Path(__file__).parents[2] / "include" / "variables.json"


def settings_of(**held: str) -> Settings:
    """The settings read from Variables that hold only these, named without their prefix."""
    return read_settings(PREFIX, {PREFIX + name: value for name, value in held.items()}.get)


def only_problem(settings: Settings) -> Problem:
    """The one problem there is."""
    (problem,) = settings.problems
    return problem


def test_without_any_variable_everything_is_as_shipped() -> None:
    assert settings_of() == Settings(
        prefix=PREFIX,
        enabled=False,
        hour=6,
        memo_tags=False,
        full_every_days=7,
        mail_to=(),
        language="ja",
        max_failed_rows=0,
        freee_calls=2000,
        salesforce_share=90,
    )


def test_blank_means_as_shipped_too() -> None:
    assert settings_of(**dict.fromkeys(VARIABLES, " \n")) == settings_of()


def test_the_shipped_file_reads_as_the_defaults() -> None:
    shipped = json.loads(SHIPPED_FILE.read_text(encoding="utf-8"))
    assert read_settings(PREFIX, lambda name: shipped[name]["value"]) == settings_of()


def test_the_shipped_file_and_the_descriptions_in_the_code_are_the_same() -> None:
    shipped = {
        PREFIX + name: {"value": entry.shipped, "description": entry.description}
        for name, entry in VARIABLES.items()
        if entry.shipped is not None
    }
    assert json.loads(SHIPPED_FILE.read_text(encoding="utf-8")) == shipped


@pytest.mark.parametrize("text", ["true", "TRUE", " True\n", "1", "yes", "On", "ｔｒｕｅ", "１"])
def test_true_is_read_in_the_ways_people_write_it(text: str) -> None:
    settings = settings_of(enabled=text, memo_tags=text)
    assert (settings.enabled, settings.memo_tags, settings.problems) == (True, True, ())


@pytest.mark.parametrize("text", ["false", "False ", "0", "no", "OFF", "ｆａｌｓｅ"])
def test_false_is_read_in_the_ways_people_write_it(text: str) -> None:
    settings = settings_of(enabled=text, memo_tags=text)
    assert (settings.enabled, settings.memo_tags, settings.problems) == (False, False, ())


@pytest.mark.parametrize(("text", "hour"), [("0", 0), ("23", 23), ("06", 6), (" 7 ", 7), ("９", 9)])
def test_an_hour_is_a_whole_number_from_0_to_23(text: str, hour: int) -> None:
    settings = settings_of(hour=text)
    assert (settings.hour, settings.problems) == (hour, ())


@pytest.mark.parametrize("text", ["24", "-1", "6.5", "6:00", "6時", "二", "abc", "1_0", "9" * 5000])
def test_a_bad_hour_leaves_it_at_6_and_is_a_problem(text: str) -> None:
    settings = settings_of(hour=text)
    assert settings.hour == 6
    assert only_problem(settings).code == "settings.invalid"


def test_a_message_names_the_variable_what_it_holds_and_what_it_may_hold() -> None:
    detail = only_problem(settings_of(hour="25")).detail
    assert detail == (
        "Variable「freee_sync_hour」の値「25」は使えません。0から23までの整数（日本時間の時）を入れてください。"
    )


def test_a_message_repeats_no_more_than_the_beginning_of_a_value_and_no_control_letters() -> None:
    detail = only_problem(settings_of(language="x\x00\n" + "y" * 500)).detail
    assert "「x??" in detail
    assert len(detail) < 150


def test_every_bad_variable_is_told_at_once() -> None:
    bad = dict.fromkeys(
        [
            *("enabled", "hour", "memo_tags", "full_every_days", "mail_to", "language", "max_failed_rows"),
            *("freee_calls", "salesforce_share"),
        ],
        "?!",
    )
    problems = settings_of(**bad).problems
    assert len(problems) == len(bad)
    assert all(any(PREFIX + name in problem.detail for problem in problems) for name in bad)


@pytest.mark.parametrize("percent", ["0", "101", "-1", "90%"])
def test_a_share_is_from_1_to_100(percent: str) -> None:
    assert only_problem(settings_of(salesforce_share=percent)).code == "settings.invalid"
    assert settings_of(salesforce_share="100").salesforce_share == 100


def test_0_calls_is_no_limit() -> None:
    assert settings_of(freee_calls="0").freee_calls == 0


def test_an_unusable_switch_keeps_the_schedule_on_so_that_the_next_run_can_tell() -> None:
    settings = settings_of(enabled="maybe")
    assert settings.enabled
    assert only_problem(settings)


@pytest.mark.parametrize("hour", [1, 2, 3, 4, 5])
def test_hours_of_freee_maintenance_work_with_a_warning(hour: int) -> None:
    settings = settings_of(hour=str(hour))
    assert (settings.hour, settings.problems) == (hour, ())
    assert settings.warnings == (Note("maintenance_hour", str(hour)),)


@pytest.mark.parametrize("hour", [0, 6, 23])
def test_other_hours_have_no_warning(hour: int) -> None:
    assert settings_of(hour=str(hour)).warnings == ()


@pytest.mark.parametrize(
    "text", ["a@x.jp,b@y.co.jp", "a@x.jp; b@y.co.jp", " a@x.jp\nb@y.co.jp ", "a@x.jp、b@y.co.jp, a@x.jp"]
)
def test_addresses_may_be_separated_as_people_do_it(text: str) -> None:
    settings = settings_of(mail_to=text)
    assert (settings.mail_to, settings.problems) == (("a@x.jp", "b@y.co.jp"), ())


@pytest.mark.parametrize(
    "word",
    [
        "a",
        "a@x",
        "@x.jp",
        "a@",
        "a@x..jp",
        ".a@x.jp",
        "a@b@x.jp",
        "<a@x.jp>",
        "経理@x.jp",
        "a\x00@x.jp",
        "Bcc:a@x.jp",
        f"{'a' * 250}@x.jp",
    ],
)
def test_what_is_no_address_is_a_problem_and_the_good_ones_still_get_the_mail(word: str) -> None:
    settings = settings_of(mail_to=f"{word},ok@x.jp")
    assert settings.mail_to == ("ok@x.jp",)
    assert "freee_sync_mail_to" in only_problem(settings).detail


def test_no_line_break_survives_into_an_address() -> None:
    settings = settings_of(mail_to="a@x.jp\r\nBcc: b@y.jp")
    assert settings.mail_to == ("a@x.jp", "b@y.jp")
    assert only_problem(settings)


def test_a_backend_that_raises_breaks_nothing_and_is_told_for_each_variable() -> None:
    def unreachable(name: str) -> str | None:
        raise ConnectionError(name)

    settings = read_settings(PREFIX, unreachable)
    assert settings.enabled
    assert settings.hour == 6
    assert len(settings.problems) == 9
    assert "freee_sync_hour" in settings.problems[0].detail
    assert "ConnectionError" in settings.problems[0].detail


def test_a_second_company_has_variables_of_its_own() -> None:
    held = {"freee_sync_b_hour": "9", "freee_sync_hour": "8"}
    assert read_settings("freee_sync_b_", held.get).hour == 9


@pytest.mark.parametrize(
    ("held", "line"),
    [
        ({"enabled": "true", "hour": "6"}, "毎日 06:00 JST"),
        ({"enabled": "true", "hour": "23"}, "毎日 23:00 JST"),
        ({"enabled": "false"}, "停止中"),
    ],
)
def test_the_description_tells_the_state(held: dict[str, str], line: str) -> None:
    assert describe(settings_of(**held)) == line


@pytest.mark.parametrize(("enabled", "state"), [("true", "毎日 06:00 JST"), ("false", "停止中")])
def test_the_description_tells_what_to_mend_and_still_the_state(enabled: str, state: str) -> None:
    line = describe(settings_of(enabled=enabled, hour="abc", language="fr"))
    assert line.startswith(f"設定エラー（{state}")
    assert "「abc」" in line
    assert "「fr」" in line
