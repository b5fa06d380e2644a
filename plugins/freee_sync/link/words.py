"""What `link` says, in Japanese and English."""

from __future__ import annotations

from freee_sync.bilingual import Texts

TEXTS: Texts = {
    "username": ("Airflowのユーザー名: ", "Airflow user name: "),
    "password": ("Airflowのパスワード（表示されません）: ", "Airflow password (not shown): "),
    "client_id": ("freeeアプリのクライアントID: ", "Client ID of the freee app: "),
    "client_secret": (
        "freeeアプリのクライアントシークレット（表示されません）: ",
        "Client secret of the freee app (not shown): ",
    ),
    "host": ("freee APIのURL（Enterで {default}）: ", "URL of freee's API (Enter for {default}): "),
    "accounts_url": (
        "freee認証サーバーのURL（Enterで {default}）: ",
        "URL of freee's accounts server (Enter for {default}): ",
    ),
    "open": (
        "次のURLをブラウザで開き、同期する事業所を選んで「許可する」を押してください。\n"
        "すべてのマスターを閲覧できるfreeeユーザーでログインしてください。\n\n  {url}\n",
        "Open this URL in a browser, choose the company to sync and allow the access.\n"
        "Log in as a freee user who may see every master.\n\n  {url}\n",
    ),
    "code": (
        "表示された認可コード（10分以内・1回限り）、または移動先のURLを貼り付けてください: ",
        "Paste the code that is shown (good for 10 minutes, once), or the URL you were sent to: ",
    ),
    "listening": (
        "{callback} で認可の結果を待っています（最長10分、Ctrl-Cで中止）。",
        "Waiting at {callback} for the answer (10 minutes at most, Ctrl-C to stop).",
    ),
    "companies": ("どの事業所を同期しますか。\n{choices}", "Which company is to be synced?\n{choices}"),
    "company": ("事業所ID: ", "Company ID: "),
    "switch": (
        "Connection「{conn_id}」は事業所 {old} のものです。認可した事業所は {new} です。入れ替えますか [y/N]: ",
        "Connection {conn_id} is of company {old}; the company you authorised is {new}. Replace it? [y/N]: ",
    ),
    "holding": ("保存が終わるまでお待ちください…", "Please wait until it is stored…"),
    "linked": (
        "連携しました: {company}。Connection「{conn_id}」とVariable「{variable}」に保存しました。\n"
        "次は `python -m freee_sync.doctor` で設定を確認してください。",
        "Linked: {company}. Stored in Connection {conn_id} and Variable {variable}.\n"
        "Next, let `python -m freee_sync.doctor` look at the set-up.",
    ),
    "half_stored": (
        "連携しました: {company}。Connection「{conn_id}」に保存しました。Variable「{variable}」には保存できませんでしたが"
        "（{why}）、次の実行がConnectionから始めるため、そのままで動きます。",
        "Linked: {company}. Stored in Connection {conn_id}. Variable {variable} could not be written ({why}), but the next run"
        " starts from the Connection, so nothing is to be done.",
    ),
    "untouched": (
        "何も保存していません。これまでの連携はそのままです。もう一度実行してください。",
        "Nothing was stored; the link before this is as it was. Run it again.",
    ),
    "unsure": (
        "保存の途中で失敗したため、新しい連携が保存されたか、これまでのままかは分かりません。どちらでも連携は壊れていません。"
        "もう一度実行してください。",
        "It failed while storing: either the new link is stored or the one before it is as it was. Neither is broken. Run it"
        " again.",
    ),
    "stopped": ("中止しました。", "Stopped."),
    "active": (
        "DAG「{dag_id}」の実行「{run_id}」が動いています。終わってから、もう一度実行してください。",
        "The run {run_id} of DAG {dag_id} is active. Run this again when it has ended.",
    ),
    "shadowed": (
        "Connection「{conn_id}」は{holder}で定義されているため、書き換えられません。"
        "その定義をなくすか、そこに新しいリフレッシュトークンを入れてください。",
        "Connection {conn_id} comes from {holder}, which cannot be written from here. Remove it there, or put a new refresh"
        " token there.",
    ),
    "denied": ("freeeの画面で許可されませんでした。", "The access was not allowed on freee's page."),
    "state": (
        "この実行で開いたURLへの回答ではありません（stateが一致しません）。",
        "This is no answer to the URL of this run (its state differs).",
    ),
    "empty": ("認可コードがありません。", "There is no code."),
    "late": ("10分以内に回答がありませんでした。", "No answer came within 10 minutes."),
    "port": (
        "{callback} で待ち受けできません（{why}）。空いているポートのURLをfreeeアプリのコールバックURLに登録し、"
        "--callback に指定してください。",
        "Cannot listen at {callback} ({why}). Register a URL with a free port as the app's callback URL and name it"
        " with --callback.",
    ),
    "bad_code": (
        "認可コードが使えませんでした。10分を過ぎたか、使用済みか、freeeアプリのコールバックURLが {callback} ではありません。{detail}",
        "freee refused the code: older than 10 minutes, used, or the app's callback URL is not {callback}. {detail}",
    ),
    "not_switched": ("事業所を入れ替えませんでした。", "The company was not replaced."),
    "no_such_company": ("事業所 {company} は一覧にありません。", "Company {company} is not in the list."),
    "required": ("{field} が空です。", "{field} is empty."),
    "api": ("AirflowのAPI: {why}", "Airflow's API: {why}"),
    "unexpected": (
        "予期しないエラー: {why}（内容には秘密の値が含まれることがあるため表示しません）",
        "Unexpected error: {why} (its text is not shown, because it may hold what was sent)",
    ),
}
