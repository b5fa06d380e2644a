"""One table: verdict code to verb, owner, cause and hint, in Japanese and English.

Sources: freee's codes are from https://developer.freee.co.jp/reference/40x-checkpoint, Salesforce's from the StatusCode and
ApiFault enumerations of its WSDLs. Unknown codes get the default of their system and are named in the report.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from freee_sync.errors import Reject, Retry, Stop, SyncError

Language = str
"""`ja` or `en`."""


class Verb(StrEnum):
    """What the sync does about it."""

    STOP = "stop"
    RETRY = "retry"
    REJECT = "reject"


class Owner(StrEnum):
    """Who has to act."""

    ACCOUNTING = "accounting"
    SALESFORCE_ADMIN = "salesforce_admin"
    DATA_TEAM = "data_team"
    NOBODY = "nobody"  # it passes by itself

    def label(self, language: Language) -> str:
        """The owner's name for people."""
        return _OWNERS[self][0 if language == "ja" else 1]


_OWNERS = {
    Owner.ACCOUNTING: ("経理", "Accounting"),
    Owner.SALESFORCE_ADMIN: ("Salesforce管理者", "Salesforce administrator"),
    Owner.DATA_TEAM: ("データ担当", "Data team"),
    Owner.NOBODY: ("対応不要", "Nobody"),
}


@dataclass(frozen=True)
class Verdict:
    """What a code means and what to do; `ja` and `en` are each (cause, hint), one sentence apiece."""

    code: str
    verb: Verb
    owner: Owner
    ja: tuple[str, str]
    en: tuple[str, str]

    def cause(self, language: Language) -> str:
        """What happened, in one sentence."""
        return (self.ja if language == "ja" else self.en)[0]

    def hint(self, language: Language) -> str:
        """What to do about it, in one sentence."""
        return (self.ja if language == "ja" else self.en)[1]


def _stop(code: str, owner: Owner, ja: tuple[str, str], en: tuple[str, str]) -> Verdict:
    return Verdict(code, Verb.STOP, owner, ja, en)


def _retry(code: str, owner: Owner, ja: tuple[str, str], en: tuple[str, str]) -> Verdict:
    return Verdict(code, Verb.RETRY, owner, ja, en)


def _reject(code: str, owner: Owner, ja: tuple[str, str], en: tuple[str, str]) -> Verdict:
    return Verdict(code, Verb.REJECT, owner, ja, en)


_SETTINGS = (
    _stop(
        "settings.invalid",
        Owner.DATA_TEAM,
        ("Airflow Variableの値が正しくありません。", "Admin > Variablesで値を直してください。"),
        ("An Airflow Variable holds a value that cannot be used.", "Mend the value under Admin > Variables."),
    ),
    _stop(
        "settings.cursor",
        Owner.DATA_TEAM,
        (
            "最終インポート日時のVariableが日時として読めないか、未来の日時です。",
            "空にして全件取込にするか、2026-11-24T06:00:00+09:00 の形式に直してください。",
        ),
        (
            "The last import time in the Variable is not a time, or lies in the future.",
            "Clear it for a full load, or write it like 2026-11-24T06:00:00+09:00.",
        ),
    ),
    _stop(
        "settings.mapping",
        Owner.DATA_TEAM,
        ("mapping.yamlの内容が正しくありません。", "include/mapping.yamlの該当箇所を直してください。"),
        ("mapping.yaml cannot be used as it is.", "Mend the named place in include/mapping.yaml."),
    ),
    _stop(
        "settings.connection",
        Owner.DATA_TEAM,
        ("AirflowのConnectionがないか、項目が不足しています。", "Admin > Connectionsで該当の項目を入力してください。"),
        ("An Airflow Connection is missing or incomplete.", "Fill in the named field under Admin > Connections."),
    ),
    _stop(
        "settings.insecure",
        Owner.DATA_TEAM,
        ("httpsでない接続先が設定されています。", "ConnectionのURLをhttpsにしてください。"),
        ("A Connection points to plain http.", "Use an https address in the Connection."),
    ),
)

_TOKEN = (
    _stop(
        "token.invalid_grant",
        Owner.DATA_TEAM,
        (
            "freeeとの連携が無効です(リフレッシュトークンが使用済み・期限切れ・連携解除)。",
            "freeeアプリを再認可し、新しいリフレッシュトークンをfreeeのConnectionに貼り付けてください。",
        ),
        (
            "freee refused the refresh token: it was used, expired or revoked.",
            "Authorise the freee app again and paste the new refresh token into the freee Connection.",
        ),
    ),
    _stop(
        "token.lost",
        Owner.DATA_TEAM,
        (
            "トークン更新の応答を受け取る前に処理が止まったため、freeeとの連携が切れました。",
            "freeeアプリを再認可し、新しいリフレッシュトークンをfreeeのConnectionに貼り付けてください。",
        ),
        (
            "The refresh token was spent but freee's answer never arrived.",
            "Authorise the freee app again and paste the new refresh token into the freee Connection.",
        ),
    ),
    _stop(
        "token.invalid_client",
        Owner.DATA_TEAM,
        (
            "freeeアプリのクライアントIDまたはシークレットが正しくありません。",
            "freeeのConnectionのログインとパスワードを確認してください。",
        ),
        ("freee does not know the client id or secret.", "Check login and password of the freee Connection."),
    ),
    _stop(
        "token.not_linked",
        Owner.DATA_TEAM,
        (
            "freeeとまだ連携されていません。",
            "freeeアプリを認可し、リフレッシュトークンをfreeeのConnectionに入力してください。",
        ),
        ("freee was never linked.", "Authorise the freee app and put its refresh token into the freee Connection."),
    ),
    _retry(
        "token.unavailable",
        Owner.NOBODY,
        (
            "freeeの認証サーバーが応答しません。",
            "自動で再試行します。続く場合は status.freee.co.jp を確認してください。",
        ),
        ("freee's token endpoint does not answer.", "It is tried again; if it lasts, look at status.freee.co.jp."),
    ),
)

_FREEE = (
    _stop(
        "freee.expired_access_token",
        Owner.DATA_TEAM,
        ("freeeのアクセストークンが更新後も拒否されました。", "freeeアプリを再認可してください。"),
        ("freee refuses the access token even after a refresh.", "Authorise the freee app again."),
    ),
    _stop(
        "freee.user_do_not_have_permission",
        Owner.ACCOUNTING,
        (
            "連携したfreeeユーザーに、このマスターを閲覧する権限がありません。",
            "freeeの管理者が権限を付与するか、権限のあるユーザーで再認可してください。",
        ),
        (
            "The freee user who authorised may not see this master.",
            "Grant the right in freee, or authorise with another user.",
        ),
    ),
    _stop(
        "freee.company_not_found",
        Owner.DATA_TEAM,
        (
            "freeeの事業所が見つかりません。",
            "freeeのConnectionのcompany_idと、認可時に選んだ事業所を確認してください。",
        ),
        (
            "freee does not know the company.",
            "Check company_id of the freee Connection and the company chosen when authorising.",
        ),
    ),
    _stop(
        "freee.freee_plan_limit",
        Owner.ACCOUNTING,
        ("ご契約のfreeeプランでは利用できません。", "freeeの契約プランを確認してください。"),
        ("The company's freee plan does not include this.", "Check the freee plan."),
    ),
    _stop(
        "freee.not_available_plan_limited_app",
        Owner.ACCOUNTING,
        ("ご契約のfreeeプランでは、このアプリを利用できません。", "freeeの契約プランを確認してください。"),
        ("The company's freee plan does not allow this app.", "Check the freee plan."),
    ),
    _stop(
        "freee.source_ip_address_limit",
        Owner.ACCOUNTING,
        (
            "freeeのIPアドレス制限により接続できません。",
            "Airflowの送信元IPアドレスをfreeeの許可リストに追加してください。",
        ),
        (
            "freee's IP restriction refuses this address.",
            "Add Airflow's outgoing address to the list allowed in freee.",
        ),
    ),
    _stop(
        "freee.re_authorization_required",
        Owner.DATA_TEAM,
        ("freeeアプリの権限が変更されたため、再認可が必要です。", "freeeアプリを再認可してください。"),
        ("The freee app's permissions changed.", "Authorise the freee app again."),
    ),
    _stop(
        "freee.access_denied",
        Owner.DATA_TEAM,
        ("freeeアプリに、このAPIの利用権限がありません。", "freeeアプリの権限設定に追加し、再認可してください。"),
        (
            "The freee app lacks the permission for this endpoint.",
            "Add it to the app's permissions and authorise again.",
        ),
    ),
    _retry(
        "freee.blocked",
        Owner.NOBODY,
        (
            "freeeのアクセス制限(約10分)にかかりました。",
            "自動で再試行します。同じfreeeアプリを他で使っていないか確認してください。",
        ),
        (
            "freee blocks fast callers for about ten minutes.",
            "It is tried again; see whether the same app is used elsewhere.",
        ),
    ),
    _retry(
        "freee.maintenance",
        Owner.NOBODY,
        ("freeeがメンテナンス中です。", "終了後に自動または手動で再実行してください。"),
        ("freee is under maintenance.", "It is tried again; afterwards clear the failed task."),
    ),
    _retry(
        "freee.unavailable",
        Owner.NOBODY,
        ("freeeが応答しません。", "自動で再試行します。続く場合は status.freee.co.jp を確認してください。"),
        ("freee does not answer.", "It is tried again; if it lasts, look at status.freee.co.jp."),
    ),
    _retry(
        "freee.bad_answer",
        Owner.DATA_TEAM,
        (
            "freeeの応答が途中で切れたか、想定外の形式です。",
            "自動で再試行します。続く場合はログのX-Freee-Request-IDを添えてfreeeに問い合わせてください。",
        ),
        (
            "freee's answer was cut short or has an unexpected form.",
            "It is tried again; if it lasts, ask freee with the X-Freee-Request-ID in the log.",
        ),
    ),
    _stop(
        "freee.refused",
        Owner.DATA_TEAM,
        ("freeeがリクエストを受け付けませんでした。", "ログの応答内容を確認してください。"),
        ("freee refused the request.", "Read freee's answer in the log."),
    ),
)

_SALESFORCE = (
    _stop(
        "salesforce.login",
        Owner.SALESFORCE_ADMIN,
        (
            "Salesforceにログインできません。",
            "SalesforceのConnectionと、連携ユーザーの状態・IP制限を確認してください。",
        ),
        ("Salesforce refuses the log-in.", "Check the Salesforce Connection, the integration user and its IP ranges."),
    ),
    _stop(
        "salesforce.INVALID_SESSION_ID",
        Owner.SALESFORCE_ADMIN,
        ("Salesforceのセッションが再ログイン後も無効です。", "連携ユーザーのセッション設定を確認してください。"),
        (
            "Salesforce refuses the session even after a new log-in.",
            "Check the session settings of the integration user.",
        ),
    ),
    _stop(
        "salesforce.REQUEST_LIMIT_EXCEEDED",
        Owner.SALESFORCE_ADMIN,
        (
            "SalesforceのAPIコール数の上限に達しました。",
            "24時間以内に回復します。上限の追加または他の連携の見直しをしてください。",
        ),
        (
            "The org's API request limit is used up.",
            "It recovers within 24 hours; buy more or look at other integrations.",
        ),
    ),
    _stop(
        "salesforce.object",
        Owner.SALESFORCE_ADMIN,
        (
            "Salesforceのオブジェクトが見つからないか、参照できません。",
            "include/salesforceをデプロイし、権限セットFreeeMasterSyncを連携ユーザーに割り当ててください。",
        ),
        (
            "The Salesforce object does not exist or is not visible.",
            "Deploy include/salesforce and assign permission set FreeeMasterSync to the integration user.",
        ),
    ),
    _stop(
        "salesforce.field",
        Owner.SALESFORCE_ADMIN,
        (
            "Salesforceの項目が見つからないか、書き込めないか、型や長さが合いません。",
            "項目と権限セットFreeeMasterSync、またはmapping.yamlを確認してください。",
        ),
        (
            "A Salesforce field is missing, not writable, or of the wrong type or length.",
            "Check the field, permission set FreeeMasterSync, or mapping.yaml.",
        ),
    ),
    _retry(
        "salesforce.unavailable",
        Owner.NOBODY,
        (
            "Salesforceが応答しないか、メンテナンス中です。",
            "自動で再試行します。続く場合は status.salesforce.com を確認してください。",
        ),
        (
            "Salesforce does not answer or is under maintenance.",
            "It is tried again; if it lasts, look at status.salesforce.com.",
        ),
    ),
    _retry(
        "salesforce.bad_answer",
        Owner.DATA_TEAM,
        (
            "Salesforceの応答が途中で切れたか、想定外の形式です。",
            "自動で再試行します。続く場合はログの応答内容を確認してください。",
        ),
        (
            "Salesforce's answer was cut short or has an unexpected form.",
            "It is tried again; if it lasts, read the answer in the log.",
        ),
    ),
    _stop(
        "salesforce.refused",
        Owner.DATA_TEAM,
        ("Salesforceがリクエストを受け付けませんでした。", "ログの応答内容を確認してください。"),
        ("Salesforce refused the request.", "Read Salesforce's answer in the log."),
    ),
    _stop(
        "salesforce.STORAGE_LIMIT_EXCEEDED",
        Owner.SALESFORCE_ADMIN,
        ("Salesforceのデータストレージが不足しています。", "不要なデータを削除するか、ストレージを追加してください。"),
        ("The org is out of data storage.", "Delete data or buy storage."),
    ),
)

_ROW = (
    _reject(
        "row.no_key",
        Owner.DATA_TEAM,
        ("freeeの行にIDまたはコードがありません。", "freeeの該当データを確認してください。"),
        ("The freee row has no id or code.", "Look at the row in freee."),
    ),
    _reject(
        "row.wrong_type",
        Owner.DATA_TEAM,
        ("freeeの値の型が、Salesforceの項目に合いません。", "mapping.yamlの対応を確認してください。"),
        ("freee's value does not fit the type of the Salesforce field.", "Check the pair in mapping.yaml."),
    ),
    _reject(
        "row.too_long",
        Owner.SALESFORCE_ADMIN,
        (
            "freeeの値が、Salesforceの項目の長さを超えています。",
            "項目を長くするか、mapping.yamlでtruncateを指定してください。",
        ),
        ("freee's value is longer than the Salesforce field.", "Lengthen the field, or set truncate in mapping.yaml."),
    ),
    _reject(
        "row.required",
        Owner.ACCOUNTING,
        ("Salesforceで必須の項目が、freeeでは空です。", "freeeで値を入力してください。"),
        ("A field that Salesforce requires is blank in freee.", "Fill it in in freee."),
    ),
    _reject(
        "salesforce.FIELD_CUSTOM_VALIDATION_EXCEPTION",
        Owner.SALESFORCE_ADMIN,
        ("Salesforceの入力規則により拒否されました。", "入力規則を見直すか、freeeの値を直してください。"),
        ("A validation rule in Salesforce refused the row.", "Change the rule, or the value in freee."),
    ),
    _reject(
        "salesforce.REQUIRED_FIELD_MISSING",
        Owner.SALESFORCE_ADMIN,
        ("Salesforceの必須項目に値がありません。", "必須の設定を外すか、mapping.yamlに項目を追加してください。"),
        ("A field required in Salesforce has no value.", "Make it optional, or add it to mapping.yaml."),
    ),
    _reject(
        "salesforce.STRING_TOO_LONG",
        Owner.SALESFORCE_ADMIN,
        ("値がSalesforceの項目の長さを超えています。", "項目を長くするか、mapping.yamlでtruncateを指定してください。"),
        ("The value is longer than the Salesforce field.", "Lengthen the field, or set truncate in mapping.yaml."),
    ),
    _reject(
        "salesforce.DUPLICATE_VALUE",
        Owner.SALESFORCE_ADMIN,
        ("Salesforceで重複を許さない項目の値が重なっています。", "重複しているレコードを確認してください。"),
        ("Another record already holds this unique value.", "Look at the record that holds it."),
    ),
    _reject(
        "salesforce.INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        Owner.SALESFORCE_ADMIN,
        ("Salesforceの選択リストにない値です。", "選択リストに値を追加してください。"),
        ("The picklist does not hold this value.", "Add the value to the picklist."),
    ),
    _reject(
        "salesforce.UNABLE_TO_LOCK_ROW",
        Owner.NOBODY,
        ("Salesforceで他の処理がレコードを使用中でした。", "次回の実行で再度反映します。"),
        ("Another process held the record in Salesforce.", "The next run sends it again."),
    ),
    _reject(
        "salesforce.unanswered",
        Owner.NOBODY,
        ("Salesforceへの書き込みの結果を確認できませんでした。", "次回の実行で確認し、必要なら再度反映します。"),
        ("Whether Salesforce wrote the row is not known.", "The next run looks, and sends it again if need be."),
    ),
    _reject(
        "salesforce.row",
        Owner.SALESFORCE_ADMIN,
        ("Salesforceが行を拒否しました。", "明細のエラー内容を確認してください。"),
        ("Salesforce refused the row.", "Read Salesforce's message beside the row."),
    ),
)

_TASK = (
    _stop(
        "task.no_result",
        Owner.DATA_TEAM,
        (
            "タスクが結果を残さずに終了しました(強制終了・タイムアウトなど)。",
            "タスクのログを確認し、クリアして再実行してください。",
        ),
        ("The task ended without leaving a result (killed, timed out).", "Read the task's log, then clear it."),
    ),
    _stop(
        "task.error",
        Owner.DATA_TEAM,
        ("予期しないエラーで停止しました。", "タスクのログを確認してください。"),
        ("It stopped on an unexpected error.", "Read the task's log."),
    ),
    _stop(
        "task.interrupted",
        Owner.DATA_TEAM,
        ("処理の途中で停止しました。", "タスクのログを確認し、クリアして再実行してください。"),
        ("It was stopped in the middle.", "Read the task's log, then clear it."),
    ),
)

VERDICTS: dict[str, Verdict] = {
    verdict.code: verdict for verdict in (*_SETTINGS, *_TOKEN, *_FREEE, *_SALESFORCE, *_ROW, *_TASK)
}

_DEFAULTS = {
    "freee": "freee.refused",
    "token": "token.unavailable",
    "salesforce": "salesforce.row",
    "row": "row.wrong_type",
}


def verdict(code: str) -> Verdict:
    """The verdict of a code; an unknown one gets its system's default wording and keeps its name."""
    known = VERDICTS.get(code)
    if known is not None:
        return known
    return replace(VERDICTS[_DEFAULTS.get(code.partition(".")[0], "task.error")], code=code)


_ERRORS: dict[Verb, type[SyncError]] = {Verb.STOP: Stop, Verb.RETRY: Retry, Verb.REJECT: Reject}


def error(code: str, detail: str) -> SyncError:
    """The exception that the verdict's verb asks for, ready to be raised."""
    return _ERRORS[verdict(code).verb](code, detail)
