"""The short masters: items, memo tags, sections and segment tags."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.company.dice import Dice
from sandbox.company.names import PLACES, STEMS
from sandbox.company.table import Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.company.past import Past
    from sandbox.company.table import Row

ITEM_FIRST_ID, ITEM_STEP = 2_147_480_003, 29  # crosses 2^31 after some hundred rows
TAG_FIRST_ID, TAG_STEP = 41_077_310, 17
SECTION_FIRST_ID, SECTION_STEP = 3_811_902, 7
SEGMENT_FIRST_ID, SEGMENT_STEP = 905_114, 5

SECTION_GROUP = 6
DEPTHS = (0, 1, 1, 1, 1, 2)


def _words(text: str) -> list[str]:
    return text.split()


ITEM_WORDS = _words("""
月額利用料 初期費用 保守サポート コンサルティング 開発 デザイン制作 印刷 送料 交通費 宿泊費 飲食 書籍 サーバー ドメイン 広告枠 研修 翻訳 撮影 会場費 備品
""")
ITEM_KINDS = [
    "",
    *_words("標準 特別 法人 個人 国内 海外 新規 継続 追加 割引 年払 月払 夏期 冬期 A B C 税率8% キャンペーン"),
]

TAG_WORDS = _words(
    "至急 要確認 立替 概算 精算済 経費 展示会 出張 懇親会 補助金 前払 後払 現金払 カード払 月次 四半期 年次 監査 社内 社外"
)
TAG_KINDS = ["", "(確認済)", "☆", " 2026", "🎉"]

DEPARTMENTS = _words("""
経営企画部 総務部 人事部 経理部 営業部 マーケティング部 開発部 製造部 品質保証部 物流部 情報システム部 カスタマーサポート部
""")
TEAMS = _words("第一課 第二課 第三課 企画課 管理課")
SQUAD = "特命班"

SEGMENTS = ("プロジェクト", "地域", "事業")
SEGMENT_WORDS = (
    _words("基幹刷新 新店舗 海外展開 採用強化 ブランド刷新 業務改善 新製品 実証実験 コスト削減 周年記念"),
    _words("北海道 東北 関東 中部 関西 中国 四国 九州 沖縄 海外"),
    _words("卸売 小売 製造 受託 保守 不動産 飲食 教育"),
)


def items(seed: int, count: int, company_id: int, past: Past) -> Source:
    """The initial items, made when asked for."""
    return _lazy(count, (ITEM_FIRST_ID, ITEM_STEP), lambda number: item(seed, number, company_id), past)


def item(seed: int, number: int, company_id: int) -> Row:
    """An item but for its id and date."""
    dice = Dice(seed, f"item:{number}")
    return {
        "id": 0,
        "company_id": company_id,
        "name": _composed(number, ITEM_WORDS, ITEM_KINDS),
        "update_date": "",
        "available": not dice.chance(5),
        "shortcut1": f"H{number:04d}" if dice.chance(50) else None,
        "shortcut2": "" if dice.chance(5) else None,
        "code": f"ITEM-{number:05d}" if dice.chance(85) else None,
    }


def tags(seed: int, count: int, company_id: int, past: Past) -> Source:
    """The initial memo tags, made when asked for."""
    return _lazy(count, (TAG_FIRST_ID, TAG_STEP), lambda number: tag(seed, number, company_id), past)


def tag(seed: int, number: int, company_id: int) -> Row:
    """A memo tag but for its id and date."""
    dice = Dice(seed, f"tag:{number}")
    return {
        "id": 0,
        "company_id": company_id,
        "name": _composed(number, TAG_WORDS, TAG_KINDS),
        "update_date": "",
        "shortcut1": f"M{number:03d}" if dice.chance(50) else None,
        "shortcut2": "メモ" if dice.chance(20) else None,
    }


def segment_tags(seed: int, segment: int, count: int, past: Past) -> Source:
    """The initial tags of segment 1, 2 or 3, made when asked for."""
    first = SEGMENT_FIRST_ID + segment * 1_000_003
    return _lazy(count, (first, SEGMENT_STEP), lambda number: segment_tag(seed, segment, number), past)


def segment_tag(seed: int, segment: int, number: int) -> Row:
    """A segment tag but for its id and date. It carries neither the company nor its segment."""
    dice = Dice(seed, f"segment:{segment}:{number}")
    return {
        "id": 0,
        "name": _composed(number, SEGMENT_WORDS[segment - 1], ["", *(place.written for place in PLACES)]),
        "description": f"{SEGMENTS[segment - 1]}の区分" if dice.chance(40) else None,
        "shortcut1": f"S{segment}{number:03d}" if dice.chance(50) else None,
        "shortcut2": None,
        "code": f"SEG{segment}-{number:03d}" if dice.chance(80) else None,
        "update_date": "",
    }


def sections(seed: int, count: int, company_id: int, past: Past) -> Source:
    """The initial sections, parents before children."""
    return Source.of([section(seed, number, company_id) | {"update_date": past.day(number)} for number in range(count)])


def section(seed: int, number: int, company_id: int) -> Row:
    """A section but for its date: of each SECTION_GROUP one is a department, four are its teams, and the last is a squad of the fourth."""
    dice = Dice(seed, f"section:{number}")
    group, place = divmod(number, SECTION_GROUP)
    depth = DEPTHS[place]
    parent = None if depth == 0 else _section_id(number - (place if depth == 1 else 1))
    names = [
        _composed(group, DEPARTMENTS, ["", *(f"({stem.written})" for stem in STEMS)]),
        TEAMS[place - 1] if depth == 1 else SQUAD,
    ]
    return {
        "id": _section_id(number),
        "name": " ".join(names[: 1 if depth == 0 else 2]),
        "available": not dice.chance(6),
        "long_name": " ".join(["本社", *names[: depth + 1]]) if dice.chance(60) else None,
        "company_id": company_id,
        "shortcut1": f"B{number:03d}" if dice.chance(50) else None,
        "shortcut2": None,
        "code": f"D{number:03d}" if dice.chance(90) else None,
        "indent_count": depth,
        "parent_id": parent,
    }


def _lazy(count: int, numbering: tuple[int, int], make: Callable[[int], Row], past: Past) -> Source:
    first, step = numbering
    return Source(
        keys=range(first, first + count * step, step),
        row=lambda number: make(number) | {"id": first + number * step, "update_date": past.day(number)},
        date=past.day,
    )


def _composed(number: int, words: list[str], kinds: list[str]) -> str:
    """The n-th of the names that words and kinds make; beyond the last one they are numbered."""
    rest, word = divmod(number, len(words))
    lap, kind = divmod(rest, len(kinds))
    return words[word] + kinds[kind] + (f" {lap + 1}" if lap else "")


def _section_id(number: int) -> int:
    return SECTION_FIRST_ID + number * SECTION_STEP
