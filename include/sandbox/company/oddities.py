"""Partners as they turn up in real books and break naive code. Each is laid over a generated row.

What freee tells apart and a case- or width-blind system does not comes in pairs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_NAME = "株式会社" + "長大社名" * 62 + "商事会"
"""255 characters, the most that freee takes."""

ODD_PARTNERS: tuple[Mapping[str, Any], ...] = (
    {"name": "フリー", "long_name": "フリー", "name_kana": "フリー"},
    {"name": "ﾌﾘｰ", "long_name": "ﾌﾘｰ", "name_kana": "フリー"},
    {"name": "ABC Trading", "code": "ab-1"},
    {"name": "abc trading", "code": "AB-1"},
    {"name": "ＡＢＣ　Ｔｒａｄｉｎｇ"},
    {"name": "カフェひだまり🌸", "long_name": "カフェひだまり🌸☕", "contact_name": "👩‍🍳 料理長"},
    {"name": LONGEST_NAME, "long_name": LONGEST_NAME},
    {
        "name": "空欄商店",
        "shortcut1": "",
        "shortcut2": "",
        "phone": "",
        "email": "",
        "contact_name": "",
        "long_name": "",
        "name_kana": "",
    },
    {
        "name": "未設定商店",
        "org_code": None,
        "default_title": None,
        "long_name": None,
        "name_kana": None,
        "phone": None,
        "email": None,
        "invoice_registration_number": None,
        "address_attributes": {"zipcode": None, "prefecture_code": None, "street_name1": None, "street_name2": None},
        "partner_doc_setting_attributes": {"sending_method": None},
    },
    {"name": "　前後空白商店 ", "long_name": " 前後空白商店　", "shortcut1": " ZENGO "},
    {"name": 'O\'Neil & <Sons> "Ltd."', "country_code": "ZZ", "default_title": "(空白)"},
    {"name": "=1+1商会", "shortcut1": "+81", "contact_name": "@担当"},
    {"name": "株式会社ガーデン", "long_name": "株式会社ガーデン(合成済み)"},
    {"name": "株式会社カ\u3099ーテ\u3099ン", "long_name": "株式会社ガーデン(結合文字)"},
    {"name": "𠮷野家具", "contact_name": "髙橋 﨑", "name_kana": "ヨシノカグ"},
    {
        "name": "改行ビル管理",
        "address_attributes": {
            "zipcode": "100-0005",
            "prefecture_code": 12,
            "street_name1": "東京都千代田区丸の内1-1-1",
            "street_name2": "本館\r\n3階",
        },
        "payment_term_attributes": {"cutoff_day": 32, "additional_months": 1, "fixed_day": 32},
    },
    {"name": "使用停止商店", "available": False},
    {
        "name": "Société Générale d'Énergie",
        "country_code": "ZZ",
        "name_kana": None,
        "qualified_invoice_issuer": False,
        "invoice_registration_number": None,
        "address_attributes": {
            "zipcode": "",
            "prefecture_code": -1,
            "street_name1": "12 rue de l'Église",
            "street_name2": "Paris",
        },
    },
)
