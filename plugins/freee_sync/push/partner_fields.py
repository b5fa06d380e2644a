"""What of a freee partner can be written, and the form in which an account's values and a partner's are compared.

Facts are from freee's OpenAPI schema (freee/freee-api-schema, v2020_06_15, partnerCreateParams and partnerUpdateParams). Both sides are
brought into the form in which freee keeps a value, so that what was sent is not taken for a difference the next day.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from freee_sync.bilingual import say
from freee_sync.errors import Reject
from freee_sync.masters import PARTNERS

Value = str | int | bool | None
"""The form both sides share. Blank is null."""

Values = Mapping[str, Value]
"""By freee field, dotted when nested."""

Blank = Literal["null", "empty", "minus_one", "never"]
"""How freee is told that a field is blank: null, '', -1, or not at all."""

NAME, CODE, NUMBER = "name", "code", "invoice_registration_number"
PREFECTURE = "address_attributes.prefecture_code"

_PREFECTURES = {
    name: code
    for code, name in enumerate(
        (
            *("北海道", "青森", "岩手", "宮城", "秋田", "山形", "福島", "茨城", "栃木", "群馬"),
            *("埼玉", "千葉", "東京", "神奈川", "新潟", "富山", "石川", "福井", "山梨", "長野"),
            *("岐阜", "静岡", "愛知", "三重", "滋賀", "京都", "大阪", "兵庫", "奈良", "和歌山"),
            *("鳥取", "島根", "岡山", "広島", "山口", "徳島", "香川", "愛媛", "高知", "福岡"),
            *("佐賀", "長崎", "熊本", "大分", "宮崎", "鹿児島", "沖縄"),
        )
    )
}
"""By freee's code, which counts from 0 and is not that of JIS."""

_SHAPE = re.compile(r"T[1-9][0-9]{12}")
_UNSPEAKABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True)
class PartnerField:
    """One field of a partner, as it can be written.

    :param most: characters that freee takes; 0 where it names no limit.
    :param choices: the only values that freee takes; empty where there are others.
    :param created, updated: whether it can be sent with a POST, with a PUT.
    """

    blank: Blank = "empty"
    most: int = 0
    choices: frozenset[Value] = frozenset()
    created: bool = True
    updated: bool = True


def _text(most: int = 0) -> PartnerField:
    return PartnerField(most=most)


FIELDS: dict[str, PartnerField] = {
    NAME: PartnerField("never", 255),
    CODE: PartnerField("never", updated=False),
    "available": PartnerField("never", created=False),
    "shortcut1": _text(255),
    "shortcut2": _text(255),
    "org_code": PartnerField("null", choices=frozenset({1, 2})),
    "country_code": PartnerField("never", choices=frozenset({"JP", "ZZ"})),
    "long_name": _text(255),
    "name_kana": _text(255),
    "default_title": PartnerField(choices=frozenset({"御中", "様"})),
    "phone": _text(),
    "contact_name": _text(255),
    "email": _text(255),
    "payer_walletable_id": PartnerField("null"),
    "transfer_fee_handling_side": PartnerField("never", choices=frozenset({"payer", "payee"})),
    "qualified_invoice_issuer": PartnerField("never"),
    NUMBER: PartnerField("null", 14),
    "address_attributes.zipcode": _text(8),
    PREFECTURE: PartnerField("minus_one", choices=frozenset(range(47))),
    "address_attributes.street_name1": _text(255),
    "address_attributes.street_name2": _text(255),
    "partner_doc_setting_attributes.sending_method": PartnerField(
        "null",
        choices=frozenset({"email", "posting", "email_and_posting", "pdf_delivery", "pdf_delivery_and_posting"}),
    ),
    **{
        f"partner_bank_account_attributes.{name}": _text()
        for name in (
            *("bank_name", "bank_name_kana", "bank_code", "branch_name", "branch_kana", "branch_code"),
            *("account_number", "account_name", "long_account_name"),
        )
    },
    "partner_bank_account_attributes.account_type": PartnerField(
        "never", choices=frozenset({"ordinary", "checking", "earmarked", "savings", "other"})
    ),
}

BLANKS: dict[Blank, Value] = {"null": None, "empty": "", "minus_one": -1}


def from_freee(field: str, row: Mapping[str, Any]) -> Value:
    """A partner's value in the shared form; a key that freee leaves out is blank."""
    value: Any = row
    for part in field.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if PARTNERS.fields[field] == "boolean":
        return bool(value)
    return _kept(field, value)


def from_salesforce(field: str, value: Any) -> Value:
    """An account's value in the shared form.

    :raises Reject: `push.wrong_value`, `push.too_long`: freee would not take it. The value itself is not told: it may be private.
    """
    kind = PARTNERS.fields[field]
    if kind == "boolean":
        return _switch(field, value)
    kept = _kept(field, _whole(field, value) if kind == "integer" else _plain(field, value))
    _check(field, kept)
    return kept


def _kept(field: str, value: Any) -> Value:
    """As freee keeps it: trimmed, registration numbers with their T, no prefecture as blank."""
    if isinstance(value, str):
        value = value.replace("\r\n", "\n").replace("\r", "\n").strip() or None
    if field == NUMBER and isinstance(value, str):
        value = value.upper()
        return value if value.startswith("T") else f"T{value}"
    return None if field == PREFECTURE and value == -1 else value


def _switch(field: str, value: Any) -> Value:
    if isinstance(value, bool | None):
        return bool(value)
    raise _wrong(field, say("チェックボックスの値ではありません", "not the value of a checkbox"))


def _plain(field: str, value: Any) -> str | None:
    if isinstance(value, bool | dict | list):
        raise _wrong(field, say("文字列ではありません", "not text"))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return None if value is None else str(value)


def _whole(field: str, value: Any) -> int | None:
    text = (_plain(field, value) or "").strip()
    if not text:
        return None
    if field == PREFECTURE and not text.lstrip("-").isdecimal():
        return _prefecture(text)
    if not (text.isascii() and text.lstrip("-").isdecimal()):
        raise _wrong(field, say("整数ではありません", "not a whole number"))
    return int(text)


def _prefecture(text: str) -> int:
    code = _PREFECTURES.get(text, _PREFECTURES.get(text[:-1]) if text[-1] in "都府県" else None)
    if code is None:
        raise _wrong(PREFECTURE, say("都道府県の名前ではありません", "not the name of a prefecture"))
    return code


def _check(field: str, value: Value) -> None:
    if value is None:
        return
    known = FIELDS[field]
    if known.choices and value not in known.choices:
        choices = ", ".join(sorted(map(str, known.choices)))
        raise _wrong(field, say(f"freeeが受け付ける値は {choices}", f"freee takes {choices}"))
    if isinstance(value, str) and (_UNSPEAKABLE.search(value) or (field == NUMBER and not _SHAPE.fullmatch(value))):
        raise _wrong(
            field, say("使えない文字があるか、形式が違います", "characters or a form that freee does not take")
        )
    if known.most and isinstance(value, str) and len(value) > known.most:
        shown = say(f"{len(value)}文字、上限 {known.most}文字", f"{len(value)} characters, at most {known.most}")
        raise Reject("push.too_long", f"{field}: {shown}")


def _wrong(field: str, why: str) -> Reject:
    return Reject("push.wrong_value", f"{field}: {why}")
