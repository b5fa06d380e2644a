"""The report's words, each once in Japanese and English. Causes and hints are not here: they stand in `verdicts.yaml`.

Japanese is freee's and Salesforce's own: 取引先, 勘定科目, メモタグ, 最終インポート日時, 対象件数, 成功件数, 失敗件数, 入力規則.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from freee_sync.masters import Master
    from freee_sync.outcome import Note
    from freee_sync.verdicts import Language


class Words(NamedTuple):
    """One phrase in both languages, with `{places}` to fill in."""

    ja: str
    en: str

    def say(self, language: Language, **values: object) -> str:
        """The phrase with its places filled in."""
        return (self.ja if language == "ja" else self.en).format(**values)


OVERALL = {
    "success": Words("成功", "Success"),
    "partial": Words("一部失敗", "Partly failed"),
    "failed": Words("失敗", "Failed"),
    "not_run": Words("未実行", "Not run"),
    "preview": Words("プレビュー", "Preview"),
}

STATUSES = {
    "success": Words("成功", "success"),
    "partial": Words("一部失敗", "partly failed"),
    "failed": Words("失敗", "failed"),
    "skipped": Words("スキップ", "skipped"),
}

KINDS = {
    "scheduled": Words("定期実行", "scheduled"),
    "manual": Words("手動実行", "manual"),
    "dry_run": Words("プレビュー(Salesforceには書き込みません)", "preview (nothing is written to Salesforce)"),
}

MODES = {
    "full": Words("全件", "full"),
    "delta": Words("差分({since}以降)", "since {since}"),
}

REASONS = {
    "always_full": Words("毎回、全件を取り込むマスター", "always read in full"),
    "cursor_blank": Words("最終インポート日時が空", "the last import time is blank"),
    "full_load": Words("実行フォームで全件を指定", "asked for in the run form"),
    "full_every_days": Words("前回の全件取込から所定の日数が経過", "the last full read is too long ago"),
    "context_changed": Words("事業所・組織・項目の対応などが変更", "company, org or mapping changed"),
    "memory_lost": Words("前回の全件取込の記録がない", "the time of the last full read is unknown"),
    "delta": Words("最終インポート日時からの差分", "the difference since the last import"),
}

SKIPS = {
    "switched_off": Words(
        "メモタグの取込がオフ(取込済みの行はそのまま)", "memo tags are switched off; rows stay as they are"
    ),
    "not_chosen": Words("実行フォームで選ばれていない", "not chosen in the run form"),
    "not_run": Words("事前確認で停止", "the run was stopped before it"),
}

NOTES = {
    "segment_unavailable": Words(
        "利用できないセグメントは取り込んでいません。", "A segment that is not available was left out."
    ),
    "listing_moved": Words(
        "読み取り中にfreeeの行が動きました。freeeにない行の判定は行わず、最終インポート日時も進めていません。次回もう一度読み取ります。",
        "Rows moved while freee was read: none was marked missing and the last import time waits. The next run reads again.",
    ),
    "listing_keyless": Words(
        "IDやコードのない行があるため、freeeにない行の判定は行っていません。",
        "A row has no id or code, so that none was marked missing.",
    ),
    "cursor_waits": Words(
        "反映できていない行があるため、最終インポート日時を進めていません。次回も同じ範囲を取り込みます。",
        "Not every row arrived, so the last import time waits. The next run reads the same range again.",
    ),
    "cursor_changed": Words(
        "実行中に最終インポート日時が手で変更されたため、その値を残しました。",
        "Somebody changed the last import time during the run; that value was kept.",
    ),
    "push_linked": Words(
        "freeeの取引先と新しく関連付けたSalesforceの取引先: {detail}件",
        "Accounts newly linked to their freee partner: {detail}",
    ),
    "push_not_in_freee": Words(
        "freeeに当たる取引先がないSalesforceの取引先: {detail}件(送信がオンなら新しく作成します)",
        "Accounts that freee has no partner for: {detail} (sending, when on, creates them)",
    ),
    "push_proposal_refused": Words(
        "関連付けの提案をSalesforceに書き込めませんでした。", "A link proposal could not be written to Salesforce."
    ),
    "changed_by_salesforce": Words(
        "保存時にSalesforce側(フローやトリガーなど)で値が書き換えられています。",
        "Salesforce (a flow or trigger) changes this on save.",
    ),
    "lookup_emptied": Words(
        "参照先のレコードがSalesforceにまだないため、参照項目を空にしています。参照先ができた後の全件取込で設定されます。",
        "A lookup stays empty because Salesforce does not hold its record yet. A full read after that record is there sets it.",
    ),
    "marks_held": Words(
        "freeeから消えた行が多いため、「freeeにない」印を付けていません({detail})。freeeの連携ユーザーの権限を確認し、"
        "本当に消えたのであれば、実行画面で印の上限を外して一度だけ実行してください。",
        "Too many rows left freee, so none was marked missing ({detail}). See whether the freee user lost a right; if they are "
        "gone for good, trigger one run with approve_missing.",
    ),
    "maintenance_hour": Words(
        "実行時刻({detail}時)がfreeeのメンテナンスの時間帯に入っています。",
        "The hour ({detail}:00 JST) lies in freee's usual maintenance window.",
    ),
}

STANDINGS = {
    "new": Words("新規", "new"),
    "continued": Words("継続({days}日目)", "day {days}"),
    "continued_at_least": Words("継続({days}日目以上)", "day {days} or more"),
    "unknown": Words("前回まで不明", "earlier runs unknown"),
}

TREND = {
    "new": Words("新規 {n:,}件", "new {n:,}"),
    "continued": Words("継続 {n:,}件", "continued {n:,}"),
    "continued_at_least": Words("継続(開始日不明) {n:,}件", "continued since an unknown day {n:,}"),
    "unknown": Words("前回まで不明 {n:,}件", "earlier runs unknown {n:,}"),
    "resolved": Words("解消 {n:,}件", "resolved {n:,}"),
}

HEADLINES = {
    "success": Words("実行した{masters}マスターをすべて取り込みました。", "All {masters} masters that ran arrived."),
    "partial": Words(
        "実行した{masters}マスターのうち{bad}マスターに失敗があります。",
        "{bad} of the {masters} masters that ran did not arrive whole.",
    ),
    "failed": Words(
        "実行した{masters}マスターは、いずれも最後まで取り込めませんでした。",
        "None of the {masters} masters that ran came to its end.",
    ),
    "not_run": Words(
        "どのマスターも取り込んでいません。Salesforceのデータは変わっていません。",
        "No master was imported. Salesforce is as it was.",
    ),
    "preview": Words(
        "Salesforceには書き込んでいません。件数は実行した場合の予定です。",
        "Nothing was written. The counts are what a run would do.",
    ),
}

LABELS = {
    "title": Words("freeeマスター同期", "freee master sync"),
    "todo": Words("対応", "To do"),
    "who": Words("担当", "Who"),
    "master": Words("マスター", "Master"),
    "result": Words("結果", "Result"),
    "method": Words("取込方法", "Read"),
    "read": Words("対象", "Listed"),
    "created": Words("作成", "Created"),
    "updated": Words("更新", "Updated"),
    "unchanged": Words("変更なし", "Unchanged"),
    "succeeded": Words("成功", "Succeeded"),
    "unsuccessful": Words("失敗", "Failed"),
    "unprocessed": Words("うち未処理", "Unprocessed"),
    "difference": Words("前回との差", "Since last"),
    "total": Words("合計", "Total"),
    "total_of_known": Words("合計(不明を除く)", "Total of the known"),
    "unknown": Words("不明", "unknown"),
    "unknown_count": Words("件数不明", "count unknown"),
    "none": Words("-", "-"),
    "run": Words("実行", "Run"),
    "company": Words("事業所", "Company"),
    "authorised_by": Words("認可ユーザー", "Authorised by"),
    "org": Words("Salesforce組織", "Salesforce org"),
    "problems": Words("実行できなかった理由", "Why it did not run"),
    "causes": Words("失敗の原因", "Why rows failed"),
    "cause": Words("原因", "Cause"),
    "detail": Words("詳細", "Detail"),
    "rows": Words("該当行", "Rows"),
    "row_code": Words("コード", "code"),
    "trend": Words("失敗した行の変化", "Failed rows beside earlier runs"),
    "checks": Words("件数の照合(全件取込の後)", "Counts compared after a full read"),
    "missing": Words("freeeにない行", "Rows that freee does not list"),
    "calls": Words("API呼び出し", "API calls"),
    "changes": Words("反映される変更(先頭の行)", "What would change (first rows)"),
    "notes": Words("お知らせ", "Notes"),
    "missed_starts": Words(
        "実行されなかった開始予定(DAGや定期実行を止めていた日を含む)",
        "Starts that did not happen (days switched off included)",
    ),
    "links": Words("リンク", "Links"),
    "run_url": Words("この実行の記録", "This run"),
    "org_url": Words("Salesforceのレコード", "Records in Salesforce"),
    "new_row": Words("(新規)", "(new)"),
    "blank": Words("(空)", "(blank)"),
}

COUNT = Words("{n:,}件", "rows: {n:,}")
TILE = Words("{n:,}件", "{n:,}")
BADGE = Words("【{verdict}】", "[{verdict}] ")
MASTERS_COUNTED = Words("{n}マスター", "{n} masters")
SUBJECT = Words(
    "【{verdict}】{title} {time} 対象{read} 失敗{unsuccessful}",
    "[{verdict}] {title} {time} rows {read} failed {unsuccessful}",
)
UNFINISHED = Words(" 未完了{masters}マスター", " unfinished masters {masters}")
COMPANY = Words("{name}(事業所ID {number})", "{name} (company id {number})")
WHEN = Words("{kind} {start}〜{end} JST", "{kind}, {start} to {end} JST")

NOBODY = Words("なし", "Nobody")
NOTHING_TO_DO = Words("必要ありません。", "Nothing.")
NOTES_TO_READ = Words("必要ありません。お知らせが{n}件あります。", "Nothing, but there are notes below ({n}).")
MORE_TO_DO = Words("{first}(ほかの対応{n}件は下に記載)", "{first} ({n} more below)")
PREVIEW_TO_DO = Words(
    "内容を確認し、問題がなければdry_runを外して実行してください。", "Read it, then trigger a run without dry_run."
)
SKIPS_TO_READ = Words("下に記載した、スキップの理由を確認してください。", "Read below why every master was skipped.")

ROWS_IN_CSV = Words("ほか{n:,}行は添付のCSVに記載", "{n:,} more rows are in the attached CSV")
ROWS_UNNAMED = Words("件数だけを記録した行 {n:,}行", "rows counted without their names: {n:,}")
RESOLVED = Words("解消: {key} {name}", "resolved: {key} {name}")
MORE_RESOLVED = Words("解消: ほか{n:,}行", "resolved: {n:,} more rows")
CHECK = Words("freee {freee:,}件 {sign} Salesforce {org:,}件", "freee {freee:,} rows {sign} Salesforce {org:,} rows")
MISSING = Words(
    "{missing:,}件(印を付けた {marked:,}件・付けられなかった {mark_failed:,}件・保留 {held:,}件)",
    "{missing:,} rows (marked {marked:,}, not marked {mark_failed:,}, held {held:,})",
)
EARLIER = Words(
    "この実行の前回までの試行で作成{created:,}・更新{updated:,}・印{marked:,}(上の件数には含みません)",
    "Earlier tries of this run created {created:,}, updated {updated:,} and marked {marked:,} (not counted above).",
)
CALLS = Words("freee {freee:,}回・Salesforce {salesforce:,}回", "freee {freee:,}, Salesforce {salesforce:,}")
ORG_USED = Words("(組織の24時間の上限の{percent}%)", " ({percent} % of the org's limit of 24 hours)")
RESTORED = Words(
    "freeeに戻った行 {restored:,}件の印を外しました", "{restored:,} rows are listed again and no longer marked"
)
TOLERATED = Words(
    "失敗{n:,}件は許容範囲(max_failed_rows={limit:,})内のため、タスクは成功扱いです。",
    "{n:,} failed rows are within max_failed_rows={limit:,}, so the task counts as a success.",
)
SEPARATOR = Words("、", ", ")


def label(name: str, language: Language) -> str:
    """A fixed label of the report."""
    return LABELS[name].say(language)


def labels(language: Language) -> dict[str, str]:
    """All fixed labels, for a template."""
    return {name: words.say(language) for name, words in LABELS.items()}


def word_of(table: Mapping[str, Words], code: str, language: Language) -> str:
    """The words of a code; one that the table does not know is told by its own name."""
    return table[code].say(language) if code in table else code


def note_text(note: Note, language: Language) -> str:
    """A note as a sentence with its detail, behind it where it has no place inside; an unknown one prints its code."""
    words = NOTES.get(note.code)
    if words and "{detail}" in words.ja:
        return words.say(language, detail=note.detail)
    text = word_of(NOTES, note.code, language)
    return f"{text} ({note.detail})" if note.detail else text


def master_name(master: Master, language: Language) -> str:
    """What people call the master."""
    return master.japanese if language == "ja" else master.english
