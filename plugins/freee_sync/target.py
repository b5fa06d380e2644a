"""Does the org's object fit the mapping: fields that exist, can be written, can hold the kind of value, and a usable key."""

from __future__ import annotations

from collections.abc import Mapping

from freee_sync.bilingual import say
from freee_sync.errors import Stop
from freee_sync.fields import SalesforceField
from freee_sync.mapping import FieldRule, Lookup, MasterMapping, did_you_mean, source_kind
from freee_sync.masters import Master

KEY_LENGTH = 40
"""`{company}-{segment}-{id}` with two int64 numbers; a shorter key field could cut two keys to the same text."""


def check_target(master: Master, mapping: MasterMapping, described: Mapping[str, SalesforceField]) -> None:
    """Compare a mapping with what the org's object really is.

    :raises Stop: `salesforce.field`, naming every field that does not fit and why.
    """
    problems = [
        *_check_key(mapping, described),
        *_check_own(mapping.missing, "boolean", described),
        *_check_own(mapping.changed_at, "datetime", described),
        *[problem for name, rule in mapping.fields.items() for problem in _check_field(master, name, rule, described)],
        *_check_required(mapping, described),
    ]
    if problems:
        raise Stop("salesforce.field", f"{mapping.object} ({master.name}): {say('、', '; ').join(problems)}")


def _check_writable(name: str, described: Mapping[str, SalesforceField]) -> list[str]:
    field = described.get(name)
    if field is None:
        hint = did_you_mean(name, described)
        return [say(f"{name}がないか参照できません{hint}", f"{name} is missing or not visible{hint}")]
    if field.createable and field.updateable:
        return []
    return [say(f"{name}に書き込めません", f"{name} cannot be written")]


def _check_key(mapping: MasterMapping, described: Mapping[str, SalesforceField]) -> list[str]:
    problems = _check_writable(mapping.key, described)
    if problems:
        return problems
    field = described[mapping.key]
    if field.type != "string" or field.length < KEY_LENGTH:
        problems.append(
            say(
                f"{mapping.key}は{KEY_LENGTH}文字以上のテキスト項目にしてください",
                f"{mapping.key} must be a text field of {KEY_LENGTH} characters or more",
            )
        )
    if not (field.external_id and field.unique):
        problems.append(
            say(f"{mapping.key}は外部IDかつユニークにしてください", f"{mapping.key} must be a unique external ID")
        )
    return problems


def _check_own(name: str | None, wanted: str, described: Mapping[str, SalesforceField]) -> list[str]:
    if name is None:
        return []
    problems = _check_writable(name, described)
    if not problems and described[name].type != wanted:
        held = described[name].type
        problems.append(say(f"{name}の型は{held}、{wanted}のはずです", f"{name} is of type {held}, should be {wanted}"))
    return problems


def _check_field(master: Master, name: str, rule: FieldRule, described: Mapping[str, SalesforceField]) -> list[str]:
    problems = _check_writable(name, described)
    if problems:
        return problems
    if rule.lookup:
        return _check_lookup(described[name], rule.lookup)
    kind = source_kind(master, rule)
    if not described[name].fits(kind):
        held = described[name].type
        problems.append(
            say(
                f"{name}({held})にfreeeの{rule.source}({kind})は入りません",
                f"{name} ({held}) cannot hold freee's {rule.source} ({kind})",
            )
        )
    return problems


def _check_lookup(field: SalesforceField, lookup: Lookup) -> list[str]:
    if field.relationship is None or lookup.object not in field.reference_to:
        return [
            say(
                f"{field.name}({field.type})は{lookup.object}への参照項目ではありません",
                f"{field.name} ({field.type}) is no lookup to {lookup.object}",
            )
        ]
    return []


def _check_required(mapping: MasterMapping, described: Mapping[str, SalesforceField]) -> list[str]:
    sent = {mapping.key, mapping.missing, mapping.changed_at, *mapping.fields}
    return [
        say(f"{field.name}は必須ですが、mapping.yamlにありません", f"{field.name} is required but not in mapping.yaml")
        for field in described.values()
        if field.required and field.name not in sent
    ]
