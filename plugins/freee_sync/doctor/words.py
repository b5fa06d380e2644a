"""What `doctor` says, in Japanese and English. Causes and remedies that tasks meet too are in `verdicts.yaml`."""

from __future__ import annotations

from freee_sync.bilingual import Texts

TITLES: Texts = {
    "variables": ("Variable", "Variables"),
    "encryption": ("暗号化", "Encryption"),
    "dag": ("DAG", "DAG"),
    "next_run": ("次の実行", "Next run"),
    "mail": ("結果メール", "Result mail"),
    "freee_connection": ("freeeのConnection", "Connection to freee"),
    "link": ("freeeとの連携", "Link to freee"),
    "company": ("freeeの事業所", "Company in freee"),
    "rights": ("freeeの閲覧権限", "Rights in freee"),
    "segments": ("freeeのセグメント", "Segments in freee"),
    "freee_calls": ("freee APIの残り回数", "Calls left at freee"),
    "org_connection": ("SalesforceのConnection", "Connection to Salesforce"),
    "log_in": ("Salesforceへのログイン", "Log-in to Salesforce"),
    "mapping": ("mapping.yaml", "mapping.yaml"),
    "objects": ("オブジェクトと項目", "Objects and fields"),
    "sight": ("レコードの参照", "Sight of all records"),
    "org_calls": ("Salesforce APIの残り回数", "Calls left at Salesforce"),
    "storage": ("Salesforceのデータストレージ", "Salesforce data storage"),
}

AIRFLOW_TEXTS: Texts = {
    "shipped": ("（空: 既定値 {value}）", "(blank: {value})"),
    "blank_cursor": ("（空: 次回は全件）", "(blank: the next load is full)"),
    "blank_mail": ("（空: メールなし）", "(blank: no mail)"),
    "maintenance": (
        "{value}（freeeのメンテナンスと重なることがあります）",
        "{value} (freee announces its maintenance for about this time)",
    ),
    "encrypted": ("Fernetキーが設定されています", "a Fernet key is set"),
    "plain_text": (
        "Fernetキーがないため、トークンとシークレットが平文で保存されます。",
        "There is no Fernet key: tokens and secrets are stored in plain text.",
    ),
    "set_fernet_key": (
        "AIRFLOW__CORE__FERNET_KEYを設定し、ConnectionとVariableを入れ直してください。",
        "Set AIRFLOW__CORE__FERNET_KEY and enter Connections and Variables again.",
    ),
    "no_dag": ("AirflowにDAG「{dag_id}」がありません。", "Airflow has no DAG {dag_id}."),
    "look_at_dags_folder": (
        "dags/freee_master_sync.pyをDAGフォルダーに置き、dag-processorが読み込むまで数分待ってください。",
        "Put dags/freee_master_sync.py into the DAGs folder and give the dag-processor some minutes.",
    ),
    "broken_dag": ("DAG「{dag_id}」を読み込めません。", "Airflow cannot load the DAG {dag_id}."),
    "look_at_import_errors": (
        "AirflowのDags画面のImport Errorsを確認してください。",
        "Look at Import Errors on Airflow's Dags page.",
    ),
    "paused": (
        "DAG「{dag_id}」は一時停止中です。手動実行も始まりません。",
        "The DAG {dag_id} is paused: not even a run by hand starts.",
    ),
    "unpause": ("AirflowのDags画面でDAGのスイッチをオンにしてください。", "Switch it on on Airflow's Dags page."),
    "running": ("実行「{run_id}」が動いています", "the run {run_id} is active"),
    "by_hand_only": (
        "定期実行は停止中です（{variable} = false）。手動ではいつでも実行できます。",
        "no daily run ({variable} = false); a run by hand always works",
    ),
    "not_planned": ("次の実行が予定されていません。", "No next run is planned."),
    "wait_for_parse": (
        "Variableを変えた直後なら1分待ってください。続く場合はdag-processorが動いているか確認してください。",
        "Give it a minute after a Variable was changed; if it lasts, look whether the dag-processor runs.",
    ),
    "overdue": ("{at}（日本時間）に始まるはずの実行が始まっていません。", "The run due at {at} JST has not started."),
    "start_scheduler": ("schedulerが動いているか確認してください。", "Look whether the scheduler runs."),
    "planned": ("{at}（日本時間）", "{at} JST"),
    "no_mail": (
        "宛先がないため送りません（{variable}が空）。結果はsend_reportのログに出ます。",
        "no mail is sent ({variable} is blank); the report is in the log of send_report",
    ),
    "sends": ("{sender} → {recipients}", "{sender} → {recipients}"),
    "wrong_type": (
        "Connection「{conn_id}」の種類は「{held}」です。「{wanted}」でなければなりません。",
        "Connection {conn_id} is of type {held}, not {wanted}.",
    ),
    "choose_type": (
        "Airflowの管理 > 接続(Admin > Connections)で「{conn_id}」の種類を「{wanted}」にしてください。",
        "Choose the type {wanted} for {conn_id} under Admin > Connections.",
    ),
}

FREEE_TEXTS: Texts = {
    "segment": ("{master}{number}", "{master} {number}"),
    "connection": ("{conn_id}: {url} 事業所ID {company}", "{conn_id}: {url}, company {company}"),
    "never_linked": (
        "Connection「{conn_id}」にリフレッシュトークンがありません。`python -m freee_sync.link` で連携できます。",
        "Connection {conn_id} holds no refresh token; `python -m freee_sync.link` makes the link.",
    ),
    "not_refreshed": (
        "実行「{run_id}」が動いているため、トークンを更新せず、freeeにも問い合わせていません。終わってからもう一度実行してください。",
        "The run {run_id} is active, so the tokens were not refreshed and freee was not asked. Run this again when it has ended.",
    ),
    "authorised": (
        "認可した人: {user}（実行しなければ{until}まで有効、実行のたびに90日延びます）",
        "authorised by {user} (good until {until} if nothing runs; each run makes it 90 days again)",
    ),
    "switched_off": ("取り込みません（{variable} = false）", "not imported ({variable} = false)"),
    "readable": ("閲覧できます", "may be read"),
    "left_out": ("取り込みません: {cause}", "left out: {cause}"),
    "not_blocked": (
        "今は制限されていません。残り回数はfreeeが公開していないため、分かりません（1日の上限はプランにより3,000〜10,000回、全件取込は十数回）",
        "not blocked now; freee tells nobody how many are left (3,000 to 10,000 a day by plan; a full load takes a dozen or so)",
    ),
}

ORG_TEXTS: Texts = {
    "object": ("{object} {fields}項目", "{object}, {fields} fields"),
    "short": (
        "{field}は{length}文字ですが、freeeの{source}は最大{longest}文字です。長い値の行は失敗します。",
        "{field} holds {length} characters, freee's {source} has up to {longest}: rows with more are refused.",
    ),
    "lengthen": (
        "Salesforceの項目を長くするか、mapping.yamlで truncate: true にしてください。",
        "Lengthen the field in Salesforce, or write truncate: true in mapping.yaml.",
    ),
    "sees_all": ("すべて参照できます", "all are seen"),
    "private": (
        "{object}の組織の共有設定が非公開で、連携ユーザーに「すべて表示」がありません。見えないレコードを重複して作ろうとします。",
        "{object} is private and the integration user has no View All: records it cannot see would be created a second time.",
    ),
    "give_view_all": (
        "連携ユーザーに権限セットFreeeMasterSyncを割り当てるか、{object}の「すべて表示」を与えてください。",
        "Assign the permission set FreeeMasterSync to the integration user, or give it View All on {object}.",
    ),
    "sharing_unknown": (
        "{object}の共有設定（{model}）からは判断できません。連携ユーザーに「すべて表示」があるか確認してください。",
        "{object} has the sharing setting {model}; see to it that the integration user has View All.",
    ),
    "setup_hidden": (
        "連携ユーザーに「設定・定義を参照する」権限がないため分かりません（{why}）。Salesforceの設定画面で確認してください。",
        "not shown to a user without View Setup and Configuration ({why}); look at Salesforce's Setup",
    ),
    "calls": (
        "残り {left} / {most} 回（全件取込の目安 {needed} 回）",
        "{left} of {most} left (a full load takes about {needed})",
    ),
    "few_calls": (
        "残り {left} / {most} 回では、全件取込の目安 {needed} 回に足りません。",
        "{left} of {most} left are too few for a full load, which takes about {needed}.",
    ),
    "wait_or_buy_calls": (
        "24時間で回復するのを待つか、ほかの連携の利用を減らすか、API要求数を追加購入してください。",
        "Wait up to 24 hours, use fewer calls elsewhere, or buy more.",
    ),
    "room": (
        "残り {left} MB（全件取込で増える {rows} 件に {needed} MB）",
        "{left} MB left ({rows} new records of a full load take {needed} MB)",
    ),
    "little_storage": (
        "残り {left} MBでは、全件取込で増える {rows} 件（{needed} MB）が入りません。",
        "{left} MB are left, but the {rows} new records of a full load take {needed} MB.",
    ),
    "free_storage": (
        "不要なレコードを削除するか、データストレージを追加購入してください。取り込むマスターを減らすこともできます。",
        "Delete records that are not needed, buy data storage, or import fewer masters.",
    ),
}

COURSE_TEXTS: Texts = {
    "not_checked": ("確認していません（「{reason}」が未解決のため）", "not looked at, because of: {reason}"),
    "healthy": ("すべて正常です（{good}件）。", "All is well ({good})."),
    "partly_known": (
        "異常はありません（正常 {good}件、確認できなかったもの {unknown}件）。",
        "Nothing is wrong ({good} good, {unknown} not known).",
    ),
    "sick": (
        "直すもの {bad}件（正常 {good}件、確認していないもの {unknown}件）。",
        "{bad} to mend ({good} good, {unknown} not known).",
    ),
    "unexpected": ("予期しないエラー: {why}", "Unexpected error: {why}"),
    "report_it": (
        "もう一度実行してください。続く場合は、この行を添えてfreee_syncの担当者に知らせてください。",
        "Run it again; if it lasts, report this line to whoever looks after freee_sync.",
    ),
}

TEXTS: Texts = {**TITLES, **AIRFLOW_TEXTS, **FREEE_TEXTS, **ORG_TEXTS, **COURSE_TEXTS}
