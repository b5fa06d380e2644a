"""What an account last pushed and what freee held then, a few characters a field, in two text fields of the account.

One digest for all fields would not do: after an edit of the telephone in Salesforce and of the address in freee it could only say
that both sides changed, and one of the two edits would have to go.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping

from freee_sync.push.partner_fields import Value

LENGTH = 12  # hexadecimal digits: two values of one field meet by chance once in 2**48

Digests = Mapping[str, str]
"""Freee field to the digest of its value."""

_CREATING = re.compile(r"creating:(\d{1,19})")


def digest(value: Value) -> str:
    """A digest of one value in the shared form."""
    return hashlib.sha256(json.dumps(value, ensure_ascii=False).encode()).hexdigest()[:LENGTH]


def to_text(digests: Digests) -> str:
    """As an account's field holds them."""
    return " ".join(f"{field}:{known}" for field, known in sorted(digests.items()))


def from_text(text: str | None) -> dict[str, str]:
    """Read back what `to_text` wrote; what somebody typed there counts as nothing known."""
    pairs = [part.rpartition(":") for part in (text or "").split()]
    return {field: known for field, _, known in pairs if field and len(known) == LENGTH}


def creating(highest: int) -> str:
    """The mark of an account whose partner is about to be created: the highest partner id that freee had listed."""
    return f"creating:{highest}"


def created_above(text: str | None) -> int | None:
    """What `creating` marked, if anything: the account's own partner has a higher id than this, if it came about."""
    mark = _CREATING.fullmatch(text or "")
    return int(mark[1]) if mark else None
