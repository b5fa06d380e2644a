"""How a row is shown under the company's plan and settings: which keys are null, and which are not there at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.company.taxes import default_tax_code
from sandbox.freee import parameters

if TYPE_CHECKING:
    from sandbox.company import Row, Settings
    from sandbox.freee.parameters import Query

TRANSFER_FIELDS = {"payer_walletable_id", "transfer_fee_handling_side"}
TERM_FIELDS = {"payment_term_attributes", "invoice_payment_term_attributes"}
TREE_FIELDS = {"indent_count", "parent_id"}


def as_it_is(row: Row, _settings: Settings, _query: Query) -> Row:
    """Nothing in the settings concerns it."""
    return row


def partner(row: Row, settings: Settings, _query: Query) -> Row:
    """A partner in the list, without its payment terms."""
    shown = whole_partner(row, settings)
    return shown if TERM_FIELDS.isdisjoint(shown) else _without(shown, TERM_FIELDS)


def whole_partner(row: Row, settings: Settings) -> Row:
    """A partner alone. `code` is null where codes are off; the keys of transfers and terms are absent below the plan."""
    shown = row if "partners" in settings.codes else row | {"code": None}
    return shown if settings.transfers else _without(shown, TRANSFER_FIELDS | TERM_FIELDS)


def account_item(row: Row, settings: Settings, query: Query) -> Row:
    """`default_tax_code` is that of `base_date`; `code` is absent where codes are off."""
    base_date = parameters.day(query, "base_date")
    shown = row | {"default_tax_code": default_tax_code(row["tax_code"], base_date)} if base_date else row
    return _coded(shown, settings, "account_items")


def item(row: Row, settings: Settings, _query: Query) -> Row:
    """`code` is absent where codes are off."""
    return _coded(row, settings, "items")


def section(row: Row, settings: Settings, _query: Query) -> Row:
    """`code` is absent where codes are off; the tree's keys below the plan."""
    shown = _coded(row, settings, "sections")
    return shown if settings.hierarchy else _without(shown, TREE_FIELDS)


def segment_tag(row: Row, settings: Settings, _query: Query) -> Row:
    """`code` is absent where codes are off."""
    return _coded(row, settings, "segment_tags")


def _coded(row: Row, settings: Settings, master: str) -> Row:
    return row if master in settings.codes else _without(row, {"code"})


def _without(row: Row, names: set[str]) -> Row:
    return {name: value for name, value in row.items() if name not in names}
