"""All tax codes of a company, and which one an account item falls back to at a date.

The kinds, rates and transitional shares are the tax law's. Codes and system names are freee's where they are widely seen (2, 21, 34,
101, 108, 129, 136, 156, 163, 189); the other numbers are made up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.company.table import Row

NOT_CHOSEN, OUT_OF_SCOPE, SALES, PURCHASE, EXEMPT_SALES, EXEMPT_PURCHASE = 0, 2, 21, 34, 60, 61


@dataclass(frozen=True)
class Rate:
    """A rate of consumption tax.

    :param category: freee's display_category.
    :param sales: the code of 課税売上 at it; its other sales follow.
    :param purchase: the code of 課対仕入 at it; its other purchases follow.
    :param transitional: the code of 課対仕入(控80) at it.
    """

    category: str
    english: str
    japanese: str
    sales: int
    purchase: int
    transitional: int


RATES = (
    Rate("tax_5", "5", "5%", 21, 34, 171),
    Rate("tax_8", "8", "8%", 101, 108, 177),
    Rate("tax_r8", "reduced_8", "8%(軽)", 156, 163, 183),
    Rate("tax_10", "10", "10%", 129, 136, 189),
)

SHOWN_RATES = ("tax_r8", "tax_10")  # a company switches the old rates off, and freee then says available: false

SALES_KINDS = (
    ("sales_with_tax", "課税売上"),
    ("sales_return", "課税売返"),
    ("sales_bad_debt", "課税売倒"),
    ("sales_bad_debt_recovery", "課税売回"),
)

PURCHASE_KINDS = (
    ("purchase_with_tax", "課対仕入"),
    ("purchase_return", "課対仕返"),
    ("purchase_for_common", "共対仕入"),
    ("purchase_return_for_common", "共対仕返"),
    ("purchase_for_exempt", "非対仕入"),
    ("purchase_return_for_exempt", "非対仕返"),
)

SHARES = ((80, 0), (50, 24), (70, 48), (30, 72))
"""The share that may still be deducted for a seller who issues no qualified invoice, and how far its codes lie behind those of 80."""

WITHOUT_RATE = (
    (NOT_CHOSEN, "not_selected", "未選択", True),
    (1, "not_taxable", "不課税", True),
    (OUT_OF_SCOPE, "non_taxable", "対象外", True),
    (3, "out_of_scope_sales", "対外売上", False),
    (4, "export_sales", "輸出売上", True),
    (5, "export_of_exempt_assets", "非課輸出", False),
    (6, "securities_transfer", "有価譲渡", False),
    (7, "exempt_sales_return", "非課売返", False),
)

SIMPLIFIED = tuple(
    (50 + number, f"sales_with_tax_simplified_{number}", f"課売{kanji}")
    for number, kanji in enumerate("一二三四五六", 1)
)

DEFAULT_SINCE = (("2019-10-01", "tax_10"), ("2014-04-01", "tax_8"), ("", "tax_5"))
"""From when each rate is the one that new entries get."""


def all_taxes() -> list[Row]:
    """Every tax code, ascending."""
    rows = [_row(code, (name, name_ja), None, available=available) for code, name, name_ja, available in WITHOUT_RATE]
    rows += [_row(code, (name, f"{name_ja}10%"), "tax_10", available=False) for code, name, name_ja in SIMPLIFIED]
    for rate in RATES:
        rows += _of_rate(rate)
        rows += [row for share in SHARES for row in _transitional(rate, share)]
    rows += [
        _row(EXEMPT_SALES, ("exempt_sales", "非課売上"), None),
        _row(EXEMPT_PURCHASE, ("exempt_purchase", "非課仕入"), None),
    ]
    return sorted(rows, key=lambda row: int(row["code"]))


def default_tax_code(tax_code: int, base_date: str) -> int:
    """The code at the rate of a day (yyyy-mm-dd) for a code that is stored at 5 %; others stay as they are."""
    category = next(category for since, category in DEFAULT_SINCE if base_date >= since)
    rate = next(rate for rate in RATES if rate.category == category)
    return {SALES: rate.sales, PURCHASE: rate.purchase}.get(tax_code, tax_code)


def _of_rate(rate: Rate) -> list[Row]:
    shown = rate.category in SHOWN_RATES
    kinds = [(rate.sales + place, kind) for place, kind in enumerate(SALES_KINDS)]
    kinds += [(rate.purchase + place, kind) for place, kind in enumerate(PURCHASE_KINDS)]
    return [
        _row(code, (f"{name}_{rate.english}", name_ja + rate.japanese), rate.category, available=shown)
        for code, (name, name_ja) in kinds
    ]


def _transitional(rate: Rate, share: tuple[int, int]) -> list[Row]:
    percent, distance = share
    shown = rate.category in SHOWN_RATES
    return [
        _row(
            rate.transitional + distance + place,
            (f"{name}_{rate.english}_exempt_{percent}", f"{name_ja}(控{percent}){rate.japanese}"),
            f"{rate.category}_e{percent}",
            available=shown and place == 0,
        )
        for place, (name, name_ja) in enumerate(PURCHASE_KINDS)
    ]


def _row(code: int, names: tuple[str, str], category: str | None, *, available: bool = True) -> Row:
    return {"code": code, "name": names[0], "name_ja": names[1], "display_category": category, "available": available}
