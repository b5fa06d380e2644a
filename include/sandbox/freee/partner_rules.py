"""What freee takes in a partner's body: the types, lengths, choices and nulls of its schema's request parameters.

Of what its schema does not say, the strict reading stands here: a number as text, or a null where the schema has none, is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.freee.parameters import label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WALLETS = (1, 2, 3, 4)
"""The company's bank accounts, which its partners are paid from."""


@dataclass(frozen=True)
class Rule:
    """What one field may be.

    :param span: the least and the most characters of a text, or the bounds of a number.
    """

    kind: type
    span: tuple[int, int] | None = None
    choices: tuple[object, ...] = ()
    pattern: str | None = None
    nullable: bool = False

    def complaints(self, name: str, value: Any) -> list[str]:
        """What is wrong with a value: one thing at most."""
        wrong = self._complaint(name, value)
        return [] if wrong is None else [wrong]

    def _complaint(self, name: str, value: Any) -> str | None:
        if value is None:
            return None if self.nullable else f"{label(name)} にnullは指定できません。"
        right_kind = type(value) is self.kind  # to isinstance a bool would be an int
        if not right_kind:
            return f"{label(name)} の型が不正です。"
        if self.choices and value not in self.choices:
            return f"{label(name)} は一覧にありません。"
        if self.pattern and not re.fullmatch(self.pattern, value):
            return f"{label(name)} は不正な値です。"
        return self._outside(name, value)

    def _outside(self, name: str, value: str | int) -> str | None:
        if self.span is None:
            return None
        least, most = self.span
        size = len(value) if isinstance(value, str) else value
        if least <= size <= most:
            return None
        return (
            f"{label(name)} は{least}から{most}まで{'の文字数' if isinstance(value, str) else ''}で入力してください。"
        )


TEXT, TEXT_OF_255, YES_OR_NO = Rule(str), Rule(str, (0, 255)), Rule(bool)
DAY = Rule(int, (1, 32))
TERMS = {"cutoff_day": DAY, "additional_months": Rule(int, (0, 6)), "fixed_day": DAY}

CODE = Rule(str, (1, 255))
COMPANY_ID = Rule(int, (1, 2**63 - 1))

FIELDS: Mapping[str, Rule] = {
    "name": TEXT_OF_255,
    "available": YES_OR_NO,
    "shortcut1": TEXT_OF_255,
    "shortcut2": TEXT_OF_255,
    "org_code": Rule(int, choices=(1, 2), nullable=True),
    "country_code": Rule(str, choices=("JP", "ZZ")),
    "long_name": TEXT_OF_255,
    "name_kana": TEXT_OF_255,
    "default_title": Rule(str, choices=("御中", "様", "(空白)", "")),
    "phone": TEXT,
    "contact_name": TEXT_OF_255,
    "email": TEXT_OF_255,
    "payer_walletable_id": Rule(int, choices=WALLETS, nullable=True),
    "transfer_fee_handling_side": Rule(str, choices=("payer", "payee")),
    "qualified_invoice_issuer": YES_OR_NO,
    "invoice_registration_number": Rule(str, pattern="T?[1-9][0-9]{12}", nullable=True),
}
"""A partner's own fields."""

GROUPS: Mapping[str, Mapping[str, Rule]] = {
    "address_attributes": {
        "zipcode": Rule(str, (0, 8)),
        "prefecture_code": Rule(int, (-1, 46)),
        "street_name1": TEXT_OF_255,
        "street_name2": TEXT_OF_255,
    },
    "partner_doc_setting_attributes": {
        "sending_method": Rule(
            str,
            choices=("email", "posting", "email_and_posting", "pdf_delivery", "pdf_delivery_and_posting"),
            nullable=True,
        )
    },
    "partner_bank_account_attributes": {
        "bank_name": TEXT,
        "bank_name_kana": TEXT,
        "bank_code": TEXT,
        "branch_name": TEXT,
        "branch_kana": TEXT,
        "branch_code": TEXT,
        "account_type": Rule(str, choices=("ordinary", "checking", "earmarked", "savings", "other", "")),
        "account_number": TEXT,
        "account_name": TEXT,
        "long_account_name": TEXT,
    },
    "payment_term_attributes": TERMS,
    "invoice_payment_term_attributes": TERMS,
}
"""The nested parts of a partner."""

TERM_GROUPS = frozenset({"payment_term_attributes", "invoice_payment_term_attributes"})
"""The parts that come whole or not at all, and that null takes away."""

PLAN_FIELDS = TERM_GROUPS | {"payer_walletable_id", "transfer_fee_handling_side"}
"""What a company below the plan cannot set: freee passes it over."""


def complaints(given: Mapping[str, Any], nullable: frozenset[str]) -> Iterator[str]:
    """What is wrong with a partner as it was given, but for what other partners have to do with it.

    :param nullable: the nested parts that may be null.
    """
    if not given.get("name"):
        yield "名前（通称）を入力してください。"
    for name, rule in FIELDS.items():
        if name in given:
            yield from rule.complaints(name, given[name])
    for name in GROUPS:
        if name in given and not (given[name] is None and name in nullable):
            yield from _group_complaints(name, given[name])


def _group_complaints(name: str, given: Any) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"{label(name)} の型が不正です。"
        return
    if name in TERM_GROUPS and not TERMS.keys() <= given.keys():
        yield f"{label(name)} のcutoff_day、additional_months、fixed_dayはまとめて指定してください。"
    for member, rule in GROUPS[name].items():
        if member in given:
            yield from rule.complaints(f"{name} {member}", given[member])
