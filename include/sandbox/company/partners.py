"""Partners, made one by one when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.company.dice import Dice
from sandbox.company.names import (
    BANKS,
    BRANCHES,
    CRAFTS,
    GIVEN_NAMES,
    PLACES,
    STEMS,
    SURNAMES,
    TOWNS,
    TRADES,
    Town,
    Word,
)
from sandbox.company.oddities import ODD_PARTNERS
from sandbox.company.table import Row, Source

if TYPE_CHECKING:
    from sandbox.company.past import Past

FIRST_ID = 71_204_118
ID_STEP = 37  # partners of other companies lie between ours

FORMS = (
    ("株式会社{}", "株式会社{}"),
    ("{}株式会社", "{}株式会社"),
    ("{}", "{}株式会社"),
    ("合同会社{}", "合同会社{}"),
    ("有限会社{}", "有限会社{}"),
)
"""A company's name as people call it, and in full. A name is never made twice: see `_shuffled`."""

PERSON_EVERY = 40  # one partner in so many is a person in business
ODD_EVERY, ODD_FIRST = 11, 3  # where the odd ones lie among the others

COMPANY_NAMES = len(STEMS) * len(TRADES) * len(PLACES) * len(FORMS)
PERSON_NAMES = len(SURNAMES) * len(GIVEN_NAMES) * (len(CRAFTS) + 1)
STRIDE = 611_953  # a prime that divides neither number of names


def source(seed: int, count: int, company_id: int, past: Past) -> Source:
    """The initial partners.

    :raises ValueError: for more of them than there are names.
    """
    most = min(COMPANY_NAMES, PERSON_NAMES * PERSON_EVERY)
    if count > most:
        raise ValueError(f"{count} partners asked for, but there are names for {most} only")

    def make(number: int) -> Row:
        row = partner(seed, number, company_id) | {"id": key(seed, number), "update_date": past.day(number)}
        return row | odd(number)

    return Source(keys=[key(seed, number) for number in range(count)], row=make, date=past.day)


def key(seed: int, number: int) -> int:
    """Ids rise, with gaps that look random."""
    return FIRST_ID + number * ID_STEP + (number * 11 + seed) % ID_STEP


def odd(number: int) -> Row:
    """What makes the n-th partner an odd one, if it is."""
    place, rest = divmod(number - ODD_FIRST, ODD_EVERY)
    return dict(ODD_PARTNERS[place]) if rest == 0 and 0 <= place < len(ODD_PARTNERS) else {}


def partner(seed: int, number: int, company_id: int) -> Row:
    """A partner but for its id and date. Keys that freee leaves out where nothing is set are left out."""
    dice = Dice(seed, f"partner:{number}")
    person = number % PERSON_EVERY == PERSON_EVERY - 1
    name, long_name, kana = _person(seed, number // PERSON_EVERY) if person else _company(seed, number)
    issuer = dice.chance(30 if person else 85)
    town = dice.pick(TOWNS)
    row: Row = {
        "id": 0,
        "code": str(number + 1).zfill(6),
        "company_id": company_id,
        "name": name,
        "update_date": "",
        "available": not dice.chance(3),
        "shortcut1": kana[:10] if dice.chance(60) else None,
        "shortcut2": dice.digits(4) if dice.chance(30) else None,
        "org_code": 2 if person else 1,
        "country_code": "JP",
        "long_name": long_name,
        "name_kana": kana,
        "default_title": "様" if person else "御中",
        "phone": f"{town.dialling}-{dice.digits(4)}-{dice.digits(4)}" if dice.chance(70) else None,
        "contact_name": _full_name(dice) if dice.chance(50) else None,
        "email": f"keiri{number}@partner{number % 997}.example.jp" if dice.chance(60) else None,
        "payer_walletable_id": dice.between(1, 4) if dice.chance(20) else None,
        "transfer_fee_handling_side": "payee" if dice.chance(25) else "payer",
        "qualified_invoice_issuer": issuer,
        "invoice_registration_number": f"T{dice.between(1, 9)}{dice.digits(12)}" if issuer else None,
    }
    return row | _attributes(dice, town, row)


def _attributes(dice: Dice, town: Town, partner: Row) -> Row:
    """The nested parts of a partner; those where nothing is set are no keys."""
    row: Row = {}
    if dice.chance(80):
        row["address_attributes"] = {
            "zipcode": f"{town.zipcode}-{dice.digits(4)}",
            "prefecture_code": town.prefecture_code,
            "street_name1": f"{town.city}{dice.between(1, 9)}-{dice.between(1, 30)}-{dice.between(1, 20)}",
            "street_name2": f"第{dice.between(1, 9)}ビル {dice.between(2, 20)}F" if dice.chance(50) else None,
        }
    if dice.chance(40):
        row["partner_doc_setting_attributes"] = {
            "sending_method": dice.pick(("email", "posting", "email_and_posting", "pdf_delivery"))
        }
    if dice.chance(35):
        row["partner_bank_account_attributes"] = _bank_account(dice, partner["long_name"], partner["name_kana"])
    return row


def _company(seed: int, number: int) -> tuple[str, str, str]:
    rest = _shuffled(seed, number, COMPANY_NAMES)
    rest, stem = divmod(rest, len(STEMS))
    rest, trade = divmod(rest, len(TRADES))
    form, place = divmod(rest, len(PLACES))
    parts = (STEMS[stem], PLACES[place], TRADES[trade]) if place else (STEMS[stem], TRADES[trade])
    written = "".join(part.written for part in parts)
    called, full = FORMS[form]
    return called.format(written), full.format(written), "".join(part.kana for part in parts)


def _person(seed: int, number: int) -> tuple[str, str, str]:
    rest = _shuffled(seed, number, PERSON_NAMES)
    rest, surname = divmod(rest, len(SURNAMES))
    craft, given = divmod(rest, len(GIVEN_NAMES))
    full, kana = _joined(SURNAMES[surname], GIVEN_NAMES[given])
    if craft == 0:
        return full, full, kana
    trade = CRAFTS[craft - 1]
    return f"{full} {trade.written}", f"{SURNAMES[surname].written}{trade.written}", f"{kana} {trade.kana}"


def _shuffled(seed: int, number: int, names: int) -> int:
    """A number below `names`, another one for each: STRIDE and `names` have no factor in common."""
    return (number * STRIDE + seed * 7919) % names


def _full_name(dice: Dice) -> str:
    return _joined(dice.pick(SURNAMES), dice.pick(GIVEN_NAMES))[0]


def _joined(surname: Word, given: Word) -> tuple[str, str]:
    return f"{surname.written} {given.written}", f"{surname.kana} {given.kana}"


def _bank_account(dice: Dice, long_name: str, kana: str) -> Row:
    bank = dice.pick(BANKS)
    branch_code, branch, branch_kana = dice.pick(BRANCHES)
    return {
        "bank_name": bank.name,
        "bank_name_kana": bank.kana,
        "bank_code": bank.code,
        "branch_name": branch,
        "branch_kana": branch_kana,
        "branch_code": branch_code,
        "account_type": "checking" if dice.chance(15) else "ordinary",
        "account_number": dice.digits(7),
        "account_name": kana[:30],
        "long_account_name": long_name,
    }
