"""A run told in words and figures: verdict, subject, text, HTML, CSV and the published JSON."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

import reports
from freee_sync.masters import MASTERS
from freee_sync.outcome import Calls, Link, MasterResult, Note, Written
from freee_sync.report import Overall, overall, render_csv, render_html, render_text, subject, to_json
from freee_sync.report.plain import grid
from freee_sync.report.wording import LABELS, NOTES, REASONS, SKIPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from freee_sync.outcome import RunReport

INCLUDE = Path(__file__).parents[2] / "include"
TEMPLATES = INCLUDE / "templates"
SCHEMA = Draft202012Validator(json.loads((INCLUDE / "report.schema.json").read_text(encoding="utf-8")))

RUNS = {
    "success": reports.success,
    "partial": reports.partial,
    "failed": reports.failed,
    "not_run": reports.not_run,
    "preview": reports.preview,
    "no_result": reports.no_result,
}
every_run = pytest.mark.parametrize("build", RUNS.values(), ids=RUNS)


def text_of(report: RunReport, language: str = "ja") -> str:
    return render_text(report, TEMPLATES, language)


def html_of(report: RunReport) -> str:
    return render_html(report, TEMPLATES)


def line_of(text: str, start: str) -> str:
    """The first line of the text that begins so, its columns one space apart."""
    return next(" ".join(line.split()) for line in text.splitlines() if line.strip().startswith(start))


def csv_of(report: RunReport) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(render_csv(report).decode("utf-8-sig"), newline="")))


def malicious() -> RunReport:
    """A refused row whose name attacks every form the report takes."""
    row = reports.failed_row(name=reports.MALICIOUS_NAME, detail="\u202eevil\ud800")
    items = reports.delta("items", failed=1, causes={reports.VALIDATION: 1}, failed_rows=[row])
    link = replace(reports.LINK, company_name=reports.MALICIOUS_NAME, authorised_by=reports.MALICIOUS_NAME)
    return reports.success(results=reports.seven(items=items), link=link)


class TestVerdict:
    @pytest.mark.parametrize(
        ("report", "expected"),
        [
            (reports.success(), Overall.SUCCESS),
            (reports.partial(), Overall.PARTIAL),
            (reports.failed(), Overall.FAILED),
            (reports.not_run(), Overall.NOT_RUN),
            (reports.preview(), Overall.PREVIEW),
            (reports.no_result(), Overall.PARTIAL),
        ],
        ids=RUNS,
    )
    def test_each_kind_of_run_has_its_verdict(self, report: RunReport, expected: Overall) -> None:
        assert overall(report) is expected

    def test_one_master_that_left_no_result_alone_is_a_failure(self) -> None:
        assert overall(reports.success(results={"items": None})) is Overall.FAILED

    def test_rows_within_the_tolerance_are_still_told_as_partly_failed(self) -> None:
        assert overall(reports.partial(max_failed_rows=5)) is Overall.PARTIAL

    def test_a_preview_that_could_not_read_a_master_is_no_mere_preview(self) -> None:
        assert overall(reports.preview(results=reports.seven(taxes=None))) is Overall.PARTIAL

    def test_a_run_stopped_at_its_check_did_not_run_whatever_an_earlier_try_left(self) -> None:
        assert overall(reports.not_run(results=reports.seven())) is Overall.NOT_RUN

    def test_a_result_that_was_cut_off_is_a_failure_though_no_row_failed(self) -> None:
        cut_off = MasterResult("taxes", mode="full", reason="always_full", read=5, created=5)

        report = reports.success(results={"taxes": cut_off})

        assert overall(report) is Overall.FAILED
        assert "task.interrupted" in text_of(report)


class TestSubject:
    def test_it_tells_verdict_time_in_jst_and_the_two_numbers(self) -> None:
        assert subject(reports.partial(), "ja") == "【一部失敗】freeeマスター同期 11/24 06:00 対象517 失敗1"

    def test_a_time_in_another_zone_is_told_in_jst(self) -> None:
        report = reports.success(started="2026-11-23T21:00:03+00:00")

        assert "11/24 06:00" in subject(report, "ja")

    def test_masters_that_did_not_end_are_named_beside_the_numbers(self) -> None:
        assert subject(reports.no_result(), "ja").endswith("失敗0 未完了1マスター")

    def test_a_sandbox_run_says_so(self) -> None:
        assert subject(reports.success(sandbox=True), "ja").startswith("[SANDBOX] 【成功】")

    def test_it_can_be_english(self) -> None:
        assert subject(reports.failed(), "en").startswith(
            "[Failed] freee master sync 11/24 06:00 rows 1200 failed 1000"
        )


class TestText:
    def test_the_first_three_lines_say_what_happened_what_to_do_and_who(self) -> None:
        first, second, third = text_of(reports.partial()).splitlines()[:3]

        assert first == "【一部失敗】実行した7マスターのうち1マスターに失敗があります。 対象 517件 成功 516件 失敗 1件"
        assert second == "対応: 入力規則を見直すか、freeeの値を直してください。"
        assert third == "担当: Salesforce管理者"

    def test_a_success_asks_for_nothing(self) -> None:
        assert text_of(reports.success()).splitlines()[1:3] == ["対応: 必要ありません。", "担当: なし"]

    def test_every_master_has_its_counts_in_one_row(self) -> None:
        text = text_of(reports.partial())

        assert line_of(text, "取引先") == "取引先 成功 差分(2026/11/22以降) 20 3 12 5 20 0 0 -"
        assert line_of(text, "品目") == "品目 一部失敗 差分(2026/11/22以降) 5 0 4 0 4 1 0 -"
        assert line_of(text, "合計") == "合計 517 3 17 496 516 1 0 -"

    def test_unprocessed_rows_count_among_the_failed(self) -> None:
        assert line_of(text_of(reports.failed()), "取引先").endswith(" 1,200 200 0 0 200 1,000 1,000 -")

    def test_columns_stay_straight_with_full_width_characters(self) -> None:
        """In Japan's old encoding a character takes as many bytes as a terminal gives it columns."""
        lines = text_of(reports.success()).splitlines()
        header = next(index for index, line in enumerate(lines) if line.startswith("マスター"))

        assert len({len(line.encode("cp932")) for line in lines[header : header + 9]}) == 1

    def test_a_full_width_latin_letter_takes_two_columns_and_a_combining_mark_none(self) -> None:
        assert grid([["Ａ", "1"], ["ab", "1"], ["か\u3099", "1"]], texts=2) == ["Ａ  1", "ab  1", "か\u3099  1"]

    def test_it_says_why_each_master_was_read_in_full_or_as_a_difference(self) -> None:
        text = text_of(reports.success())

        assert "税区分、勘定科目、部門、セグメントタグ: 毎回、全件を取り込むマスター" in text
        assert "取引先、品目、メモタグ: 最終インポート日時からの差分" in text

    def test_a_cause_comes_with_hint_owner_and_its_rows_by_key_and_name(self) -> None:
        text = text_of(reports.partial())

        assert "■ 失敗の原因: 品目" in text
        assert "Salesforceの入力規則により拒否されました。 1件" in text
        assert "- 1234567-1  品目1  [新規]: 品目名に「一式」は使えません" in text

    def test_rows_beyond_the_first_are_in_the_csv_and_rows_beyond_500_are_counted(self) -> None:
        report = reports.success(results=reports.seven(items=reports.refused_items(620, kept=500)))

        text = text_of(report)

        assert text.count("  - 1234567-") == 5
        assert "ほか495行は添付のCSVに記載" in text
        assert "件数だけを記録した行 120行" in text

    def test_masters_struck_by_the_same_thing_share_one_section(self) -> None:
        text = text_of(reports.failed())

        assert "■ 失敗の原因: 税区分、勘定科目、部門、セグメントタグ、品目、メモタグ" in text
        assert text.count("■ 失敗の原因") == 2

    def test_a_master_without_a_result_has_unknown_counts_and_is_not_in_the_total(self) -> None:
        text = text_of(reports.no_result())

        assert line_of(text, "取引先").endswith(" 不明" * 7)
        assert line_of(text, "合計(不明を除く)") == "合計(不明を除く) 497 0 5 492 497 0 0 -"
        assert "task.no_result" in text

    def test_a_run_that_did_not_happen_names_every_problem_and_that_nothing_was_synced(self) -> None:
        text = text_of(reports.not_run())

        assert (
            text.splitlines()[0] == "【未実行】どのマスターも取り込んでいません。Salesforceのデータは変わっていません。"
        )
        assert "担当: データ担当、経理" in text
        assert "freee_sync_hour は「25」です。" in text
        assert "freeeのIPアドレス制限により接続できません。" in text

    def test_after_a_full_read_both_sides_are_counted(self) -> None:
        taxes = reports.result("taxes", unchanged=177, failed=1, causes={reports.VALIDATION: 1}, org_rows=177)

        text = text_of(reports.success(results=reports.seven(taxes=taxes)))

        assert "freee 250件 = Salesforce 250件" in text
        assert "freee 178件 ≠ Salesforce 177件" in text

    def test_missing_restored_and_held_rows_are_told_apart(self) -> None:
        sections = reports.result(
            "sections",
            updated=2,
            unchanged=20,
            missing=6,
            marked=2,
            held=4,
            restored=1,
            notes=[Note("marks_held", "上限5行")],
        )

        text = text_of(reports.success(results=reports.seven(sections=sections)))

        assert "6件(印を付けた 2件・付けられなかった 0件・保留 4件)" in text
        assert "freeeに戻った行 1件" in text
        assert "「freeeにない」印を付けていません(上限5行)" in text

    def test_a_skipped_master_is_told_with_its_reason(self) -> None:
        results = reports.seven()
        del results["memo_tags"]

        text = text_of(reports.success(results=results, skipped={"memo_tags": "switched_off"}))

        assert line_of(text, "メモタグ") == "メモタグ スキップ" + " -" * 9
        assert "メモタグ: メモタグの取込がオフ" in text

    @pytest.mark.parametrize(
        ("first_run", "since", "told"),
        [
            (reports.RUN_ID, reports.STARTED, "新規"),
            ("run of another day", "2026-11-22T06:00:00+09:00", "継続(3日目)"),
            ("run of this morning", "2026-11-24T05:00:00+09:00", "継続(1日目)"),
            ("run that UTC puts on the day before", "2026-11-22T15:30:00+00:00", "継続(2日目)"),
            (None, "2026-11-22T06:00:00+09:00", "継続(3日目以上)"),
            (None, reports.STARTED, "前回まで不明"),
            (None, None, "前回まで不明"),
        ],
    )
    def test_a_failed_row_says_since_when_it_fails(self, first_run: str | None, since: str | None, told: str) -> None:
        row = reports.failed_row(first_run=first_run, since=since)
        items = reports.delta("items", failed=1, causes={reports.VALIDATION: 1}, failed_rows=[row])

        assert f"- 1234567-1  品目1  [{told}]: " in text_of(reports.success(results=reports.seven(items=items)))
        assert f">{told}</span>" in html_of(reports.success(results=reports.seven(items=items)))

    def test_failed_rows_are_counted_as_new_continued_and_resolved(self) -> None:
        rows = [reports.failed_row(1), reports.failed_row(2), reports.failed_row(3, first_run="yesterday's")]
        over = [reports.failed_row(number, first_run="yesterday's", detail="") for number in range(4, 11)]
        items = reports.delta("items", failed=9, causes={reports.VALIDATION: 9}, failed_rows=rows, resolved=over)

        text = text_of(reports.success(results=reports.seven(items=items)))

        assert "新規 2件、継続 1件、解消 7件、件数だけを記録した行 6行" in text
        assert "品目  解消: 1234567-8 品目8\n  品目  解消: ほか2行\n" in text
        assert "1234567-9" not in text

    def test_resolved_rows_are_told_when_no_row_failed(self) -> None:
        items = reports.delta("items", updated=1, resolved=[reports.failed_row(1, first_run="yesterday's")])

        assert "品目  解消 1件\n  品目  解消: 1234567-1 品目1\n" in text_of(reports.success(results={"items": items}))

    def test_nothing_is_said_of_failed_rows_when_there_are_none_and_were_none(self) -> None:
        assert LABELS["trend"].ja not in text_of(reports.success())

    @pytest.mark.parametrize(
        ("before", "complete", "told"),
        [(170, True, "+8"), (1178, True, "-1,000"), (178, True, "0"), (None, True, "-"), (170, False, "-")],
    )
    def test_a_master_has_its_difference_to_the_last_run(self, before: int | None, complete: bool, told: str) -> None:
        taxes = reports.result("taxes", unchanged=178, previous_read=before, complete=complete)

        assert line_of(text_of(reports.success(results={"taxes": taxes})), "税区分").endswith(f" 178 0 0 {told}")

    def test_an_unknown_note_prints_its_code_and_detail(self) -> None:
        report = reports.success(link=replace(reports.LINK, warnings=(Note("brand_new", "何か"),)))

        assert "brand_new (何か)" in text_of(report)

    def test_the_hour_of_maintenance_is_named_in_its_sentence(self) -> None:
        report = reports.success(link=replace(reports.LINK, warnings=(Note("maintenance_hour", "3"),)))

        assert "実行時刻(3時)がfreeeのメンテナンスの時間帯に入っています。\n" in text_of(report)

    def test_a_preview_shows_old_and_new_values(self) -> None:
        text = text_of(reports.preview())

        assert "FullName__c: 青葉銀行 → あおば銀行" in text
        assert "FullName__c: (新規) → わかば商店" in text

    def test_starts_that_did_not_happen_are_named(self) -> None:
        report = reports.success(missed_starts=("2026-11-23T06:00:00+09:00",))

        assert "■ 実行されなかった開始予定(DAGや定期実行を止めていた日を含む)\n  2026/11/23 06:00" in text_of(report)

    def test_rows_within_the_tolerance_are_said_to_leave_the_task_green(self) -> None:
        assert "失敗1件は許容範囲(max_failed_rows=5)内" in text_of(reports.partial(max_failed_rows=5))
        assert "許容範囲" not in text_of(reports.partial())

    def test_it_names_the_company_who_authorised_and_where_to_look(self) -> None:
        report = reports.success()

        text = text_of(report)

        assert "株式会社あおば商事(事業所ID 1234567)" in text
        assert "山田 花子 (hanako@aoba.example)" in text
        assert str(report.run_url) in text
        assert str(report.org_url) in text

    @every_run
    def test_the_english_report_has_no_japanese_but_the_data(self, build: Callable[[], RunReport]) -> None:
        report = replace(build(), link=Link(problems=build().link.problems))
        data = "".join(problem.detail for problem in report.link.problems)
        data += "".join(
            json.dumps(result.to_json(), ensure_ascii=False) for result in report.results.values() if result
        )

        japanese = {character for character in text_of(report, "en") if "\u3040" <= character <= "\u9fff"}

        assert japanese <= set(data)


class TestHtml:
    def test_a_malicious_name_is_escaped(self) -> None:
        html = html_of(malicious())

        assert "<script" not in html
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html

    @every_run
    def test_nothing_is_loaded_from_outside(self, build: Callable[[], RunReport]) -> None:
        html = html_of(build())

        assert not any(loader in html for loader in ("<img", "<link", "<style", "src=", "url(", "@import"))

    @every_run
    def test_it_says_what_the_text_says(self, build: Callable[[], RunReport]) -> None:
        report = build()
        first, second, third = text_of(report).splitlines()[:3]

        html = html_of(report).replace("&gt;", ">")

        assert first.split("】")[1].split("。")[0] in html
        assert second.removeprefix("対応: ") in html
        assert third.removeprefix("担当: ") in html


class TestMaliciousNames:
    def test_no_line_of_the_text_is_made_by_a_name(self) -> None:
        text = text_of(malicious())

        assert not any(line.startswith("Bcc:") for line in text.splitlines())
        assert "\u202e" not in text
        text.encode("utf-8")

    def test_no_cell_of_the_csv_is_a_formula(self) -> None:
        (row,) = csv_of(malicious())

        assert row["name"].startswith("'=HYPERLINK")
        assert "\n" not in row["name"]

    @pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "＝"])
    def test_every_start_that_excel_computes_is_guarded(self, start: str) -> None:
        row = reports.failed_row(name=f"{start}1+1")
        items = reports.delta("items", failed=1, causes={reports.VALIDATION: 1}, failed_rows=[row])

        (found,) = csv_of(reports.success(results={"items": items}))

        assert found["name"].startswith("'")


class TestCsv:
    def test_it_is_utf_8_with_bom_and_crlf(self) -> None:
        content = render_csv(reports.partial())

        assert content.startswith(b"\xef\xbb\xbfmaster,key,name,code,cause,hint,owner,since\r\n")
        assert content.count(b"\n") == content.count(b"\r\n") == 2

    def test_a_row_has_its_cause_in_words(self) -> None:
        row = reports.failed_row(row_code="A-01")
        items = reports.delta("items", failed=1, causes={reports.VALIDATION: 1}, failed_rows=[row])

        (found,) = csv_of(reports.success(results={"items": items}))

        assert found == {
            "master": "品目",
            "key": "1234567-1",
            "name": "品目1",
            "code": "A-01",
            "cause": f"Salesforceの入力規則により拒否されました。 [{reports.VALIDATION}] 品目名に「一式」は使えません",
            "hint": "入力規則を見直すか、freeeの値を直してください。",
            "owner": "Salesforce管理者",
            "since": "2026-11-24",
        }

    def test_since_is_blank_for_a_row_that_may_have_failed_before(self) -> None:
        items = reports.delta(
            "items", failed=1, causes={reports.VALIDATION: 1}, failed_rows=[reports.failed_row(first_run=None)]
        )

        (found,) = csv_of(reports.success(results={"items": items}))

        assert found["since"] == ""


class TestJson:
    @every_run
    def test_every_kind_of_run_follows_the_published_schema(self, build: Callable[[], RunReport]) -> None:
        SCHEMA.validate(json.loads(json.dumps(to_json(build()))))

    def test_the_schema_itself_is_sound(self) -> None:
        Draft202012Validator.check_schema(SCHEMA.schema)

    @pytest.mark.parametrize(
        "change",
        [
            {"verdict": "fine"},
            {"started": "2026-11-24T06:00:03Z"},
            {"masters": []},
            {"surprise": 1},
        ],
        ids=str,
    )
    def test_the_schema_refuses_what_is_not_a_report(self, change: dict[str, Any]) -> None:
        with pytest.raises(ValidationError):
            SCHEMA.validate(to_json(reports.success()) | change)

    def test_a_master_that_failed_never_lacks_a_cause(self) -> None:
        report = to_json(reports.partial())
        items = next(master for master in report["masters"] if master["master"] == "items")

        items["causes"] = []

        with pytest.raises(ValidationError):
            SCHEMA.validate(report)

    def test_all_masters_are_listed_in_the_order_they_run(self) -> None:
        listed = [master["master"] for master in to_json(reports.not_run())["masters"]]

        assert listed == [master.name for master in MASTERS]

    def test_counts_and_cause_of_a_partly_failed_master(self) -> None:
        items = next(master for master in to_json(reports.partial())["masters"] if master["master"] == "items")

        assert (items["status"], items["read"], items["updated"], items["failed"]) == ("partial", 5, 4, 1)
        (cause,) = items["causes"]
        assert (cause["code"], cause["count"], cause["owner"]) == (reports.VALIDATION, 1, "salesforce_admin")
        assert cause["examples"] == [{"key": "1234567-1", "name": "品目1", "detail": "品目名に「一式」は使えません"}]

    def test_counts_that_nobody_knows_are_null(self) -> None:
        partners = next(master for master in to_json(reports.no_result())["masters"] if master["master"] == "partners")

        assert partners["read"] is None
        assert partners["status"] == "failed"
        assert partners["causes"][0]["code"] == "task.no_result"

    def test_what_ended_a_master_is_its_first_cause_and_told_once(self) -> None:
        masters = {master["master"]: master for master in to_json(reports.failed())["masters"]}

        assert [(cause["code"], cause["count"]) for cause in masters["partners"]["causes"]] == [
            ("token.invalid_grant", 1000)
        ]
        assert [(cause["code"], cause["count"]) for cause in masters["taxes"]["causes"]] == [("token.invalid_grant", 0)]


@pytest.mark.parametrize("table", [LABELS, NOTES, REASONS, SKIPS], ids=["labels", "notes", "reasons", "skips"])
def test_a_memo_tag_is_never_called_a_tag_alone(table: dict[str, Any]) -> None:
    for words in table.values():
        assert "タグ" not in words.ja.replace("メモタグ", "").replace("セグメントタグ", "")


class TestEarlierTries:
    def test_what_they_wrote_is_told_apart_from_the_counts_of_the_last(self) -> None:
        items = reports.delta("items", unchanged=5, earlier=Written(created=1000, updated=2))
        report = reports.success(results=reports.seven(items=items))

        assert "品目 この実行の前回までの試行で作成1,000・更新2・印0(上の件数には含みません)" in " ".join(
            text_of(report).split()
        )
        assert line_of(text_of(report), "品目").startswith("品目 成功 差分(2026/11/22以降) 5 0 0 5 5")
        (master,) = [entry for entry in to_json(report)["masters"] if entry["master"] == "items"]
        assert master["earlier"] == {"created": 1000, "updated": 2, "marked": 0, "restored": 0}
        SCHEMA.validate(to_json(report))

    def test_without_any_nothing_is_told(self) -> None:
        assert "前回までの試行" not in text_of(reports.success())


class TestCalls:
    def test_each_master_tells_what_it_asked_of_both_sides_and_how_full_the_orgs_day_is(self) -> None:
        items = reports.delta(
            "items", unchanged=5, calls=Calls(freee=1234, salesforce=56, org_used=4523, org_limit=5000)
        )
        report = reports.success(results=reports.seven(items=items))
        told = "品目 freee 1,234回・Salesforce 56回(組織の24時間の上限の90%)"

        assert told in " ".join(text_of(report).split())
        assert "組織の24時間の上限の90%" in render_html(report, TEMPLATES, "ja")
        assert "freee 1,234, Salesforce 56 (90 % of the org's limit of 24 hours)" in render_text(
            report, TEMPLATES, "en"
        )
        (master,) = [entry for entry in to_json(report)["masters"] if entry["master"] == "items"]
        assert master["calls"] == {"freee": 1234, "salesforce": 56, "org_used": 4523, "org_limit": 5000}
        SCHEMA.validate(to_json(report))

    def test_an_org_that_told_nothing_has_no_share(self) -> None:
        items = reports.delta("items", unchanged=5, calls=Calls(freee=2))
        told = text_of(reports.success(results=reports.seven(items=items)))

        assert "freee 2回・Salesforce 0回\n" in told

    def test_a_result_of_an_older_version_has_no_calls(self) -> None:
        kept = reports.delta("items", unchanged=5).to_json()
        del kept["calls"]

        assert MasterResult.from_json(kept).calls == Calls()
