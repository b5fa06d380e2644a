"""mapping.yaml: which Salesforce object and fields each master goes to. Reads the file and refuses what cannot be meant.

Whether the org really has those fields is for `target.py`; turning rows into records is for `mapper.py`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError

from freee_sync.errors import Stop
from freee_sync.masters import BY_NAME, Kind, Master

COMPANY = "$company_id"
SEGMENT = "$segment"
ADDED: dict[str, Kind] = {COMPANY: "integer", SEGMENT: "integer"}
"""Values that the sync adds, because freee does not put them into every row."""

ApiName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")]
"""The name of a Salesforce object or field: it becomes part of URLs and queries."""


class FieldRule(BaseModel):
    """Where the value of one Salesforce field comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(alias="from")
    truncate: bool = False
    private: bool = False
    join: str | None = None


def _short_form(value: object) -> object:
    return {"from": value} if isinstance(value, str) else value


class MasterMapping(BaseModel):
    """One master's block of mapping.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    object: ApiName
    key: ApiName
    missing: ApiName | None = None
    changed_at: ApiName | None = None
    fields: dict[ApiName, Annotated[FieldRule, BeforeValidator(_short_form)]] = Field(min_length=1)


def read_mapping(path: Path) -> dict[str, MasterMapping]:
    """Read mapping.yaml.

    :raises Stop: `settings.mapping`, naming the file and the place.
    """
    try:
        blocks = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Stop("settings.mapping", f"{path.name}: cannot be read: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise Stop("settings.mapping", f"{path.name}: not YAML: {error}") from None
    if not isinstance(blocks, dict):
        raise Stop("settings.mapping", f"{path.name}: expected one block for each master")
    return {name: _read_block(path.name, str(name), block) for name, block in blocks.items()}


def _read_block(file: str, name: str, block: object) -> MasterMapping:
    master = BY_NAME.get(name)
    if master is None:
        raise Stop("settings.mapping", f"{file}: unknown master {name!r}{did_you_mean(name, BY_NAME)}")
    try:
        mapping = MasterMapping.model_validate(block)
    except ValidationError as error:
        raise Stop("settings.mapping", f"{file}: {name}: {_first_problem(error)}") from None
    for target, rule in mapping.fields.items():
        _check_source(f"{file}: {name}: {target}", master, rule)
    return mapping


def source_kind(master: Master, rule: FieldRule) -> Kind:
    """What freee's schema says the source of a rule is."""
    return ADDED[rule.source] if rule.source in ADDED else master.fields[rule.source]


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}, found {problem['input']!r:.80}"


def _check_source(place: str, master: Master, rule: FieldRule) -> None:
    known = {**master.fields, **ADDED}
    if rule.source not in known:
        hint = did_you_mean(rule.source, known)
        raise Stop("settings.mapping", f"{place}: freee has no field {rule.source!r} in {master.name}{hint}")
    if rule.source == SEGMENT and all(scope.segment is None for scope in master.scopes):
        raise Stop("settings.mapping", f"{place}: {SEGMENT} exists only for segment tags")
    if (source_kind(master, rule) == "list") != (rule.join is not None):
        raise Stop("settings.mapping", f"{place}: `join` belongs to a list and a list needs it ({rule.source})")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A suggestion to append to a message, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
