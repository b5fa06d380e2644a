"""What a body makes of a partner: of a new one, with freee's defaults, and of one that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.company import ABSENT, changed
from sandbox.freee.partner_rules import FIELDS, GROUPS, TERM_GROUPS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.company import Row

BANK = "partner_bank_account_attributes"

DEFAULTS: Mapping[str, Any] = {
    **dict.fromkeys(FIELDS),
    "available": True,
    "country_code": "JP",
    "transfer_fee_handling_side": "payer",
    "qualified_invoice_issuer": False,
}
"""What freee sets where a new partner says nothing; null where it says no more than that."""


def new_partner(own: Row, given: Mapping[str, Any]) -> Row:
    """A partner as freee makes it: whatever `available` says, it can be used.

    :param own: id, code, company and date, which are not the body's to say.
    """
    row = dict(DEFAULTS) | own
    return changed(row, changes(row, given) | {"available": True})


def changes(row: Row, given: Mapping[str, Any]) -> Row:
    """What a body changes in a partner. What it leaves out stays as it is, within the nested parts too."""
    own = {name: given[name] for name in FIELDS if name in given}
    if own.get("invoice_registration_number"):
        own["invoice_registration_number"] = "T" + own["invoice_registration_number"].removeprefix("T")
    return own | {name: _merged(name, row.get(name), given[name]) for name in GROUPS if name in given}


def _merged(name: str, before: Row | None, given: Row | None) -> Any:
    """A nested part; ABSENT where nothing is set."""
    if given is None or not (given or before):
        return ABSENT
    known = {member: given[member] for member in GROUPS[name] if member in given}
    if name in TERM_GROUPS:
        return known
    merged = dict.fromkeys(GROUPS[name]) | (before or {}) | known
    if name == BANK and (before is None or known.get("account_type") == ""):
        merged["account_type"] = known.get("account_type") or "ordinary"
    return merged
