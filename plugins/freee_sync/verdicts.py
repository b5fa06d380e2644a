"""Verdict code to verb, owner, cause and hint, in Japanese and English: the table is `verdicts.yaml` beside this file.

Unknown codes get the default of their system and keep their name, so that the report tells it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from freee_sync.bilingual import say
from freee_sync.errors import Reject, Retry, Stop, SyncError

TABLE = Path(__file__).with_name("verdicts.yaml")

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
class Wording:
    """What happened and what to do about it, one sentence each."""

    cause: str
    hint: str


@dataclass(frozen=True)
class Verdict:
    """What a code means: what the sync does, who has to act, and the words for it."""

    code: str
    verb: Verb
    owner: Owner
    ja: Wording
    en: Wording

    def words(self, language: Language) -> Wording:
        """Cause and hint in one language."""
        return self.ja if language == "ja" else self.en


@cache
def verdicts() -> dict[str, Verdict]:
    """The whole table, read once."""
    table = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return {
        code: Verdict(code, Verb(row["verb"]), Owner(row["owner"]), Wording(**row["ja"]), Wording(**row["en"]))
        for code, row in table.items()
    }


_DEFAULTS = {
    "freee": "freee.refused",
    "token": "token.unavailable",
    "login": "salesforce.login",
    "salesforce": "salesforce.row",
}
"""System to the verdict of its unknown codes. Of Salesforce only rows bring codes of their own: whole calls are judged by status."""

_LAST_RESORT = "task.error"


def verdict(code: str) -> Verdict:
    """The verdict of a code; an unknown one gets its system's default and keeps its name."""
    known = verdicts().get(code)
    if known is not None:
        return known
    system = code.partition(".")[0]
    return replace(verdicts()[_DEFAULTS.get(system, _LAST_RESORT)], code=code)


_ERRORS: dict[Verb, type[SyncError]] = {Verb.STOP: Stop, Verb.REJECT: Reject}


def error(code: str, detail: str, wait_seconds: float | None = None) -> SyncError:
    """The exception that the verdict's verb asks for, ready to be raised.

    :param wait_seconds: how long the server asked us to wait; of use only where the verb is retry.
    """
    verb = verdict(code).verb
    return Retry(code, detail, wait_seconds) if verb is Verb.RETRY else _ERRORS[verb](code, detail)


def no_connection(conn_id: str) -> SyncError:
    """What is raised where Airflow has no Connection of that name."""
    return error(
        "settings.connection", say(f"Connection「{conn_id}」がありません。", f'There is no Connection "{conn_id}".')
    )
