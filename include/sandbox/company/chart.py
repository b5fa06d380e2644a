"""The chart of accounts of a Japanese company: the standard accounts, and the company's own below them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sandbox.company.dice import Dice
from sandbox.company.names import BANKS, BRANCHES, PLACES
from sandbox.company.table import Source
from sandbox.company.taxes import EXEMPT_SALES, OUT_OF_SCOPE, PURCHASE, SALES, default_tax_code

if TYPE_CHECKING:
    from sandbox.company.past import Past
    from sandbox.company.table import Row

FIRST_ID = 634_100_207
ID_STEP = 3


class Category(NamedTuple):
    """A category with its ancestors, from large to small, what its accounts are taxed as, and its accounts."""

    id: int
    path: tuple[str, ...]
    tax_code: int
    accounts: tuple[str, ...]


def _category(number: int, path: str, tax_code: int, accounts: str) -> Category:
    return Category(number, tuple(path.split("/")), tax_code, tuple(accounts.split()))


CATEGORIES = (
    _category(1, "資産/流動資産/現金・預金", OUT_OF_SCOPE, "現金 小口現金 普通預金 当座預金 定期預金"),
    _category(2, "資産/流動資産/売上債権", OUT_OF_SCOPE, "売掛金 受取手形 電子記録債権 貸倒引当金(売)"),
    _category(3, "資産/流動資産/棚卸資産", OUT_OF_SCOPE, "商品 製品 仕掛品 原材料 貯蔵品"),
    _category(
        4,
        "資産/流動資産/他流動資産",
        OUT_OF_SCOPE,
        "前払費用 前渡金 立替金 仮払金 未収入金 短期貸付金 仮払消費税 未収還付法人税等",
    ),
    _category(
        5,
        "資産/固定資産/有形固定資産",
        PURCHASE,
        "建物 建物附属設備 構築物 機械装置 車両運搬具 工具器具備品 一括償却資産 土地 減価償却累計額",
    ),
    _category(6, "資産/固定資産/無形固定資産", PURCHASE, "ソフトウェア 商標権 特許権 のれん 電話加入権"),
    _category(
        7, "資産/固定資産/投資その他の資産", OUT_OF_SCOPE, "出資金 敷金 差入保証金 長期貸付金 長期前払費用 保険積立金"
    ),
    _category(8, "資産/繰延資産", OUT_OF_SCOPE, "創立費 開業費 開発費"),
    _category(9, "負債/流動負債/仕入債務", OUT_OF_SCOPE, "買掛金 支払手形 電子記録債務"),
    _category(
        10,
        "負債/流動負債/他流動負債",
        OUT_OF_SCOPE,
        "未払金 未払費用 前受金 前受収益 預り金 仮受金 短期借入金 未払消費税等 未払法人税等 仮受消費税 賞与引当金",
    ),
    _category(11, "負債/固定負債", OUT_OF_SCOPE, "長期借入金 社債 退職給付引当金 リース債務"),
    _category(12, "純資産/株主資本", OUT_OF_SCOPE, "資本金 資本準備金 利益準備金 繰越利益剰余金 自己株式"),
    _category(13, "収益/売上高", SALES, "売上高 売上値引高 売上戻り高 役務収益"),
    _category(14, "費用/売上原価/当期商品仕入", PURCHASE, "仕入高 仕入値引高 外注費(原) 期首商品棚卸 期末商品棚卸"),
    _category(
        15,
        "費用/販売管理費",
        PURCHASE,
        "旅費交通費 通信費 水道光熱費 消耗品費 事務用品費 広告宣伝費 接待交際費 会議費 新聞図書費 支払手数料 支払報酬料 外注費 地代家賃 リース料 修繕費 荷造運賃 車両費 研修費 諸会費 採用費 雑費 福利厚生費",
    ),
    _category(16, "費用/販売管理費/人件費", OUT_OF_SCOPE, "役員報酬 給料手当 賞与 法定福利費 退職金 通勤手当"),
    _category(17, "費用/販売管理費/非課税", OUT_OF_SCOPE, "租税公課 保険料 減価償却費 寄付金 貸倒損失"),
    _category(18, "収益/営業外収益", EXEMPT_SALES, "受取利息 受取配当金 為替差益 雑収入"),
    _category(19, "費用/営業外費用", OUT_OF_SCOPE, "支払利息 為替差損 雑損失"),
    _category(20, "収益/特別利益", SALES, "固定資産売却益 前期損益修正益"),
    _category(21, "費用/特別損失", OUT_OF_SCOPE, "固定資産除却損 固定資産売却損 前期損益修正損"),
    _category(22, "費用/法人税等", OUT_OF_SCOPE, "法人税等 法人税等調整額"),
)

STANDARD = tuple((category, account) for category in CATEGORIES for account in category.accounts)


def source(seed: int, count: int, past: Past) -> Source:
    """The initial account items: standard ones first, then bank accounts, then the company's own."""
    return Source.of([account_item(seed, number) | {"update_date": past.day(number)} for number in range(count)])


def account_item(seed: int, number: int) -> Row:
    """An account item but for its date. The partner accounts of income and expense are 売掛金 and 買掛金."""
    dice = Dice(seed, f"account_item:{number}")
    category, name, wallet = _which(number)
    shown = dice.chance(50)
    return {
        "id": _id(number),
        "name": name,
        "tax_code": category.tax_code,
        "shortcut": f"K{number:03d}" if shown else None,
        "shortcut_num": f"{number:03d}" if shown else None,
        "code": f"{category.id:02d}{number:03d}" if dice.chance(80) else None,
        "default_tax_code": default_tax_code(category.tax_code, "9"),
        "account_category": category.path[-1],
        "account_category_id": category.id,
        "categories": list(category.path),
        "available": not dice.chance(6),
        "walletable_id": wallet,
        "group_name": name if number < len(STANDARD) else None,
        "group_id": 9_000 + number if number < len(STANDARD) else None,
        "corresponding_income_name": "売掛金",
        "corresponding_income_id": _standard_id("売掛金"),
        "corresponding_expense_name": "買掛金",
        "corresponding_expense_id": _standard_id("買掛金"),
    }


def _which(number: int) -> tuple[Category, str, int | None]:
    """The category and name of the n-th account item, and its wallet if it is a bank account."""
    if number < len(STANDARD):
        return *STANDARD[number], None
    own = number - len(STANDARD)
    wallets = len(BANKS) * len(BRANCHES)
    if own < wallets:
        bank, branch = divmod(own, len(BRANCHES))
        return CATEGORIES[0], f"{BANKS[bank].name} {BRANCHES[branch][1]}", own + 1
    place, account = divmod(own - wallets, len(STANDARD))
    category, name = STANDARD[account]
    return category, f"{name}({_place(place)})", None


def _place(number: int) -> str:
    lap, place = divmod(number, len(PLACES))
    return PLACES[place].written + (str(lap + 1) if lap else "")


def _id(number: int) -> int:
    return FIRST_ID + number * ID_STEP


def _standard_id(name: str) -> int:
    return _id(next(number for number, (_, account) in enumerate(STANDARD) if account == name))
