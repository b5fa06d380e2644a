"""A new user walks through the demo's Airflow in a real browser, in Japanese, in the evening of the story's second day.

Everything is found by what is written on the screen. With `PICTURES` in the environment (`make pictures`), the README's pictures
are taken on the way.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from browser import chromium, field, installed, open_window
from freee_sync.settings import PREFIX, VARIABLES
from sandbox.stage import DAG_ID, stage
from sandbox.story import Story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.walk,
    pytest.mark.xdist_group("e2e"),
    pytest.mark.skipif(installed() is None, reason="there is no Chromium on the PATH to walk with"),
]

MAIL_WIDTH = 860  # pixels, the mail and a margin
FAILED, SUCCESS, SKIPPED = "失敗した", "成功", "スキップ済"
STATES = {
    "en-US": {"failed": "Failed", "success": "Success"},
    "ja-JP": {"failed": FAILED, "success": SUCCESS},
}


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The demo after two days: an item was refused, its task is red."""
    folder = tmp_path_factory.mktemp("walk")
    with stage(folder / "airflow") as running:
        story = Story(running, folder, print)
        story.tell_two_days()
        yield story


@pytest.fixture(scope="module")
def browser(story: Story, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser, started when the story is told."""
    with chromium(tmp_path_factory.mktemp("home")) as running:
        yield running


@pytest.fixture
def page(browser: Browser, story: Story, tmp_path: Path) -> Iterator[Page]:
    """Airflow's first page, in a fresh window; what it showed at last is kept."""
    page = open_window(browser, "ja-JP")
    page.goto(story.stage.airflow.url)
    yield page
    page.screenshot(path=tmp_path / "last.png")
    page.context.close()


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go."""
    asked = os.environ.get("PICTURES")
    return Path(asked) if asked else tmp_path_factory.mktemp("pictures")


@pytest.fixture(params=["en-US", "ja-JP"])
def language(request: pytest.FixtureRequest) -> str:
    """The language of the reader of a picture."""
    return str(request.param)


def open_dag(page: Page) -> None:
    """From anywhere to the DAG's page; the first page links its runs by the DAG's name, the list has a trigger button, too."""
    page.get_by_role("link", name="Dags", exact=True).click()
    expect(page.get_by_role("textbox", name="Dag を検索")).to_be_visible()
    page.get_by_role("link", name=DAG_ID, exact=True).click()
    expect(page.get_by_role("button", name="Dag ドキュメント")).to_be_visible()


def open_admin(page: Page, entry: str) -> None:
    """From anywhere to a page of the Admin menu."""
    page.get_by_role("button", name="管理").click()
    page.get_by_role("menuitem", name=entry).click()


def open_red_run(page: Page) -> None:
    """From anywhere to the tasks of the run that failed."""
    open_dag(page)
    page.get_by_role("link", name="実行", exact=True).click()
    page.get_by_role("row").filter(has_text=FAILED).get_by_role("link").first.click()


def named(picture: str, language: str) -> str:
    """A picture's file name, as the README in that language names it."""
    return f"{picture}.ja.png" if language == "ja-JP" else f"{picture}.png"


def test_the_mail_says_what_failed_why_and_who_acts(browser: Browser, story: Story, pictures: Path) -> None:
    page = open_window(browser, "ja-JP", MAIL_WIDTH)
    html = story.stage.sandbox.mail.mails[-1].message.get_body(("html",))
    assert html is not None

    page.set_content(html.get_content())

    for words in ("一部失敗", "対応", "担当", "失敗の原因: 品目", "この品目は審査中のため変更できません。"):
        expect(page.get_by_text(words).first).to_be_visible()
    rest = page.get_by_text("失敗した行の変化", exact=True).bounding_box()
    assert rest is not None
    page.set_viewport_size({"width": MAIL_WIDTH, "height": int(rest["y"])})
    page.screenshot(path=pictures / "mail.png")
    page.context.close()


def test_one_red_task_stands_out_in_the_run(browser: Browser, story: Story, pictures: Path, language: str) -> None:
    page = open_window(browser, language, 1400, 1000)
    run_id = story.stage.dag.runs()[-1]["dag_run_id"]

    page.goto(f"{story.stage.airflow.url}/dags/{DAG_ID}/runs/{run_id}")

    for task, state in story.stage.dag.task_states(run_id).items():
        expect(page.get_by_role("row").filter(has_text=task)).to_contain_text(STATES[language][str(state)])
    page.screenshot(path=pictures / named("run", language))
    page.context.close()


def test_every_variable_has_its_description(browser: Browser, story: Story, pictures: Path, language: str) -> None:
    page = open_window(browser, language, height=1000)

    page.goto(f"{story.stage.airflow.url}/variables")

    for name, entry in VARIABLES.items():
        row = page.get_by_role("row").filter(has=page.get_by_text(PREFIX + name, exact=True))
        expect(row).to_contain_text(entry.description[:30])
    page.get_by_role("table").screenshot(path=pictures / named("variables", language))
    page.context.close()


def test_the_dag_is_found_without_a_password_and_tells_how_to_use_it(page: Page) -> None:
    page.get_by_role("link", name="Dags", exact=True).click()
    search, dag = page.get_by_role("textbox", name="Dag を検索"), page.get_by_role("link", name=DAG_ID, exact=True)
    search.fill("no such thing")
    expect(dag).to_have_count(0)
    search.fill("freee")
    dag.click()
    expect(page.get_by_text("毎日 06:00 JST").first).to_be_visible()

    page.get_by_role("button", name="Dag ドキュメント").click()

    docs = page.get_by_role("dialog")
    expect(docs).to_contain_text("freee会計の7つのマスター")
    expect(docs).to_contain_text("失敗したマスターをやり直す: 原因を直してから、赤いタスクをClear(消去)する。")


def test_the_run_form_offers_everything_and_starts_a_preview(page: Page, story: Story) -> None:
    open_dag(page)
    page.get_by_role("button", name="Dag のトリガー").click()
    form = page.get_by_role("dialog")
    expect(form).to_contain_text("取り込むマスター")
    for master in ("税区分", "勘定科目", "部門", "セグメントタグ", "取引先", "品目", "メモタグ"):
        expect(form).to_contain_text(f"{master} (")
    for switch in ("全件で取り込む", "プレビュー", "「freeeにない」印の上限を外す"):
        expect(form.get_by_role("checkbox", name=switch)).not_to_be_checked()

    form.get_by_role("checkbox", name="プレビュー").press("Space")
    form.get_by_role("button", name="トリガー").click()
    expect(form).to_be_hidden()

    expect(page.get_by_role("row").filter(has_text="send_report")).to_contain_text(SUCCESS)
    expect(page.get_by_role("row").filter(has_text="sync_partners 取引先")).to_contain_text(SKIPPED)
    assert "プレビュー" in story.stage.sandbox.mail.mails[-1].message["subject"]


def test_a_connection_to_freee_is_added_by_its_own_form_and_its_secrets_are_never_shown(page: Page) -> None:
    open_admin(page, "接続")
    page.get_by_role("button", name="接続を追加").click()
    form, extras = page.get_by_role("dialog"), page.get_by_role("button", name="追加項目", exact=True)
    form.get_by_label("接続 ID").fill("freee_kansai")
    form.get_by_label("接続タイプ").click()
    page.get_by_role("option", name="freee会計").click()
    expect(form.get_by_label("APIのURL")).to_have_attribute("placeholder", "https://api.freee.co.jp")
    form.get_by_label("クライアントID").fill("client-of-kansai")
    form.get_by_label("クライアントシークレット").fill("hidden-from-all")
    extras.click()
    expect(form).to_contain_text("コマンド「python -m freee_sync.link」が入れます。")
    expect(field(form, "認証サーバーのURL")).to_be_visible()
    field(form, "事業所ID").fill("7654321")
    field(form, "リフレッシュトークン").fill("hidden-from-all")

    form.get_by_role("button", name="保存").click()

    expect(form).to_be_hidden()
    page.get_by_role("row").filter(has_text="freee_kansai").get_by_role("button", name="接続を編集").click()
    expect(form.get_by_label("クライアントID")).to_have_value("client-of-kansai")
    expect(form.get_by_label("クライアントシークレット")).to_have_value("***")
    extras.click()
    expect(field(form, "事業所ID")).to_have_value("7654321")
    expect(field(form, "リフレッシュトークン")).to_have_value("***")
    assert "hidden-from-all" not in page.content()


def test_a_variable_is_edited_and_keeps_its_description(page: Page, story: Story) -> None:
    name, told = "freee_sync_full_every_days", "取引先・メモタグ・品目を全件で読み直す間隔（日）。"
    open_admin(page, "変数")
    row, form = page.get_by_role("row").filter(has_text=name), page.get_by_role("dialog")
    expect(row).to_contain_text(told)
    row.get_by_role("button", name="変数を編集").click()
    expect(form.get_by_label("値")).to_have_value("7")

    form.get_by_label("値").fill("14")
    form.get_by_role("button", name="保存").click()

    expect(row.get_by_role("cell", name="14", exact=True)).to_be_visible()
    expect(row).to_contain_text(told)
    assert story.stage.variable("full_every_days") == "14"


def test_a_red_task_is_cleared_when_its_cause_is_mended_and_turns_green(page: Page, story: Story) -> None:
    open_red_run(page)
    items = page.get_by_role("row").filter(has_text="sync_items 品目")
    expect(items).to_contain_text(FAILED)
    story.mend()

    items.get_by_role("button", name="消去").click()
    dialog = page.get_by_role("dialog")
    for task in ("sync_items", "send_report", "fail_run_on_failure"):
        expect(dialog.get_by_role("row").filter(has_text=task)).to_be_visible()
    dialog.get_by_role("button", name="確認").click()

    expect(items).to_contain_text(SUCCESS)
    expect(page.get_by_role("row").filter(has_text="fail_run_on_failure")).to_contain_text(SKIPPED)
    expect(page.get_by_text(FAILED)).to_have_count(0)
    assert "【成功】" in story.stage.sandbox.mail.mails[-1].message["subject"]
