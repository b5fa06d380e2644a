"""How Salesforce says no.

ApiError   the whole call is refused: an HTTP status and a list of one `{errorCode, message, fields?}`
Refusal    one row is refused, the others go on: one or more RowErrors, shown as `{statusCode, message, fields}`
"""

from __future__ import annotations

from dataclasses import dataclass


class ApiError(Exception):
    """The whole call is refused.

    :param status: HTTP status.
    :param code: Salesforce's error code.
    :param message: Salesforce's message.
    """

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


@dataclass(frozen=True)
class RowError:
    """One reason why a row was not saved."""

    code: str
    message: str
    fields: tuple[str, ...] = ()


class Refusal(Exception):  # noqa: N818 - it is Salesforce's answer about a row, not a fault of the sandbox
    """A row is not saved, for one or more reasons."""

    def __init__(self, *errors: RowError) -> None:
        super().__init__("; ".join(f"{error.code}: {error.message}" for error in errors))
        self.errors = errors


def not_found() -> ApiError:
    """Nothing is there, or the user may not see that it is."""
    return ApiError(404, "NOT_FOUND", "The requested resource does not exist")
