"""mapping.yaml: which Salesforce object and fields each master goes to. Reads the file and refuses what cannot be meant.

Whether the org really has those fields is for `target.py`; turning rows into records is for `mapper.py`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

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


class Lookup(BaseModel):
    """What a lookup points at: records of an object, named by their external id."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    object: ApiName
    key: ApiName


def _named(value: object) -> object:
    if not isinstance(value, str):
        return value
    target, _, key = value.partition(".")
    return {"object": target, "key": key}


class FieldRule(BaseModel):
    """Where the value of one Salesforce field comes from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(alias="from")
    truncate: bool = False
    private: bool = False
    join: str | None = None
    lookup: Annotated[Lookup | None, BeforeValidator(_named)] = None


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
    blocks = _load(path)
    if not isinstance(blocks, dict):
        raise Stop("settings.mapping", f"{path.name}: マスターごとのブロックがありません")
    mappings = {str(name): _read_block(path.name, str(name), block) for name, block in blocks.items()}
    _check_objects(path.name, mappings)
    return mappings


def _load(path: Path) -> object:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _StrictLoader)  # noqa: S506 - a SafeLoader, only stricter
    except OSError as error:
        raise Stop("settings.mapping", f"{path.name}: 読み取れません({error.strerror})") from None
    except UnicodeDecodeError:
        raise Stop("settings.mapping", f"{path.name}: UTF-8で保存してください") from None
    except yaml.YAMLError as error:
        raise Stop("settings.mapping", f"{path.name}: YAMLとして読めません: {error}") from None


class _StrictLoader(yaml.SafeLoader):
    """YAML whose blocks and fields stand once: of two, the plain loader would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                raise yaml.constructor.ConstructorError(None, None, f"「{key}」が2回あります", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _check_objects(file: str, mappings: Mapping[str, MasterMapping]) -> None:
    """Two masters in one object would take each other's rows for missing."""
    owners: dict[str, str] = {}
    for name, mapping in mappings.items():
        other = owners.setdefault(mapping.object.lower(), name)
        if other != name:
            raise Stop("settings.mapping", f"{file}: {name}: オブジェクト{mapping.object}は{other}でも使われています")


def _read_block(file: str, name: str, block: object) -> MasterMapping:
    master = BY_NAME.get(name)
    if master is None:
        raise Stop("settings.mapping", f"{file}: マスター{name!r}はありません{did_you_mean(name, BY_NAME)}")
    try:
        mapping = MasterMapping.model_validate(block)
    except ValidationError as error:
        raise Stop("settings.mapping", f"{file}: {name}: {_first_problem(error)}") from None
    _check_own_fields(f"{file}: {name}", mapping)
    for target, rule in mapping.fields.items():
        _check_source(f"{file}: {name}: {target}", master, rule)
    return mapping


def _check_own_fields(place: str, mapping: MasterMapping) -> None:
    """The fields that the sync itself writes must not be anybody else's."""
    own = [name for name in (mapping.key, mapping.missing, mapping.changed_at) if name is not None]
    twice = {name for name in own if own.count(name) > 1} | (set(own) & set(mapping.fields))
    if twice:
        names = ", ".join(sorted(twice))
        raise Stop("settings.mapping", f"{place}: {names}はkey・missing・changed_atのいずれか1つにだけ使えます")


def source_kind(master: Master, rule: FieldRule) -> Kind:
    """What freee's schema says the source of a rule is."""
    return ADDED[rule.source] if rule.source in ADDED else master.fields[rule.source]


def _first_problem(error: ValidationError) -> str:
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}({problem['input']!r:.80})"


def _check_source(place: str, master: Master, rule: FieldRule) -> None:
    known = {**master.fields, **ADDED}
    if rule.source not in known:
        hint = did_you_mean(rule.source, known)
        raise Stop("settings.mapping", f"{place}: freeeの{master.name}に項目{rule.source!r}はありません{hint}")
    if rule.source == SEGMENT and all(scope.segment is None for scope in master.scopes):
        raise Stop("settings.mapping", f"{place}: {SEGMENT}はsegment_tagsでだけ使えます")
    if (source_kind(master, rule) == "list") != (rule.join is not None):
        raise Stop("settings.mapping", f"{place}: joinは配列の項目に必要で、ほかの項目には使えません({rule.source})")
    if rule.lookup and (source_kind(master, rule) != "integer" or rule.source in ADDED):
        raise Stop("settings.mapping", f"{place}: lookupはfreeeのIDやコード(整数)の項目にだけ使えます({rule.source})")
    if rule.truncate and source_kind(master, rule) not in {"text", "list"}:
        raise Stop("settings.mapping", f"{place}: truncateは文字列の項目にだけ使えます({rule.source})")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A suggestion to append to a message, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"({close[0]!r}の誤りではありませんか)" if close else ""
