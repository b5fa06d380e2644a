"""The Connection type `freee` and its form in Admin > Connections.

Airflow builds the form from this dict alone, found through the entry point `apache_airflow_provider`; it needs the package to be
installed. Host and client live in the Connection's own fields, the rest in its extras.
"""

from __future__ import annotations

from typing import Any

_TEXT = ["string", "null"]

_EXTRAS = {
    "company_id": {
        "label": "事業所ID",
        "description": "同期するfreeeの事業所のID（数字）。コマンド「python -m freee_sync.link」が入れます。",
        "schema": {"type": _TEXT, "pattern": "^[0-9]*$"},
    },
    "refresh_token": {
        "label": "リフレッシュトークン",
        "description": (
            "freeeで連携を許可したときに発行されたもの。コマンド「python -m freee_sync.link」が入れます。"
            "最初の1回だけ使い、その後の更新は自動です。手で連携し直すときは新しいものに入れ替えてください。"
        ),
        "schema": {"type": _TEXT, "format": "password"},
    },
    "accounts_url": {
        "label": "認証サーバーのURL",
        "description": "空なら https://accounts.secure.freee.co.jp です。",
        "schema": {"type": _TEXT},
    },
}
"""The form's fields that Airflow keeps in the Connection's extra."""


def get_provider_info() -> dict[str, Any]:
    """What Airflow asks of a provider; its shape is `airflow/provider_info.schema.json`, its form that of `provider.yaml`."""
    return {
        "package-name": "freee-sync",
        "name": "freee_sync",
        "description": "freee会計のマスターをSalesforceへ毎日同期します。",
        "connection-types": [
            {
                "connection-type": "freee",
                "hook-class-name": "freee_sync.freee.hook.FreeeHook",
                "hook-name": "freee会計",
                "ui-field-behaviour": {
                    "hidden-fields": ["port", "schema"],
                    "relabeling": {
                        "host": "APIのURL",
                        "login": "クライアントID",
                        "password": "クライアントシークレット",
                    },
                    "placeholders": {
                        "host": "https://api.freee.co.jp",
                        "login": "freeeアプリストアのアプリ管理画面に表示されます",
                        "password": "freeeアプリストアのアプリ管理画面に表示されます",
                    },
                },
                "conn-fields": _EXTRAS,
            }
        ],
    }
