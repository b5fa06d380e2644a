"""Airflow Variables -> Settings. Every message names the Variable, what it holds and what it may hold.

A missing or blank Variable means its shipped value. A Variable that cannot be used is a problem, never an exception, so that the
DAG stays visible; what stands in for it until somebody mends it keeps the schedule on and the mail going out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar
from unicodedata import normalize

from freee_sync.bilingual import say
from freee_sync.outcome import Note, Problem

if TYPE_CHECKING:
    from collections.abc import Callable

PREFIX = "freee_sync_"
"""What the Variables' names begin with, unless a second company's DAG says otherwise."""

MAINTENANCE_HOURS = range(1, 6)  # freee announces its maintenance for about 01:00-05:00 JST
LONGEST_INTERVAL = 365  # days; for "never" there is 0
MOST_FAILED_ROWS = 100_000
LONGEST_ADDRESS = 254  # characters, RFC 5321 4.5.3.1.3 without the angle brackets
MOST_CALLS = 10_000  # a day to freee, which its largest plan serves
SHOWN = 60  # characters of a value that a message repeats

INVALID = "settings.invalid"
UNREADABLE = "settings.unreadable"
MAINTENANCE = "maintenance_hour"

TRUE = frozenset({"true", "1", "yes", "on"})
FALSE = frozenset({"false", "0", "no", "off"})
LANGUAGES = ("ja", "en")

ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9-]+\.)+[A-Za-z0-9-]+"
)
SEPARATORS = re.compile(r"[\s,;、]+")

Value = TypeVar("Value")


@dataclass(frozen=True)
class Entry:
    """One Airflow Variable as people meet it in Admin > Variables.

    :param description: what it means; must be passed with every `set`, because Airflow wipes it otherwise.
    :param shipped: the value it is installed with, and what missing or blank means; None if only the package writes it.
    :param allowed: what it may hold, for a message, in Japanese and English.
    """

    description: str
    shipped: str | None = None
    allowed: tuple[str, str] = ("", "")


_FLAG = ("true または false", "true or false")
_CURSOR = (  # the list of Variables shows some 50 characters: what empties it comes first
    "{}の最終インポート日時（日本時間）。空にすると次回は全件を取り込みます。すべての行を取り込めたときに自動で進みます。"
    "例: 2026-11-24T06:00:00+09:00。日付だけを入れると、その日の0時からの差分を取り込みます。"
)
_WRITTEN = "freee_syncが書き込みます。編集しないでください。"

VARIABLES: dict[str, Entry] = {
    "enabled": Entry(
        "マスター同期の定期実行。trueで毎日実行、falseで停止（手動実行はいつでもできます）。", "false", _FLAG
    ),
    "hour": Entry(
        "定期実行の時刻（日本時間の時、0〜23）。1〜5時はfreeeのメンテナンスと重なることがあります。",
        "6",
        ("0から23までの整数（日本時間の時）", "a whole number from 0 to 23 (the hour in Japan)"),
    ),
    "memo_tags": Entry("メモタグも取り込むか。falseにすると、取込済みのメモタグはそのまま残ります。", "false", _FLAG),
    "full_every_days": Entry(
        "取引先・メモタグ・品目を全件で読み直す間隔（日）。0は読み直しなし。削除された行やSalesforce側での変更は、全件のときだけ見つかります。",
        "7",
        (
            f"0から{LONGEST_INTERVAL}までの整数（日数、0は読み直しなし）",
            f"a whole number from 0 to {LONGEST_INTERVAL} (days, 0 is never)",
        ),
    ),
    "mail_to": Entry(
        "結果メールの宛先。複数はカンマ区切り。空ならメールを送らず、タスクのログに書きます。",
        "",
        ("メールアドレス（カンマ区切り）", "mail addresses, separated by commas"),
    ),
    "language": Entry("結果メールの言語。ja（日本語）またはen（英語）。", "ja", ("ja または en", "ja or en")),
    "max_failed_rows": Entry(
        "マスターごとに、この件数までの失敗行があってもタスクを成功とします。失敗行は次回も取り込みます。",
        "0",
        (f"0から{MOST_FAILED_ROWS}までの整数（件数）", f"a whole number from 0 to {MOST_FAILED_ROWS} (rows)"),
    ),
    "freee_calls": Entry(
        "freeeへの1日の呼び出しの上限（回）。超える前に止まり、メールで知らせます。0は上限なし。freeeの枠はプランにより1日3,000・5,000・10,000回です。",
        "2000",
        (
            f"0から{MOST_CALLS}までの整数（回数、0は上限なし）",
            f"a whole number from 0 to {MOST_CALLS} (calls, 0 is no limit)",
        ),
    ),
    "salesforce_share": Entry(
        "Salesforce組織の24時間のAPIコール数のうち、ほかの連携と合わせて使ってよい割合（%）。超える前に止まり、メールで知らせます。",
        "90",
        ("1から100までの整数（%）", "a whole number from 1 to 100 (percent)"),
    ),
    "cursor_partners": Entry(_CURSOR.format("取引先"), ""),
    "cursor_memo_tags": Entry(_CURSOR.format("メモタグ"), ""),
    "cursor_items": Entry(_CURSOR.format("品目"), ""),
    "token": Entry(f"freeeの認証情報（暗号化して保存）。{_WRITTEN}"),
    "token_in_flight": Entry(f"freeeの認証情報を更新している間の目印。{_WRITTEN}"),
}
"""Name without prefix to what people read beside it. `include/variables.json` holds those that are shipped."""


@dataclass(frozen=True)
class Settings:
    """What the data team set, ready to use.

    :param enabled: whether there is a schedule. True when the Variable cannot be used: then the next run tells so.
    :param hour: hour of the day, 0-23 in JST.
    :param full_every_days: a delta master is read in full when its last full read is so many days old; 0 is never.
    :param mail_to: addresses; empty when no mail is wanted. Unusable ones are left out and are a problem.
    :param max_failed_rows: up to so many failed rows leave a master's task green.
    :param freee_calls: calls that may be made to freee in a day; 0 is no limit.
    :param salesforce_share: percent of the org's daily calls that may be used up, by whomever.
    :param problems: what must be mended before anything is synced.
    :param warnings: what works but is unwise.
    """

    prefix: str
    enabled: bool
    hour: int
    memo_tags: bool
    full_every_days: int
    mail_to: tuple[str, ...]
    language: str
    max_failed_rows: int
    freee_calls: int
    salesforce_share: int
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Note, ...] = ()


def read_settings(prefix: str, get: Callable[[str], str | None]) -> Settings:
    """Read all Variables, by their full names. Never raises, whatever they hold and whatever `get` does."""
    reader = _Reader(prefix, get)
    hour = reader.value("hour", _number(23))
    return Settings(
        prefix=prefix,
        enabled=reader.value("enabled", _flag, stand_in=True),
        hour=hour,
        memo_tags=reader.value("memo_tags", _flag),
        full_every_days=reader.value("full_every_days", _number(LONGEST_INTERVAL)),
        mail_to=reader.addresses("mail_to"),
        language=reader.value("language", _language),
        max_failed_rows=reader.value("max_failed_rows", _number(MOST_FAILED_ROWS)),
        freee_calls=reader.value("freee_calls", _number(MOST_CALLS)),
        salesforce_share=reader.value("salesforce_share", _number(100, least=1)),
        problems=tuple(reader.problems),
        warnings=(Note(MAINTENANCE, str(hour)),) if hour in MAINTENANCE_HOURS else (),
    )


def read_language(prefix: str, get: Callable[[str], str | None]) -> str:
    """The language that messages are to be in, those about the other Variables too. Never raises; as shipped when it cannot be used."""
    return _Reader(prefix, get).value("language", _language)


def describe(settings: Settings) -> str:
    """The state in one line, for the DAG's description: 毎日 06:00 JST, 停止中, or 設定エラー with what to mend."""
    state = f"毎日 {settings.hour:02d}:00 JST" if settings.enabled else "停止中"
    if not settings.problems:
        return state
    details = " ".join(problem.detail for problem in settings.problems)
    return f"設定エラー（{state}、直すまで取り込みません）: {details}"


class _Reader:
    """Reads one Variable after the other and keeps what was wrong with them."""

    def __init__(self, prefix: str, get: Callable[[str], str | None]) -> None:
        self._prefix = prefix
        self._get = get
        self.problems: list[Problem] = []

    def value(self, name: str, parse: Callable[[str], Value], stand_in: Value | None = None) -> Value:
        """What the Variable holds; `stand_in`, or else the shipped value, when it cannot be used."""
        shipped = VARIABLES[name].shipped or ""
        held = self._text(name)
        if held is not None:
            try:
                return parse(held or shipped)
            except ValueError:
                self._refuse(name, held)
        return parse(shipped) if stand_in is None else stand_in

    def addresses(self, name: str) -> tuple[str, ...]:
        """The mail addresses that can be used, each once."""
        words = [word for word in SEPARATORS.split(self._text(name) or "") if word]
        good = [word for word in words if len(word) <= LONGEST_ADDRESS and ADDRESS.fullmatch(word)]
        bad = [word for word in words if word not in good]
        if bad:
            self._refuse(name, " ".join(bad))
        return tuple(dict.fromkeys(good))

    def _text(self, name: str) -> str | None:
        """What the Variable holds, in plain letters and without outer white space; None when it cannot be read."""
        try:
            return normalize("NFKC", self._get(self._prefix + name) or "").strip()
        except Exception as failure:  # noqa: BLE001 - whatever a secrets backend raises, the DAG must stay visible
            full, why = self._prefix + name, type(failure).__name__
            detail = say(f"Variable「{full}」を読めません（{why}）。", f'The Variable "{full}" cannot be read ({why}).')
            self.problems.append(Problem(UNREADABLE, detail))
            return None

    def _refuse(self, name: str, held: str) -> None:
        shown = "".join(letter if letter.isprintable() else "?" for letter in held[:SHOWN])
        full, allowed = self._prefix + name, say(*VARIABLES[name].allowed)
        detail = say(
            f"Variable「{full}」の値「{shown}」は使えません。{allowed}を入れてください。",
            f'The Variable "{full}" holds "{shown}", which cannot be used. It takes {allowed}.',
        )
        self.problems.append(Problem(INVALID, detail))


def _flag(text: str) -> bool:
    word = text.lower()
    if word not in TRUE | FALSE:
        raise ValueError(text)
    return word in TRUE


def _language(text: str) -> str:
    if text.lower() not in LANGUAGES:
        raise ValueError(text)
    return text.lower()


def _number(most: int, least: int = 0) -> Callable[[str], int]:
    """A parser of whole numbers from `least` to `most`."""

    def parse(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise ValueError(text)
        return int(text)

    return parse
