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

from freee_sync.bilingual import say
from freee_sync.errors import Stop
from freee_sync.masters import BY_NAME, Kind, Master

PUSH = "push"
"""The part of mapping.yaml that is no master: which objects partners come from on the way back. `push/mapping.py` reads it."""

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
    blocks = {name: block for name, block in load_blocks(path).items() if name != PUSH}
    mappings = {name: _read_block(path.name, name, block) for name, block in blocks.items()}
    _check_objects(path.name, mappings)
    return mappings


def load_blocks(path: Path) -> dict[str, object]:
    """All blocks of mapping.yaml by name, not yet understood.

    :raises Stop: `settings.mapping`.
    """
    blocks = _load(path)
    if not isinstance(blocks, dict):
        raise wrong(path.name, say("マスターごとのブロックがありません", "no blocks, one for each master"))
    return {str(name): block for name, block in blocks.items()}


def _load(path: Path) -> object:
    try:
        return yaml.load(path.read_text(encoding="utf-8"), _StrictLoader)  # noqa: S506 - a SafeLoader, only stricter
    except OSError as error:
        why = error.strerror
        raise wrong(path.name, say(f"読み取れません({why})", f"cannot be read ({why})")) from None
    except UnicodeDecodeError:
        raise wrong(path.name, say("UTF-8で保存してください", "must be saved as UTF-8")) from None
    except yaml.YAMLError as error:
        raise wrong(path.name, say(f"YAMLとして読めません: {error}", f"not YAML: {error}")) from None


def wrong(place: str, problem: str) -> Stop:
    """What is raised for a place of mapping.yaml that cannot be meant."""
    return Stop("settings.mapping", f"{place}: {problem}")


class _StrictLoader(yaml.SafeLoader):
    """YAML whose blocks and fields stand once: of two, the plain loader would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                problem = say(f"「{key}」が2回あります", f'"{key}" stands here twice')
                raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _check_objects(file: str, mappings: Mapping[str, MasterMapping]) -> None:
    """Two masters in one object would take each other's rows for missing."""
    owners: dict[str, str] = {}
    for name, mapping in mappings.items():
        other = owners.setdefault(mapping.object.lower(), name)
        if other != name:
            problem = say(
                f"オブジェクト{mapping.object}は{other}でも使われています",
                f"the object {mapping.object} is used by {other} too",
            )
            raise wrong(f"{file}: {name}", problem)


def _read_block(file: str, name: str, block: object) -> MasterMapping:
    master = BY_NAME.get(name)
    if master is None:
        hint = did_you_mean(name, BY_NAME)
        raise wrong(file, say(f"マスター{name!r}はありません{hint}", f"there is no master {name!r}{hint}"))
    try:
        mapping = MasterMapping.model_validate(block)
    except ValidationError as error:
        raise wrong(f"{file}: {name}", first_problem(error)) from None
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
        problem = say(
            f"{names}はkey・missing・changed_atのいずれか1つにだけ使えます",
            f"{names} can only be one of key, missing and changed_at, and nothing else",
        )
        raise wrong(place, problem)


def source_kind(master: Master, rule: FieldRule) -> Kind:
    """What freee's schema says the source of a rule is."""
    return ADDED[rule.source] if rule.source in ADDED else master.fields[rule.source]


def first_problem(error: ValidationError) -> str:
    """The first thing that pydantic found, with its place in the block."""
    problem = error.errors()[0]
    place = ".".join(str(part) for part in problem["loc"])
    return f"{place}: {problem['msg']}({problem['input']!r:.80})"


def _check_source(place: str, master: Master, rule: FieldRule) -> None:
    problem = _source_problem(master, rule)
    if problem is not None:
        raise wrong(place, problem)


def _source_problem(master: Master, rule: FieldRule) -> str | None:
    """What is wrong with where a value comes from, if anything is."""
    source, known = rule.source, {**master.fields, **ADDED}
    if source not in known:
        hint = did_you_mean(source, known)
        return say(
            f"freeeの{master.name}に項目{source!r}はありません{hint}",
            f"freee's {master.name} have no field {source!r}{hint}",
        )
    if source == SEGMENT and all(scope.segment is None for scope in master.scopes):
        return say(f"{SEGMENT}はsegment_tagsでだけ使えます", f"{SEGMENT} is for segment_tags only")
    return _option_problem(source_kind(master, rule), rule)


def _option_problem(kind: Kind, rule: FieldRule) -> str | None:
    source = rule.source
    if (kind == "list") != (rule.join is not None):
        return say(
            f"joinは配列の項目に必要で、ほかの項目には使えません({source})",
            f"join is needed for a list and for nothing else ({source})",
        )
    if rule.lookup and (kind != "integer" or source in ADDED):
        return say(
            f"lookupはfreeeのIDやコード(整数)の項目にだけ使えます({source})",
            f"lookup is only for freee's ids and codes that are whole numbers ({source})",
        )
    if rule.truncate and kind not in {"text", "list"}:
        return say(f"truncateは文字列の項目にだけ使えます({source})", f"truncate is for texts only ({source})")
    return None


def no_block(file: str, master: Master) -> str:
    """What is wrong with a file that leaves a master out, for a message."""
    return say(f"{file}に{master.name}のブロックがありません", f"{file} has no block for {master.name}")


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A suggestion to append to a message, or nothing."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return say(f"({close[0]!r}の誤りではありませんか)", f" (did you mean {close[0]!r}?)") if close else ""
