"""Partners of freee, one by one: read, create, change - slowly, within the day's budget, and never the same creation twice.

freee publishes no limit for masters but the one a day, 3,000 to 10,000 calls a company and app by plan; who calls too fast is blocked
for ten minutes by a threshold that it does not tell (freee/freee-api-schema, "レート制限"). 300 calls in five minutes are what it names
for its file box, and what this keeps to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from freee_sync.freee.listing import Listing
from freee_sync.masters import PARTNERS
from freee_sync.push.partner_fields import NAME, from_freee
from freee_sync.strict_json import FLAG, LIST, OBJECT, TEXT, WHOLE, bad_answer, members
from freee_sync.verdicts import error

if TYPE_CHECKING:
    from collections.abc import Callable

    from freee_sync.freee.hook import FreeeHook
    from freee_sync.freee.listing import Row

PATH = PARTNERS.scopes[0].path
BETWEEN_CALLS = 1.0  # seconds: 300 calls in five minutes


class Partners:
    """One company's partners.

    :param spend: called before each call; raises when the day's budget is spent.
    :param sleep: takes seconds.
    """

    def __init__(self, hook: FreeeHook, spend: Callable[[], None], sleep: Callable[[float], None]) -> None:
        self._hook = hook
        self._spend = spend
        self._sleep = sleep

    @property
    def company_id(self) -> int:
        """The company's id."""
        return self._hook.account.credentials.company_id

    def all(self) -> list[Row]:
        """Every partner that is not archived.

        :raises Retry: `freee.listing_moved`: without a whole list nobody can say that a partner is not there.
        """
        listing = Listing(self._hook.get, PARTNERS, PARTNERS.scopes[0], self.company_id)
        rows = {
            row["id"]: row for page in listing.pages() for row in page.rows if isinstance(row, dict) and "id" in row
        }
        if not listing.complete:
            raise error("freee.listing_moved", PATH)
        return list(rows.values())

    def uses_codes(self) -> bool:
        """Whether the company's settings have partner codes on: then a new partner needs one, else it must have none."""
        answer = self._hook.get(f"/api/1/companies/{self.company_id}")
        with bad_answer("freee", "GET /api/1/companies"):
            return bool(
                members(members(answer, {"company": OBJECT})["company"], {"use_partner_code": FLAG})["use_partner_code"]
            )

    def one(self, partner_id: int) -> Row:
        """The partner as it is now.

        :raises Reject: when there is none any more.
        """
        return self._partner("GET", f"{PATH}/{partner_id}", params={"company_id": self.company_id})

    def update(self, partner_id: int, body: dict[str, Any]) -> Row:
        """Change a partner; what freee then holds.

        :raises Reject: when freee refuses it.
        """
        return self._partner("PUT", f"{PATH}/{partner_id}", body=body)

    def create(self, body: dict[str, Any]) -> Row:
        """Create a partner; what freee then holds.

        :raises Reject: when freee refuses it.
        :raises Retry: it may have been created: look with `named` before anybody asks for it again.
        """
        return self._partner("POST", PATH, body=body)

    def named(self, name: str) -> list[Row]:
        """The partners of exactly this name: one or none."""
        self._pace()
        params = {"company_id": self.company_id, "keyword": name, "limit": 100}
        answer = self._hook.get(PATH, params)
        with bad_answer("freee", f"GET {PATH}"):
            rows = members(answer, {PARTNERS.envelope: LIST})[PARTNERS.envelope]
        return [row for row in rows if from_freee(NAME, row) == name]

    def _partner(self, method: str, path: str, **sent: Any) -> Row:
        self._pace()
        answer = self._hook.once(method, path, **sent)
        with bad_answer("freee", f"{method} {path}"):
            return members(members(answer, {"partner": OBJECT})["partner"], {"id": WHOLE, "name": TEXT}, "partner")

    def _pace(self) -> None:
        self._spend()
        self._sleep(BETWEEN_CALLS)
