"""The company's partners as freee lets an app change them: each rule once, whichever endpoint asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.freee.answers import invalid, not_found
from sandbox.freee.partner_merging import changes, new_partner
from sandbox.freee.partner_rules import CODE, PLAN_FIELDS, TERM_GROUPS, complaints
from sandbox.freee.partner_search import PartnerSearch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sandbox.company import Company, Row

GONE = "既に削除された、あるいは存在しない取引先です。"
NO_CODES = "取引先コードを使用しない設定のため、取引先コードは指定できません。"
NO_NEW_CODE = "取引先コードは更新できません。"
ARCHIVED = "アーカイブ済みの取引先です。アーカイブを解除してから再度お試しください。"
AVAILABLE = "使用可能な取引先は削除できません。使用停止にしてから再度お試しください。"


class PartnerBook:
    """Looks up and writes partners. Nothing waits between looking and writing, so no two calls take one name.

    Every method raises RefusedError: 404 for a partner that is not there, 400 for what freee does not take.
    """

    def __init__(self, company: Company) -> None:
        self._company = company
        self._table = company.tables["partners"]
        self._search = PartnerSearch(self._table)

    def partner(self, key: int) -> Row:
        """A partner by its id, an archived one too."""
        try:
            return self._table.row(key)
        except KeyError:
            raise not_found(GONE) from None

    def coded(self, code: str) -> Row | None:
        """The partner with this code, if there is one; for companies that use codes only."""
        if not self._uses_codes:
            raise invalid(NO_CODES)
        key = self._search.holder("code", code)
        return None if key is None else self._table.row(key)

    def add(self, given: Row) -> Row:
        """Create a partner: with a code where the company uses them, and with none where not."""
        _refuse(self._code_complaints(given))
        return self._add(given, given.get("code"), nullable=frozenset())

    def add_coded(self, code: str, given: Row) -> Row:
        """Create a partner whose code stands beside it."""
        _refuse([*_coded_within(given), *CODE.complaints("code", code)])
        return self._add(given, code, nullable=TERM_GROUPS)

    def change(self, row: Row, given: Row) -> Row:
        """Change what the body names, and leave the rest; its day is today, even if nothing is another than before."""
        key, fields = row["id"], self._settable(given)
        _refuse([ARCHIVED] if key not in self._table else _coded_within(given))
        _refuse([*complaints(fields, TERM_GROUPS), *self._taken("name", fields, mine=key)])
        return self._company.edit("partners", key, changes(row, fields))

    def archive(self, key: int) -> None:
        """Take a partner that is stopped out of the list."""
        row = self.partner(key)
        _refuse([ARCHIVED] if key not in self._table else [])
        _refuse([AVAILABLE] if row["available"] else [])
        self._company.archive("partners", key)

    @property
    def _uses_codes(self) -> bool:
        return "partners" in self._company.settings.codes

    def _add(self, given: Row, code: str | None, nullable: frozenset[str]) -> Row:
        fields = self._settable(given)
        _refuse([*complaints(fields, nullable), *self._taken("name", fields)])
        _, key = self._table.next()
        today = self._company.clock.today_jst().isoformat()
        own = {"id": key, "code": code, "company_id": self._company.id, "update_date": today}
        self._table.put(key, new_partner(own, fields), today)
        return self._table.row(key)

    def _settable(self, given: Row) -> Row:
        """What the company's plan lets be set."""
        if self._company.settings.transfers:
            return given
        return {name: value for name, value in given.items() if name not in PLAN_FIELDS}

    def _code_complaints(self, given: Row) -> list[str]:
        if not self._uses_codes:
            return [NO_CODES] if "code" in given else []
        if given.get("code") in {None, ""}:
            return ["Codeを入力してください。"]
        return CODE.complaints("code", given["code"]) or self._taken("code", given)

    def _taken(self, field: str, given: Row, mine: int | None = None) -> list[str]:
        """Whether another has this name or code; an archived one keeps both."""
        value = given.get(field)
        holder = self._search.holder(field, value) if isinstance(value, str) and value else None
        title = "名前（通称）" if field == "name" else "Code"
        return [] if holder in {None, mine} else [f"{title}「{value}」はすでに存在します。"]


def _coded_within(given: Row) -> list[str]:
    return [NO_NEW_CODE] if "code" in given else []


def _refuse(complaints: Iterable[str]) -> None:
    if found := list(complaints):
        raise invalid(*found)
