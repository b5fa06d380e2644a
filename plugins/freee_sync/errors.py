"""What can go wrong, by what has to be done about it.

    SyncError                 carries a verdict code and where it happened
    ├── Stop                  this master ends here; trying again cures nothing until a person acts
    ├── Retry                 a later try may pass; `wait_seconds` when the server said how long
    └── Reject                one row cannot be written; the others can

A verdict code is `system.code`: `freee.expired_access_token`, `salesforce.REQUEST_LIMIT_EXCEEDED`, `row.too_long`. The words for
each code stand in `verdicts.yaml`, once, for the mail, the log and the runbook.
"""

from __future__ import annotations


class SyncError(Exception):
    """Something went wrong, with a verdict and a place.

    :param code: verdict code, `system.code`; see `verdicts.yaml`.
    :param detail: what happened and where, for the log and the mail: the request, the row, the field, the value. No secrets.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Stop(SyncError):  # noqa: N818 - our three verbs, used as nouns of the design
    """This master cannot go on, and a retry would not help."""


class Retry(SyncError):  # noqa: N818 - same
    """A later try may pass.

    :param wait_seconds: how long the server asked us to wait, if it did.
    """

    def __init__(self, code: str, detail: str, wait_seconds: float | None = None) -> None:
        super().__init__(code, detail)
        self.wait_seconds = wait_seconds


class Reject(SyncError):  # noqa: N818 - same
    """One row cannot be mapped or was refused; the rest of the master goes on."""
