"""The `push` part of mapping.yaml: which Salesforce fields become which fields of a partner. Refuses what cannot be meant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from freee_sync.bilingual import say
from freee_sync.mapping import PUSH, ApiName, did_you_mean, first_problem, load_blocks, wrong
from freee_sync.push.merging import Policy
from freee_sync.push.partner_fields import FIELDS, NAME

FieldPath = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)*$")]
"""A field, or one of a record that a lookup points at: `Owner.Name`. It becomes part of a query."""


class PushRule(BaseModel):
    """Where the value of one freee field comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: FieldPath = Field(alias="from")
    private: bool = False


def _short_form(value: object) -> object:
    return {"from": value} if isinstance(value, str) else value


class PushMapping(BaseModel):
    """The block as a whole."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    object: ApiName
    flag: ApiName
    link: ApiName
    pushed_at: ApiName
    pushed_digest: ApiName
    seen_digest: ApiName
    conflict: Policy = "report"
    fields: dict[str, Annotated[PushRule, BeforeValidator(_short_form)]]

    @property
    def own(self) -> tuple[str, ...]:
        """The fields that the push itself reads and writes."""
        return self.flag, self.link, self.pushed_at, self.pushed_digest, self.seen_digest

    @property
    def sources(self) -> tuple[str, ...]:
        """What is read of an account to be sent, each once."""
        return tuple(dict.fromkeys(rule.source for rule in self.fields.values()))


def read_push_mapping(path: Path) -> PushMapping | None:
    """Read the part; None when mapping.yaml has none.

    :raises Stop: `settings.mapping`, naming the file and the place.
    """
    block = load_blocks(path).get(PUSH)
    if block is None:
        return None
    try:
        mapping = PushMapping.model_validate(block)
    except ValidationError as error:
        raise wrong(f"{path.name}: {PUSH}", first_problem(error)) from None
    problem = _problem(mapping)
    if problem is not None:
        raise wrong(f"{path.name}: {PUSH}", problem)
    return mapping


def _problem(mapping: PushMapping) -> str | None:
    unknown = next((name for name in mapping.fields if name not in FIELDS), None)
    if unknown is not None:
        hint = did_you_mean(unknown, FIELDS)
        return say(
            f"freeeの取引先に書き込める項目{unknown!r}はありません{hint}",
            f"{unknown!r} of partners cannot be written{hint}",
        )
    if NAME not in mapping.fields:
        return say(f"{NAME}がありません。freeeの取引先には名前が必要です", f"{NAME} is missing: a partner needs one")
    if len(set(mapping.own)) < len(mapping.own) or set(mapping.own) & set(mapping.sources):
        own = ", ".join(mapping.own)
        return say(
            f"{own}は別々の項目にし、fieldsでは使わないでください", f"{own} must be five fields, and none of `fields`"
        )
    return None
