"""Refusals of one row that tell what would become of all others."""

from __future__ import annotations

from collections.abc import Sequence

from freee_sync.errors import SyncError
from freee_sync.salesforce.sobject_collections import Answer
from freee_sync.verdicts import Verb, error, verdict


def hopeless(answers: Sequence[Answer]) -> SyncError | None:
    """Some refusals, such as full storage or maintenance, strike every row alike.

    A passing trouble of one row, a lock for instance, is a reject: it must not keep the rows behind it from being sent.
    """
    codes = {answer.code: answer for answer in answers if answer.code is not None}
    struck = (error(code, told.detail) for code, told in codes.items() if verdict(code).verb is not Verb.REJECT)
    return next(struck, None)
