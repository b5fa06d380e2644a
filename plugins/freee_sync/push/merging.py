"""One account beside its partner, and what both were after the last push: what to send, what to leave, what two people changed.

same on both sides                          settled
the account's value is the one last pushed  left: whatever freee holds was edited there
only the account's value changed            sent; a blank only where blanks are sent
both changed                                by the mapping's policy: salesforce sends, freee keeps, report sends nothing of the row
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from freee_sync.push.digests import Digests, digest
from freee_sync.push.partner_fields import BLANKS, CODE, FIELDS, NAME, Value, Values

Policy = Literal["salesforce", "freee", "report"]
Step = Literal["settled", "left", "blank", "sent", "kept", "conflict"]


@dataclass(frozen=True)
class Base:
    """What is known of the last push: digests of the account's values then, and of freee's. A field that is missing was never pushed."""

    pushed: Digests = field(default_factory=dict)
    seen: Digests = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.pushed or self.seen)


@dataclass(frozen=True)
class Rules:
    """How a run decides.

    :param blank: whether the account's blank values are sent.
    :param redo: the account's values count as changed whatever was pushed last.
    """

    conflict: Policy = "report"
    blank: bool = False
    redo: bool = False


@dataclass(frozen=True)
class Merge:
    """What is to be done, field by field, and what to remember of it."""

    account: Values
    base: Base
    freee: Values
    steps: Mapping[str, Step]

    @property
    def sent(self) -> dict[str, Value]:
        """The values to send."""
        return {name: self.account[name] for name, step in self.steps.items() if step == "sent"}

    @property
    def conflicts(self) -> dict[str, tuple[Value, Value]]:
        """Fields that both sides changed: the account's value and freee's."""
        both = [name for name, step in self.steps.items() if step == "conflict"]
        return {name: (self.account[name], self.freee[name]) for name in both}

    def base_after(self, freee: Values) -> Base:
        """What to remember once freee holds these values.

        What freee holds counts as seen only where it agrees with the account or was sent; where freee was left alone its edit
        must still be one tomorrow.
        """
        pushed, seen = dict(self.base.pushed), dict(self.base.seen)
        for name, step in self.steps.items():
            if step != "left":
                pushed[name] = digest(self.account[name])
            if step in {"settled", "sent"}:
                seen[name] = digest(freee[name])
            elif step in {"blank", "kept"}:
                seen.setdefault(name, digest(freee[name]))
        return Base(pushed, seen)


def merge(account: Values, freee: Values, base: Base, rules: Rules) -> Merge:
    """Decide for every field that a PUT can write.

    :param account, freee: the same fields, in the shared form.
    """
    fields = [name for name in account if FIELDS[name].updated]
    steps = {name: _step(name, (account[name], freee[name]), base, rules) for name in fields}
    return Merge(account, base, freee, steps)


def _step(name: str, values: tuple[Value, Value], base: Base, rules: Rules) -> Step:
    account, freee = values
    if account == freee:
        return "settled"
    if not rules.redo and base.pushed.get(name) == digest(account):
        return "left"
    if account is None and not (rules.blank and FIELDS[name].blank != "never"):
        return "blank"
    known = base.seen.get(name)
    if known == digest(freee) or (known is None and freee is None):
        return "sent"
    by_policy: dict[Policy, Step] = {"salesforce": "sent", "freee": "kept", "report": "conflict"}
    return by_policy[rules.conflict]


def update_body(company_id: int, row: Mapping[str, Any], sent: Values) -> dict[str, Any]:
    """The body of a PUT: what is sent, and the name, which freee wants each time. What is left out stays, in nested blocks too."""
    return _nested({"company_id": company_id, NAME: row["name"], **_blanked(sent)})


def create_body(company_id: int, values: Values, *, with_code: bool) -> dict[str, Any]:
    """The body of a POST: no blanks; the code only where the company uses codes, because freee refuses it elsewhere."""
    sent = {name: values[name] for name in created(values) if name != CODE or with_code}
    return _nested({"company_id": company_id, **sent})


def created(values: Values) -> list[str]:
    """The fields that a POST sends of these values."""
    return [name for name, value in values.items() if FIELDS[name].created and value is not None]


def _blanked(sent: Values) -> dict[str, Value]:
    return {name: BLANKS[FIELDS[name].blank] if value is None else value for name, value in sent.items()}


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for name, value in values.items():
        outer, _, inner = name.rpartition(".")
        (body.setdefault(outer, {}) if outer else body)[inner] = value
    return body
